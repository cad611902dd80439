"""Denoise and restore images, by trained networks or classical methods. Reads no files and trains nothing.

`denoise` takes noise away; `restore` undoes JPEG compression, blur, lost pixels and low light. Both return `Restored`,
and take a function or a Keras model of one's own in place of a method's name: `aewidgets.restoration.own_methods`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aewidgets.classical import CLASSICAL, checked_mask, checked_psf, classical_methods, restore_classically, unit_image
from aewidgets.classical.noise_estimates import CAMERA, WHITE, NoiseEstimate, estimate_noise
from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.images.arrays import gray_axis, samples_of, to_uint8, with_axis, without_axis
from aewidgets.images.reading import image_of
from aewidgets.images.tiles import TILE
from aewidgets.restoration.learned import (
    BLIND,
    EIGHT,
    LEARNED,
    NETWORKS,
    is_shipped,
    shipped,
    through_network,
    through_orientations,
)
from aewidgets.restoration.network_inputs import TASKS, restorer_inputs
from aewidgets.restoration.own_methods import OwnMethod, own_method
from aewidgets.system.brief import shown_briefly

__all__ = [
    "BLIND",
    "CAMERA_DENOISER",
    "DENOISERS",
    "EIGHT",
    "LEARNED",
    "NETWORKS",
    "NOISES",
    "RESTORER",
    "Restored",
    "denoise",
    "denoising_methods",
    "level_map",
    "restore",
    "restoring_methods",
    "takes_noise_level",
]

DENOISERS = {1: "photo-denoise-gray", 3: "photo-denoise-colour"}  # shipped weights, by channels
CAMERA_DENOISER = "photo-denoise-camera"  # shipped weights, for colour and gray
RESTORER = "photo-restore"  # shipped weights
NOISES = ("auto", WHITE, CAMERA)  # kinds of noise that `denoise` takes
STRONGEST = 3.0  # factor on the noise level, at most
_LEARNED_FACTS = {"jpeg": ("quality",), "blur": ("psf",), "inpainting": ("mask",), "low-light": ()}
AHEAD = ("jpeg", "blur")  # tasks where the network beats the classical methods on photos-select


@shown_briefly
@dataclass(frozen=True, eq=False)
class Restored:
    """A denoised or restored image, and how it was made.

    Attributes:
        image: float32 in [0, 1] for floats, else uint8; the input's shape.
        task: "noise", or one of `aewidgets.restoration.network_inputs.TASKS`.
        method: name of the method that made it.
        noise_level: standard deviation of the noise that the method was given, or that was estimated, 0 to 255; None
            where the method was given none.
        seconds: time that the method took, without loading a network.
        noise: what was found in the image and how it was taken, in words; "" where nothing was looked for.
    """

    image: np.ndarray
    task: str
    method: str
    noise_level: float | None
    seconds: float
    noise: str = ""


def denoising_methods(channels: int | None = None) -> tuple[str, ...]:
    """Return the names of the denoising methods: `NETWORKS`, then the classical ones.

    `EIGHT` does eight times the work (Timofte, Rothe and Van Gool 2016, section 3.6).

    Args:
        channels: channels of the image, 1 or 3. The networks are left out where their weights do not come with the
            package; for None, where the weights come neither for gray nor for colour.

    Raises:
        ValueError: for another number of channels.
    """
    if channels not in (None, *DENOISERS):
        raise ValueError(f"channels: expected 1 for gray or 3 for colour, got {channels!r}")
    wanted = DENOISERS.values() if channels is None else (DENOISERS[channels],)
    learned = NETWORKS if any(is_shipped(name) for name in wanted) else ()
    return (*learned, *(method.name for method in classical_methods("noise")))


def restoring_methods(task: str, network: Any = None) -> tuple[str, ...]:
    """Return the names of the methods for a restoration task, the recommended one first.

    Args:
        task: one of `aewidgets.restoration.network_inputs.TASKS`.
        network: the network that `restore` will be given; its method then comes first. The shipped network comes first
            where it beats the classical methods, and last elsewhere.
    """
    classical = tuple(method.name for method in classical_methods(task))
    if network is None and not is_shipped(RESTORER):
        return classical
    return (LEARNED, *classical) if network is not None or task in AHEAD else (*classical, LEARNED)


def denoise(
    image: Any,
    noise_level: float | str = "auto",
    method: Any = LEARNED,
    *,
    noise: str = "auto",
    strength: float = 1.0,
    network: Any = None,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Restored:
    """Remove noise from an image.

    Args:
        image: (h, w), (h, w, 1) or (h, w, 3); whole numbers from 0 to 255, or float in units of [0, 1], which noise
            may leave. Three equal channels are gray: they are denoised as such and stay equal. Or a picture as
            `aewidgets.read_image` takes it: a path, bytes, an open file, a Pillow image.
        noise_level: standard deviation of the noise, 0 to 255 as in papers; "auto" estimates it from the image. The
            methods blind and median make no use of it, which `Restored.noise_level`, None, then says.
        method: one of `denoising_methods()`; or a method of your own: a function image -> image, which is given
            float32 in [0, 1], (h, w) or (h, w, 3), noise beyond that range cut off, and returns the same; one with a
            second parameter `noise_level` (0 to 255) or `sigma` (the same over 255), which is given the level; a Keras
            model of images (n, h, w, c) in [0, 1], with one channel or three; or {"a name": one of these}.
        noise: "white", or "camera" for noise that a camera has processed, whose network learned and learned-8 then
            use and blind too; "auto" takes for these two what `estimate_noise` finds in the image where the level is
            to be estimated, and leaves an image as it is in which it finds nothing but texture. For it, gray images,
            other methods, other networks and given levels are of white noise.
        strength: factor on the noise level, 0 to 3: less than 1 takes less away, more takes more.
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser` in place of the shipped one; one for colour
            takes gray images too.
        tile: side of the tiles that the network is given, in pixels, a multiple of 8; memory grows with it.
        progress: called with (tiles done, tiles) by the network.
        stop: called before each tile; if it returns True, KeyboardInterrupt is raised.

    Raises:
        ValueError: for another shape or type, floats on another scale (such as 0 to 255), a noise level out of range,
            an unknown method, and a network for a method without one; for a method of your own that fails, or returns
            no image of the same shape in [0, 1]. What it raised is the cause.
    """
    x, axis = _plane(image)
    values = unit_image(x)
    _check_noise(noise, strength, method, network)
    if not isinstance(method, str):
        if network is not None:
            raise ValueError("network: a method of your own uses none of ours; leave it out")
        own = own_method(method)
        level = _level(values, noise_level, strength) if takes_noise_level(own) else None
        return _timed(lambda: _by_own(own, values, noise_level=level), x.dtype, axis, "noise", own.name, level)
    if method not in (*NETWORKS, *denoising_methods()):
        raise ValueError(f"method: expected one of {', '.join(denoising_methods())}, got {method!r}")
    _check_network(network, method)
    looks = noise_level == "auto" and noise != WHITE and network is None and method in (LEARNED, EIGHT)
    # In gray, texture is not told from noise: no colour has to agree.
    found = estimate_noise(values) if looks and (noise == CAMERA or x.ndim == 3) else None
    camera = noise == CAMERA or (found is not None and found.verdict == CAMERA)
    level, words = _level_and_words(values, found, noise, noise_level, strength, method)
    if method in NETWORKS:
        channels = x.shape[2] if x.ndim == 3 else 1
        network = network or shipped(CAMERA_DENOISER if camera else DENOISERS[channels])
        if network.channels not in (channels, 3) or network.num_maps != 1:
            raise ValueError(f"network: expected one that denoises {channels} channels, got {network.describe()}")

    def run() -> np.ndarray:
        if method not in NETWORKS:
            return restore_classically(method, values, "noise", noise_level=level)
        if level == 0:
            return values
        through = through_orientations if method == EIGHT else through_network
        return through(network, values, level_map(values, level), tile, progress, stop)

    return replace(_timed(run, x.dtype, axis, "noise", method, level), noise=words)


def _check_noise(noise: str, strength: float, method: Any, network: Any) -> None:
    """Refuse kinds of noise that there are not or that make no difference, and strengths out of range."""
    if noise not in NOISES:
        raise ValueError(f"noise: expected one of {', '.join(NOISES)}, got {noise!r}")
    if noise == CAMERA and (network is not None or not isinstance(method, str) or method not in NETWORKS):
        raise ValueError(
            f"noise: only {', '.join(NETWORKS)} have a network for {CAMERA}; leave it out, and other networks"
        )
    if not 0 <= strength <= STRONGEST:
        raise ValueError(f"strength: expected a number from 0 to {STRONGEST:g}, got {strength!r}")
    if strength != 1 and method == BLIND:
        raise ValueError("strength: method blind is given no noise level to multiply; leave it out")


def _level_and_words(
    values: np.ndarray, found: NoiseEstimate | None, noise: str, asked: float | str, strength: float, method: str
) -> tuple[float | None, str]:
    """Return the level that a method is given, and what was found, in words."""
    if not takes_noise_level(method):
        return None, ""
    if found is None:
        level = _level(values, asked, strength)
        return level, f"white noise: {level:.1f}" if asked == "auto" else ""
    if noise == CAMERA and found.verdict != CAMERA:  # asked for, whatever the verdict
        found = replace(found, verdict=CAMERA, level=found.four)
    found = replace(found, level=min(255.0, strength * found.level))
    return found.level, found.words


def restore(
    image: Any,
    task: str,
    method: Any = None,
    *,
    mask: np.ndarray | None = None,
    psf: np.ndarray | None = None,
    quality: int | None = None,
    noise_level: float | None = None,
    network: Any = None,
    tile: int = TILE,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Restored:
    """Undo JPEG compression, blur, lost pixels or low light.

    Args:
        image: as in `denoise`.
        task: "jpeg", "blur", "inpainting" or "low-light".
        method: one of `restoring_methods(task)`; the first of them if None; or a method of your own as `denoise` takes
            it, whose parameters `mask`, `psf`, `quality` and `noise_level` are given what is given here.
        mask: bool (h, w), True where pixels are lost; required for inpainting.
        psf: the blur kernel, float of sum 1 with odd sides. Classical methods require it; the network works without
            it, and better with it.
        quality: quality of the JPEG, 1 to 100; methods that use it work better with it.
        noise_level: standard deviation of the noise, 0 to 255, for classical methods that use it.
        network: an `aewidgets.models.residual_denoiser.ResidualDenoiser` for restoration in place of the shipped one.
        tile, progress, stop: as in `denoise`.

    Raises:
        ValueError: for another shape, type, scale, task or method, and where an argument that the method requires is
            missing or one is given that it makes no use of.
    """
    if task not in TASKS:
        raise ValueError(f"task: expected one of {', '.join(TASKS)}, got {task!r}")
    own = None if method is None or isinstance(method, str) else own_method(method)
    name = own.name if own else method or restoring_methods(task, network)[0]
    if own is None and name not in (LEARNED, *restoring_methods(task, network)):
        raise ValueError(f"method: expected for {task} one of {', '.join(restoring_methods(task))}, got {method!r}")
    x, axis = _plane(image)
    values = unit_image(x)
    used = _facts_used(task, own or name)
    _check_facts(task, name, used, {"mask": mask, "psf": psf, "quality": quality, "noise_level": noise_level})
    _check_network(network, name)
    mask = checked_mask(mask, x) if task == "inpainting" else None
    if name == LEARNED:
        network = network or shipped(RESTORER)

    def run() -> np.ndarray:
        if own:
            kernel = None if psf is None else checked_psf(psf)
            restored = _by_own(own, values, mask=mask, psf=kernel, quality=quality, noise_level=noise_level)
        elif name == LEARNED:
            kernel = checked_psf(psf) if task == "blur" and psf is not None else None
            start, maps = restorer_inputs(task, values, mask=mask, psf=kernel, quality=quality)
            restored = through_network(network, start, maps, tile, progress, stop)
        else:
            restored = restore_classically(
                name, values, task, noise_level=noise_level, mask=mask, psf=psf, quality=quality
            )
        if mask is None:
            return restored
        return np.where(mask if values.ndim == 2 else mask[..., None], restored, values)  # known pixels stay

    return _timed(run, x.dtype, axis, task, name, None if name == LEARNED else noise_level)


def takes_noise_level(method: str | OwnMethod) -> bool:
    """Return whether a denoising method makes use of the noise level; the others are not given one."""
    if isinstance(method, OwnMethod):
        return "noise_level" in method.facts
    if method in NETWORKS:
        return method != BLIND
    return "noise_level" in CLASSICAL[method].facts_for("noise")


def _by_own(own: OwnMethod, values: np.ndarray, **facts: Any) -> np.ndarray:
    """Run a method of one's own. Functions of other libraries may not take what noise has left beyond black and white.

    Raises:
        ValueError: for facts out of range, and as the method does.
    """
    for name, (least, most) in {"noise_level": (0, 255), "quality": (1, 100)}.items():
        if facts.get(name) is not None and not least <= facts[name] <= most:
            raise ValueError(f"{name}: expected {least} to {most}, got {facts[name]}")
    return own(values if own.is_network else np.clip(values, 0, 1), **facts)


def _facts_used(task: str, method: str | OwnMethod) -> tuple[str, ...]:
    """Return the facts that a method makes use of in a task; the mask also where only the known pixels are put back."""
    if isinstance(method, OwnMethod):
        return (*method.facts, *(("mask",) if task == "inpainting" and "mask" not in method.facts else ()))
    return _LEARNED_FACTS[task] if method == LEARNED else CLASSICAL[method].facts_for(task)


def _check_facts(task: str, method: str, used: tuple[str, ...], given: dict[str, Any]) -> None:
    """Refuse what is known of an image but makes no difference to a method, which would be dropped unsaid."""
    for name in (name for name, value in given.items() if value is not None and name not in used):
        what = f"; it makes use of {' and '.join(used)}" if used else ""
        raise ValueError(f"{name}: method {method} for {task} makes no use of it{what}; leave it out")
    if task == "jpeg" and None not in (given["quality"], given["noise_level"]):
        raise ValueError("quality and noise_level exclude each other: both say how strongly to smooth; give one")


def _check_network(network: Any, method: str) -> None:
    """Refuse a network for a method without one."""
    if network is not None and method not in NETWORKS:
        raise ValueError(f"network: method {method} uses no network; leave it out, or choose another method")


def level_map(image: np.ndarray, noise_level: float | None) -> np.ndarray:
    """Return the noise map of a denoising network, float32 (h, w, 1): the noise level over 255; 0 for None (blind)."""
    return np.full((*image.shape[:2], 1), (noise_level or 0) / 255, np.float32)


def _plane(image: Any) -> tuple[np.ndarray, int | None]:
    """Return the samples of an image, gray as (h, w), and the channel axis that gray has.

    A network for colour would tint gray that is stored as RGB, and denoise it worse than the one for gray.
    """
    x = samples_of(image_of(image))
    axis = gray_axis(x) if x.ndim in (2, 3) and x.size else None
    return without_axis(x, axis), axis


def _timed(
    run: Callable[[], np.ndarray], dtype: np.dtype, axis: int | None, task: str, method: str, noise_level: float | None
) -> Restored:
    """Run a method, measure its time, and return its result in [0, 1], as uint8 if `dtype` is, gray with its axis."""
    start = time.perf_counter()
    restored = np.clip(run(), 0, 1)
    seconds = time.perf_counter() - start
    restored = with_axis(to_uint8(restored) if dtype == np.uint8 else restored, axis)
    return Restored(restored, task, method, noise_level, seconds)


def _level(values: np.ndarray, asked: float | str, strength: float) -> float:
    """Return the level asked for, or the estimate for "auto", times strength, 0 to 255; ValueError for others."""
    if asked == "auto":
        return min(255.0, strength * estimate_noise_level(values))
    if isinstance(asked, str) or not 0 <= asked <= 255:
        raise ValueError(f"noise_level: expected 'auto', or a number from 0 to 255, got {asked!r}")
    return min(255.0, strength * float(asked))
