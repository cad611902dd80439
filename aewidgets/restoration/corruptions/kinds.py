"""Registry of the corruptions: parameters with units and ranges, and the task that undoes each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aewidgets.restoration.corruptions.blurs import gaussian_blur, gaussian_psf, motion_blur, motion_psf
from aewidgets.restoration.corruptions.camera import camera_noise, random_camera
from aewidgets.restoration.corruptions.damage import holes, jpeg_artefacts, low_contrast, low_light, missing_pixels
from aewidgets.restoration.corruptions.noise import Rng, gaussian_noise, poisson_noise, salt_and_pepper, speckle_noise

__all__ = ["CORRUPTIONS", "Kind", "Parameter", "Part"]


@dataclass(frozen=True)
class Parameter:
    """A numeric parameter of a corruption.

    Attributes:
        name: name of the option in Python and on the command line.
        unit: unit in words, "" without one.
        least, most: the range, both ends included.
        default: value if none is given.
        whole: True if only whole numbers are allowed.
    """

    name: str
    unit: str
    least: float
    most: float
    default: float
    whole: bool = False

    def check(self, value: Any, kind: str) -> float:
        """Return the value as a number in range; `kind` is the corruption's name, for messages.

        Raises:
            ValueError: for any other value.
        """
        number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
        if not number or not self.least <= value <= self.most or (self.whole and value != int(value)):
            wanted = "a whole number" if self.whole else "a number"
            unit = f" ({self.unit})" if self.unit else ""
            raise ValueError(f"{kind}: expected for {self.name}{unit} {wanted} from {self.least:g} to {self.most:g}, "
                             f"got {value!r}")  # fmt: skip
        return int(value) if self.whole else float(value)


class Part(NamedTuple):
    """Result of one step: the image, and the mask of lost pixels or the blur kernel where it has one."""

    image: np.ndarray
    mask: np.ndarray | None = None
    psf: np.ndarray | None = None


@dataclass(frozen=True)
class Kind:
    """A named corruption.

    Attributes:
        name: name in `corrupt`, on the command line and in notebooks.
        label: name in figures and widgets.
        strength: the main parameter.
        task: restoration task that undoes it: "noise", "jpeg", "blur", "inpainting" or "low-light".
        apply: function (image, strength, rng, **options) that returns a `Part`.
        options: further parameters.
    """

    name: str
    label: str
    strength: Parameter
    task: str
    apply: Callable[..., Part]
    options: tuple[Parameter, ...] = ()

    parameter = property(lambda self: self.strength.name, doc="Name of the main parameter.")
    unit = property(lambda self: self.strength.unit, doc="Unit of the main parameter.")
    range = property(lambda self: (self.strength.least, self.strength.most), doc="Range of the main parameter.")
    default = property(lambda self: self.strength.default, doc="Default of the main parameter.")


def _blurred(image: np.ndarray, sigma: float, rng: Rng) -> Part:
    """Apply Gaussian blur, and return it with its kernel."""
    return Part(gaussian_blur(image, sigma), psf=gaussian_psf(sigma))


def _moved(image: np.ndarray, length: float, rng: Rng, angle: float) -> Part:
    """Apply motion blur, and return it with its kernel."""
    return Part(motion_blur(image, length, angle), psf=motion_psf(length, angle))


def _photographed(image: np.ndarray, shot: float, rng: Rng) -> Part:
    """Add the noise of a camera that is drawn for the picture."""
    drawn = np.random.default_rng(list(rng.bytes(16)))
    return Part(camera_noise(image, random_camera(drawn, shot), drawn))


_LEVEL = Parameter("noise_level", "of 255", 0, 255, 25)

#: Every corruption by name.
CORRUPTIONS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("gaussian", "Gaussian noise", _LEVEL, "noise", lambda x, level, rng: Part(gaussian_noise(x, level, rng))),
        Kind("poisson", "Photon noise", Parameter("peak", "photons at white", 1, 10_000, 50), "noise",
             lambda x, peak, rng: Part(poisson_noise(x, peak, rng))),
        Kind("salt-and-pepper", "Salt and pepper", Parameter("share", "of the numbers", 0, 1, 0.05), "noise",
             lambda x, share, rng: Part(salt_and_pepper(x, share, rng))),
        Kind("speckle", "Speckle", Parameter("sigma", "of the pixel itself", 0, 1, 0.1), "noise",
             lambda x, sigma, rng: Part(speckle_noise(x, sigma, rng))),
        Kind("camera", "Camera noise", Parameter("shot", "variance at white", 1e-5, 0.05, 0.003), "noise",
             _photographed),
        Kind("jpeg", "JPEG", Parameter("quality", "", 1, 95, 20, whole=True), "jpeg",
             lambda x, quality, rng: Part(jpeg_artefacts(x, quality))),
        Kind("blur", "Gaussian blur", Parameter("sigma", "pixels", 0, 10, 1.6), "blur", _blurred),
        Kind("motion", "Motion blur", Parameter("length", "pixels", 1, 51, 9), "blur", _moved,
             (Parameter("angle", "degrees", -360, 360, 0),)),
        Kind("missing", "Missing pixels", Parameter("share", "of the pixels", 0, 1, 0.5), "inpainting",
             lambda x, share, rng: Part(*missing_pixels(x, share, rng))),
        Kind("holes", "Holes", Parameter("size", "pixels", 1, 256, 24, whole=True), "inpainting",
             lambda x, size, rng, count: Part(*holes(x, count, size, rng)),
             (Parameter("count", "", 0, 1000, 8, whole=True),)),
        Kind("low-light", "Low light", Parameter("exposure", "of the light", 0.02, 1, 0.2), "low-light",
             lambda x, exposure, rng, noise_level: Part(low_light(x, exposure, noise_level, rng)),
             (Parameter("noise_level", "of 255", 0, 255, 2),)),
        Kind("low-contrast", "Low contrast", Parameter("factor", "of the contrast", 0, 1, 0.4), "low-light",
             lambda x, factor, rng: Part(low_contrast(x, factor))),
    )
}  # fmt: skip
