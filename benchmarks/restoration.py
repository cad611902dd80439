"""PSNR of restorers on middles of Kodak: JPEG artefacts, blur, lost pixels, low light; ours and classical methods.

`python -m benchmarks restoration` writes the table to `benchmarks/restoration.md`. Each picture is corrupted from one
seed; all methods are given the kernel, the mask and the quality; results are rounded to 8 bits. Nothing was trained,
chosen or tuned on these pictures.
"""

from __future__ import annotations

from pathlib import Path

from aewidgets.images.sets import load_images
from aewidgets.studies.restoration.levels import middle_crop
from aewidgets.studies.restoration.restorers import CASES, compare_restorers
from aewidgets.system.writing import write_text

TABLE = Path(__file__).with_suffix(".md")


def main(source: str = "kodak", side: int = 256) -> None:
    """Measure everything, and write and print the table."""
    pictures = [middle_crop(image, side) for _, image in load_images(source)]
    lines = [f"Restoring, {len(pictures)} middles of {side} x {side} pixels of {source}", ""]
    lines += ["By `python -m benchmarks restoration`; means over the pictures. What loses to the picture as it came is",
              "marked with a minus.", "", "| case | method | PSNR dB | SSIM | seconds a picture |",
              "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for case in CASES:
        results = compare_restorers(pictures, [case])
        came = results[0].mean_psnr_db
        best = max(r.mean_psnr_db for r in results)
        for r in results:
            value = f"{r.mean_psnr_db:.2f}" + (" -" if r.mean_psnr_db < came else "")
            value = f"**{value}**" if r.mean_psnr_db == best else value
            seconds = f"{r.seconds / len(pictures):.2f}" if r is not results[0] else ""
            lines.append(f"| {case.corruption} | {r.method} | {value} | {r.mean_ssim:.4f} | {seconds} |")
        print("\n".join(lines[-len(results) :]), flush=True)
    write_text(TABLE, "\n".join([*lines, ""]))
