"""Registry of the autoencoders by family, and one function that builds any of them."""

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.contractive import ContractiveAutoencoder
from aewidgets.models.convolutional import ConvolutionalAutoencoder
from aewidgets.models.denoising import DenoisingAutoencoder
from aewidgets.models.dense import DenseAutoencoder
from aewidgets.models.recurrent import RecurrentAutoencoder
from aewidgets.models.sparse import SparseAutoencoder
from aewidgets.models.variational import VariationalAutoencoder
from aewidgets.system.forks import check_not_forked

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
    """Build an untrained autoencoder.

    Args:
        family: one of `AUTOENCODERS`.
        image_shape: (height, width, channels) of its images.
        options: arguments of the family's class, such as `latent_dim`.

    Raises:
        ValueError: for an unknown family.
        TypeError: for an option that the family does not have.

    >>> build_autoencoder("dense", (8, 8, 1), latent_dim=4).describe()
    'dense, code of 4 values for images of 64'
    """
    if family not in AUTOENCODERS:
        raise ValueError(f"family: expected one of {', '.join(AUTOENCODERS)}, got {family!r}")
    check_not_forked()
    return AUTOENCODERS[family](image_shape, **options)
