"""Test errors of all families of autoencoders beside PCA's with as many numbers, on MNIST, Fashion-MNIST and CIFAR-10.

`python -m benchmarks autoencoders` goes on where it stopped: a finished row is a line of
`benchmarks/autoencoders.jsonl`, a row under way is kept in `checkpoints/`, and the table, `benchmarks/autoencoders.md`,
is written from the lines; rows that are not there yet are named in it. Best epochs are chosen on validation pictures;
test pictures are opened at a row's end. Errors are mean squared errors of values in [0, 1]. Rows of shipped models are
those of their cards, which hold the command that trains them.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.system.writing import write_text
from aewidgets.training.fitting.records import Recipe
from benchmarks.likelihoods import binarised_row, keras_io_row, transfer_row

RESULTS, TABLE = Path(__file__).with_suffix(".jsonl"), Path(__file__).with_suffix(".md")
SETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "cifar10": "CIFAR-10, 4,000 pictures to learn from"}
WHOLE = Recipe(epochs=12, batch_size=256, learning_rate=2e-3, schedule="cosine")
LONG = replace(WHOLE, epochs=16, batch_size=128)  # for networks of one layer, whose epochs take half the time


@dataclass(frozen=True)
class Row:
    """A model to be trained, or a shipped one that `card` names."""

    data: str
    label: str
    family: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    recipe: Recipe = WHOLE
    card: str = ""
    note: str = ""


def _of(data: str) -> list[Row]:
    """Return the rows of a set of 28 x 28 gray pictures."""
    short = data.split("-")[0]
    sparse = "256 units, of which this many are on; their places must be stored too; PCA with as many"
    wide = {"latent_dim": 256, "hidden": ()}
    return [
        Row(data, "linear", "dense", {"hidden": (), "output": "linear"}, replace(LONG, epochs=20)),
        Row(data, "dense", "dense", {"hidden": (512,)}),
        Row(data, "convolutional", card=f"{short}-convolutional-64"),
        Row(data, "sparse, top-k", "sparse", wide | {"sparsity": "top-k", "k": 64}, LONG, note=sparse),
        Row(data, "sparse, L1", "sparse", wide | {"sparsity": "l1", "strength": 4e-5}, LONG, note=sparse),
        Row(data, "sparse, KL", "sparse", wide | {"sparsity": "kl"}, LONG, note=sparse),
        Row(data, "contractive", "contractive", {"lmbda": 1e-6}, LONG),
        Row(data, "denoising", "denoising", {"options": {"hidden": (512,)}}, note="on clean pictures"),
        Row(
            data, "variational, 64 numbers", "variational", {"latent_dim": 64, "options": {"hidden": (512,)}},
            note="of the mean code",
        ),
        Row(
            data, "recurrent, four patches", "recurrent", {"unit": "patches", "patch": 14},
            replace(WHOLE, batch_size=128),
        ),
    ]  # fmt: skip


ROWS: dict[str, Row] = {
    f"{row.data}: {row.label}": row
    for row in (
        *_of("mnist"),
        Row("mnist", "variational, 2 numbers", card="mnist-variational-2", note="of the mean code"),
        *_of("fashion-mnist"),
        Row("fashion-mnist", "variational, 16 numbers", card="fashion-variational-16", note="of the mean code"),
        Row("cifar10", "convolutional, 64", card="cifar10-convolutional-64"),
        Row(
            "cifar10", "convolutional, 128", "convolutional", {"latent_dim": 128, "num_filters": 24},
            replace(WHOLE, epochs=60, batch_size=32, augment=("flip", "shift", "brightness")),
        ),
    )
}  # fmt: skip
#: Why a family may have a larger error than principal components with as many numbers.
BEHIND = {
    "sparse": "behind PCA: the penalty shrinks what it leaves on, and each of its units must serve many pictures",
    "contractive": "behind PCA: one layer either side, and a penalty that holds the code to small slopes",
}
OTHERS = {
    "mnist, binarised: variational": binarised_row,
    "transfer: digits from mnist": transfer_row,
    "keras.io: convolutional, its protocol": lambda: keras_io_row(clean=False),
    "keras.io: convolutional, clean split": lambda: keras_io_row(clean=True),
}


@lru_cache(maxsize=16)
def pca_test_error(data: str, numbers: int) -> float:
    """Return the test error of principal components that are fitted to all training pictures."""
    from aewidgets.classical.codes import PCA
    from aewidgets.training.data.splits import load_splits

    splits = load_splits(data)
    return PCA(numbers).fit(splits.train.images).error(splits.test.open().images)


def measure(name: str, row: Row) -> dict[str, Any]:
    """Train a row, or read its card."""
    import keras

    from aewidgets.models.families import build_autoencoder
    from aewidgets.models.pretrained import autoencoder_cards, load_autoencoder
    from aewidgets.training.autoencoders import test_error, train
    from aewidgets.training.data.splits import load_splits

    if row.card:
        card, model = autoencoder_cards()[row.card], load_autoencoder(row.card)
        trained = {key: card[key] for key in ("epochs", "seconds")} | {"test_mse": card["figures"]["test_mse"]}
        found = {"command": card["command"]}
    else:
        splits = load_splits(row.data)
        keras.utils.set_random_seed(row.recipe.seed)
        model = build_autoencoder(row.family, splits.image_shape, **row.options)
        digest = hashlib.sha256(json.dumps(asked(row)).encode()).hexdigest()[:8]
        folder = Path("checkpoints") / "benchmarks" / f"{row.data}-{row.family}-{digest}"
        record = train(
            model, splits, row.recipe, folder=folder,
            report=lambda e: print(f"  {name}: epoch {e['epoch']}, {e['validation']['error']:.5f}", flush=True),
        )  # fmt: skip
        trained = {"epochs": len(record.epochs), "seconds": round(record.seconds)}
        trained["test_mse"] = test_error(model, splits)
        found = extras(model, splits)
    numbers = round(model.code_size * found.get("share_active", 1))
    weights = model.encoder.count_params() + model.decoder.count_params()  # without statistics of training
    figures = {"numbers": numbers, "weights": weights, "pca_test_mse": pca_test_error(row.data, numbers)}
    return {"row": name, "asked": asked(row)} | trained | figures | found


def extras(model, splits) -> dict[str, Any]:
    """Measure further figures of some families: sparsity and bytes, the contraction, the bound."""
    from aewidgets.training.diagnosis import kl_per_unit

    images = splits.test.open().images
    if model.family == "sparse":
        codes = model.encode(images)
        quantised = np.round(codes / 0.1) * np.float32(0.1)
        error = float(np.square(model.decode(quantised) - images / 255).mean())
        found = {"coded_bytes": model.coded_bytes(codes, step=0.1) / len(images), "coded_mse": error}
        return found | {"share_active": model.share_active(images)}
    if model.family == "contractive":
        return {"contraction_off": contraction_off(model, images[:4] / np.float32(255))}
    if model.family == "variational":
        nats = kl_per_unit(*model.posterior(images))
        return {"elbo": float(model.elbo(images).mean()), "nats": float(nats.sum()), "used": int((nats >= 0.1).sum())}
    return {}


def contraction_off(model, x: np.ndarray, step: float = 0.01) -> float:
    """Return the largest relative difference of the penalty from central differences of the codes."""
    size = x[0].size
    moves = step * np.eye(size, dtype="float32").reshape(size, *x.shape[1:])
    off = []
    for picture, exact in zip(x, model.contraction(x), strict=True):
        slopes = (model.encode(picture + moves) - model.encode(picture - moves)) / (2 * step)
        off.append(abs(float(np.square(slopes, dtype="float64").sum()) / float(exact) - 1))
    return max(off)


def asked(row: Row) -> dict[str, Any]:
    """Return a row as JSON holds it, to tell whether it has changed since a line was written."""
    return json.loads(json.dumps(asdict(row)))


def known() -> dict[str, dict[str, Any]]:
    """Return finished lines by row; the last line of a row counts."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    results = {result["row"]: result for result in map(json.loads, lines)}
    return {n: r for n, r in results.items() if n in OTHERS or (n in ROWS and r["asked"] == asked(ROWS[n]))}


