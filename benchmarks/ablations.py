"""Ablations of the codec and its training: short runs that change one thing, with two seeds each.

`python -m benchmarks ablations` resumes: a finished run is a line of `benchmarks/ablations.jsonl`, and
the table, `benchmarks/ablations.md`, is written from those. Trained on photos-train, judged on photos-select, never
on Kodak. Rates are those of the symbols under their densities, for three qualities of one network; time is processor
time of all threads, which other work on the machine does not change much.
"""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np

from aewidgets.images.sets import load_images
from aewidgets.studies.rate.bd_rates import bd_rate
from aewidgets.system.writing import write_text
from aewidgets.training.codecs import CodecRun, fit_codec, measure_statistics

RESULTS, TABLE = Path(__file__).with_suffix(".jsonl"), Path(__file__).with_suffix(".md")
STEPS, SEEDS = 500, (1, 2)
QUALITIES = (0.2, 0.5, 0.8)

#: The codec as it is; every other row changes one thing of it.
WHOLE = CodecRun(steps=STEPS, cnn_dtype="mixed_bfloat16", options={})


def _with(**options) -> CodecRun:
    return replace(WHOLE, options=options)


ROWS: dict[str, tuple[str, CodecRun]] = {
    "whole": ("the codec as it is", WHOLE),
    "one pass": ("every group in one pass", _with(passes=[1, 1, 1, 1, 1, 1])),
    "four groups": (
        "the three lowest groups in one, in three passes",
        _with(groups=[3, 36, 56, 129, 320], passes=[3, 1, 1, 1]),
    ),
    "plain DC": ("no heads for the DC plane", _with(dc_width=0)),
    "relu": (
        "ReLU for leaky ReLU (measured with outputs in fixed units): what died in the long run",
        _with(activation="relu"),
    ),
    "wide heads": ("128 features in the heads for 96", _with(context_width=128)),
    "deep synthesis": ("four residual blocks at a quarter of the side for two", _with(depth=4)),
    "nearest": ("symbols rounded to the nearest, rate ignored", _with(strength=0.0)),
    "half rate": ("peak learning rate 5e-4 for 1e-3", replace(WHOLE, learning_rate=5e-4)),
    "double rate": ("peak learning rate 2e-3 for 1e-3", replace(WHOLE, learning_rate=2e-3)),
    "twice as long": (f"{2 * STEPS} steps for {STEPS}", replace(WHOLE, steps=2 * STEPS)),
}


def curve(model, images: list[np.ndarray]) -> tuple[list[float], list[float]]:
    """Return bits per pixel and PSNR in dB, means over the pictures, at each of `QUALITIES`."""
    points = []
    for quality in QUALITIES:
        values = []
        for image in images:
            h, w = (side // 16 * 16 for side in image.shape[:2])
            x = image[None, :h, :w].astype("float32") / 255.0
            _, bpp, mse = np.asarray(
                model.predict_on_batch({"x": x, "quality": np.array([quality], "float32")})
            )[0]
            values.append((bpp, -10 * np.log10(mse)))
        points.append(np.mean(values, axis=0))
    rates, qualities = np.transpose(points).tolist()
    return rates, qualities


def measure(name: str, seed: int, images: list[np.ndarray], statistics, judges: list[np.ndarray]) -> dict:
    """Train and judge one row with one seed."""
    run = replace(ROWS[name][1], seed=seed)
    keras.utils.clear_session()
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model, _ = fit_codec(run, images, Path(folder), statistics=statistics)
    spent = time.process_time() - before
    rates, qualities = curve(model, judges)
    return {
        "row": name, "seed": seed, "processor_seconds": round(spent), "bpp": rates, "psnr_db": qualities,
        "run": asdict(run),
    }  # fmt: skip


def known() -> dict[tuple[str, int], dict]:
    """Return finished results by row and seed; a row that has changed since is left out."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    results = {(r["row"], r["seed"]): r for r in map(json.loads, lines)}
    return {
        key: r
        for key, r in results.items()
        if key[0] in ROWS and r["run"] == json.loads(json.dumps(asdict(replace(ROWS[key[0]][1], seed=key[1]))))
    }


def table(results: dict[tuple[str, int], dict]) -> str:
    """Return a Markdown table of all finished rows, beside the whole codec of the same seed."""
    lines = [
        f"What each change costs (+) or buys (-): BD-rate against the first row of the same seed, over "
        f"{len(QUALITIES)} qualities of photos-select, after {STEPS} steps; by `python -m benchmarks ablations`.",
        "",
        "| change | BD-rate %, seeds " + " / ".join(map(str, SEEDS)) + " | processor seconds |",
        "| --- | --- | --- |",
    ]
    for name, (text, _) in ROWS.items():
        rows = [results[name, seed] for seed in SEEDS if (name, seed) in results and ("whole", seed) in results]
        if not rows:
            continue
        rates = []
        for row in rows:
            anchor = results["whole", row["seed"]]
            rates.append(bd_rate((anchor["bpp"], anchor["psnr_db"]), (row["bpp"], row["psnr_db"]), interval=None))
        spent = np.mean([row["processor_seconds"] for row in rows])
        shown = " / ".join(f"{rate:+.1f}" for rate in rates) if name != "whole" else "0"
        lines.append(f"| {text} | {shown} | {spent:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is missing, and write and print the table after every run."""
    images = [image for _, image in load_images("photos-train")][::2]
    judges = [image[:512, :512] for _, image in load_images("photos-select")][::4]
    statistics = measure_statistics(images[::4])
    for name in ROWS:
        for seed in SEEDS:
            if (name, seed) in known():
                continue
            result = measure(name, seed, images, statistics, judges)
            with RESULTS.open("a") as file:
                file.write(json.dumps(result) + "\n")
            write_text(TABLE, table(known()))
            print(f"{name}, seed {seed}: {result['processor_seconds']} s", flush=True)
    print(table(known()))
