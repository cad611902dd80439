"""Command `aewidgets shrink`: smaller weights of a trained model, each way measured beside the original."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import progress_bar
from aewidgets.commands.places import check_folder
from aewidgets.commands.training import check_output, command_line, in_words

__all__ = ["shrink_command"]

_SIDE = 128  # of the middles of pictures that a denoiser is judged on, pixels
_CALIBRATION = 128  # inputs on which other runtimes find the ranges of activations
_HEADINGS = ("weights", "bytes", "zeros", "change dB", "worst dB", "ms a batch", "original", "faster in")


@click.command("shrink")
@click.argument("card", metavar="CARD")
@click.option(
    "--to", "words", default="float16,int8,int4", show_default=True, metavar="WORDS",
    help="What to make of the weights, separated by commas: float32, float16, int8, int4, prune-1 to prune-99 (percent "
    "of weights that become zero), or one of each joined by +, as prune-50+int8.",
)  # fmt: skip
@click.option(
    "--data", required=True, metavar="NAME",
    help="Pictures to judge by: for an autoencoder the test part of a data set that `aewidgets data` lists, or of a "
    "folder; for a denoiser an image set or a folder.",
)  # fmt: skip
@click.option(
    "--tune", "epochs", type=click.IntRange(1), metavar="EPOCHS",
    help="Train an autoencoder on for each of int8, int4 and pruning, through rounded or pruned weights.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="Use at most this many pictures of each part.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of tuning, and of a denoiser's noise.")
@click.option("--name", help="Beginning of the names of the new weights. Default: that of CARD.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(),
    help="Folder for NAME-WORD.npz and NAME-WORD.json. Default: the current folder.",
)  # fmt: skip
def shrink_command(
    card: str, words: str, data: str, epochs: int | None, limit: int | None, seed: int, name: str | None, out: Path
) -> None:
    """Round or prune the weights of CARD, a shipped model's name or the path of a card (.json), and measure the loss.

    For each of --to a card is written, which loads as others do, and a row is printed: bytes of the file, share of
    zeros, change of PSNR on test pictures and that of the worst picture, milliseconds a batch in Keras beside the
    original's, and in which runtime it is faster. Files of LiteRT and ONNX Runtime have rows of their own where the
    extra `edge` is installed. Whoever chooses by these rows has to report on other pictures.
    """
    from aewidgets.models.shrinking.words import plan_of

    stem = name or (Path(card).stem if card.endswith(".json") else card)
    asked = words.split(",")
    for word in asked:
        try:
            plan_of(word)
        except ValueError as error:
            raise click.UsageError(f"--{error}") from error
        check_output(out, f"{stem}-{word}")
    if len(set(asked)) < len(asked):
        raise click.UsageError(f"--to: expected each word once, got {words}")
    check_folder(out, "--out")
    with in_words(out):
        _shrink(card, stem, asked, data, epochs, limit, seed, out)


def _shrink(
    card: str, stem: str, words: list[str], data: str, epochs: int | None, limit: int | None, seed: int, out: Path
) -> None:
    """Shrink a model in each way, print the rows, and write the cards."""
    from aewidgets.models.pretrained import any_card, load_any, save_shrunk
    from aewidgets.studies.shrinking import compare_shrunk, shrinking_inputs
    from aewidgets.system.cards import chain_of
    from aewidgets.training.shrinking.tuning import tune

    before, model = any_card(card), load_any(card)
    images, training, calibration = _pictures(model, data, limit)
    inputs, originals = shrinking_inputs(model, images, seed)
    seconds: dict[str, float] = {}

    def tuned(word: str) -> Any:
        begun = time.perf_counter()
        made = tune(model, word, training, epochs or 1, loss=before.get("recipe", {}).get("loss", "mse"), seed=seed)
        seconds[word] = time.perf_counter() - begun
        return made

    if epochs and training is None:
        raise ValueError("--tune: expected an autoencoder, got a denoiser; `aewidgets train denoiser` trains those")
    with progress_bar() as progress:
        points = compare_shrunk(
            model, words, inputs, originals, batch_size=32 if training is not None else 4, calibration=calibration,
            tuned=tuned if epochs else None, report=lambda done, total, what: progress(done, total, what),
        )  # fmt: skip
    click.echo(f"{model.describe()}; {len(originals)} test pictures of {data}, PSNR {points[0].original_db:.2f} dB")
    rows = [_HEADINGS, *(row for point in points for row in _rows(point))]
    for row in rows:
        widths = [max(len(each[column]) for each in rows) for column in range(len(_HEADINGS))]
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for note in dict.fromkeys(note for point in points for note in point.notes):
        click.echo(f"note: {note}", err=True)
    if left := points[0].left:
        click.echo(f"left as they were: {', '.join(left)}")
    out.mkdir(parents=True, exist_ok=True)
    story = {
        "data": before.get("data", []), "start": card, "start_sha256": before["sha256"], "seed": seed,
        "date": date.today().isoformat(), "command": command_line("aewidgets", "shrink", card), "judged_on": data,
    }  # fmt: skip
    for point in points:
        figures = {"psnr_db": point.psnr_db, "change_db": point.change_db, "worst_db": point.worst_db}
        more = {"chain": chain_of(before), "seconds": round(seconds.get(point.to, 0)), "zeros": point.zeros}
        path = out / f"{stem}-{point.to}.npz"
        save_shrunk(point.shrunk, path, story | more | {"figures": figures})
        click.echo(f"{path}: {point.bytes:,} bytes")


def _pictures(model: Any, data: str, limit: int | None) -> tuple[Any, Any, Any]:
    """Return test pictures, training pictures (None for a denoiser), and inputs for the ranges of activations."""
    import numpy as np

    from aewidgets.models.autoencoder import Autoencoder
    from aewidgets.models.edge.exporting import sample_inputs

    if isinstance(model, Autoencoder):
        from aewidgets.training.data.splits import load_splits

        height, width = model.image_shape[:2]
        splits = load_splits(data, size=(height, width) if height and width else None, limit=limit)
        if splits.image_shape[2] != model.image_shape[2]:
            raise ValueError(f"--data {data}: expected pictures of {model.image_shape}, got {splits.image_shape}")
        return splits.test.open().images, splits.train.images, splits.train.floats(slice(_CALIBRATION))
    from aewidgets.images.sets import load_images
    from aewidgets.studies.restoration.levels import middle_crops

    crops = middle_crops(load_images(data, limit=limit), _SIDE, _SIDE)
    images = np.stack([crop if crop.ndim == 3 else np.stack([crop] * 3, axis=-1) for crop in crops])
    images = images if model.channels == 3 else np.rint(images.mean(axis=-1, keepdims=True)).astype("uint8")
    return images, None, sample_inputs(model, pictures=_CALIBRATION // 4)


def _rows(point: Any) -> list[tuple[str, ...]]:
    """Return the cells of a point, and of its files in other runtimes."""

    def measured(each: Any) -> tuple[str, ...]:
        ms = (f"{1000 * each.seconds:.1f}", f"{1000 * each.original_seconds:.1f}")
        return (f"{each.change_db:+.3f}", f"{each.worst_db:+.3f}", *ms)

    first = (point.to, f"{point.bytes:,}", f"{point.zeros:.1%}", *measured(point), point.gain)
    return [first, *((f"  {r.name}", f"{r.bytes:,}", "", *measured(r), "") for r in point.runtimes)]