def table(results: dict[str, dict[str, Any]]) -> str:
    """Return Markdown tables of all finished rows."""
    text = [f"Written by `python -m benchmarks autoencoders`. {' '.join((__doc__ or '').split('also')[0].split())}", ""]
    for data, title in SETS.items():
        text += [f"## {title}", "", "| model | numbers | test error | PCA | of PCA's | epochs | s | weights | |"]
        text += ["| --- " * 9 + "|"]
        for name, row in ROWS.items():
            if row.data == data and name in results:
                text.append(_line(row, results[name]))
        text.append("")
    text += ["## Beside these", ""] + [f"- {name}: {results[name]['text']}" for name in OTHERS if name in results]
    missing = [name for name in (*ROWS, *OTHERS) if name not in results]
    return "\n".join(text + (["", "Not run yet: " + "; ".join(missing) + "."] if missing else [])) + "\n"


def _line(row: Row, r: dict[str, Any]) -> str:
    notes = [row.note] * bool(row.note)
    if "coded_bytes" in r:
        size = f"{r['coded_bytes']:.1f} bytes a picture at {r['coded_mse']:.5f}"
        if row.options["sparsity"] == "top-k":  # as many for every picture
            units, on = row.options["latent_dim"], row.options["k"]
            notes.append(f"which {on} of {units} takes {math.log2(math.comb(units, on)):.0f} bits more")
        notes.append(f"{r['share_active']:.1%} on; quantised and coded, {size}")
    if r["test_mse"] > r["pca_test_mse"] and row.family in BEHIND:
        notes.append(BEHIND[row.family])
    if "contraction_off" in r:
        notes.append(f"penalty within {r['contraction_off']:.1e} of finite differences")
    if "elbo" in r:
        notes.append(f"{r['used']} units carry 0.1 nats or more, all {r['nats']:.1f}")
        notes.append(f"ELBO of a density, {r['elbo']:.1f} nats")
    cells = [row.label, r["numbers"], f"{r['test_mse']:.5f}", f"{r['pca_test_mse']:.5f}"]
    cells += [f"{r['test_mse'] / r['pca_test_mse']:.2f}", r["epochs"], r["seconds"], f"{r['weights']:,}"]
    return "| " + " | ".join(map(str, [*cells, "; ".join(notes)])) + " |"


def main() -> None:
    """Run what is missing, and write the table after every row."""
    for name in (*ROWS, *OTHERS):
        row = ROWS.get(name)
        if name in known():
            continue
        result = measure(name, row) if row else {"row": name} | OTHERS[name]()
        with RESULTS.open("a") as file:
            file.write(json.dumps(result) + "\n")
        write_text(TABLE, table(known()))
    print(table(known()))
