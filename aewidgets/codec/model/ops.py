"""Small tensor operations on `keras.ops`: rounding with gradients, and lossless rearrangements. No layers, no bytes.

Tensors are (batch, height, width, channels), float32.
"""

from keras import ops


def straight_through(value, proxy):
    """Return `value`, with the gradient of `proxy` (Bengio et al. 2013, arXiv:1308.3432)."""
    return proxy + ops.stop_gradient(value - proxy)


def round_half_up(x):
    """Return floor(x + 1/2), as the integer networks of `aewidgets.codec.coding` compute it, for any sign."""
    return ops.floor(x + 0.5)


def space_to_depth(x, block: int):
    """Turn (b, h, w, c) into (b, h / block, w / block, c * block**2); a channel's samples stay together, by rows."""
    _, h, w, c = ops.shape(x)
    x = ops.reshape(x, (-1, h // block, block, w // block, block, c))
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (-1, h // block, w // block, c * block * block))


def depth_to_space(x, block: int):
    """Turn (b, h, w, c * block**2) into (b, h * block, w * block, c): the inverse of `space_to_depth`."""
    _, h, w, c = ops.shape(x)
    x = ops.reshape(x, (-1, h, w, c // block**2, block, block))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, h * block, w * block, c // block**2))


def pad_to_multiple(x, multiple: int):
    """Pad with zeros at the right and the bottom until both sides are multiples of `multiple`."""
    _, h, w, _ = ops.shape(x)
    return ops.pad(x, ((0, 0), (0, -h % multiple), (0, -w % multiple), (0, 0)))


def mirror_edges(x, margin: int):
    """Pad symmetrically by `margin` samples on all sides; `ops.pad` of Keras 3.15 differs on torch."""
    m = margin
    x = ops.concatenate([ops.flip(x[:, :m], 1), x, ops.flip(x[:, -m:], 1)], axis=1)
    return ops.concatenate([ops.flip(x[:, :, :m], 2), x, ops.flip(x[:, :, -m:], 2)], axis=2)


def fold_edges(x, margin: int):
    """Add the mirrored margin to the image inside it and drop it: the adjoint of `mirror_edges`."""
    m = margin
    x = ops.concatenate(
        [
            ops.flip(x[:, :m], 1) + x[:, m : 2 * m],
            x[:, 2 * m : -2 * m],
            x[:, -2 * m : -m] + ops.flip(x[:, -m:], 1),
        ],
        axis=1,
    )
    return ops.concatenate(
        [
            ops.flip(x[:, :, :m], 2) + x[:, :, m : 2 * m],
            x[:, :, 2 * m : -2 * m],
            x[:, :, -2 * m : -m] + ops.flip(x[:, :, -m:], 2),
        ],
        axis=2,
    )
