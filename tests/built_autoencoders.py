"""Autoencoders for tests of explanations: small ones of every family, and ones built by hand. No assertions."""

from types import SimpleNamespace
from typing import Any

import numpy as np

#: Family, and kind of sparsity -> options of a small model for images of 8 x 8.
SMALL: dict[str, dict[str, Any]] = {
    "dense": {"hidden": (16,)},
    "convolutional": {"num_filters": 4, "levels": 2},
    "convolutional, map": {"latent_channels": 3, "num_filters": 4, "levels": 2},
    "sparse, top-k": {"sparsity": "top-k", "latent_dim": 24, "k": 6, "hidden": (16,)},
    "sparse, l1": {"sparsity": "l1", "latent_dim": 24, "hidden": (16,)},
    "sparse, kl": {"sparsity": "kl", "latent_dim": 24, "hidden": (16,)},
    "contractive": {},
    "denoising": {"body": "convolutional", "options": {"num_filters": 4, "levels": 2}},
    "variational": {"options": {"hidden": (16,)}},
    "recurrent": {"width": 8},
}


def small(name: str, biases: float = 0.0, output: str = "linear", seed: int = 3):
    """Return an untrained model; its biases are drawn with the deviation `biases`."""
    import keras

    from aewidgets.models.families import build_autoencoder

    keras.utils.set_random_seed(seed)
    family = name.partition(",")[0]
    last = {} if family == "variational" else {"output": output}
    model = build_autoencoder(family, (8, 8, 1), **({"latent_dim": 6} | last | SMALL[name]))
    rng = np.random.default_rng(seed)
    for variable in (*model.encoder.weights, *model.decoder.weights):
        if "bias" in variable.path.rpartition("/")[2]:
            variable.assign(biases * rng.normal(size=variable.shape))
    return model


def digits(count: int = 4) -> np.ndarray:
    """Return images of digits, float32 (count, 8, 8, 1) in [0, 1]."""
    from sklearn.datasets import load_digits

    return (load_digits().images[:count, ..., None] / 16).astype("float32")


def by_hand(side: int, layers: list, decoder: list | None = None):
    """Return an autoencoder of given layers, for images of side x side; without `decoder` its images are all zero."""
    import keras

    inputs = keras.Input((side, side, 1))
    x = inputs
    for layer in layers:
        x = layer(x)
    code = y = keras.Input(x.shape[1:])
    zeros = [keras.layers.Flatten(), keras.layers.Dense(side * side, kernel_initializer="zeros")]
    for layer in decoder or [*zeros, keras.layers.Reshape((side, side, 1))]:
        y = layer(y)
    return SimpleNamespace(encoder=keras.Model(inputs, x), decoder=keras.Model(code, y))


def linear(kernel: np.ndarray):
    """Return an autoencoder whose code is the image's values times `kernel`, (side * side, units)."""
    import keras

    side = round(np.sqrt(len(kernel)))
    dense = keras.layers.Dense(kernel.shape[1], use_bias=False)
    model = by_hand(side, [keras.layers.Flatten(), dense])
    dense.set_weights([kernel])
    return model
