"""Registry of the classical restoration methods, and restoration by one of them. The arithmetic is elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from aewidgets.classical import denoisers, repairing
from aewidgets.classical.filling import harmonic
from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.images.arrays import unit_floats

__all__ = ["CLASSICAL", "TASKS", "Known", "Method", "checked_mask", "checked_psf", "classical_methods",
           "restore_classically", "unit_image"]  # fmt: skip

TASKS = ("noise", "jpeg", "blur", "inpainting", "low-light")
QUALITY = 20  # assumed of a JPEG whose quality is not known
_SKIMAGE = "scikit-image"


@dataclass(frozen=True)
class Known:
    """Facts that are known of a corrupted image.

    Attributes:
        task: one of `TASKS`.
        noise_level: 0 to 255, or None.
        mask: bool (h, w), True where pixels are lost, or None.
        psf: the blur kernel, float64 (n, m) of sum 1, or None.
        quality: quality of a JPEG, 1 to 100, or None.
    """

    task: str
    noise_level: float | None = None
    mask: np.ndarray | None = None
    psf: np.ndarray | None = None
    quality: int | None = None


@dataclass(frozen=True)
class Method:
    """A restoration method without a network.

    Attributes:
        name: argument of `restore_classically`.
        label: name in legends and tables.
        tasks: the tasks of `TASKS` that it is for.
        reference: paper, and the library that runs it.
        function: (float32 image, Known) to a float image, which may leave [0, 1].
        facts: attributes of `Known` that it makes use of, in any of its tasks.
    """

    name: str
    label: str
    tasks: tuple[str, ...]
    reference: str
    function: Callable[[np.ndarray, Known], np.ndarray]
    facts: tuple[str, ...] = ()

    def facts_for(self, task: str) -> tuple[str, ...]:
        """Return the facts that it makes use of in one of its tasks."""
        return tuple(fact for fact in self.facts if fact in _FACTS[task])


#: Facts that may be known in each task.
_FACTS = {
    "noise": ("noise_level",),
    "jpeg": ("quality", "noise_level"),
    "blur": ("psf", "noise_level"),
    "inpainting": ("mask",),
    "low-light": (),
}


def _by_level(denoise: Callable[[np.ndarray, float], np.ndarray], slope: float = 0, least: float = 0):
    """Make a method of a denoiser.

    The denoiser is given the known noise level, or an estimate; for JPEG, slope * coarseness + least. These lines fit
    the best of levels 2, 4, 6, 8, 12 and 16 on six crops of photos-select at qualities 5, 10, 20 and 40, where JPEG
    itself reaches 26.6, 29.5, 32.1 and 34.6 dB.
    """

    def restore(image: np.ndarray, known: Known) -> np.ndarray:
        if known.task == "jpeg" and known.noise_level is None:
            quality = known.quality or QUALITY
            coarseness = 50 / quality if quality < 50 else 2 - quality / 50  # factor of libjpeg's tables
            level = slope * coarseness + least
        else:
            level = estimate_noise_level(image) if known.noise_level is None else known.noise_level
        return denoise(image, level / 255) if level > 0 else image

    return restore


def _wiener(image: np.ndarray, known: Known) -> np.ndarray:
    """Deconvolve by Wiener's filter, its balance set by the noise level."""
    # Best of 0.003 to 0.3 on six crops of photos-select: 0.03 for noise level 2 (29.6, 27.9 and 28.7 dB for a Gaussian
    # of 1.6 and 2.4 pixels and for motion over 9), 0.1 for level 8 (27.8 dB).
    balance = 0.03 if known.noise_level is None else float(np.clip(0.015 * known.noise_level, 0.003, 1))
    assert known.psf is not None
    return repairing.wiener(image, known.psf, balance)


