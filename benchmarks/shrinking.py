"""Shrunken models beside the original: bytes, zeros, change in dB on test pictures, seconds; files of other runtimes.

Six shipped models: three autoencoders on test pictures of their sets, two denoisers at noise level 25 on middles of
Set12 and Kodak, and the codec's synthesis on middles of Kodak at quality 50. Nothing was chosen on these pictures. Rows
that say so are of autoencoders that were tuned for it on training pictures; the others are as shipped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.trained import TrainedCodec
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images
from aewidgets.models.edge.exporting import PARTS, check_file, part_of, sample_inputs
from aewidgets.models.edge.files import EdgeError, edge_bytes
from aewidgets.models.families import build_autoencoder
from aewidgets.models.pretrained import load_autoencoder, load_denoiser
from aewidgets.models.shrinking.pruning import prune_kernel
from aewidgets.models.shrinking.rounding import round_kernel
from aewidgets.models.shrinking.stored import floats_of, stored
from aewidgets.models.shrinking.words import plan_of
from aewidgets.studies.restoration.levels import middle_crop
from aewidgets.studies.shrinking import ShrunkPoint, compare_shrunk, shrinking_inputs
from aewidgets.system.cards import pack_weights
from aewidgets.system.writing import write_text
from aewidgets.training.data.splits import load_splits
from aewidgets.training.shrinking.tuning import tune

TABLE = Path(__file__).with_suffix(".md")
TUNED, EPOCHS, LESSONS = ("int4", "prune-50+float16", "prune-80+float16"), 3, 10_000  # training pictures, at most
WORDS = ("float32", "float16", "int8", "int4", "prune-50", "prune-80")
AUTOENCODERS = {"fashion-convolutional-64": "fashion-mnist", "cifar10-convolutional-64": "cifar10",
                "fashion-variational-16": "fashion-mnist"}  # fmt: skip
DENOISERS = {"photo-denoise-gray": "set12", "photo-denoise-colour": "kodak"}
PICTURES, SIDE, CALIBRATION = 2_000, 128, 128
LIMIT_DB = 0.05  # that int8 may cost
HEAD = """\
| model | weights | bytes | zeros % | PSNR dB | change dB | worst picture dB | ms a batch | original ms | faster in |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""

NOTES = f"""\
Shipped weights are half precision already: float32 deflates well, and float16 changes nothing. Bytes are those of the
deflated file of weights, or of a runtime's own file. A batch has 32 pictures, of denoisers 4 of {SIDE} x {SIDE}; the
original of a row is in the same runtime. Milliseconds are the least of 25 rounds, for the codec the median over
pictures. Faster: by more than a tenth in the best round, and in the median of all rounds by two standard errors. Keras
and the codec's NumPy keep floats in every row, so that nothing is faster there. LiteRT and ONNX Runtime compute with
integers where the row is int8; they round activations too, in ranges found on other pictures."""
EDGE = """\
## Files of other runtimes, held against Keras

On eight crops of scikit-image's astronaut; a decoder gets their codes. Recurrent layers are unrolled for LiteRT, whose
file would else need TensorFlow's Flex delegate for their loops.

| model | part | format | bytes | largest difference | mean difference |
| --- | --- | --- | --- | --- | --- |"""


def pictures_of(name: str) -> np.ndarray:
    """Return test pictures that a shipped model is judged on, uint8 (n, h, w, c)."""
    if name in AUTOENCODERS:
        return load_splits(AUTOENCODERS[name]).test.open().images[:PICTURES]
    images = [middle_crop(image, SIDE) for _, image in load_images(DENOISERS[name])]
    return np.stack([image[..., None] if image.ndim == 2 else image for image in images])


