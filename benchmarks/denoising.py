"""PSNR of all denoisers on the published test sets: Set12, BSD68 and CBSD68 at noise levels 15, 25 and 50.

`python -m benchmarks denoising` goes on where it stopped: a finished row is a line of `benchmarks/denoising.jsonl`, the
table, `benchmarks/denoising.md`, is written from the lines. With `--method module:object`, once or more, methods of
one's own are measured and printed beside the others, and written nowhere. The protocol is that of the published tables:
noise is added in float, not clipped, and begun afresh for each picture; results are rounded to 8 bits; means are over
pictures.
BM3D comes with the extra `bench`, whose licence is not commercial; without it its rows are missing. Its gray rows prove
the protocol: they are the published ones within 0.05 dB. No method was chosen or tuned on these sets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np

from aewidgets.images.sets import load_images
from aewidgets.restoration.restoring import DENOISERS, NETWORKS, denoising_methods
from aewidgets.studies.restoration.denoisers import (
    NOISE_LEVELS,
    Denoiser,
    Denoising,
    compare_denoisers,
    denoise_by,
)
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.system.objects import load_object
from aewidgets.system.writing import write_text

RESULTS, TABLE = Path(__file__).with_suffix(".jsonl"), Path(__file__).with_suffix(".md")
SETS = {"set12": 1, "bsd68": 1, "cbsd68": 3}  # channels
METHODS = ("learned-8", "learned", "blind", "nlm", "tv", "wavelet", "bilateral", "ksvd")
#: As their papers print them: Dabov 2007 as in Zhang 2017, Zhang 2017, Zhang 2018, Zhang 2021.
PUBLISHED = {
    "set12": {"BM3D": (32.37, 29.97, 26.72), "DnCNN": (32.86, 30.44, 27.18), "FFDNet": (32.75, 30.43, 27.32),
              "DRUNet": (33.25, 30.94, 27.90)},
    "bsd68": {"BM3D": (31.08, 28.57, 25.60), "DnCNN": (31.73, 29.23, 26.23), "FFDNet": (31.63, 29.19, 26.29),
              "DRUNet": (31.91, 29.48, 26.59)},
    "cbsd68": {"BM3D": (33.52, 30.71, 27.38), "DnCNN": (33.90, 31.24, 27.95), "FFDNet": (33.87, 31.21, 27.96),
               "DRUNet": (34.30, 31.69, 28.51)},
}  # fmt: skip


def bm3d_by(channels: int) -> Denoiser:
    """Return BM3D by its authors' package, given the noise level."""
    import bm3d

    run = bm3d.bm3d if channels == 1 else bm3d.bm3d_rgb
    return lambda noisy, level: run(noisy.astype("float64"), level / 255).astype("float32")


def version(method: str, channels: int) -> str:
    """Return the version of the weights of a method, so that new weights make new rows."""
    if method not in NETWORKS or method not in denoising_methods(channels):
        return ""
    card = files("aewidgets") / "weights" / "denoisers" / f"{DENOISERS[channels]}.json"
    return json.loads(card.read_text(encoding="utf-8"))["sha256"][:8]


def known() -> dict[tuple[str, float, str, str], dict]:
    """Return finished results by set, noise level, method and version."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return {(r["set"], r["noise_level"], r["method"], r["version"]): r for r in map(json.loads, lines)}


def table(own: Mapping[str, Sequence[Denoising]] = MappingProxyType({})) -> str:
    """Return Markdown tables of finished results, and of results of one's own by set, beside published ones."""
    command = "By `python -m benchmarks denoising`, an hour or two for all rows; mean PSNR in dB."
    rows, found = [__doc__.splitlines()[0], "", command, ""], known()
    for name, channels in SETS.items():
        count = {"set12": 12}.get(name, 68)
        rows += [f"| {name}, {count} pictures | {' | '.join(f'{level:g}' for level in NOISE_LEVELS)} | seconds at 25 |"]
        rows += ["| --- | --- | --- | --- | --- |"]
        for method in ("noisy", *METHODS, "bm3d"):
            made = [found.get((name, level, method, version(method, channels))) for level in NOISE_LEVELS]
            if any(made):
                values = [f"{np.mean(r['psnr_db']):.2f}" if r else "" for r in made]
                seconds = f"{made[1]['seconds']:.1f}" if made[1] else ""
                rows.append(f"| {method} | {' | '.join(values)} | {seconds} |")
        for method in dict.fromkeys(r.method for r in own.get(name, ())):
            made = [r for r in own[name] if r.method == method]
            values = [f"{r.mean_psnr_db:.2f}" for r in made]
            rows.append(f"| {method} | {' | '.join(values)} | {made[1].seconds:.1f} |")
        for method, values in PUBLISHED[name].items():
            rows.append(f"| *{method}, as published* | {' | '.join(f'*{v:.2f}*' for v in values)} | |")
        rows.append("")
    return "\n".join(rows)


def measured(methods: Sequence[str]) -> dict[str, list[Denoising]]:
    """Measure methods of one's own by their names, module:object, on every set."""
    own = OwnMethods()
    for method in methods:
        own.take(load_object(method))
    results = {}
    for name in SETS:
        images = [image for _, image in load_images(name)]
        of = {each.name: each for each in own}
        results[name] = [r for r in compare_denoisers(images, of, progress=report(name)) if r.method in of]
    return results


def report(name: str) -> Callable[[int, int, str], None]:
    """Return a function that prints how far a set is."""
    return lambda done, total, what: print(f"{name}: {done} of {total}, {what}", flush=True)


def main(methods: Sequence[str] = ()) -> None:
    """Run what is missing, and write and print the table after every row; or measure methods of one's own."""
    if methods:
        print(table(measured(methods)))
        return
    for name, channels in SETS.items():
        denoisers = {m: denoise_by(m) for m in METHODS if m in denoising_methods(channels)}
        if find_spec("bm3d"):
            denoisers["bm3d"] = bm3d_by(channels)
        images = [image for _, image in load_images(name)]
        for method, denoiser in denoisers.items():
            for level in NOISE_LEVELS:
                made = version(method, channels)
                if (name, level, method, made) in known():
                    continue
                for result in compare_denoisers(images, {method: denoiser}, [level]):
                    line = {"set": name, "noise_level": level, "method": result.method, "version": ""}
                    line |= {"version": made} if result.method == method else {}
                    line |= {"psnr_db": [round(v, 4) for v in result.psnr_db], "seconds": round(result.seconds, 2)}
                    line |= {"ssim": round(result.mean_ssim, 4), "pixels": result.pixels}
                    if (name, level, result.method, line["version"]) not in known():
                        with RESULTS.open("a", encoding="utf-8") as file:
                            file.write(json.dumps(line) + "\n")
                write_text(TABLE, table())
                print(f"{name} {level:g} {method}: {result.mean_psnr_db:.2f} dB, {result.seconds:.1f} s", flush=True)
    print(table())
