"""Targets of explanations: one number for each image, of which a map says where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.explanation.layers import IMAGE, Network, at_once, network_of, to_images

__all__ = ["Target", "target_values"]


@dataclass(frozen=True)
class Target:
    """A number that an autoencoder computes from an image. Make it by one of the four class methods.

    Attributes:
        kind: "code unit", "error at a place", "whole error" or "layer unit".
        layer: name of the layer of a unit, as `summarise_layers` lists them; empty for others.
        at: index of the unit in the layer's or code's output, counted along all axes where it is one number; or (row,
            column) of a place.
    """

    kind: str
    layer: str = ""
    at: tuple[int, ...] = ()

    @classmethod
    def code_unit(cls, unit: int | Sequence[int]) -> Target:
        """Return the target that is one unit of the code; an index for each axis where the code is a map."""
        return cls("code unit", at=_index(unit))

    @classmethod
    def layer_unit(cls, layer: str, unit: int | Sequence[int]) -> Target:
        """Return the target that is one unit of a layer of the encoder or decoder."""
        return cls("layer unit", layer, _index(unit))

    @classmethod
    def error_at(cls, row: int, column: int) -> Target:
        """Return the target that is the squared error at one place, mean over channels."""
        return cls("error at a place", at=(int(row), int(column)))

    @classmethod
    def whole_error(cls) -> Target:
        """Return the target that is the mean squared error of the whole image."""
        return cls("whole error")

    @property
    def is_error(self) -> bool:
        """Whether the target is an error of the reconstruction, which depends on the image itself as well."""
        return "error" in self.kind

    def step(self, network: Network) -> str:
        """Return the name of the last layer that the target needs."""
        if self.is_error:
            return network.reconstruction
        return self.layer or network.code

    def describe(self) -> str:
        """Return the target in words, such as "unit 3 of the code"."""
        where = ", ".join(map(str, self.at))
        words = {
            "code unit": f"unit {where} of the code",
            "layer unit": f"unit {where} of {self.layer}",
            "error at a place": f"squared error at row, column {where}",
            "whole error": "mean squared error of the image",
        }
        return words[self.kind]

    def check(self, network: Network, image_shape: Sequence[int | None]) -> None:
        """Raise ValueError unless the target lies in the network or in images of this shape."""
        if self.kind not in ("code unit", "layer unit", "error at a place", "whole error"):
            raise ValueError(f"kind: expected a target made by a class method of Target, got {self.kind!r}")
        step = network.step(self.step(network))
        shape = {"error at a place": tuple(image_shape[:2]), "whole error": ()}.get(self.kind, step.shape)
        if len(self.at) == 1 and None not in shape:
            fits = 0 <= self.at[0] < int(np.prod(shape))  # type: ignore[arg-type]
        else:
            fits = len(self.at) == len(shape) and all(
                i >= 0 and (side is None or i < side) for i, side in zip(self.at, shape, strict=True)
            )
        if not fits:
            raise ValueError(f"target: expected an index in {tuple(shape)}, got {self.at} for {self.kind}")

    def of(self, network: Network, outputs: Mapping[str, Any]) -> Any:
        """Return the target's value for each image, a tensor (b,), from the outputs of `network.run`."""
        from keras import ops

        made = ops.cast(outputs[self.step(network)], "float32")
        if self.is_error:
            return self._mean(ops.square(made - outputs[IMAGE]))
        if len(self.at) == 1:
            return ops.reshape(made, (made.shape[0], -1))[:, self.at[0]]
        return made[(slice(None), *self.at)]

    def share_of(self, network: Network, outputs: Mapping[str, Any]) -> Any:
        """Return the target as layer-wise relevance propagation divides it: linear in the outputs, of the same value.

        The error (x_hat - x)**2 is (x_hat - x) x_hat - (x_hat - x) x: with the factor in brackets held, one share goes
        to the reconstruction, and through the network to all pixels, the other one straight to the pixel itself.
        """
        from keras import ops

        if not self.is_error:
            return self.of(network, outputs)
        away = ops.cast(outputs[network.reconstruction], "float32") - outputs[IMAGE]
        return self._mean(ops.stop_gradient(away) * away)

    def _mean(self, squares: Any) -> Any:
        """Return the mean over an image's values, or over the channels of one place: (b,)."""
        from keras import ops

        if self.at:
            return ops.mean(squares[:, self.at[0], self.at[1]], axis=-1)
        return ops.mean(squares, axis=(1, 2, 3))


def _index(unit: int | Sequence[int]) -> tuple[int, ...]:
    """Return an index as a tuple of whole numbers."""
    return tuple(map(int, unit)) if isinstance(unit, Sequence | np.ndarray) else (int(unit),)


def target_values(model: Any, images: np.ndarray, target: Target) -> np.ndarray:
    """Return the value of a target for each image.

    Args:
        model: an autoencoder.
        images: (n, height, width, channels), float in [0, 1] or uint8.
        target: the target.

    Returns:
        float32 (n,).

    Raises:
        ValueError: for a target that is not in the model or the images.
    """
    from keras import ops

    network, images = network_of(model), to_images(model, images)
    target.check(network, images.shape[1:])
    found, together = [], at_once(images.shape[1:])
    for start in range(0, len(images), together):
        part = ops.convert_to_tensor(images[start : start + together])
        outputs = network.run(part, until=target.step(network))
        found.append(ops.convert_to_numpy(ops.stop_gradient(target.of(network, outputs))))
    return np.concatenate(found)
