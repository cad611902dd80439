"""Denoising of photographs with the noise of cameras, automatically and told the best level; clean and white ones too.

`python -m benchmarks camera_noise` writes `benchmarks/camera_noise.md`. The pictures are middles of photos-select, on
which the weights and the estimate's factor were chosen; three of the kinds of cameras were never trained on.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.classical.noise_levels import block_means
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images
from aewidgets.restoration.corruptions import camera_noise, corrupt, random_camera
from aewidgets.restoration.corruptions.camera import LUMA
from aewidgets.restoration.learned import shipped, through_network
from aewidgets.restoration.restoring import CAMERA_DENOISER, denoise, level_map
from aewidgets.studies.restoration.cameras import SHOTS, coarse_level, photographed
from aewidgets.studies.restoration.levels import middle_crop
from aewidgets.system.writing import write_text

TABLE = Path(__file__).with_suffix(".md")
KINDS: dict[str, dict[str, Any]] = {
    "as trained": {},
    "directional demosaicing": {"demosaicing": "directional"},
    "smoothed by 1.6 pixels": {"smoothing": 1.6},
    "without JPEG": {"quality": None},
}
FACTORS = (1, 1.5, 2)  # of the true coarse level, of which the best on average counts as the best told level
HEAD = """\
By `python -m benchmarks camera_noise`: mean PSNR in dB. *As white* is what `denoise` did before it looked at the kind
of the noise; *automatic* is `denoise(image)`; *best told* are the same weights told the best of {factors} times the
true level on means of 4 x 4 pixels. The last three kinds were not trained on.

| camera | shot noise | noisy | as white | automatic | best told | automatic below it |
| --- | --- | --- | --- | --- | --- | --- |"""


def main(source: str = "photos-select", count: int = 12, side: int = 192) -> None:
    """Measure everything, and write and print the table."""
    pictures = [image for _, image in load_images(source) if image.ndim == 3]
    pictures = [middle_crop(image, side) for image in pictures[:: max(1, len(pictures) // count)][:count]]
    lines = [f"Noise of cameras, {len(pictures)} middles of {side} x {side} pixels of {source}", ""]
    lines += [*statistics(pictures), "", *HEAD.format(factors=", ".join(map(str, FACTORS))).split("\n")]
    print("\n".join(lines), flush=True)
    for kind, fields in KINDS.items():
        for shot in SHOTS:
            lines.append(row_of(kind, shot, pictures, fields))
            print(lines[-1], flush=True)
    lines += ["", *others(pictures)]
    print("\n".join(lines[-5:]))
    write_text(TABLE, "\n".join([*lines, ""]))


def statistics(pictures: list[np.ndarray]) -> list[str]:
    """Return what the noise of the cameras that are drawn looks like, beside real pictures."""
    ratios, near, colours = [], [], []
    for number, picture in enumerate(pictures):
        clean, rng = to_float(picture), np.random.default_rng(number)
        camera = random_camera(rng, SHOTS[1])
        quiet = replace(camera, shot=0.0, read=0.0)
        noise = camera_noise(clean, camera, rng) - camera_noise(clean, quiet, rng)
        luma = noise @ LUMA
        ratios.append([n * block_means(noise, n).std() / noise.std() for n in (2, 4)])
        colours.append(np.sqrt(np.mean((noise - luma[..., None]) ** 2)) / luma.std())
        luma = luma - luma.mean()
        pairs = ((luma[:, 1:], luma[:, :-1]), (luma[1:, 1:], luma[:-1, :-1]), (luma[:, 2:], luma[:, :-2]))
        near.append([(a * b).mean() / luma.var() for a, b in pairs])
    two, four = np.mean(ratios, axis=0)
    one, diagonal, second = np.mean(near, axis=0)
    return [
        "| statistics of the noise | simulated | typical of real pictures |",
        "| --- | --- | --- |",
        f"| level on means of 2 x 2 pixels over that of pixels (white: 1) | {two:.2f} | 1.73 |",
        f"| level on means of 4 x 4 pixels over that of pixels (white: 1) | {four:.2f} | 2.6 |",
        f"| correlation at one, one diagonal and two pixels | {one:.2f}, {diagonal:.2f}, {second:.2f} | .6, .4, .2 |",
        f"| colour over brightness | {np.mean(colours):.2f} | 0.3 to 0.8 |",
    ]


def row_of(kind: str, shot: float, pictures: list[np.ndarray], fields: dict[str, Any]) -> str:
    """Return the row of the table for a kind of camera at one shot noise."""
    network, figures = shipped(CAMERA_DENOISER), []
    for number, clean in enumerate(pictures):
        noisy = photographed(clean, shot, number, **fields)
        results = [noisy, denoise(noisy, noise="white").image, denoise(noisy).image]
        level = coarse_level(noisy, clean)
        for factor in FACTORS:
            told = through_network(network, to_float(noisy), level_map(noisy, factor * level))
            results.append(to_uint8(np.clip(told, 0, 1)))
        figures.append([psnr(clean, result) for result in results])
    means = np.mean(figures, axis=0)
    best = means[3:].max()
    values = (f"{value:.2f}" for value in (*means[:3], best, best - means[2]))
    return f"| {kind} | {shot:g} | {' | '.join(values)} |"


def others(pictures: list[np.ndarray]) -> list[str]:
    """Return sentences on clean pictures and on white noise."""
    clean = [float(psnr(picture, denoise(picture).image)) for picture in pictures]
    whole = [value for value in clean if math.isfinite(value)]
    worst = []
    for level in (15, 25, 50):
        noisy = [corrupt(picture, "gaussian", level).image for picture in pictures]
        pairs = [(denoise(image, noise="white").image, denoise(image).image) for image in noisy]
        worst.append(max(float(np.abs(one - other).max()) for one, other in pairs))
    return [
        f"Clean pictures come back with at least {min(clean):.1f} dB, {np.median(clean):.1f} dB at the median; "
        f"{len(clean) - len(whole)} of {len(clean)} without any change.",
        "",
        "White noise of 15, 25 and 50: the largest difference of a value between automatic and as white is "
        f"{', '.join(f'{value:g}' for value in worst)}.",
    ]
