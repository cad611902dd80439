"""Messages to the monitor's browser half: figures as rows, pictures as PNG, units as bytes. No arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from aewidgets.images.displays import thumbnail
from aewidgets.images.reading import png_bytes
from aewidgets.training.watching import Ended, Plan, Snapshot, Units
from aewidgets.widgets.base.room import html_bytes
from aewidgets.widgets.training_monitor.record import RunRecord

__all__ = [
    "MARKS",
    "NO_PICTURES",
    "buffers",
    "columns",
    "ended",
    "finite",
    "grown",
    "has_picture",
    "offline",
    "other",
    "picture",
    "plan",
    "row",
    "strip",
    "title",
    "words",
]

NO_PICTURES = np.zeros((0, 1, 1, 1), "uint8")
MARKS = ("", "collapsed", "dead", "always on")
REASONS = {"finished": "finished", "early": "stopped early", "stopped": "stopped by hand", "failed": "failed"}
_LARGEST = 96  # pixels of the longer side of a picture that is sent
_ROWS = 2000  # rows of an offline page, and no more than fit into a quarter of it
_COMPARED = 400  # rows of a run that another one is compared with
_AROUND = 40_000  # bytes of an offline page beside rows and pictures


def columns(of: Plan, epochs: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Name the numbers of a row: those that the plan names, then the metrics of the epochs as they first appear."""
    parts = ("loss", *of.parts) if of.parts else ()
    known = dict.fromkeys(["epoch", "best", "learning rate", "seconds", "watching", "steps", "validation error"])
    known |= dict.fromkeys(f"{kind} {name}" for kind in ("training", "validation") for name in parts)
    names = list(known)
    for epoch in epochs:
        names = grown(names, epoch)
    return names


def grown(names: Iterable[str], epoch: Mapping[str, Any]) -> list[str]:
    """Return the names of columns, and behind them those that an epoch has beside."""
    return list(dict.fromkeys([*names, *_metrics(epoch)]))


def _metrics(epoch: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics of an epoch by the names of columns."""
    training = {f"training {name}": value for name, value in epoch["losses"].items()}
    return training | {f"validation {name}": value for name, value in epoch["validation"].items()}


def row(names: Iterable[str], epoch: Mapping[str, Any]) -> list[float | int | None]:
    """Return the numbers of an epoch in the order of `names`; None for one that is not known, or not finite."""
    known = _metrics(epoch) | {
        "learning rate": epoch["learning_rate"], "seconds": epoch["seconds"], "watching": epoch["watching"],
    }  # fmt: skip
    whole = {"epoch": epoch["epoch"], "best": int(epoch["best"]), "steps": epoch["steps"]}
    return [whole[name] if name in whole else finite(known.get(name)) for name in names]


def finite(value: float | None) -> float | None:
    """Round a number to six digits; None for infinity and NaN, which JSON cannot hold."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.6g}")


def plan(of: Plan, run: int, name: str, names: Iterable[str]) -> dict[str, Any]:
    """Return what is trained.

    Args:
        of: the plan.
        run: number that distinguishes the runs of one monitor.
        name: what the run is called.
        names: names of the columns of its rows.
    """
    count, height, width = small(of.originals).shape[:3]
    return {
        "run": run,
        "name": name,
        "model": of.model,
        "data": of.data,
        "epochs": of.epochs,
        "done": of.done,
        "steps": of.steps,
        "loss": of.loss,
        "parts": list(of.parts),
        "references": [[name, float(value)] for name, value in of.references.items()],
        "columns": list(names),
        "pictures": {"count": count, "height": height, "width": width},
    }


def other(record: RunRecord, run: int, name: str) -> dict[str, Any]:
    """Return a run that another one is compared with: its figures, of at most `_COMPARED` epochs, without pictures."""
    assert record.plan is not None  # only runs that began are kept
    names = columns(record.plan, record.epochs)
    rows = {epoch["epoch"]: row(names, epoch) for epoch in record.epochs}
    best = [epoch["epoch"] for epoch in record.epochs if epoch["best"]][-1:]
    shown = sorted({*_spread(list(rows), _COMPARED), *best})
    of = record.plan
    return {
        "run": run, "name": name, "epochs": of.epochs, "steps": of.steps, "done": of.done, "columns": names,
        "loss": of.loss, "count": len(rows), "reason": record.ended.reason if record.ended else "",
        "rows": [rows[epoch] for epoch in shown],
    }  # fmt: skip


def ended(of: Ended) -> dict[str, Any]:
    """Return how a run ended."""
    return {"reason": of.reason, "best": of.best, "text": of.text}


def small(pictures: np.ndarray) -> np.ndarray:
    """Return pictures, uint8 (k, h, w, c), reduced to at most 96 pixels a side."""
    if pictures.ndim == 3:
        pictures = pictures[..., None]
    if max(pictures.shape[1:3]) <= _LARGEST:
        return pictures
    made = np.stack([thumbnail(p[..., 0] if p.shape[-1] == 1 else p, _LARGEST) for p in pictures])
    return made if made.ndim == 4 else made[..., None]


