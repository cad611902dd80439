"""Choice of an autoencoder: a scikit-learn estimator, folds cut by picture, paired leads. Opens no test pictures.

`AutoencoderEstimator` goes into scikit-learn's own searches; `PictureKFold` keeps near duplicates in one fold.
"""

from aewidgets.selection.estimator import AutoencoderEstimator
from aewidgets.selection.folds import PictureKFold
from aewidgets.selection.leads import Lead, paired_lead

__all__ = ["AutoencoderEstimator", "Lead", "PictureKFold", "paired_lead"]
