"""A file made on one Keras backend decodes to the same symbols on every other; pictures differ by one level at most."""

import os
import subprocess
import sys
from importlib.util import find_spec
from itertools import product

import numpy as np
import pytest

pytestmark = pytest.mark.backend

# Runs in a process of its own, because Keras chooses its backend once. Files and arrays go through a folder.
WORKER = """
import sys
from pathlib import Path
import numpy as np
from aewidgets import zoo
from aewidgets.coding.container import parse
folder, action = Path(sys.argv[1]), sys.argv[2]
if action == "encode":
    images = np.load(folder / "images.npz")
    for key in images:
        for quality in (10, 60, 95):
            codec = zoo.load("photo")
            stored = zoo.stored_quality(quality)
            encoded = codec.encode(images[key], stored)
            name = f"{sys.argv[3]}-{key}-{quality}"
            (folder / f"{name}.aew").write_bytes(codec.container(images[key], encoded, stored).pack())
            np.save(folder / f"{name}-encoded.npy", encoded.symbols)
else:
    for path in sorted(folder.glob("*.aew")):
        data = path.read_bytes()
        codec = zoo.for_bytes(data)
        y_hat, symbols = codec.latents(parse(data))
        x = codec.picture_keras(y_hat, symbols, parse(data).quality)
        np.savez(folder / f"{path.stem}-decoded-{sys.argv[3]}.npz", symbols=symbols, picture=x)
"""


def run(backend, *arguments):
    environment = os.environ | {"KERAS_BACKEND": backend}
    result = subprocess.run(
        [sys.executable, "-c", WORKER, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_every_backend_decodes_every_backends_files(tmp_path, photo):
    here = [b for b, module in (("tensorflow", "tensorflow"), ("jax", "jax"), ("torch", "torch")) if find_spec(module)]
    if len(here) < 2:
        pytest.skip(f"only {here[0]} is installed: `make test-backends` installs the others")
    np.savez(tmp_path / "images.npz", colour=photo, odd=photo[:77, :101], gray=photo[..., 1])
    for backend in here:
        run(backend, tmp_path, "encode", backend)
    for backend in here:
        run(backend, tmp_path, "decode", backend)
    files = sorted(tmp_path.glob("*.aew"))
    assert len(files) == 9 * len(here)
    for path, backend in product(files, here):
        decoded = np.load(tmp_path / f"{path.stem}-decoded-{backend}.npz")
        np.testing.assert_array_equal(decoded["symbols"], np.load(tmp_path / f"{path.stem}-encoded.npy"))
        first = np.load(tmp_path / f"{path.stem}-decoded-{here[0]}.npz")["picture"].astype(int)
        assert np.abs(decoded["picture"] - first).max() <= 1