def strip(pictures: np.ndarray) -> bytes:
    """Encode pictures, uint8 (k, h, w, c), side by side as PNG; pixels are exact up to 96 pixels a side."""
    count, height, width, channels = (made := small(pictures)).shape
    if not count:
        return b""
    joined = made.transpose(1, 0, 2, 3).reshape(height, count * width, channels)
    return png_bytes(joined[..., 0] if channels == 1 else joined)


def has_picture(of: Snapshot) -> bool:
    """Return whether there is anything of an epoch to look at beside its figures."""
    return bool(len(of.reconstructions) or of.units)


def picture(of: Snapshot) -> dict[str, Any]:
    """Return an epoch to look at: its strip, and units as little-endian float32 values and indexes into `MARKS`."""
    units = of.units or Units("", (), ())
    return {
        "epoch": of.epoch,
        "measure": units.measure,
        "strip": strip(of.reconstructions),
        "values": np.asarray(units.values, "<f4").tobytes(),
        "marks": bytes(MARKS.index(mark) if mark in MARKS else 0 for mark in units.marks),
    }


def buffers(pictures: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return pictures for a message: epoch and measure of each, and three buffers for each."""
    contents, sent = [], []
    for one in pictures:
        contents.append({"epoch": one["epoch"], "measure": one["measure"]})
        sent += [one["strip"], one["values"], one["marks"]]
    return contents, sent


def offline(
    record: RunRecord, traits: Mapping[str, Any], others: Sequence[Mapping[str, Any]], max_bytes: int
) -> dict[str, Any]:
    """Return all that a page without a kernel needs, in at most `max_bytes` bytes of HTML.

    Fewer epochs to look at fit into less.

    Args:
        record: the run.
        traits: those of the widget, of which some are replaced here.
        others: the runs that it is compared with, as `other` returns them.
        max_bytes: size in HTML.

    Raises:
        ValueError: where not even the last epoch fits.
    """
    if record.plan is None:
        return {"traits": {**traits, "frozen": "Nothing was trained yet."}, "rows": [], "pictures": []}
    first = strip(record.plan.originals)
    best = [s.epoch for s in record.snapshots if s.best][-1:]
    names = columns(record.plan, record.epochs)
    rows = {epoch["epoch"]: row(names, epoch) for epoch in record.epochs}
    spread = _spread(list(rows), min(_ROWS, max_bytes // 500))
    left = max_bytes - _AROUND - len(str(rows)) * len(spread) / max(1, len(rows)) - html_bytes(list(others))
    left = left * 3 / 4 - len(first)
    pictures = {s.epoch: picture(s) for s in record.snapshots if has_picture(s)}
    shown, count = list(pictures), len(pictures)
    while sum(sum(map(len, buffers([pictures[e]])[1])) + 80 for e in shown) > left:
        if count <= 1:
            raise ValueError(f"expected room for pictures of the last epoch and the best, got {max_bytes:,} bytes")
        count = math.ceil(count / 1.25) if count > 4 else count - 1
        shown = sorted({*_spread(list(pictures), count), *best})
    text = "No kernel: this is the record of the run"
    text += f"; {len(shown)} of {len(rows)} epochs have their pictures." if len(record.plan.originals) else "."
    return {
        "traits": {**traits, "originals": first, "frozen": text},
        "rows": [rows[epoch] for epoch in sorted({*spread, *shown})],
        "pictures": [pictures[epoch] for epoch in shown],
    }


def _spread(items: list[int], count: int) -> list[int]:
    """Choose `count` items at even distances, the last among them."""
    if len(items) <= count:
        return items
    step = (len(items) - 1) / max(1, count - 1)
    return [items[len(items) - 1 - round(i * step)] for i in reversed(range(count))]


def title(record: RunRecord) -> str:
    """Name what is shown: the model, and the data where they have a name."""
    of = record.plan
    if of is None:
        return "No training yet"
    return f"Training of {of.model}" + (f" on {of.data}" if of.data else "")


def words(record: RunRecord) -> str:
    """Describe the run in two sentences."""
    of = record.plan
    if of is None:
        return "No training was watched yet."
    done = len(record.epochs) + of.done
    about = f"{of.model}{f', on {of.data}' if of.data else ''}: "
    about += f"{done} of {of.epochs} epochs" if of.epochs else f"{done} epochs"
    about += f", {REASONS.get(record.ended.reason, record.ended.reason)}" if record.ended else ""
    if not record.epochs:
        return f"{about}."
    last = record.epochs[-1]
    known: dict[str, tuple[float | None, float | None]] = {name: (v, None) for name, v in last["losses"].items()}
    for name, value in last["validation"].items():
        known[name] = (known.get(name, (None, None))[0], value)
    figures = []
    for name, (training, validation) in known.items():
        if name == "error":
            lines = "".join(f"; {line}: {_figure(value)}" for line, value in of.references.items())
            figures.append(f"mean squared error of validation pictures {_figure(validation)}{lines}")
        elif name == "loss" or name not in of.parts:
            also = "" if validation is None else f", on validation data {_figure(validation)}"
            figures.append(f"{name} {_figure(training)}{also}")
    return f"{about}. {'; '.join(figures)}." if figures else f"{about}."


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
