"""A file refined on one Keras backend decodes to the same symbols with any; pictures differ by one level at most."""

import pytest

from benchmarks.backends import installed, matrix

pytestmark = pytest.mark.slow  # once, with all backends that are installed


def test_every_backend_decodes_every_backends_files(photo):
    if len(installed()) < 2:
        pytest.skip(f"only {installed()[0]} is installed: `make test-backends` installs the others")
    found = matrix({"gray": photo[:64, :96, 1]}, (50,), effort=1)  # JAX compiles a minute for each size
    assert found.decodes == len(found.backends) ** 2
    assert found.identical == found.decodes
    assert found.largest <= 1
