"""Image quality and rate on NumPy arrays: PSNR, SSIM, MS-SSIM, bits per pixel. No BD-rates, no plotting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from aewidgets.images.arrays import NOISE_REACH

__all__ = ["bits_per_pixel", "ms_ssim", "psnr", "similarity", "ssim"]

#: Shortest side in pixels at which all five scales of MS-SSIM hold a whole 11-tap window: 11 * 2**4.
MS_SSIM_MIN_SIDE = 176
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
BAND = 256  # rows that are compared at once
SSIM_SIGMA, SSIM_TAPS, SSIM_K1, SSIM_K2 = 1.5, 11, 0.01, 0.03


def psnr(reference: np.ndarray, image: np.ndarray, *, data_range: float | None = None) -> float | np.ndarray:
    """Return the peak signal-to-noise ratio in dB, 10 log10(data_range**2 / mean squared error).

    Args:
        reference: the original, (H, W) or (H, W, C), or a batch (N, H, W, C).
        image: the image to compare, of the same shape.
        data_range: the largest possible difference: 255 for 8-bit images (the default when both are
            uint8), 1 for images in [0, 1]. Must be given for every other type.

    Returns:
        A float, or for a batch an array (N,): one value per image, since papers print the mean of these. Equal images
        give infinity.

    Raises:
        ValueError: for unequal shapes, when the range is not known, for NaN and infinity, and for values far outside
            the range.
    """
    reference, image, peak = _checked(reference, image, data_range)
    pairs = zip(reference, image, strict=True) if reference.ndim == 4 else [(reference, image)]
    errors = np.array([_mean_squared_error(x, y) for x, y in pairs])
    with np.errstate(divide="ignore"):
        values = 10 * np.log10(peak**2 / errors)
    return values if reference.ndim == 4 else float(values[0])


def ssim(reference: np.ndarray, image: np.ndarray, *, data_range: float | None = None) -> float:
    """Return the structural similarity, at most 1 (Wang et al. 2004, doi:10.1109/TIP.2003.819861).

    The window is a Gaussian of sigma 1.5 and 11 taps, the result the mean over channels. Covariances are the
    population's, and only windows that lie wholly inside the image count, as in scikit-image with `gaussian_weights`.
    Arguments as in `psnr`, for one image of at least 11 pixels a side.

    Raises:
        ValueError: for smaller images, and as `psnr`.
    """
    reference, image, peak = _checked(reference, image, data_range, batch=False)
    if min(reference.shape[:2]) < SSIM_TAPS:
        raise ValueError(f"ssim needs at least {SSIM_TAPS} pixels a side, got {_size(reference)}")
    return float(next(_scales(reference, image, peak))[0].mean())


def ms_ssim(reference: np.ndarray, image: np.ndarray, *, data_range: float | None = None) -> float:
    """Return the multi-scale structural similarity over five scales, with 2x2 means between them (Wang et al. 2003).

    The result is the mean over channels of a product over scales, with negative terms set to zero, as in CompressAI's
    published figures on Kodak. A side that is odd at some scale is extended by its last pixel, as in TensorFlow.
    Arguments as in `psnr`, for one image.

    Raises:
        ValueError: below 176 pixels a side, where the fifth scale is smaller than a window, and as `psnr`.
    """
    reference, image, peak = _checked(reference, image, data_range, batch=False)
    if min(reference.shape[:2]) < MS_SSIM_MIN_SIDE:
        raise ValueError(
            f"ms_ssim needs at least {MS_SSIM_MIN_SIDE} pixels a side for its five scales, "
            f"got {_size(reference)}; use ssim for smaller images"
        )
    return _product(list(islice(_scales(reference, image, peak), len(MS_SSIM_WEIGHTS))))


def similarity(
    reference: np.ndarray, image: np.ndarray, *, data_range: float | None = None
) -> tuple[float | None, float | None]:
    """Return `ssim` and `ms_ssim` in little more time than the second alone; None where the image is too small."""
    reference, image, peak = _checked(reference, image, data_range, batch=False)
    side = min(reference.shape[:2])
    if side < SSIM_TAPS:
        return None, None
    if side < MS_SSIM_MIN_SIDE:
        return float(next(_scales(reference, image, peak))[0].mean()), None
    scales = list(islice(_scales(reference, image, peak), len(MS_SSIM_WEIGHTS)))
    return float(scales[0][0].mean()), _product(scales)


def bits_per_pixel(num_bytes: int, height: int, width: int) -> float:
    """Return 8 times the bytes of a file, header included, over its pixels (not over its colour samples).

    Raises:
        ValueError: for negative bytes or sides below 1.
    """
    if num_bytes < 0 or height < 1 or width < 1:
        raise ValueError(f"expected bytes >= 0 and sides >= 1, got {num_bytes} bytes for {height}x{width}")
    return 8 * num_bytes / (height * width)


def _checked(reference, image, data_range, batch: bool = True) -> tuple[np.ndarray, np.ndarray, float]:
    """Return both images as arrays, and the data range; ValueError for unequal shapes or an unknown range."""
    reference, image = np.asarray(reference), np.asarray(image)
    if reference.shape != image.shape:
        raise ValueError(f"expected two images of one shape, got {reference.shape} and {image.shape}")
    if reference.ndim not in ((2, 3, 4) if batch else (2, 3)):
        raise ValueError(f"expected (H, W) or (H, W, C){' or (N, H, W, C)' * batch}, got {reference.shape}")
    if data_range is None:
        if reference.dtype != np.uint8 or image.dtype != np.uint8:
            raise ValueError(
                f"data_range is known only for two uint8 images, got {reference.dtype} and {image.dtype}; "
                "pass data_range=1.0 for images in [0, 1]"
            )
        data_range = 255.0
    if not 0 < data_range < np.inf:
        raise ValueError(f"data_range: expected the value of white, above 0, got {data_range}")
    for name, values in (("reference", reference), ("image", image)):
        _check_scale(name, values, float(data_range))
    return reference, image, float(data_range)


def _check_scale(name: str, values: np.ndarray, data_range: float) -> None:
    """Refuse NaN and infinity, and values of another scale than the data range says; noise may leave the range."""
    if values.dtype.kind not in "buif":
        raise ValueError(f"{name}: expected numbers, got {values.dtype}")
    if (values.dtype == np.uint8 and data_range == 255) or not values.size:
        return
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    least, most = float(values.min()), float(values.max())
    reach = NOISE_REACH * data_range
    if least < -reach or most > data_range + reach:
        raise ValueError(
            f"{name}: expected values from 0 to data_range={data_range:g}, got {least:g} to {most:g}; "
            "bring both images to one scale, and pass its white as data_range"
        )


def _bands(rows: int) -> Iterator[slice]:
    """Return slices of `BAND` rows, so that intermediate arrays stay small for large images."""
    return (slice(start, min(start + BAND, rows)) for start in range(0, rows, BAND))


def _mean_squared_error(x: np.ndarray, y: np.ndarray) -> float:
    """Return the mean squared error, computed band by band in float64."""
    return sum(np.square(x[b].astype(np.float64) - y[b]).sum() for b in _bands(len(x))) / x.size


def _size(image: np.ndarray) -> str:
    """Return the size of an image for messages."""
    return f"{image.shape[0]}x{image.shape[1]}"


def _scales(reference: np.ndarray, image: np.ndarray, peak: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for each scale, finest first, each channel's SSIM and its contrast-structure term, (C,) each."""
    c1, c2 = (SSIM_K1 * peak) ** 2, (SSIM_K2 * peak) ** 2
    x, y = (np.moveaxis(np.atleast_3d(a), -1, 0) for a in (reference, image))
    while True:
        channels, height, width = x.shape
        similar, contrasts = np.zeros(channels), np.zeros(channels)
        for band in _bands(height - SSIM_TAPS + 1):
            rows = slice(band.start, band.stop + SSIM_TAPS - 1)
            x_band, y_band = x[:, rows].astype(np.float64), y[:, rows].astype(np.float64)
            mean_x, mean_y = _blurred(x_band), _blurred(y_band)
            product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
            contrast = (2 * (_blurred(x_band * y_band) - product) + c2) / (
                _blurred(x_band * x_band + y_band * y_band) - squares + c2
            )
            similar += ((2 * product + c1) / (squares + c1) * contrast).sum(axis=(1, 2))
            contrasts += contrast.sum(axis=(1, 2))
        windows = (height - SSIM_TAPS + 1) * (width - SSIM_TAPS + 1)
        yield similar / windows, contrasts / windows
        x, y = _halved(x), _halved(y)


