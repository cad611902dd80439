"""Methods of people who know nothing of this package, and the places that take one. No assertions here."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from click.testing import CliRunner
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle

import aewidgets
from aewidgets.cli import main
from aewidgets.commands.denoise import _method
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.reading import read_image, write_image
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.denoisers import compare_denoisers
from aewidgets.studies.restoration.points import denoise_point


class Box:
    """A denoiser as torch has them: an object that is called with whatever it is called with."""

    def forward(self, x):
        """Return the mean of each pixel and its four neighbours."""
        rolled = [np.roll(x, by, axis) for axis in (0, 1) for by in (-1, 1)]
        return (x + sum(rolled)) / 5

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)


def by_level(image, noise_level):
    """Return total variation as strong as the noise."""
    return denoise_tv_chambolle(image, weight=noise_level / 255)


def by_sigma(noisy, sigma):
    """Return non-local means for this noise, in the image's unit."""
    return denoise_nl_means(noisy, sigma=sigma, h=0.8 * sigma, channel_axis=-1 if noisy.ndim == 3 else None)


def in_bytes(image):
    """Return uint8, as OpenCV does."""
    return (denoise_tv_chambolle(image) * 255).astype(np.uint8)


def box_of(channels: int | None = 1, size: int | None = None, halvings: int = 0) -> Any:
    """Return a plain Keras model, untrained: the mean of 3 x 3 pixels, or one that halves and doubles the sides."""
    import keras

    model = keras.Sequential([keras.Input((size, size, channels or 1))])
    for _ in range(halvings):
        model.add(keras.layers.AveragePooling2D(2))
    for _ in range(halvings):
        model.add(keras.layers.UpSampling2D(2))
    model.add(keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, depthwise_initializer="ones"))
    model.add(keras.layers.Rescaling(1 / 9))
    return model


#: What works, by what is particular about it.
METHODS: dict[str, Callable[[], Any]] = {
    "lambda": lambda: lambda image: image,
    "scikit-image": lambda: denoise_tv_chambolle,
    "partial": lambda: partial(denoise_tv_chambolle, weight=0.05),
    "named": lambda: {"my filter": denoise_tv_chambolle},
    "callable object": Box,
    "with a level": lambda: by_level,
    "with a sigma": lambda: by_sigma,
    "bytes": lambda: in_bytes,
    "float64": lambda: lambda image: image.astype(float),
    "in place": lambda: lambda image: np.clip(image, 0.1, 0.9, out=image),
    "keras": box_of,
}


def broken(image):
    """Raise what a mistake raises."""
    return image @ {}


def _raises(image):
    raise KeyError("weights")


def _nan(image):
    return np.where(image > 0.5, np.nan, image)


#: What fails: the method, and a part of the words.
WRONG: dict[str, tuple[Any, str]] = {
    "none": (lambda image: None, "returned None"),
    "shape": (lambda image: image[1:], "expected the shape that it was given"),
    "one channel too many": (lambda image: np.stack([image] * 2, -1), "expected the shape that it was given"),
    "NaN": (_nan, "NaN or infinite"),
    "scale": (lambda image: image * 255, "divide by 255"),
    "text": (lambda image: "denoised", "expected floats in"),
    "objects": (lambda image: [image, [image]], "returned"),
    "whole numbers": (lambda image: (image * 255).astype(int), "expected floats in"),
    "truth": (lambda image: image > 0.5, "expected floats in"),
    "exception": (_raises, "raised KeyError: 'weights'"),
    "wrong type inside": (broken, "broken raised "),
}

#: What is no method: refused before anything runs.
NO_METHOD: dict[str, tuple[Any, str]] = {
    "number": (25, "expected the name of a method"),
    "class": (Box, "is a class; give an object of it, Box"),
    "no image": (lambda: 1, "takes no image"),
    "too much": (lambda image, strength: image, "requires 'strength'"),
    "a name of ours": ({"nlm": denoise_tv_chambolle}, "'nlm' is the name of a method that comes with the package"),
    "the picture itself": ({"noisy": denoise_tv_chambolle}, "'noisy' is the name"),
    "two at once": ({"a": by_level, "b": by_sigma}, "with one name"),
    "no name": ({" ": by_level}, "expected a name of 1 to 60 letters"),
}


def _denoise(image: np.ndarray, method: Any, folder: Path) -> np.ndarray:
    given = corrupt_subject(image, "gaussian", 25).given
    return to_uint8(aewidgets.denoise(given, 25, method).image)


def _restore(image: np.ndarray, method: Any, folder: Path) -> np.ndarray:
    return to_uint8(aewidgets.restore(to_float(image), "jpeg", method).image)


def _point(image: np.ndarray, method: Any, folder: Path) -> np.ndarray:
    return denoise_point(corrupt_subject(image, "gaussian", 25), method).image


def _compared(image: np.ndarray, method: Any, folder: Path) -> None:
    [_, done] = compare_denoisers([image], [method], [25])
    assert done.mean_psnr_db > 0


def _studio(image: np.ndarray, method: Any, folder: Path) -> np.ndarray:
    from aewidgets.widgets import DenoiseStudio

    return DenoiseStudio(image, "gaussian", 25, right=method).result


def _command(image: np.ndarray, method: Any, folder: Path) -> np.ndarray:
    """Run the command with a module that has the method."""
    module = ModuleType("strange_module")
    module.method = method
    sys.modules["strange_module"] = module
    write_image(corrupt_subject(image, "gaussian", 25).shown, folder / "noisy.png")
    (folder / "clean.png").unlink(missing_ok=True)
    arguments = ["denoise", folder / "noisy.png", "-o", folder / "clean.png", "--method", "strange_module:method"]
    try:
        _method.cache_clear()  # another object has the same name
        result = CliRunner().invoke(main, list(map(str, arguments)))
    finally:
        del sys.modules["strange_module"]
    if result.exit_code:
        raise ValueError(result.output)
    return read_image(folder / "clean.png")


#: Places that take a method: (uint8 image, method, an empty folder) to the restored image, ValueError where it fails.
PLACES: dict[str, Callable[[np.ndarray, Any, Path], np.ndarray | None]] = {
    "denoise": _denoise,
    "restore": _restore,
    "denoise_point": _point,
    "compare_denoisers": _compared,
    "DenoiseStudio": _studio,
    "aewidgets denoise": _command,
}
