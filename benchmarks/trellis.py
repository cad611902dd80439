"""Gain of the trellis: BD-rate in real bytes against rounding, with the same weights; and seconds, as ratios.

On pictures of photos-select, not on Kodak: it was chosen here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.trained import TrainedCodec
from aewidgets.images.metrics import bits_per_pixel, psnr
from aewidgets.images.sets import load_images
from aewidgets.studies.rate.bd_rates import bd_rate

QUALITIES = (12, 24, 36, 47, 58, 70, 82)


class Curve(NamedTuple):
    """One picture over `QUALITIES`: rates, fidelities, and seconds of encoding and decoding."""

    bpp: list[float]
    psnr_db: list[float]
    encode_seconds: float
    decode_seconds: float


def without_trellis(codec: TrainedCodec) -> TrainedCodec:
    """Return a codec of the same weights that rounds every symbol; plain tables were fitted to that, too."""
    arrays = {name: value for name, value in codec.arrays.items() if not name.startswith("trellis/")}
    return TrainedCodec(arrays, codec.fingerprint)


def curve(codec: TrainedCodec, image: np.ndarray) -> Curve:
    """Encode and decode a picture, every byte counted; seconds are medians."""
    bpp, fidelity, seconds = [], [], []
    codec.decompress(codec.compress(image, 50))
    for quality in QUALITIES:
        begun = time.perf_counter()
        data = codec.compress(image, quality)
        between = time.perf_counter()
        decoded = codec.decompress(data)
        seconds.append((between - begun, time.perf_counter() - between))
        bpp.append(bits_per_pixel(len(data), *image.shape[:2]))
        fidelity.append(float(psnr(image, decoded)))
    return Curve(bpp, fidelity, *np.median(seconds, axis=0))


def measure(images: Sequence[np.ndarray], model: str = "photo") -> None:
    """Print the mean over pictures of BD-rates over the part that two curves share, and of ratios of seconds."""
    codec = zoo.load(model)
    if codec.coding_tables.trellis is None:
        raise ValueError(f"{model} has no trellis")
    plain = without_trellis(codec)
    found = [(curve(plain, image), curve(codec, image)) for image in images]
    rates = [bd_rate((a.bpp, a.psnr_db), (b.bpp, b.psnr_db), None) for a, b in found]
    times = ("encode_seconds", "decode_seconds")
    encode, decode = (np.mean([getattr(b, name) / getattr(a, name) for a, b in found]) for name in times)
    print(
        f"trellis against rounding: {np.mean(rates):+.2f} % ({min(rates):+.2f} to {max(rates):+.2f}); "
        f"encoding takes {encode:.2f} times as long, decoding {decode:.2f} times"
    )


def main() -> None:
    """Print the line for six pictures of photos-select."""
    images = [image for _, image in load_images("photos-select", 6)]
    print(f"{len(images)} pictures of {images[0].shape[1]} x {images[0].shape[0]}, qualities {QUALITIES}, effort 0")
    measure(images)
