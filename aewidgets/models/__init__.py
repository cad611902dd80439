"""Keras models of autoencoders and denoisers, one file per family. Importing this package imports Keras, quietly."""

from aewidgets.system.quiet_keras import import_keras_quietly

import_keras_quietly()
