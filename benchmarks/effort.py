"""Gain of effort at encoding: BD-rate in real bytes against effort 0 of the same weights, and seconds a picture.

On pictures of photos-select, which weights were judged by, not on Kodak: efforts were chosen here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.effort.symbols import EncodeOptions
from aewidgets.codec.trained import TrainedCodec
from aewidgets.images.metrics import bits_per_pixel, psnr
from aewidgets.images.sets import load_images
from aewidgets.studies.rate.bd_rates import bd_rate

EFFORTS = (0, 1, 3, 5, 7, 9)
QUALITIES = (15, 40, 65, 90)


class Cost(NamedTuple):
    """One picture at one effort, over `QUALITIES`: rates, fidelities and seconds."""

    bpp: list[float]
    psnr_db: list[float]
    seconds: float
    cpu_seconds: float


def cost(codec: TrainedCodec, image: np.ndarray, effort: int) -> Cost:
    """Encode and decode a picture, every byte counted; the timed encoding traces no network."""
    bpp, fidelity = [], []
    codec.compress(image, QUALITIES[0], EncodeOptions(min(effort, 1)))
    wall, cpu = time.perf_counter(), time.process_time()
    files = [codec.compress(image, quality, EncodeOptions(effort)) for quality in QUALITIES]
    wall, cpu = (t / len(files) for t in (time.perf_counter() - wall, time.process_time() - cpu))
    for data in files:
        bpp.append(bits_per_pixel(len(data), *image.shape[:2]))
        fidelity.append(float(psnr(image, codec.decompress(data))))
    return Cost(bpp, fidelity, wall, cpu)


def measure(images: Sequence[np.ndarray], efforts: Sequence[int] = EFFORTS, model: str = "photo") -> None:
    """Print a line per effort: the mean over pictures of BD-rates over the part that two curves share."""
    codec = zoo.load(model)
    plain = [cost(codec, image, 0) for image in images]
    for effort in efforts:
        found = [cost(codec, image, effort) for image in images] if effort else plain
        rates = [bd_rate((a.bpp, a.psnr_db), (b.bpp, b.psnr_db), None) for a, b in zip(plain, found, strict=True)]
        seconds, cpu = (np.mean([getattr(f, name) for f in found]) for name in ("seconds", "cpu_seconds"))
        print(
            f"effort {effort}: {np.mean(rates):+6.2f} % ({min(rates):+.2f} to {max(rates):+.2f}), "
            f"{seconds:.2f} s a picture, {cpu:.2f} s of processor",
            flush=True,
        )


def main() -> None:
    """Print the table for four pictures of photos-select."""
    images = [image for _, image in load_images("photos-select", 4)]
    print(f"{len(images)} pictures of {images[0].shape[1]} x {images[0].shape[0]}, qualities {QUALITIES}")
    measure(images)
