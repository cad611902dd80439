"""Large pictures through the commands, in fresh processes: seconds, peak memory, and whether tiles can be measured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from aewidgets.codec import zoo
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.images.sets import load_images

SIZES = ((4000, 6000), (6000, 8000))  # 24 and 48 megapixels


class Run(NamedTuple):
    """Use of a process: wall and processor seconds, peak resident bytes."""

    wall: float
    processor: float
    peak: int

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.processor:.1f} s of processor), peak {self.peak / 1e9:.2f} GB"


# A small process that starts the command: what it is started from would count as its peak otherwise.
LAUNCH = """
import os, sys, time
start = time.perf_counter()
pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(*command: str) -> Run:
    """Run a command to its end and measure it.

    Raises:
        RuntimeError: if it fails, with its error output.
    """
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCH, *command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    wall, processor, peak = done.stderr.split()[-3:]
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return Run(float(wall), float(processor), int(peak) * scale)


def mosaic(height: int, width: int) -> np.ndarray:
    """Lay Kodak's pictures side by side, repeated until the size is reached."""
    pictures = [p if p.shape[0] == 512 else np.rot90(p) for _, p in load_images("kodak")]
    across, down = -(-width // 768), -(-height // 512)
    rows = [np.concatenate([pictures[(across * r + c) % 24] for c in range(across)], axis=1) for r in range(down)]
    return np.concatenate(rows)[:height, :width]


def borders(picture: np.ndarray, model: str) -> str:
    """Return the largest differences of latents and pictures that are made in tiles from those made at once."""
    codec, stored, whole = zoo.load(model), stored_quality(50), 1 << 20
    tiled, at_once = (codec.analysis.latents(picture, stored, **side) for side in ({}, {"side": whole}))
    pairs = zip(tiled, at_once, strict=True)
    latents = max(float(np.abs(a - b).max()) for a, b in pairs if a is not None and b is not None)
    decoded = codec.encode(picture, stored)
    pictures = [codec.synthesis.picture(decoded.y_hat, decoded.symbols, stored, **s) for s in ({}, {"side": whole})]
    levels = int(np.abs(pictures[0].astype("int16") - pictures[1]).max())
    return f"{latents:g} quantiser steps in the latents, {levels} levels in the picture"


def main(model: str = "photo") -> None:
    """Print seconds and memory of `compress` and `decompress`, then differences of tiles of a smaller picture."""
    command = [sys.executable, "-m", "aewidgets.cli"]
    with tempfile.TemporaryDirectory() as folder:
        png, aew, out = (str(Path(folder) / name) for name in ("x.png", "x.aew", "y.png"))
        for size in SIZES:
            Image.fromarray(mosaic(*size)).save(png, compress_level=1)
            name = f"{size[0] * size[1] / 1e6:.0f} megapixels"
            extra = ["--overwrite", *(["--model", model] if model.endswith(".json") else [])]
            for act, source, target in (("compress", png, aew), ("decompress", aew, out)):
                print(f"{name}, {act}: {measured(*command, act, source, '-o', target, *extra)}", flush=True)
    print(f"tiles against all at once: {borders(mosaic(1203, 2007), model)}", flush=True)
