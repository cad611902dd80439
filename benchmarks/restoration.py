"""PSNR of restorers on middles of Kodak: JPEG artefacts, blur, lost pixels, low light; ours and classical methods.

`python -m benchmarks restoration` writes the table to `benchmarks/restoration.md`. Each picture is corrupted from one
seed and rounded to 8 bits; all methods are given the kernel, the mask and the quality; results are rounded to 8 bits.
Nothing was trained, chosen or tuned on these pictures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aewidgets.classical.denoisers import non_local_means
from aewidgets.classical.light import brighten
from aewidgets.classical.noise_levels import estimate_noise_level
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images
from aewidgets.restoration.corruptions import corrupt
from aewidgets.restoration.restoring import LEARNED
from aewidgets.studies.restoration.denoisers import fidelity, standard_error
from aewidgets.studies.restoration.levels import middle_crop
from aewidgets.studies.restoration.restorers import CASES, CORRUPTED, Case, Restoration, compare_restorers
from aewidgets.system.writing import write_text

TABLE = Path(__file__).with_suffix(".md")
ORACLE = "the best gain, non-local means"
GAINS = np.geomspace(0.5, 40, 60)
HEAD = """\
By `python -m benchmarks restoration`, about three minutes on two idle cores by its own column of seconds; means over
the pictures and their standard errors. Methods are given 8-bit pictures. The lead of `learned` is paired: picture by
picture. *The best gain* knows the original, and is no method: it is what a gain of light and a denoiser could reach at
most. What loses to the picture as it came is marked with a minus.

| case | method | PSNR dB | SSIM | lead of learned, dB | learned ahead on | seconds a picture |
| --- | --- | --- | --- | --- | --- | --- |"""


def main(source: str = "kodak", side: int = 256) -> None:
    """Measure everything, and write and print the table."""
    pictures = [middle_crop(image, side) for _, image in load_images(source)]
    lines = [f"Restoring, {len(pictures)} middles of {side} x {side} pixels of {source}", "", *HEAD.split("\n")]
    for case in CASES:
        results = compare_restorers(pictures, [case])
        if case.task == "low-light":
            results.append(with_the_best_gain(pictures, case))
        rows = rows_of(results)
        print("\n".join(rows), flush=True)
        lines += rows
    write_text(TABLE, "\n".join([*lines, ""]))


def rows_of(results: Sequence[Restoration]) -> list[str]:
    """Return a row of the table for each method of a case, the corrupted pictures first."""
    came = results[0].mean_psnr_db
    learned = next(r for r in results if r.method == LEARNED)
    best = max(r.mean_psnr_db for r in results if r.method != ORACLE)
    rows = []
    for r in results:
        value = f"{r.mean_psnr_db:.2f}" + (" -" if r.mean_psnr_db < came else "")
        value = f"**{value}**" if r.mean_psnr_db == best else value
        lead, ahead, seconds = "", "", f"{r.seconds / len(r.psnr_db):.2f}"
        if r is not learned:
            leads = np.subtract(learned.psnr_db, r.psnr_db)
            lead = f"{leads.mean():+.2f} ± {standard_error(leads):.2f}"
            ahead = f"{np.count_nonzero(leads > 0)} of {len(leads)}"
        if r.method == CORRUPTED:
            seconds = ""
        figures = (f"{value} ± {r.standard_error_db:.2f}", f"{r.mean_ssim:.4f}", lead, ahead, seconds)
        rows.append(f"| {' | '.join((r.corruption, r.method, *figures))} |")
    return rows


def with_the_best_gain(pictures: Sequence[np.ndarray], case: Case) -> Restoration:
    """Brighten each picture by the gain that comes closest to its original, denoise it, and measure the results."""
    results, start = [], time.perf_counter()
    for picture in pictures:
        dark = to_float(to_uint8(np.clip(corrupt(picture, case.corruption, seed=0).image, 0, 1)))
        tried = [np.minimum(brighten(dark, gain), 1) for gain in GAINS]
        bright = max(tried, key=lambda image: psnr(picture, to_uint8(image)))
        level = estimate_noise_level(bright)
        results.append(non_local_means(bright, level / 255) if level > 0 else bright)
    measured = fidelity(pictures, results, time.perf_counter() - start)
    return Restoration(task=case.task, corruption=case.corruption, method=ORACLE, **measured)
