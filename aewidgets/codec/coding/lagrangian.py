"""What a bit is worth in squared error at each quality: lambda, and the curvature that follows from it. NumPy or Keras.

The functions take numbers, arrays and tensors alike.
"""

LAMBDA_MIN, LAMBDA_MAX = 0.0008, 0.25


def lmbda_of(quality):
    """Return the Lagrange multiplier of a quality in [0, 1]; loss = bpp + lmbda * 255**2 * mse, x in [0, 1]."""
    return LAMBDA_MIN * (LAMBDA_MAX / LAMBDA_MIN) ** quality


def curvature(quality, steps):
    """Return the second derivative of the distortion by a latent, in bits per squared step.

    It is known beforehand, because the transform is orthonormal.

    Args:
        quality: in [0, 1].
        steps: of the quantiser, in units of 1/255.
    """
    return 2 / 3 * lmbda_of(quality) * steps**2
