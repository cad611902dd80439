"""Files made and decoded beside each Keras backend: symbols that differ, and the largest difference of pictures.

Every installed backend of TensorFlow, JAX and torch runs in a process of its own, because Keras loads only one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

WORKER = """
import sys
from pathlib import Path
import numpy as np
from aewidgets.codec import zoo
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.coding.container import parse
from aewidgets.codec.effort.symbols import EncodeOptions
folder, action, backend, model, effort, *qualities = sys.argv[1:]
folder, codec = Path(folder), zoo.load(model)
if action == "encode":
    images = np.load(folder / "images.npz")
    for key in images:
        for quality in qualities:
            stored = stored_quality(float(quality))
            encoded = codec.encode(images[key], stored, options=EncodeOptions(int(effort)))
            name = f"{backend}-{key}-{quality}"
            (folder / f"{name}.aew").write_bytes(codec.container(images[key], encoded, stored).pack())
            np.save(folder / f"{name}-encoded.npy", encoded.symbols)
else:
    for path in sorted(folder.glob("*.aew")):
        container = parse(path.read_bytes())
        y_hat, symbols = codec.latents(container)
        picture = codec.halves.picture(y_hat, symbols, container.quality)
        np.savez(folder / f"{path.stem}-decoded-{backend}.npz", symbols=symbols, picture=picture)
"""


class Matrix(NamedTuple):
    """Result of `matrix`.

    Attributes:
        backends: backends that are installed.
        decodes: number of files times number of backends that decoded them.
        identical: number of decodes whose symbols were the encoder's.
        largest: largest difference of any sample between backends' pictures of one file, in levels of 255.
    """

    backends: tuple[str, ...]
    decodes: int
    identical: int
    largest: int


def installed() -> tuple[str, ...]:
    """Return the Keras backends that can be imported here."""
    return tuple(name for name in ("tensorflow", "jax", "torch") if find_spec(name))


def matrix(
    images: Mapping[str, np.ndarray], qualities: Sequence[float], model: str = "photo", effort: int = 0
) -> Matrix:
    """Encode every image beside every backend, and decode every file beside every backend.

    Symbols come from NumPy, which no backend must disturb, and with effort also from the backend's gradients. Pictures
    are made by the backend's twin of the synthesis.
    """
    backends = installed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "images.npz", **images)
        for action, backend in product(("encode", "decode"), backends):
            arguments = [sys.executable, "-c", WORKER, name, action, backend, model, str(effort), *map(str, qualities)]
            environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            result = subprocess.run(arguments, env=environment, capture_output=True, text=True)
            if result.returncode:
                raise RuntimeError(f"{action} on {backend} failed:\n{result.stderr[-3000:]}")
        files = sorted(folder.glob("*.aew"))
        identical, largest = 0, 0
        for path in files:
            first = None
            symbols = np.load(folder / f"{path.stem}-encoded.npy")
            for backend in backends:
                with np.load(folder / f"{path.stem}-decoded-{backend}.npz") as decoded:
                    identical += np.array_equal(decoded["symbols"], symbols)
                    picture = decoded["picture"].astype("int16")
                first = picture if first is None else first
                largest = max(largest, int(np.abs(picture - first).max()))
        return Matrix(backends, len(files) * len(backends), identical, largest)


def main() -> None:
    from aewidgets.images.sets import load_images

    images = {Path(name).stem: image for name, image in load_images("kodak")}
    found = matrix(images, [50])
    print(f"{len(images)} Kodak pictures, encoded and decoded on each of {', '.join(found.backends)}:")
    print(f"symbols identical {found.identical}/{found.decodes}, largest difference of pictures {found.largest} of 255")


if __name__ == "__main__":
    main()
