"""Losses on `keras.ops` that Keras has not, similarity in structure with gradients; figures are `aewidgets.metrics`."""

import numpy as np
from keras import ops

from aewidgets.metrics import MS_SSIM_MIN_SIDE, MS_SSIM_WEIGHTS, SSIM_K1, SSIM_K2, SSIM_SIGMA, SSIM_TAPS

_LEAST = 1e-4  # of a term: below, its power would have no bounded gradient


def _blurred(x):
    """Under the Gaussian window of SSIM, only where it lies whole inside; channels one by one."""
    taps = np.exp(-0.5 * np.square((np.arange(SSIM_TAPS) - SSIM_TAPS // 2) / SSIM_SIGMA)).astype("float32")
    taps = np.tile((taps / taps.sum())[:, None, None, None], (1, 1, ops.shape(x)[-1], 1))
    for kernel in (taps, taps.transpose(1, 0, 2, 3)):
        x = ops.depthwise_conv(x, ops.convert_to_tensor(kernel), strides=1, padding="valid")
    return x


def ms_ssim(x, y):
    """Multi-scale structural similarity (Wang 2003) as `aewidgets.metrics.ms_ssim` has it, with gradients.

    Args:
        x, y: pictures (b, h, w, c), 1 is white; sides of at least 176 that halve four times.

    Returns:
        (b,), at most 1.

    Raises:
        ValueError: for other sides.
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)  # a variable is not yet a tensor to JAX
    scales = len(MS_SSIM_WEIGHTS)
    for side in ops.shape(x)[1:3]:
        if side < MS_SSIM_MIN_SIDE or side % 2 ** (scales - 1):
            raise ValueError(
                f"ms_ssim with gradients: expected sides of at least {MS_SSIM_MIN_SIDE} and multiples of "
                f"{2 ** (scales - 1)}, got {ops.shape(x)[1:3]}"
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
