"""Comparison of denoisers by the protocol of the published tables. No drawing.

Noise is Gaussian, added to the picture in float and not clipped, from `numpy.random.RandomState(seed)` begun afresh for
each picture; results are rounded to 8 bits; PSNR is the mean over pictures (Zhang et al. 2017, section IV).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr, ssim
from aewidgets.restoration.corruptions import gaussian_noise
from aewidgets.restoration.own_methods import own_method
from aewidgets.restoration.restoring import denoise, takes_noise_level
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.system.brief import shown_briefly

__all__ = ["NOISE_LEVELS", "Denoising", "Measured", "compare_denoisers", "denoise_by", "fidelity", "standard_error"]

NOISE_LEVELS = (15.0, 25.0, 50.0)  # of the published tables
NOISY = "noisy"

#: Takes a noisy picture, float32 in units of [0, 1], and its noise level, 0 to 255; returns the denoised picture.
Denoiser = Callable[[np.ndarray, float], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Closeness of results to the originals.

    Attributes:
        psnr_db, ssim: PSNR and SSIM of each result, rounded to 8 bits, in the order of the pictures.
        seconds: time of all pictures together.
    """

    psnr_db: tuple[float, ...]
    ssim: tuple[float, ...]
    seconds: float

    @property
    def mean_psnr_db(self) -> float:
        """Mean PSNR over the pictures, as papers print it."""
        return float(np.mean(self.psnr_db))

    @property
    def standard_error_db(self) -> float:
        """Standard error of the mean PSNR over the pictures; NaN for a single picture."""
        return standard_error(self.psnr_db)

    @property
    def mean_ssim(self) -> float:
        """Mean SSIM over the pictures."""
        return float(np.mean(self.ssim))


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of values; NaN for fewer than two."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def fidelity(pictures: Sequence[np.ndarray], results: Sequence[np.ndarray], seconds: float) -> dict[str, Any]:
    """Measure results, in units of [0, 1] and not clipped, against uint8 originals: the fields of `Measured`."""
    rounded = [to_uint8(np.clip(result, 0, 1)) for result in results]
    pairs = list(zip(pictures, rounded, strict=True))
    return {
        "psnr_db": tuple(float(psnr(*pair)) for pair in pairs),
        "ssim": tuple(float(ssim(*pair)) for pair in pairs),
        "seconds": seconds,
    }


@shown_briefly
@dataclass(frozen=True, kw_only=True)
class Denoising(Measured):
    """One method at one noise level.

    Attributes:
        method: name of the method; "noisy" is the noisy picture itself.
        noise_level: noise level, 0 to 255.
        pixels: number of pixels of all pictures together.
    """

    method: str
    noise_level: float
    pixels: int


def denoise_by(method: str) -> Denoiser:
    """Return a method of `aewidgets.restoration.restoring` as a function of picture and noise level."""
    return lambda noisy, level: denoise(noisy, level if takes_noise_level(method) else "auto", method).image


def compare_denoisers(
    images: Iterable[np.ndarray],
    denoisers: Mapping[str, Any] | Sequence[Any],
    noise_levels: Sequence[float] = NOISE_LEVELS,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
) -> list[Denoising]:
    """Measure every method at every noise level, the noisy pictures themselves first.

    Args:
        images: uint8 (h, w) or (h, w, 3).
        denoisers: name -> a function of the noisy picture and its level; or a list of names of methods and of methods
            of your own, as `aewidgets.denoise` takes them. By the protocol, all are given float32 that noise has left
            beyond [0, 1].
        noise_levels: noise levels, 0 to 255.
        seed: seed of the noise, begun afresh for every picture.
        progress: called with (results there are, results there will be, what is next).
    """
    pictures, results = list(images), list[Denoising]()
    methods: dict[str, Denoiser] = {NOISY: lambda noisy, level: noisy} | _by_name(denoisers)
    total = len(noise_levels) * len(methods)
    for level in noise_levels:
        for name, method in methods.items():
            if progress:
                progress(len(results), total, f"{name} at {level:g}")
            results.append(_measure(name, method, pictures, float(level), seed))
    return results


def _by_name(denoisers: Mapping[str, Any] | Sequence[Any]) -> dict[str, Denoiser]:
    """Return denoisers as functions of picture and noise level, by name."""
    own = OwnMethods()
    named = denoisers if isinstance(denoisers, Mapping) else {
        each if isinstance(each, str) else own.take(each): each for each in denoisers
    }  # fmt: skip
    return {
        name: denoise_by(each) if isinstance(each, str) else _given_level(name, each) for name, each in named.items()
    }


def _given_level(name: str, function: Any) -> Denoiser:
    """Return a method of one's own as a function of picture and noise level; in errors it has the name given here."""
    method = own_method(function, name=name)
    return lambda noisy, level: method(noisy, noise_level=level)


def _measure(name: str, method: Denoiser, pictures: list[np.ndarray], level: float, seed: int) -> Denoising:
    results, seconds = [], 0.0
    for picture in pictures:
        noisy = gaussian_noise(to_float(picture), level, np.random.RandomState(seed))
        start = time.perf_counter()
        results.append(method(noisy, level))
        seconds += time.perf_counter() - start
    pixels = sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    return Denoising(method=name, noise_level=level, pixels=pixels, **fidelity(pictures, results, seconds))
