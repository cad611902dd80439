"""Messages to the monitor's browser half: figures as rows, pictures as PNG, units as bytes. No arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from aewidgets.images.displays import thumbnail
from aewidgets.images.reading import png_bytes
from aewidgets.training.watching import Ended, Plan, Snapshot, Units
from aewidgets.widgets.training_monitor.record import RunRecord

__all__ = ["MARKS", "buffers", "columns", "ended", "finite", "offline", "picture", "plan", "row", "strip", "words"]

MARKS = ("", "collapsed", "dead", "always on")
REASONS = {"finished": "finished", "early": "stopped early", "stopped": "stopped by hand", "failed": "failed"}
_LARGEST = 96  # pixels of the longer side of a picture that is sent
_ROWS = 2000  # rows of an offline page, and no more than fit into a quarter of it
_AROUND = 40_000  # bytes of an offline page beside rows and pictures


def columns(of: Plan) -> list[str]:
    """Name the numbers of a row."""
    losses = [f"{kind} {name}" for kind in ("training", "validation") for name in ("loss", *of.parts)]
    return ["epoch", "best", "learning rate", "seconds", "watching", "validation error", *losses]


def row(of: Plan, epoch: Mapping[str, Any]) -> list[float | int | None]:
    """Return the numbers of an epoch in the order of `columns`; None for one that is not known, or not finite."""
    figures = [epoch["learning_rate"], epoch["seconds"], epoch["watching"], epoch["validation"].get("error")]
    figures += [epoch[kind].get(name) for kind in ("losses", "validation") for name in ("loss", *of.parts)]
    return [epoch["epoch"], int(epoch["best"]), *map(finite, figures)]


def finite(value: float | None) -> float | None:
    """Round a number to six digits; None for infinity and NaN, which JSON cannot hold."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.6g}")


def plan(of: Plan, run: int) -> dict[str, Any]:
    """Return what is trained; `run` distinguishes the runs of one monitor."""
    count, height, width = small(of.originals).shape[:3]
    return {
        "run": run,
        "model": of.model,
        "data": of.data,
        "epochs": of.epochs,
        "done": of.done,
        "steps": of.steps,
        "loss": of.loss,
        "parts": list(of.parts),
        "references": [[name, float(value)] for name, value in of.references.items()],
        "columns": columns(of),
        "pictures": {"count": count, "height": height, "width": width},
    }


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
    joined = made.transpose(1, 0, 2, 3).reshape(height, count * width, channels)
    return png_bytes(joined[..., 0] if channels == 1 else joined)


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


def offline(record: RunRecord, asked: Mapping[str, Any], now: Mapping[str, Any], max_bytes: int) -> dict[str, Any]:
    """Return all that a page without a kernel needs, in at most `max_bytes` bytes of HTML.

    Fewer epochs to look at fit into less.

    Raises:
        ValueError: where not even the last epoch fits.
    """
    if record.plan is None:
        return {"traits": {**asked, "frozen": "Nothing was trained yet."}, "rows": [], "pictures": []}
    first = strip(record.plan.originals)
    best = [s.epoch for s in record.snapshots if s.best][-1:]
    rows = {epoch["epoch"]: row(record.plan, epoch) for epoch in record.epochs}
    spread = _spread(list(rows), min(_ROWS, max_bytes // 500))
    left = (max_bytes - _AROUND - len(str(rows)) * len(spread) / max(1, len(rows))) * 3 / 4 - len(first)
    pictures = {s.epoch: picture(s) for s in record.snapshots}
    shown, count = list(pictures), len(pictures)
    while sum(sum(map(len, buffers([pictures[e]])[1])) + 80 for e in shown) > left:
        if count <= 1:
            raise ValueError(f"expected room for pictures of the last epoch and the best, got {max_bytes:,} bytes")
        count = math.ceil(count / 1.25) if count > 4 else count - 1
        shown = sorted({*_spread(list(pictures), count), *best})
    text = f"No kernel: this is the record of the run; {len(shown)} of {len(rows)} epochs have their pictures."
    return {
        "traits": {
            **asked,
            "plan": plan(record.plan, 1),
            "originals": first,
            "now": dict(now),
            "ended": ended(record.ended) if record.ended else {},
            "frozen": text,
        },
        "rows": [rows[epoch] for epoch in sorted({*spread, *shown})],
        "pictures": [pictures[epoch] for epoch in shown],
    }


def _spread(items: list[int], count: int) -> list[int]:
    """Choose `count` items at even distances, the last among them."""
    if len(items) <= count:
        return items
    step = (len(items) - 1) / max(1, count - 1)
    return [items[len(items) - 1 - round(i * step)] for i in reversed(range(count))]


def words(record: RunRecord) -> str:
    """Describe the run in two sentences."""
    of = record.plan
    if of is None:
        return "No training was watched yet."
    about = f"{of.model}, on {of.data}: {len(record.epochs) + of.done} of {of.epochs} epochs"
    about += f", {REASONS.get(record.ended.reason, record.ended.reason)}" if record.ended else ""
    if not record.epochs:
        return f"{about}."
    last = record.epochs[-1]
    said = [f"{about}. Loss {_figure(last['losses'].get('loss'))}"]
    said.append(f"on validation pictures {_figure(last['validation'].get('loss'))}")
    error = last["validation"].get("error")
    if error is not None:
        lines = "".join(f"; {name}: {_figure(value)}" for name, value in of.references.items())
        said.append(f"mean squared error there {_figure(error)}{lines}")
    return f"{', '.join(said)}."


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
