"""All autoencoders by name, and one way to build any of them. Keras only."""

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.contractive import ContractiveAutoencoder
from aewidgets.models.convolutional import ConvolutionalAutoencoder
from aewidgets.models.denoising import DenoisingAutoencoder
from aewidgets.models.dense import DenseAutoencoder
from aewidgets.models.recurrent import RecurrentAutoencoder
from aewidgets.models.sparse import SparseAutoencoder
from aewidgets.models.variational import VariationalAutoencoder

__all__ = ["AUTOENCODERS", "build_autoencoder"]

#: Family -> class.
AUTOENCODERS: dict[str, type[Autoencoder]] = {
    model.family: model
    for model in (
        DenseAutoencoder,
        ConvolutionalAutoencoder,
        SparseAutoencoder,
        ContractiveAutoencoder,
        DenoisingAutoencoder,
        VariationalAutoencoder,
        RecurrentAutoencoder,
    )
}


def build_autoencoder(family: str, image_shape, **options) -> Autoencoder:
    """An untrained autoencoder.

    Args:
        family: one of `AUTOENCODERS`.
        image_shape: (height, width, channels) of its pictures.
        options: of the family's class, such as `latent_dim`.

    Raises:
        ValueError: for a family that is not known.
        TypeError: for an option that the family has not.

    >>> build_autoencoder("dense", (8, 8, 1), latent_dim=4).describe()
    'dense, 4 numbers a picture of 64'
    """
    if family not in AUTOENCODERS:
        raise ValueError(f"family: expected one of {', '.join(AUTOENCODERS)}, got {family!r}")
    return AUTOENCODERS[family](image_shape, **options)
