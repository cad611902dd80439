"""The codec on Keras, for training, analysis and `effort`. Importing this package imports Keras, quietly."""

from aewidgets.system.quiet_keras import import_keras_quietly

import_keras_quietly()
