"""Losses on `keras.ops` that Keras lacks: structural similarities, and the root of the mean square. Gives no figures.

Figures are in `aewidgets.images.metrics`; the similarities here are theirs, with gradients.
"""

import numpy as np
from keras import ops

from aewidgets.images.metrics import MS_SSIM_MIN_SIDE, MS_SSIM_WEIGHTS, SSIM_K1, SSIM_K2, SSIM_SIGMA, SSIM_TAPS

_LEAST = 1e-4  # of a term: below, its power would have no bounded gradient


def _blurred(x, size: int = SSIM_TAPS):
    """Blur each channel by the Gaussian window of SSIM, only where it lies whole inside.

    Args:
        x: (b, h, w, c).
        size: taps of the window, odd; its sigma is in proportion, 1.5 at 11.
    """
    sigma = SSIM_SIGMA * size / SSIM_TAPS
    taps = np.exp(-0.5 * np.square((np.arange(size) - size // 2) / sigma)).astype("float32")
    taps = np.tile((taps / taps.sum())[:, None, None, None], (1, 1, ops.shape(x)[-1], 1))
    for kernel in (taps, taps.transpose(1, 0, 2, 3)):
        x = ops.depthwise_conv(x, ops.convert_to_tensor(kernel), strides=1, padding="valid")
    return x


def ms_ssim(x, y):
    """Return the multi-scale structural similarity (Wang 2003), as `aewidgets.images.metrics.ms_ssim`, with gradients.

    Args:
        x, y: images (b, h, w, c), 1 is white; sides of at least 176 that halve four times.

    Returns:
        (b,), at most 1.

    Raises:
        ValueError: for other sides, where they are known.
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)  # a variable is not yet a tensor to JAX
    scales = len(MS_SSIM_WEIGHTS)
    for side in x.shape[1:3]:  # TensorFlow lets a side of a graph be unknown
        if side is not None and (side < MS_SSIM_MIN_SIDE or side % 2 ** (scales - 1)):
            raise ValueError(
                f"ms_ssim with gradients: expected sides of at least {MS_SSIM_MIN_SIDE} and multiples of "
                f"{2 ** (scales - 1)}, got {tuple(x.shape[1:3])}"
            )
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    product = 1.0
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        mean_x, mean_y = _blurred(x), _blurred(y)
        both, squares = mean_x * mean_y, ops.square(mean_x) + ops.square(mean_y)
        similar = (2.0 * (_blurred(x * y) - both) + c2) / (_blurred(x * x + y * y) - squares + c2)
        if scale == scales - 1:
            similar = similar * (2.0 * both + c1) / (squares + c1)
        product = product * ops.maximum(ops.mean(similar, axis=(1, 2)), _LEAST) ** weight
        x, y = (ops.average_pool(t, 2, strides=2, padding="valid") for t in (x, y))
    return ops.mean(product, axis=-1)


def ssim(x, y):
    """Return the structural similarity (Wang 2004), as `aewidgets.images.metrics.ssim`, with gradients.

    Images with a side below 11 pixels are compared through a smaller window: as many taps as the shorter side holds,
    an odd number, with a sigma in proportion.

    Args:
        x, y: images (b, h, w, c), 1 is white; sides known.

    Returns:
        (b,), at most 1.
    """
    x, y = (ops.cast(ops.convert_to_tensor(t), "float32") for t in (x, y))
    shorter = min(ops.shape(x)[1:3])
    size = min(SSIM_TAPS, shorter - 1 + shorter % 2)
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    mean_x, mean_y = _blurred(x, size), _blurred(y, size)
    both, squares = mean_x * mean_y, ops.square(mean_x) + ops.square(mean_y)
    similar = (2.0 * (_blurred(x * y, size) - both) + c2) / (_blurred(x * x + y * y, size) - squares + c2)
    return ops.mean(similar * (2.0 * both + c1) / (squares + c1), axis=(1, 2, 3))


def ssim_loss(y_true, y_pred):
    """Return one less the structural similarity, (b,); for `compile(loss=ssim_loss)`."""
    return 1.0 - ssim(y_true, y_pred)


def rmse(y_true, y_pred):
    """Return the root of the mean squared error of each image (b, h, w, c), (b,); for `compile(loss=rmse)`.

    It is bounded away from zero by 1e-6, where the root has no gradient.
    """
    squares = ops.square(ops.cast(y_true, "float32") - ops.cast(y_pred, "float32"))
    return ops.sqrt(ops.mean(squares, axis=(1, 2, 3)) + 1e-12)