def _product(scales: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the mean over channels of the weighted product over scales, with SSIM itself only at the last."""
    pairs = list(zip(scales, MS_SSIM_WEIGHTS, strict=True))
    terms = [np.maximum(contrast, 0) ** weight for (_, contrast), weight in pairs[:-1]]
    (whole, _), weight = pairs[-1]
    return float((np.prod(terms, axis=0) * np.maximum(whole, 0) ** weight).mean())


def _blurred(x: np.ndarray) -> np.ndarray:
    """Filter (C, H, W) by the Gaussian window, only where it lies wholly inside: (C, H - 10, W - 10)."""
    edge = SSIM_TAPS // 2
    taps = np.exp(-0.5 * np.square((np.arange(SSIM_TAPS) - edge) / SSIM_SIGMA))
    taps /= taps.sum()
    for axis in (1, 2):
        size = x.shape[axis] - 2 * edge
        shifted = [x[(slice(None),) * axis + (slice(k, k + size),)] for k in range(SSIM_TAPS)]
        x = taps[edge] * shifted[edge]
        for k in range(edge):  # the window is even
            x += taps[k] * (shifted[k] + shifted[-1 - k])
    return x


def _halved(x: np.ndarray) -> np.ndarray:
    """Return the 2x2 means of (C, H, W); the last row or column of an odd side is repeated."""
    x = np.pad(x, ((0, 0), (0, x.shape[1] % 2), (0, x.shape[2] % 2)), mode="symmetric")
    total = x[:, 0::2, 0::2].astype(np.float64)
    for row, column in ((0, 1), (1, 0), (1, 1)):
        total += x[:, row::2, column::2]
    return total / 4