def _given(name: str, repair: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    """Make a method of a function of the image and the attribute `name` of `Known`, which must not be None."""

    def restore(image: np.ndarray, known: Known) -> np.ndarray:
        value = getattr(known, name)
        assert value is not None
        return repair(image, value)

    return restore


_LEVEL = ("noise_level", "quality")  # of methods that `_by_level` makes

#: Every method by name, the recommended one first in its task.
CLASSICAL: dict[str, Method] = {
    method.name: method
    for method in (
        Method("nlm", "Non-local means", ("noise", "jpeg"), f"Buades, Coll and Morel 2005; {_SKIMAGE}",
               _by_level(denoisers.non_local_means, 1.6, 1.5), _LEVEL),
        Method("tv", "Total variation", ("noise", "jpeg"), f"Rudin, Osher and Fatemi 1992; Chambolle 2004; {_SKIMAGE}",
               _by_level(denoisers.total_variation, 1.2), _LEVEL),
        Method("wavelet", "Wavelets, BayesShrink", ("noise",), "Chang, Yu and Vetterli 2000",
               _by_level(denoisers.wavelets), _LEVEL),
        Method("bilateral", "Bilateral filter", ("noise", "jpeg"), f"Tomasi and Manduchi 1998; {_SKIMAGE}",
               _by_level(denoisers.bilateral, 0.5, 1), _LEVEL),
        Method("ksvd", "K-SVD", ("noise",), "Elad and Aharon 2006", _by_level(denoisers.ksvd), _LEVEL),
        Method("median", "Median of 3x3", ("noise",), "Tukey 1977; SciPy", lambda x, known: denoisers.median(x)),
        Method("wiener", "Wiener filter", ("blur",), f"Wiener 1949; Hunt 1971; {_SKIMAGE}", _wiener,
               ("psf", "noise_level")),
        Method("richardson-lucy", "Richardson-Lucy", ("blur",), f"Richardson 1972; Lucy 1974; {_SKIMAGE}",
               _given("psf", repairing.richardson_lucy), ("psf",)),
        Method("unsupervised-wiener", "Wiener filter, its balance found", ("blur",),
               f"Orieux, Giovannelli and Rodet 2010; {_SKIMAGE}", _given("psf", repairing.unsupervised_wiener),
               ("psf",)),
        Method("biharmonic", "Biharmonic inpainting", ("inpainting",), f"Damelin and Hoang 2018; {_SKIMAGE}",
               _given("mask", repairing.biharmonic), ("mask",)),
        Method("harmonic", "Harmonic inpainting", ("inpainting",), "Laplace's equation; Gortler et al. 1996",
               _given("mask", harmonic), ("mask",)),
        Method("gain", "Gain to white, non-local means", ("low-light",), "a gain of linear light; Buades et al. 2005",
               lambda x, known: repairing.gain(x)),
        Method("clahe", "Adaptive equalisation", ("low-light",), f"Zuiderveld 1994; {_SKIMAGE}",
               lambda x, known: repairing.clahe(x)),
        Method("gamma", "Gamma by the mean", ("low-light",), "a power to a fixed mean",
               lambda x, known: repairing.gamma(x)),
        Method("equalise", "Histogram equalisation", ("low-light",), _SKIMAGE,
               lambda x, known: repairing.equalise(x)),
    )
}  # fmt: skip


def classical_methods(task: str) -> tuple[Method, ...]:
    """Return the methods for one of `TASKS`, the recommended one first.

    Raises:
        ValueError: for another task.
    """
    _checked_name("task", task, TASKS)
    return tuple(method for method in CLASSICAL.values() if task in method.tasks)


def restore_classically(
    name: str,
    image: np.ndarray,
    task: str,
    *,
    noise_level: float | None = None,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
) -> np.ndarray:
    """Restore an image by a classical method.

    Args:
        name: a name in `CLASSICAL`.
        image: (h, w) or (h, w, 3); uint8, or float in units of [0, 1], where noise may leave that range.
        task: "noise", "jpeg", "blur", "inpainting" or "low-light".
        noise_level: standard deviation of the noise, 0 to 255. For "noise" it is estimated if None; for "jpeg" it is
            the strength, which otherwise follows from the quality; for "blur" it sets the balance of Wiener's filter.
        mask: bool (h, w), True where pixels are lost: for "inpainting".
        psf: the blur kernel, float (n, m) of sum 1 with odd sides: for "blur".
        quality: quality of the JPEG, 1 to 100; 20 is assumed if None.

    Returns:
        float32 of the image's shape, in [0, 1].

    Raises:
        ValueError: for unknown names, a method that is not for the task, and missing or impossible arguments.
    """
    method = CLASSICAL[_checked_name("method", name, CLASSICAL)]
    if _checked_name("task", task, TASKS) not in method.tasks:
        able = ", ".join(m.name for m in classical_methods(task))
        raise ValueError(f"{name}: does {' and '.join(method.tasks)}; for {task} take one of {able}")
    x = unit_image(image)
    if noise_level is not None and not 0 <= noise_level <= 255:
        raise ValueError(f"noise_level: expected 0 to 255, got {noise_level}")
    if quality is not None and not 1 <= quality <= 100:
        raise ValueError(f"quality: expected 1 to 100, got {quality}")
    known = Known(
        task,
        noise_level,
        mask=checked_mask(mask, x) if task == "inpainting" else None,
        psf=checked_psf(psf) if task == "blur" else None,
        quality=quality,
    )
    restored = np.clip(method.function(x, known), 0, 1).astype(np.float32)
    return restored.reshape(x.shape)  # scikit-image drops sides of one pixel


def unit_image(image: np.ndarray) -> np.ndarray:
    """Return an image as float32 in units of [0, 1], which noise may leave; ValueError for what is no image.

    Floats on another scale, such as 0 to 255, are refused: see `aewidgets.images.arrays.unit_floats`.
    """
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3) or not image.size:
        raise ValueError(f"image: expected (h, w) or (h, w, 3), got {image.shape}")
    return unit_floats(image, noisy=True)


def checked_mask(mask: Any, x: np.ndarray) -> np.ndarray:
    """Return the mask of lost pixels of the image x; ValueError for what is no mask of it."""
    mask = None if mask is None else np.asarray(mask)
    if mask is None or mask.dtype != np.bool_ or mask.shape != x.shape[:2]:
        got = "none" if mask is None else f"{mask.dtype} {mask.shape}"
        raise ValueError(f"mask: expected bool {x.shape[:2]}, True where pixels are lost, got {got}")
    return mask


def checked_psf(psf: Any) -> np.ndarray:
    """Return a blur kernel as float64 of sum 1; ValueError for what is no kernel."""
    psf = None if psf is None else np.asarray(psf)
    numbers = psf is not None and psf.dtype.kind in "fiu"
    if psf is None or not numbers or psf.ndim != 2 or not all(side % 2 and side <= 255 for side in psf.shape):
        got = "none" if psf is None else psf.shape
        raise ValueError(f"psf: expected the kernel of the blur, (n, m) with odd sides up to 255, got {got}; "
                         "corrupt gives one, or make it with gaussian_psf or motion_psf")  # fmt: skip
    total = float(psf.sum())
    if not (np.isfinite(psf).all() and psf.min() >= 0 and abs(total - 1) < 0.01):
        raise ValueError(f"psf: expected finite numbers from 0 on with sum 1, got sum {total:g}; divide it by its sum")
    return psf.astype(np.float64) / total


def _checked_name(what: str, name: str, known: Iterable[str]) -> str:
    """Return a known name; ValueError with the nearest one for any other."""
    if isinstance(name, str) and name in known:
        return name
    near = get_close_matches(str(name)[:40], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(known)}"
    raise ValueError(f"unknown {what} {str(name)[:40]!r}; {hint}")
