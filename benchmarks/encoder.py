"""Encoding at effort 0: cold and warm, by part, beside the same encoder with the analysis of Keras; bytes of both.

Writes `benchmarks/encoder.md`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.codec import zoo
from aewidgets.codec.coding.entropy.symbols import SymbolEncoder
from aewidgets.codec.coding.integer.analysis import Analysis
from aewidgets.codec.coding.integer.networks import HyperNetworks
from aewidgets.codec.coding.latents import Encoded, encode_latents
from aewidgets.codec.coding.quality import stored_quality
from aewidgets.codec.coding.trellis.paths import Paths
from aewidgets.codec.coding.trellis.quantisers import Quantiser
from aewidgets.codec.coding.trellis.trellis import Trellis
from aewidgets.codec.trained import TrainedCodec
from aewidgets.images.sets import load_images
from aewidgets.system.writing import write_text
from benchmarks.large import Run, measured

TABLE = Path(__file__).with_suffix(".md")
COLD, WARM = 5, 60  # repeats
QUALITIES = (10, 50, 90)
SETS = ("kodak", "photos-select")

# The command `aewidgets`, or the same with the analysis of Keras in place of NumPy's.
NUMPY = "import sys; from aewidgets.cli import main; main(sys.argv[1:])"
KERAS = """
from aewidgets.codec.trained import TrainedCodec
TrainedCodec.analysis = property(lambda codec: codec.halves)
"""
EMPTY = "import numpy, PIL.Image"

#: Functions whose time is told apart, without that of others here that they call.
PARTS: dict[str, tuple[tuple[type, str], ...]] = {
    "analysis: lapped transform": ((Analysis, "linear"),),
    "analysis: convolutions": ((Analysis, "analyse"),),
    "hyper-analysis": ((Analysis, "hyper_analyse"),),
    "entropy networks": ((HyperNetworks, "run"),),
    "choice of single symbols": ((Quantiser, "__call__"),),
    "choice of paths through the trellis": ((Paths, "cheapest"),),
    "entropy coder": ((Trellis, "push"), (SymbolEncoder, "push"), (SymbolEncoder, "finish")),
    "everything else": ((TrainedCodec, "compress"),),
}


@contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Measure the seconds spent in each of `PARTS` within the block."""
    spent: dict[str, float] = defaultdict(float)
    inner = [0.0]  # seconds of parts inside the ones under way

    def clocked(part: str, function: Callable) -> Callable:
        def call(*arguments: Any, **options: Any) -> Any:
            inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                seconds = time.perf_counter() - start
                spent[part] += seconds - inner.pop()
                inner[-1] += seconds

        return call

    with ExitStack() as stack:
        for part, functions in PARTS.items():
            for owner, name in functions:
                function = getattr(owner, name)
                stack.callback(setattr, owner, name, function)
                setattr(owner, name, clocked(part, function))
        yield spent


def cold(image: np.ndarray) -> list[str]:
    """Return rows of a table: processor seconds and peak memory of `aewidgets compress` in fresh processes."""
    rows = ["| `aewidgets compress` of a 768x512 picture, cold | processor | peak memory |", "| --- | ---: | ---: |"]
    with tempfile.TemporaryDirectory() as folder:
        png, aew = Path(folder) / "x.png", Path(folder) / "x.aew"
        Image.fromarray(image).save(png)
        command = ["compress", str(png), "-o", str(aew), "--overwrite"]
        for name, code in (
            ("NumPy", NUMPY),
            ("with the analysis of Keras", KERAS + NUMPY),
            ("Python, NumPy and Pillow alone", EMPTY),
        ):
            runs: list[Run] = [measured(sys.executable, "-c", code, *command) for _ in range(COLD)]
            seconds, peak = median(run.processor for run in runs), max(run.peak for run in runs)
            rows.append(f"| {name} | {seconds:.2f} s | {peak / 1e6:.0f} MB |")
    return rows


def warm(image: np.ndarray) -> list[str]:
    """Return rows of a table: seconds of one picture with the codec loaded, by part."""
    codec, stored = zoo.load("photo"), stored_quality(50)
    codec.compress(image, 50)
    codec.halves.latents(image, stored)
    whole, keras, parts = [], [], defaultdict(list)
    for _ in range(WARM):
        start = time.perf_counter()
        codec.compress(image, 50)
        whole.append(time.perf_counter() - start)
        start = time.perf_counter()
        codec.halves.latents(image, stored)
        keras.append(time.perf_counter() - start)
        with clocks() as spent:
            codec.compress(image, 50)
        for part, seconds in spent.items():
            parts[part].append(seconds)
    rows = [f"| quality 50, codec loaded, the fastest of {WARM} | seconds |", "| --- | ---: |"]
    rows += [f"| the whole | {min(whole):.3f} |", *(f"| {part} | {min(parts[part]):.3f} |" for part in PARTS)]
    return [*rows, f"| *analysis and hyper-analysis by Keras, for comparison* | {min(keras):.3f} |"]


def psnr_db(codec: TrainedCodec, encoded: Encoded, image: np.ndarray, stored: int) -> float:
    """Return the PSNR of the decoded picture in dB."""
    shown = codec.picture(encoded.y_hat, encoded.symbols, stored)[: image.shape[0], : image.shape[1]]
    return 10 * float(np.log10(255**2 / np.mean((shown.astype("float32") - image) ** 2)))


def both(name: str, quality: int) -> str:
    """Return the row of a set at a quality: bytes and PSNR by NumPy, and how far those by Keras are from them."""
    codec, stored = zoo.load("photo"), stored_quality(quality)
    sizes, decibels, same = [], [], 0
    for _, image in load_images(name):
        ours = codec.encode(image, stored)
        y, z = codec.halves.latents(image, stored)
        theirs = encode_latents(codec.networks, codec.coding_tables, y, z, stored, codec.quantiser(stored))
        sizes.append([sum(map(len, encoded.streams)) for encoded in (ours, theirs)])
        first = psnr_db(codec, ours, image, stored)
        equal = ours.streams == theirs.streams
        same += equal
        decibels.append([first, first if equal else psnr_db(codec, theirs, image, stored)])
    total, mean = np.sum(sizes, axis=0), np.mean(decibels, axis=0)
    single = np.abs(np.divide(*np.transpose(sizes)) - 1).max()
    return (
        f"| {name} | {quality} | {total[0]:,} | {100 * (total[0] / total[1] - 1):+.4f} % | {100 * single:.3f} % | "
        f"{mean[0]:.3f} | {mean[0] - mean[1]:+.4f} | {same} of {len(sizes)} |"
    )


HEAD = """# Encoding on NumPy

Written by `python -m benchmarks encoder`, on two cores. Nothing was chosen on Kodak.

"""
BOTH = """
The same files with the latents that Keras (TensorFlow) computes. These differ in their last bits: where one lies
between two symbols it goes to the other one, all later contexts see it, and the file is one of many of about one size.

| set | quality | bytes in streams | against Keras | one picture, at most | PSNR, dB | against Keras | same bytes |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""


def main() -> None:
    """Print all tables, and write them to `encoder.md`."""
    _, image = load_images("kodak", limit=1)[0]
    text = HEAD + "\n".join([*cold(image), "", *warm(image)]) + "\n" + BOTH
    print(text, end="", flush=True)
    for name in SETS:
        for quality in QUALITIES:
            text += both(name, quality) + "\n"
            print(text.splitlines()[-1], flush=True)
    write_text(TABLE, text)
