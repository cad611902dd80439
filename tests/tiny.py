"""A codec small enough for every test: the real architecture with few channels and random weights. No assertions."""

import numpy as np

from aewidgets.codec.coding.constants import NUM_KNOTS
from aewidgets.codec.coding.entropy.tables import logistic_tables, pack_tables
from aewidgets.codec.trained import TrainedCodec


def statistics():
    """Return those of a transform that keeps 4 x 4 luma and 2 x 2 chroma frequencies, as large as in photographs."""
    from aewidgets.codec.model.codec import Statistics

    luma = [(u, v) for u in range(4) for v in range(4)]
    chroma = [(u, v) for u in range(2) for v in range(2)]
    order = [0, 16, 20, *(i for i in range(24) if i not in (0, 16, 20))]
    size = 2000.0 / (1 + np.arange(24.0))
    return Statistics([luma, chroma, chroma], order, 0.6 * size, size)


def model(family: str = "hyperprior", seed: int = 7):
    """Return a built Keras model whose every weight is drawn from a seed, so that no path through it is silent."""
    import keras

    from aewidgets.codec.model.codec import FAMILIES

    options = {"groups": (3, 5, 8, 8), "hyper_channels": 8, "context_width": 16, "passes": (3, 2, 1), "dc_width": 8}
    keras.utils.set_random_seed(seed)
    codec = FAMILIES[family](statistics(), widths=(8, 8, 16), depth=1, **(options if family == "hyperprior" else {}))
    codec.build()
    rng = np.random.default_rng(seed)
    for variable in codec.trainable_variables:
        if not any(part in variable.path for part in ("log_step", "index")):
            spread = 0.02 if variable.path.endswith(("gain", "offset", "mean", "z_gain")) else 0.08
            variable.assign(rng.normal(0, spread, variable.shape).astype("float32"))
    for last in (codec.g_a[-1], codec.g_s_4[-1]):  # what the CNNs add must be seen in whole steps and levels
        last.kernel.assign(last.kernel * 20.0)
    return codec


def trained(family: str = "hyperprior", seed: int = 7, trellis: bool = False) -> TrainedCodec:
    """Return that model as a codec that compresses, with the logistic tables; `trellis` adds those of a trellis."""
    from aewidgets.codec.coding.trellis.levels import fitted_trellis
    from aewidgets.codec.model.export import to_arrays
    from aewidgets.codec.release import configuration, pack_config

    codec = model(family, seed)
    entries, lengths = pack_tables(logistic_tables())
    config = configuration(codec) | {"groups": [3, 5, 8, 8]}
    arrays = to_arrays(codec) | {"tables/entries": entries, "tables/lengths": lengths}
    arrays["strength"] = np.full(NUM_KNOTS, 0.04, "float32")
    arrays |= fitted_trellis().arrays() if trellis else {}
    return TrainedCodec(arrays | {"config": pack_config(config)}, b"tiny")
