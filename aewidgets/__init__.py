"""Image autoencoders in Keras 3, in real bytes: the list of public names, and nothing slow to load.

`import aewidgets` imports neither Keras nor NumPy; each name loads its module on first use (PEP 562). Public are these
names and those of `aewidgets.selection`, `aewidgets.widgets`, `aewidgets.studies`, `aewidgets.studies.plots`,
`aewidgets.reports` and `aewidgets.pillow`; every other module may change without notice.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names for type checkers and editors; a test holds both lists together
    from aewidgets.classical.codes import KSVD as KSVD
    from aewidgets.classical.codes import PCA as PCA
    from aewidgets.classical.noise_levels import estimate_noise_level as estimate_noise_level
    from aewidgets.codec.coding.container import BitstreamError as BitstreamError
    from aewidgets.codec.coding.container import IncompleteError as IncompleteError
    from aewidgets.codec.compression import decompress_arriving as decompress_arriving
    from aewidgets.codec.compression import thumbnail as thumbnail
    from aewidgets.codec.registry import available_codecs as available_codecs
    from aewidgets.codec.registry import compress as compress
    from aewidgets.codec.registry import compress_to as compress_to
    from aewidgets.codec.registry import decompress as decompress
    from aewidgets.codec.registry import get_codec as get_codec
    from aewidgets.images.arrays import ImageError as ImageError
    from aewidgets.images.arrays import to_float as to_float
    from aewidgets.images.arrays import to_uint8 as to_uint8
    from aewidgets.images.metrics import bits_per_pixel as bits_per_pixel
    from aewidgets.images.metrics import ms_ssim as ms_ssim
    from aewidgets.images.metrics import psnr as psnr
    from aewidgets.images.metrics import ssim as ssim
    from aewidgets.images.reading import read_image as read_image
    from aewidgets.images.reading import write_image as write_image
    from aewidgets.images.sets import load_images as load_images
    from aewidgets.models.autoencoder import Autoencoder as Autoencoder
    from aewidgets.models.families import build_autoencoder as build_autoencoder
    from aewidgets.models.pretrained import load_autoencoder as load_autoencoder
    from aewidgets.models.pretrained import save_pretrained as save_pretrained
    from aewidgets.models.pretrained import save_shrunk as save_shrunk
    from aewidgets.models.pretrained import start_from as start_from
    from aewidgets.models.shrinking.shrink import shrink as shrink
    from aewidgets.restoration.corruptions import corrupt as corrupt
    from aewidgets.restoration.restoring import denoise as denoise
    from aewidgets.restoration.restoring import denoising_methods as denoising_methods
    from aewidgets.restoration.restoring import restore as restore
    from aewidgets.restoration.restoring import restoring_methods as restoring_methods
    from aewidgets.studies.rate.bd_rates import bd_rate as bd_rate
    from aewidgets.studies.rate.rate_distortion import rate_distortion as rate_distortion
    from aewidgets.training.autoencoders import Watch as Watch
    from aewidgets.training.autoencoders import pca_error as pca_error
    from aewidgets.training.autoencoders import test_error as test_error
    from aewidgets.training.autoencoders import train as train
    from aewidgets.training.autoencoders import train_in_background as train_in_background
    from aewidgets.training.data.parts import Part as Part
    from aewidgets.training.data.splits import load_splits as load_splits
    from aewidgets.training.fitting.records import Recipe as Recipe
    from aewidgets.training.restorers import fit_restoration as fit_restoration
    from aewidgets.training.self_supervised import SelfSupervisedRun as SelfSupervisedRun
    from aewidgets.training.shrinking.gradual_pruning import GradualPruning as GradualPruning
    from aewidgets.training.shrinking.quantisation_aware import QuantisationAware as QuantisationAware
    from aewidgets.training.watching import Controls as Controls

__version__ = "0.1.0.dev0"

PUBLIC: dict[str, str] = {
    # Pictures: from files and sets, as arrays, to files.
    "load_images": "aewidgets.images.sets",
    "read_image": "aewidgets.images.reading",
    "write_image": "aewidgets.images.reading",
    "to_float": "aewidgets.images.arrays",
    "to_uint8": "aewidgets.images.arrays",
    "ImageError": "aewidgets.images.arrays",
    # Compression: a picture to the bytes of a file, and back.
    "compress": "aewidgets.codec.registry",
    "compress_to": "aewidgets.codec.registry",
    "decompress": "aewidgets.codec.registry",
    "decompress_arriving": "aewidgets.codec.compression",
    "thumbnail": "aewidgets.codec.compression",
    "get_codec": "aewidgets.codec.registry",
    "available_codecs": "aewidgets.codec.registry",
    "BitstreamError": "aewidgets.codec.coding.container",
    "IncompleteError": "aewidgets.codec.coding.container",
    # Measures of pictures and of codecs.
    "psnr": "aewidgets.images.metrics",
    "ssim": "aewidgets.images.metrics",
    "ms_ssim": "aewidgets.images.metrics",
    "bits_per_pixel": "aewidgets.images.metrics",
    "bd_rate": "aewidgets.studies.rate.bd_rates",
    "rate_distortion": "aewidgets.studies.rate.rate_distortion",
    # Restoration: noise and damage, and what undoes them.
    "corrupt": "aewidgets.restoration.corruptions",
    "estimate_noise_level": "aewidgets.classical.noise_levels",
    "denoise": "aewidgets.restoration.restoring",
    "denoising_methods": "aewidgets.restoration.restoring",
    "restore": "aewidgets.restoration.restoring",
    "restoring_methods": "aewidgets.restoration.restoring",
    "SelfSupervisedRun": "aewidgets.training.self_supervised",
    "fit_restoration": "aewidgets.training.restorers",
    # Autoencoders: to build, subclass, keep and load, and the codes that they are held against.
    "build_autoencoder": "aewidgets.models.families",
    "load_autoencoder": "aewidgets.models.pretrained",
    "save_pretrained": "aewidgets.models.pretrained",
    "start_from": "aewidgets.models.pretrained",
    "Autoencoder": "aewidgets.models.autoencoder",
    "PCA": "aewidgets.classical.codes",
    "KSVD": "aewidgets.classical.codes",
    # Training of autoencoders.
    "load_splits": "aewidgets.training.data.splits",
    "Part": "aewidgets.training.data.parts",
    "Recipe": "aewidgets.training.fitting.records",
    "train": "aewidgets.training.autoencoders",
    "Watch": "aewidgets.training.autoencoders",
    "train_in_background": "aewidgets.training.autoencoders",
    "Controls": "aewidgets.training.watching",
    "test_error": "aewidgets.training.autoencoders",
    "pca_error": "aewidgets.training.autoencoders",
    # Smaller models: rounded or pruned, and training for it.
    "shrink": "aewidgets.models.shrinking.shrink",
    "save_shrunk": "aewidgets.models.pretrained",
    "QuantisationAware": "aewidgets.training.shrinking.quantisation_aware",
    "GradualPruning": "aewidgets.training.shrinking.gradual_pruning",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use and keep it, so that the second use costs nothing.

    Raises:
        AttributeError: for any other name, with the nearest public one where there is one.
    """
    if name in PUBLIC:
        from aewidgets.system.extras import extras_in_words

        with extras_in_words(f"aewidgets.{name}"):
            module = import_module(PUBLIC[name])
        value = getattr(module, name)
        globals()[name] = value
        return value
    if name.startswith("_"):  # protocols probe for these all the time; they want a plain answer, quickly
        raise AttributeError(f"module 'aewidgets' has no attribute {name!r}")
    from difflib import get_close_matches

    near = get_close_matches(name, PUBLIC, n=1)
    hint = f"did you mean 'aewidgets.{near[0]}'?" if near else f"public names: {', '.join(sorted(PUBLIC))}."
    raise AttributeError(
        f"module 'aewidgets' has no attribute {name!r}; {hint} "
        f"Modules are imported by name, as in 'import aewidgets.studies'."
    )


