"""Import of Keras without TensorFlow's start-up messages, and in words where it or its backend is missing."""

import os
import sys
import tempfile

from aewidgets.system.backends import INSTALL, BackendError, require_backend

__all__ = ["import_keras_quietly"]


def import_keras_quietly() -> None:
    """Import Keras, and show what its backend logs meanwhile only if the import fails.

    TensorFlow's C++ code writes to standard error as it starts, before any setting can stop it.

    Raises:
        BackendError: where Keras or its backend is not installed.
    """
    if sys.modules.get("keras"):
        return
    require_backend("this")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            import keras  # noqa: F401
        except ModuleNotFoundError as error:
            raise BackendError(f"Keras cannot be used here, {error}: {INSTALL}") from error
        except BaseException:
            noise.seek(0)
            os.write(kept, noise.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
