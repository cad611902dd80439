"""Choice of an autoencoder: a scikit-learn estimator, folds cut by picture, and searches. Opens no test pictures.

`AutoencoderEstimator` goes into scikit-learn's own searches; `PictureKFold` keeps near duplicates in one fold. The test
pictures of a set stay closed until a winner is known: `run_search` opens them once, after that.
"""

from aewidgets.system.extras import extras_in_words

with extras_in_words("aewidgets.selection"):
    from aewidgets.selection.estimator import AutoencoderEstimator
    from aewidgets.selection.folds import PictureKFold
    from aewidgets.selection.leads import Lead, paired_lead
    from aewidgets.selection.search import SearchError, run_search

__all__ = ["AutoencoderEstimator", "Lead", "PictureKFold", "SearchError", "paired_lead", "run_search"]
