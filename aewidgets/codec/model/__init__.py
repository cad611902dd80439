"""The codec as Keras layers, which training and `effort` need. Importing this package imports Keras, quietly."""

from aewidgets.system.quiet_keras import import_keras_quietly

import_keras_quietly()
