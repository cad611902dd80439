"""Small autoencoder with random noise on digits, and a training run of it that may be killed, for tests of resuming."""

import os
import signal
import sys
from pathlib import Path

import keras

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.training.autoencoders import train
from aewidgets.training.data.splits import load_splits
from aewidgets.training.fitting.records import Recipe
from aewidgets.training.watching import Controls

RECIPE = Recipe(
    epochs=5, batch_size=256, learning_rate=0.01, schedule="cosine", augment=("flip", "shift", "brightness"),
    l2=1e-5, patience=4, seed=3,
)  # fmt: skip
KILLED_AT = 17  # batches: in the middle of the fourth epoch, of five batches each
SET_BY_HAND = 2  # the epoch after which the learning rate is changed


@keras.saving.register_keras_serializable("tests")
class Noisy(Autoencoder):
    """Autoencoder of one dense layer on each side, with dropout before the code."""

    family = "noisy"

    def __init__(self, image_shape, latent_dim: int = 6, **kwargs):
        super().__init__(image_shape, **kwargs)
        self.latent_dim = latent_dim
        inputs, codes = keras.Input(self.image_shape), keras.Input((latent_dim,))
        flat = keras.layers.Flatten(dtype=self.dtype_policy)(inputs)
        hidden = keras.layers.Dropout(0.3, dtype=self.dtype_policy)(flat)
        out = keras.layers.Dense(64, "sigmoid", dtype="float32")(codes)
        self._ready(
            keras.Model(inputs, keras.layers.Dense(latent_dim, dtype="float32")(hidden)),
            keras.Model(codes, keras.layers.Reshape(self.image_shape)(out)),
        )

    def get_config(self):
        return super().get_config() | {"latent_dim": self.latent_dim}


def build(seed: int = 1) -> Noisy:
    """Return an untrained model for digits."""
    keras.utils.set_random_seed(seed)
    return Noisy((8, 8, 1))


class Counting(Controls):
    """Controls that do something at the n-th batch, whatever the time."""

    def __init__(self, at: int, act):
        super().__init__()
        self._at, self._act, self.batches = at, act, 0

    @property
    def paused(self):
        self.batches += 1
        if self.batches == self._at:
            self._act(self)
        return super().paused


def run(folder: Path | None, controls: Controls | None = None):
    """Train a model, with its learning rate changed after the second epoch; return it and its record."""
    controls = controls or Controls()

    def report(entry):
        if entry["epoch"] == SET_BY_HAND:
            controls.set_learning_rate(0.004)

    model = build()
    record = train(model, load_splits("digits"), RECIPE, folder=folder, controls=controls, report=report)
    return model, record


if __name__ == "__main__":
    run(Path(sys.argv[1]), Counting(KILLED_AT, lambda controls: os.kill(os.getpid(), signal.SIGKILL)))
