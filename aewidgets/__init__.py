"""Image autoencoders in Keras 3, in real bytes: the list of public names, and nothing slow to load.

`import aewidgets` imports neither Keras nor NumPy; each name loads its module on first use (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names for type checkers and editors; a test holds both lists together
    from aewidgets.codec.coding.container import BitstreamError as BitstreamError
    from aewidgets.codec.compression import decompress_arriving as decompress_arriving
    from aewidgets.codec.compression import thumbnail as thumbnail
    from aewidgets.codec.registry import compress as compress
    from aewidgets.codec.registry import compress_to as compress_to
    from aewidgets.codec.registry import decompress as decompress
    from aewidgets.images.metrics import bits_per_pixel as bits_per_pixel
    from aewidgets.images.metrics import ms_ssim as ms_ssim
    from aewidgets.images.metrics import psnr as psnr
    from aewidgets.images.metrics import ssim as ssim
    from aewidgets.images.reading import read_image as read_image
    from aewidgets.images.sets import load_images as load_images
    from aewidgets.models.families import build_autoencoder as build_autoencoder
    from aewidgets.models.pretrained import load_autoencoder as load_autoencoder
    from aewidgets.studies.rate.bd_rates import bd_rate as bd_rate
    from aewidgets.studies.rate.rate_distortion import rate_distortion as rate_distortion
    from aewidgets.training.autoencoders import train as train
    from aewidgets.training.data.splits import load_splits as load_splits
    from aewidgets.training.fitting.records import Recipe as Recipe

__version__ = "0.1.0.dev0"

PUBLIC: dict[str, str] = {
    "compress": "aewidgets.codec.registry",
    "compress_to": "aewidgets.codec.registry",
    "decompress": "aewidgets.codec.registry",
    "BitstreamError": "aewidgets.codec.coding.container",
    "decompress_arriving": "aewidgets.codec.compression",
    "thumbnail": "aewidgets.codec.compression",
    "load_images": "aewidgets.images.sets",
    "read_image": "aewidgets.images.reading",
    "bd_rate": "aewidgets.images.metrics",
    "bits_per_pixel": "aewidgets.images.metrics",
    "ms_ssim": "aewidgets.images.metrics",
    "psnr": "aewidgets.images.metrics",
    "ssim": "aewidgets.images.metrics",
    "rate_distortion": "aewidgets.studies.rate.rate_distortion",
    "load_splits": "aewidgets.training.data.splits",
    "build_autoencoder": "aewidgets.models.families",
    "train": "aewidgets.training.autoencoders",
    "Recipe": "aewidgets.training.fitting.records",
    "load_autoencoder": "aewidgets.models.pretrained",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use and keep it, so that the second use costs nothing.

    Raises:
        AttributeError: for any other name, with the nearest public one where there is one.
    """
    if name in PUBLIC:
        value = getattr(import_module(PUBLIC[name]), name)
        globals()[name] = value
        return value
    if name.startswith("_"):  # protocols probe for these all the time; they want a plain answer, quickly
        raise AttributeError(f"module 'aewidgets' has no attribute {name!r}")
    from difflib import get_close_matches

    near = get_close_matches(name, PUBLIC, n=1)
    hint = f"did you mean 'aewidgets.{near[0]}'?" if near else f"public names: {', '.join(sorted(PUBLIC))}."
    raise AttributeError(
        f"module 'aewidgets' has no attribute {name!r}; {hint} "
        f"Modules are imported by name, as in 'import aewidgets.images.metrics'."
    )


def __dir__() -> list[str]:
    """The public names, loaded or not, so that completion shows them before first use."""
    return sorted({*globals(), *PUBLIC})