def calibration_of(name: str, model: Any) -> Any:
    """Return inputs on which other runtimes find ranges of activations: training pictures, or crops of a photograph."""
    if name in AUTOENCODERS:
        return load_splits(AUTOENCODERS[name]).train.floats(slice(CALIBRATION))
    return sample_inputs(model, pictures=CALIBRATION // 4)


def rows_of(name: str, points: Sequence[ShrunkPoint], how: str = "") -> list[str]:
    """Return a row of the table for each way to shrink a model, and one for each file of another runtime."""
    rows = []
    for p in points:
        kind = p.to + how + (f"; {len(p.left)} layers left" if p.left else "")
        rows.append(
            f"| {name} | {kind} | {p.bytes:,} | {100 * p.zeros:.1f} | {p.psnr_db:.2f} | {p.change_db:+.3f} | "
            f"{p.worst_db:+.3f} | {1000 * p.seconds:.1f} | {1000 * p.original_seconds:.1f} | {p.gain} |"
        )
        for r in p.runtimes:
            faster = f"{r.speed:.1f} times" if r.name in p.gain else "not faster"
            rows.append(
                f"| | {p.to}, {r.name} | {r.bytes:,} (file) | | | {r.change_db:+.3f} | {r.worst_db:+.3f} | "
                f"{1000 * r.seconds:.1f} | {1000 * r.original_seconds:.1f} | {faster} |"
            )
        rows += [f"| | {p.to} | {note} | | | | | | | |" for note in p.notes]
    return rows


def codec_rows() -> tuple[list[str], float]:
    """Return the rows of the codec's synthesis, and what int8 costs in dB. Kernels of `g_s` alone are shrunk.

    The NumPy decoder is timed, which computes with floats.
    """
    codec = zoo.load("photo")
    images = [middle_crop(image, 256) for _, image in load_images("kodak")]
    containers = [codec.container(image, codec.encode(image, 32768), 32768) for image in images]
    decoded = [codec.latents(container) for container in containers]
    codecs = {word: shrunken_codec(codec, word) for word in WORDS}
    seconds: dict[str, list[float]] = {word: [] for word in ("original", *WORDS)}
    values: dict[str, list[float]] = {word: [] for word in seconds}
    for image, (y_hat, symbols) in zip(images, decoded, strict=True):
        for word, each in {"original": codec, **{w: c for w, (c, _, _) in codecs.items()}}.items():
            start = time.perf_counter()
            made = each.picture(y_hat, symbols, 32768)[: image.shape[0], : image.shape[1]]
            seconds[word].append(time.perf_counter() - start)
            values[word].append(psnr(image, made))
    rows, before = [], np.array(values["original"])
    ms = {word: 1000 * float(np.median(found)) for word, found in seconds.items()}
    for word, (_, size, zeros) in codecs.items():
        change = np.array(values[word]) - before
        rows.append(
            f"| codec photo, synthesis | {word} | {size:,} | {100 * zeros:.1f} | {np.mean(values[word]):.2f} | "
            f"{change.mean():+.3f} | {change.min():+.3f} | {ms[word]:.1f} | {ms['original']:.1f} | nowhere faster |"
        )
    return rows, float(np.mean(values["int8"]) - before.mean())


def shrunken_codec(codec: TrainedCodec, word: str) -> tuple[TrainedCodec, int, float]:
    """Return a codec whose synthesis has shrunken kernels, their bytes, and their share of zeros."""
    plan, arrays, kept, zeros, size = plan_of(word), dict(codec.arrays), {}, 0, 0
    for number, name in enumerate(key for key in codec.arrays if key.startswith("g_s_")):
        value: Any = codec.arrays[name].astype("float32")
        if name.endswith("kernel"):
            value = prune_kernel(value, plan.share) if plan.share else value
            value = round_kernel(value, plan.bits, (3,)) if plan.bits in (4, 8) else value
            arrays[name] = value.floats() if plan.bits in (4, 8) else value
            zeros, size = zeros + int((arrays[name] == 0).sum()), size + arrays[name].size
        if isinstance(value, np.ndarray):
            value = {16: value.astype("float16"), 32: value}.get(plan.bits or 0, floats_of(value))
        kept |= stored(number, value)
    return TrainedCodec(arrays, codec.fingerprint), len(pack_weights(kept)), zeros / size


def edge_rows() -> list[str]:
    """Return the rows of files of ONNX and LiteRT, each checked against Keras on crops of one photograph."""
    recurrent = build_autoencoder("recurrent", (28, 28, 1), latent_dim=64)
    models = {name: load_autoencoder(name) for name in AUTOENCODERS} | {name: load_denoiser(name) for name in DENOISERS}
    rows = []
    for name, model in {**models, "recurrent, not trained": recurrent}.items():
        for part in PARTS if name not in DENOISERS else ("whole",):
            for format in ("onnx", "litert"):
                network = part_of(model, part)
                try:
                    data = edge_bytes(network, format)
                    check = check_file(data, format, network, sample_inputs(model, part), part)
                    cells = f"{check.bytes:,} | {check.largest:.1e} | {check.mean:.1e}"
                except EdgeError as error:
                    cells = f"none | {error} | "
                rows.append(f"| {name} | {part} | {format} | {cells} |")
    return rows


def main() -> None:
    """Measure everything, and write and print the table."""
    rows, costs = [], {}
    for name in (*AUTOENCODERS, *DENOISERS):
        model = load_autoencoder(name) if name in AUTOENCODERS else load_denoiser(name)
        inputs, originals = shrinking_inputs(model, pictures_of(name))
        points = compare_shrunk(
            model, WORDS, inputs, originals, batch_size=32 if name in AUTOENCODERS else 4, rounds=25,
            calibration=calibration_of(name, model),
        )  # fmt: skip
        costs[name] = next(p.change_db for p in points if p.to == "int8")
        found = rows_of(name, points)
        if name in AUTOENCODERS:
            lessons = load_splits(AUTOENCODERS[name]).train.images[:LESSONS]
            points = compare_shrunk(
                model, TUNED, inputs, originals, rounds=25, runtimes=(),
                tuned=lambda word, model=model, lessons=lessons: tune(model, word, lessons, EPOCHS),
            )  # fmt: skip
            found += rows_of(name, points, f", tuned for {EPOCHS} epochs on {len(lessons):,} pictures")
        rows += found
        print("\n".join(found), flush=True)
    more, costs["codec photo, synthesis"] = codec_rows()
    print("\n".join(more), flush=True)
    worse = [f"{name} ({cost:+.3f} dB)" for name, cost in costs.items() if cost < -LIMIT_DB]
    verdict = f"int8 is within {LIMIT_DB} dB of float32 for "
    verdict += f"all {len(costs)} models." if not worse else f"{len(costs) - len(worse)}; not for {', '.join(worse)}."
    about = f"By `python -m benchmarks shrinking`. {' '.join((__doc__ or '').split())}"
    text = [about, "", verdict, "", NOTES, "", HEAD, *rows, *more, "", EDGE]
    text += [*edge_rows(), ""]
    write_text(TABLE, "\n".join(text))
    print(f"\n{verdict}")
