"""Packages that only some work needs, which pip brings as extras, and words for where they are not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ExtraError", "extras_in_words"]

#: Name to import -> what pip calls it, and the extra that brings it.
EXTRAS = {
    "anywidget": ("anywidget", "lab"),
    "fsspec": ("fsspec", "report"),
    "ipywidgets": ("ipywidgets", "lab"),
    "IPython": ("ipython", "report"),
    "jax": ("jax", "jax"),
    "jinja2": ("jinja2", "report"),
    "keras": ("keras", "tensorflow"),
    "nbclient": ("nbclient", "report"),
    "nbconvert": ("nbconvert", "report"),
    "nbformat": ("nbformat", "report"),
    "papermill": ("papermill", "report"),
    "plotly": ("plotly", "report"),
    "pygments": ("pygments", "report"),
    "scipy": ("scipy", "classical"),
    "skimage": ("scikit-image", "classical"),
    "sklearn": ("scikit-learn", "classical"),
    "tensorflow": ("tensorflow", "tensorflow"),
    "torch": ("torch", "torch"),
    "traitlets": ("traitlets", "lab"),
    "umap": ("umap-learn", "umap"),
    "yaml": ("pyyaml", "report"),
}


class ExtraError(ValueError, ModuleNotFoundError):
    """Error for work that needs a package which an extra brings; the message says what is missing and what to type."""


@contextmanager
def extras_in_words(what: str = "this") -> Iterator[None]:
    """Say in words which package of an extra an import within the block did not find.

    Args:
        what: what needs it, to begin the message with.

    Raises:
        ExtraError: in place of the error of the import; errors about other modules pass as they are.
    """
    try:
        yield
    except ExtraError:
        raise
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        named, extra = EXTRAS[package]
        raise ExtraError(
            f"{what} needs {named}, which is not installed here: pip install 'aewidgets[{extra}]'"
        ) from error
