"""Pictures of 16 bits: BD-rate against JPEG XL and JPEG 2000, and lossless bytes beside PNG as well: deep.md.

PSNR is over 65535. Photographs of 16 bits are made of those of photos-select: means of 2 x 2 pixels in linear light,
with the curve of sRGB again, so that they have more than 8 bits of content. Microscopy is made here: blobs and
filaments under a Gaussian spread, photons counted (Poisson), read noise (normal), an offset of 100 and 8 levels a
photon, at three exposures; so it fills a small part of 16 bits, as cameras do, and PSNRs are high.

Each codec is measured on a ladder of its own settings. BD-rates are means over pictures, each in the range of PSNR that
both codecs reach, by piecewise cubics over the logarithm of the rate. Ladders: our qualities 1 to 100, and then
near-lossless bounds; JPEG XL's distances at effort 7; JPEG 2000's 9/7 wavelet, by the PSNR it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter

from aewidgets.codec.compression import compress, decompress
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images

QUALITIES = (1, 15, 30, 45, 60, 75, 90, 100)
DISTANCES = (12, 8, 5, 3, 2, 1.3, 0.8, 0.5, 0.3, 0.15, 0.07)
PHOTOGRAPHS = 12
Point = tuple[float, float]  # bits per pixel, PSNR in dB
Curves = dict[str, list[Point]]


def photograph(image: np.ndarray) -> np.ndarray:
    """Return uint16 (h, w, 3) of uint8, half as high and wide."""
    x = image.astype("float64") / 255
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    h, w = (side // 2 for side in light.shape[:2])
    light = light[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(65535 * curved).astype("uint16")


def micrograph(photons: float, seed: int, side: int = 384) -> np.ndarray:
    """Return uint16 (side, side), given the photons of the brightest places."""
    rng = np.random.default_rng(seed)
    spots, threads = np.zeros((side, side)), np.zeros((side, side))
    for _ in range(80):
        spots[tuple(rng.integers(side, size=2))] += rng.gamma(2)
    for _ in range(25):
        place, angle = rng.random(2) * side, rng.random() * 2 * np.pi
        for _ in range(500):
            angle += rng.normal(0, 0.08)
            place = (place + np.array([np.cos(angle), np.sin(angle)])) % side
            threads[tuple(place.astype(int) % side)] += 1
    scene = gaussian_filter(spots, 6) * 150 + gaussian_filter(spots, 2) * 12 + gaussian_filter(threads, 1.2)
    counted = rng.poisson(scene / np.percentile(scene, 99.9) * photons + 5) + rng.normal(0, 3, scene.shape)
    return np.clip(np.rint(100 + 8 * counted), 0, 65535).astype("uint16")


def _point(image: np.ndarray, data: bytes, shown: np.ndarray) -> Point:
    rate = 8 * len(data) / (image.shape[0] * image.shape[1])
    return rate, float(psnr(image, shown, data_range=65535.0))


def curves(image: np.ndarray) -> Curves:
    """Return the points of each codec, by rising rate."""
    span = int(image.max()) - int(image.min())
    ours = [compress(image, quality) for quality in QUALITIES]
    bounds = [max(1, int(span / step)) for step in (150, 300, 600, 1200)]
    ours += [compress(image, max_error=bound) for bound in bounds]
    top = 20 * np.log10(65535 / span)
    found: Curves = {".aew": [_point(image, data, decompress(data)) for data in ours]}
    jxl = [imagecodecs.jpegxl_encode(image, distance=d, effort=7) for d in DISTANCES]
    found["JPEG XL"] = [_point(image, data, imagecodecs.jpegxl_decode(data)) for data in jxl]
    colour = {"mct": True} if image.ndim == 3 else {}
    levels = [top + level for level in range(24, 61, 3)]
    j2k = [imagecodecs.jpeg2k_encode(image, level=level, reversible=False, **colour) for level in levels]
    found["JPEG 2000"] = [_point(image, data, imagecodecs.jpeg2k_decode(data)) for data in j2k]
    return {name: _rising(points) for name, points in found.items()}


def _rising(points: list[Point]) -> list[Point]:
    """Return the points that no cheaper one is as good as."""
    best: list[Point] = []
    for point in sorted(points):
        if not best or point[1] > best[-1][1] + 0.01:
            best.append(point)
    return best


def saving(ours: list[Point], other: list[Point], least: float = -np.inf, most: float = np.inf) -> float | None:
    """Return the BD-rate in percent of the other's rate over the PSNRs of both; None where they share none."""
    low = max(least, ours[0][1], other[0][1])
    high = min(most, ours[-1][1], other[-1][1])
    if high - low < 0.5:
        return None
    dbs = np.linspace(low, high, 200)
    logs = [PchipInterpolator([db for _, db in c], [np.log(rate) for rate, _ in c])(dbs) for c in (ours, other)]
    return float(100 * (np.exp(np.mean(logs[0] - logs[1])) - 1))


