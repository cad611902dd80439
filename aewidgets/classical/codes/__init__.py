"""PCA and dictionaries by K-SVD, to compare autoencoders with, and a density of codes. NumPy, scikit-learn; no Keras.

Images are (n, height, width, channels), uint8 or float in [0, 1], in memory or mapped from a file.
"""

from aewidgets.classical.codes.ksvd import KSVD
from aewidgets.classical.codes.pca import PCA

__all__ = ["KSVD", "PCA"]
