"""Speed of denoisers in megapixels a second; a picture of 12 megapixels through the command; seams of tiles."""

from __future__ import annotations

import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from aewidgets.images.arrays import to_float, to_gray, to_uint8
from aewidgets.images.sets import load_images
from aewidgets.restoration.corruptions import gaussian_noise
from aewidgets.restoration.restoring import denoise
from benchmarks.denoising import bm3d_by
from benchmarks.large import measured, mosaic

LEVEL, REPEATS = 25.0, 3
LARGE = (3000, 4000)


def grainy(picture: np.ndarray, channels: int) -> np.ndarray:
    """Return a noisy picture, in colour or gray."""
    wanted = to_gray(picture) if channels == 1 else picture
    return gaussian_noise(to_float(wanted), LEVEL, np.random.RandomState(0))


def speeds(channels: int) -> dict[str, float]:
    """Measure megapixels a second on a picture of 768 x 512: the best of three runs, one run for slow methods."""
    noisy = grainy(load_images("kodak")[4][1], channels)
    names = ("learned", "learned-8", "nlm", "tv", "wavelet", "bilateral")
    methods = {name: lambda name=name: denoise(noisy, LEVEL, name) for name in names}
    if find_spec("bm3d"):
        run = bm3d_by(channels)
        methods["bm3d"] = lambda: run(noisy, LEVEL)
    found = {}
    for name, method in methods.items():
        if name == "learned":
            method()  # loads the weights
        seconds = []
        for _ in range(1 if name == "bm3d" else REPEATS):
            start = time.perf_counter()
            method()
            seconds.append(time.perf_counter() - start)
        found[name] = noisy.shape[0] * noisy.shape[1] / 1e6 / min(seconds)
    return found


def seams(channels: int) -> float:
    """Return the largest difference of tiles of 256 pixels from one piece of 1024, in levels of 255 before rounding."""
    noisy = grainy(mosaic(1024, 1024), channels)
    tiled, whole = (denoise(noisy, LEVEL, tile=tile).image for tile in (256, 1024))
    return float(np.abs(tiled - whole).max() * 255)


def main() -> None:
    """Print all three, for gray and for colour."""
    for channels, kind in ((1, "gray"), (3, "colour")):
        rates = speeds(channels)
        times = {name: f"{rate:.2f} ({rate / rates['nlm']:.1f})" for name, rate in rates.items()}
        print(f"{kind}, megapixels a second (in nlm's): {', '.join(f'{n} {t}' for n, t in times.items())}", flush=True)
        print(f"{kind}, tiles against one piece: {seams(channels):.4f} levels of 255", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "x.png", Path(folder) / "y.png"
        noisy = grainy(mosaic(*LARGE), 3)
        Image.fromarray(to_uint8(np.clip(noisy, 0, 1))).save(source, compress_level=1)
        command = [sys.executable, "-m", "aewidgets.cli", "denoise", str(source), "-o", str(target)]
        for extra in ([], ["--noise-level", "25"], ["--noise-level", "25", "--method", "nlm"]):
            run = measured(*command, *extra, "--overwrite")
            print(f"12 megapixels, colour, {' '.join(extra) or 'level estimated'}: {run}", flush=True)
