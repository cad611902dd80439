"""Keras models, one file a family. Importing this package imports Keras, without the noise that TensorFlow makes."""

import os
import sys
import tempfile


def _import_keras_quietly() -> None:
    """TensorFlow's C++ logs its start to standard error before any setting can stop it; shown only if it fails."""
    if "keras" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as noise:
        os.dup2(noise.fileno(), 2)
        try:
            import keras  # noqa: F401
        except BaseException:
            noise.seek(0)
            os.write(kept, noise.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


_import_keras_quietly()
