"""A Keras model of somebody else, from pictures to pictures, in the form that our training takes. No training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.system.inference import outputs_of

__all__ = ["PlainAutoencoder", "as_autoencoder", "shape_taken"]


def shape_taken(model: Any) -> tuple[int | None, ...] | None:
    """Return (height, width, channels) of the pictures that a model takes, None for sides of any length.

    None alone stands for a model that does not say.

    Raises:
        TypeError: for what is no Keras model.
        ValueError: for a model that takes something else than one picture.
    """
    if isinstance(model, Autoencoder):
        return model.image_shape
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model: expected a Keras model from pictures to pictures, such as keras.Sequential([keras.Input((28, 28, "
            f"1)), ...]), got {type(model).__name__}"
        )
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):  # a subclass, or not built yet
        return None
    if isinstance(shape, list | dict) or len(shape) != 4:
        raise ValueError(
            f"model: expected one that takes pictures (batch, height, width, channels), got {shape}; put "
            "keras.layers.Reshape or Flatten behind keras.Input((height, width, channels))"
        )
    return tuple(shape[1:])


def as_autoencoder(model: Any, image_shape: tuple[int, ...]) -> Autoencoder:
    """Return a model as an autoencoder: one of ours unchanged, another Keras model in a `PlainAutoencoder`.

    Args:
        model: any Keras model from pictures to pictures of the same shape.
        image_shape: (height, width, channels) of the pictures.

    Raises:
        TypeError: for what is no Keras model.
        ValueError: for a model that gives something else for such a picture.
    """
    shape = shape_taken(model)
    if isinstance(model, Autoencoder):
        return model
    taken = image_shape if shape is None else shape
    check_images((None, *image_shape), taken)
    try:
        made = outputs_of(model, np.zeros((1, *image_shape), "float32"))
    except Exception as error:
        raise ValueError(
            f"model: expected one that takes pictures (batch, {', '.join(map(str, image_shape))}); it fails on one: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(made, np.ndarray) or made.shape != (1, *image_shape):
        got = f"{len(made)} outputs" if isinstance(made, list | tuple | dict) else f"{made.shape[1:]}"
        raise ValueError(
            f"model: expected a picture of {image_shape} for a picture of {image_shape}, got {got}; a model of "
            "something else is fitted by Keras: model.fit(x, y, callbacks=[TrainingMonitor()])"
        )
    return PlainAutoencoder(model, taken)


class PlainAutoencoder(Autoencoder):
    """Any Keras model from pictures to pictures; shares its weights. It has no encoder and no code that are known.

    Args:
        network: the model; it takes and gives floats in [0, 1].
        image_shape: (height, width, channels) of the pictures.
    """

    family = "plain"

    def __init__(self, network: keras.Model, image_shape: tuple[int | None, ...], **kwargs: Any):
        super().__init__(image_shape, name=network.name, **kwargs)
        self.network = network
        self._means = []
        self.built = True

    @property
    def code_shape(self):
        """Shape of a code, which is not known."""
        raise AttributeError(f"{self.name} has no code that is known: `aewidgets` sees it from outside")

    @property
    def code_size(self):
        """Number of values in a code: None, since it is not known."""
        return None

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the terms of the loss: none is known by itself."""
        return ()

    @property
    def metrics(self):
        """Metrics of Keras."""
        return keras.Model.metrics.fget(self)

    def call(self, x, training=None):
        """Reconstruct images."""
        return self.network(to_unit(x), training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the compiled loss between images in [0, 1], and what layers and regularisers add."""
        target = to_unit(x if y is None else y)
        return sum(self.losses, self.reconstruction_loss(x, target, y_pred, sample_weight, training))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Return the metrics between images in [0, 1]."""
        return keras.Model.compute_metrics(self, x, to_unit(x if y is None else y), y_pred, sample_weight)

    def reconstruct(self, images, batch_size: int = 256) -> np.ndarray:
        """Return what the model makes of images, float32 of their shape."""
        return self._in_batches(self.network, self.checked(images), batch_size)[0]

    def describe(self) -> str:
        """Return the name and the number of weights."""
        return f"{self.name}, {self.count_params():,} weights"

    def get_config(self):
        """Return what tells the network from another one, for the folder of a run."""
        layers = [type(layer).__name__ for layer in self.network.layers]
        shapes = [list(weight.shape) for weight in self.network.weights]
        return super().get_config() | {"layers": layers, "shapes": shapes}
