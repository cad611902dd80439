"""What every test may ask for: its environment, real images, one photograph. No assertions here."""

import os
from pathlib import Path

# Before anything imports Keras or a BLAS: the backend, quiet logs, and no more threads than cores. Where pytest-xdist
# runs tests on every core, one thread for each process is faster. Kernels of notebooks inherit all of it.
THREADS = "1" if "PYTEST_XDIST_WORKER" in os.environ else str(min(2, os.cpu_count() or 1))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, THREADS)
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", THREADS)
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent
MIRROR = REPOSITORY.parent / "shared" / "data"
if MIRROR.is_dir():
    os.environ.setdefault("AEWIDGETS_DATA", str(MIRROR))

import numpy as np  # noqa: E402 - the thread caps above only count before NumPy loads its BLAS
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# Time limits per example fail on busy machines; the same examples every run keep a failure repeatable.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real images; skips where it is absent, which pytest counts and says."""
    root = Path(os.environ.get("AEWIDGETS_DATA", MIRROR))
    if not root.is_dir():
        pytest.skip(f"no real images in {root}; set AEWIDGETS_DATA to a folder with kodak, photos ...")
    return root


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the card of a tiny codec on disk."""
    import tiny

    from aewidgets.codec.release import write_release

    path = tmp_path_factory.mktemp("weights") / "tiny.npz"
    write_release(tiny.trained(), path, {})
    return str(path.with_suffix(".json"))


@pytest.fixture
def photo() -> np.ndarray:
    """A real photograph, (128, 192, 3) uint8: scikit-image's astronaut, her face. Yours to write into."""
    from skimage.data import astronaut

    return astronaut()[40:168, 130:322].copy()