def lossless(image: np.ndarray) -> dict[str, float]:
    """Return the bits per pixel of lossless files, by format."""
    colour = {"mct": True} if image.ndim == 3 else {}
    files: dict[str, Callable[[], bytes]] = {
        ".aew": lambda: compress(image, lossless=True),
        "PNG (level 9)": lambda: imagecodecs.png_encode(image, level=9),
        "JPEG XL (effort 7)": lambda: imagecodecs.jpegxl_encode(image, lossless=True, effort=7),
        "JPEG 2000": lambda: imagecodecs.jpeg2k_encode(image, level=0, reversible=True, **colour),
        "JPEG-LS": lambda: imagecodecs.jpegls_encode(image),
    }
    return {name: 8 * len(make()) / (image.shape[0] * image.shape[1]) for name, make in files.items()}


def sets() -> dict[str, list[np.ndarray]]:
    """Return the pictures, by name of their set."""
    colour = [photograph(image) for _, image in load_images("photos-select", PHOTOGRAPHS) if image.ndim == 3]
    gray = [np.rint(image @ [0.299, 0.587, 0.114]).astype("uint16") for image in colour]
    small = [micrograph(photons, seed) for photons in (40, 400, 4000) for seed in (0, 1)]
    return {"microscopy, gray": small, "photographs, gray": gray, "photographs, colour": colour}


def main() -> None:
    """Measure, and write deep.md."""
    rates, sizes = [], []
    for name, images in sets().items():
        measured = [curves(image) for image in images]
        top = [max(db for _, db in compressed(image)) for image in images]
        for other in ("JPEG XL", "JPEG 2000"):
            cells = []
            for above in (False, True):
                limits = [(db, np.inf) if above else (-np.inf, db) for db in top]
                pairs = zip(measured, limits, strict=True)
                found = [v for m, ends in pairs if (v := saving(m[".aew"], m[other], *ends)) is not None]
                cells.append(f"{np.mean(found):+.1f} % ({min(found):+.1f} to {max(found):+.1f}, {len(found)} pictures)"
                             if found else "-")  # fmt: skip
            rates.append(f"| {name} | {other} | {np.mean(top):.1f} | {cells[0]} | {cells[1]} |")
            print(rates[-1], flush=True)
        means = [lossless(image) for image in images]
        sizes.append(f"| {name} | " + " | ".join(f"{np.mean([m[k] for m in means]):.3f}" for k in means[0]) + " |")
        heads = list(means[0])
        print(sizes[-1], flush=True)
    text = (
        "# Pictures of 16 bits\n\nBy `python -m benchmarks deep`. "
        f"{(__doc__ or '').partition(chr(10))[2].strip()}\n\n"
        "BD-rates, negative where ours are smaller; means, and the extremes over pictures:\n\n"
        "| pictures | against | dB at quality 100 | up to quality 100 | beyond, near-lossless |\n"
        "| --- | --- | --- | --- | --- |\n" + "\n".join(rates) + "\n\nLossless, bits per pixel:\n\n"
        f"| pictures | {' | '.join(heads)} |\n" + "| --- " * (len(heads) + 1) + "|\n" + "\n".join(sizes) + "\n"
    )
    (Path(__file__).parent / "deep.md").write_text(text, encoding="utf-8")


def compressed(image: np.ndarray) -> list[Point]:
    """Return the point of quality 100 alone."""
    data = compress(image, 100)
    return [_point(image, data, decompress(data))]
