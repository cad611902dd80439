"""Whether Keras and one of its backends are installed, and words for where they are not. Imports neither."""

import os
from importlib.util import find_spec

from aewidgets.system.extras import ExtraError

__all__ = ["INSTALL", "BackendError", "require_backend"]

BACKENDS = ("tensorflow", "jax", "torch")
INSTALL = "pip install 'aewidgets[tensorflow]' (or [jax] or [torch], then set KERAS_BACKEND to its name)"


class BackendError(ExtraError):
    """Error for work that needs Keras where Keras or its backend is not installed; the message says what to install."""


def require_backend(what: str) -> None:
    """Check that Keras and a backend are installed, without importing them, which takes seconds.

    Args:
        what: what needs them, to begin the message with.

    Raises:
        BackendError: where they are not.
    """
    named = os.environ.get("KERAS_BACKEND")
    if not find_spec("keras") or not any(map(find_spec, BACKENDS)):
        missing = "no backend" if find_spec("keras") else "no Keras"
        raise BackendError(f"{what} needs Keras and a backend, and {missing} is installed here: {INSTALL}")
    if named in BACKENDS and not find_spec(named):
        raise BackendError(
            f"{what} needs the backend in KERAS_BACKEND, {named}, which is not installed here: "
            f"pip install 'aewidgets[{named}]', or set KERAS_BACKEND to one that is"
        )