def __dir__() -> list[str]:
    """List the public names, loaded or not, so that completion shows them before first use."""
    return sorted({*globals(), *PUBLIC})


#: Modules with the classes that a file of `keras.Model.save` may name.
_KERAS_CLASSES = ("aewidgets.models.families", "aewidgets.models.residual_denoiser", "aewidgets.codec.model.codec")


def _register_keras_classes() -> None:
    """Import the modules whose classes register themselves with Keras, which looks for no module by itself."""
    for module in _KERAS_CLASSES:
        try:
            import_module(module)
        except ImportError as error:  # whoever imports Keras may want nothing of ours
            import warnings

            warnings.warn(f"keras.saving.load_model will not know the classes of {module}: {error}", stacklevel=2)


class _KerasWatcher:
    """Finder, as in `sys.meta_path`, that waits for an import of Keras and then registers our classes, once."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return what the other finders find for Keras, to be followed by our classes; None for other modules."""
        if name != "keras":
            return None
        finders = [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in finders)), None)
        loader: Any = getattr(spec, "loader", None)
        if hasattr(loader, "exec_module"):
            execute = loader.exec_module

            def execute_and_register(module: Any) -> None:
                execute(module)
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                    _register_keras_classes()

            loader.exec_module = execute_and_register
        return spec


def _watch_for_keras() -> None:
    """Let `keras.saving.load_model` open our models after `import aewidgets` alone, before Keras or after it."""
    if "keras" in sys.modules:
        _register_keras_classes()
    else:
        sys.meta_path.insert(0, _KerasWatcher())


_watch_for_keras()
