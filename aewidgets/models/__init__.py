"""Keras models, one file a family. Importing this package imports Keras, quietly."""

from aewidgets.system.quiet_keras import import_keras_quietly

import_keras_quietly()
