"""Denoising of BSD68 at noise level 25 without a clean picture: trained on the 68 noisy pictures alone, from nothing.

The noise is that of the published protocol (`benchmarks/denoising.py`). Noise2Void's paper (Krull et al. 2019, table 1)
has 27.71 dB for its own network, trained on 400 other noisy pictures, and 27.81 where later work repeated it; BM3D,
which is given the noise level, 28.57. Nothing here is given the level (*recorrupted* estimates it), and nothing was
tuned on these pictures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aewidgets.images.arrays import to_float, to_gray
from aewidgets.images.sets import load_images
from aewidgets.restoration.corruptions import gaussian_noise
from aewidgets.restoration.restoring import BLIND, denoise
from aewidgets.studies.restoration.denoisers import compare_denoisers
from aewidgets.training.restorers import fit_restoration
from aewidgets.training.self_supervised import WAYS, SelfSupervisedRun

LEVEL = 25.0
STEPS = 2000
PUBLISHED = {"Noise2Void, as published": 27.71, "BM3D, given the level, as published": 28.57}


def main(steps: int = STEPS, ways=tuple(WAYS), source: str = "bsd68", folder: str = "checkpoints") -> None:
    """Train once for each way, and print PSNR and SSIM of the results."""
    pictures = [to_gray(image) if image.ndim == 3 else image for _, image in load_images(source)]
    noisy = [gaussian_noise(to_float(picture), LEVEL, np.random.RandomState(0)) for picture in pictures]
    print(f"| {source} at 25, no clean picture seen | PSNR dB | SSIM | seconds of training |")
    print("| --- | --- | --- | --- |", flush=True)
    for way in ways:
        run = SelfSupervisedRun(way, steps=steps, precision="mixed_bfloat16")
        network, seconds = fit_restoration(run, noisy, Path(folder) / f"{way}-{source}")
        by = {way: lambda x, level, network=network: denoise(x, method=BLIND, network=network).image}
        _, result = compare_denoisers(pictures, by, [LEVEL])
        figures = f"{result.mean_psnr_db:.2f} | {result.mean_ssim:.4f} | {seconds:.0f}"
        print(f"| {way}, {steps} steps | {figures} |", flush=True)
    if source != "bsd68":
        return
    for name, value in PUBLISHED.items():
        print(f"| {name} | {value:.2f} | | |")
