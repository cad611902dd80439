"""Picture of a run for pages without scripts: its curves and its last reconstructions, drawn by Pillow."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aewidgets.training.watching import Snapshot
from aewidgets.widgets.training_monitor.record import RunRecord

__all__ = ["still", "ticks"]

_WIDTH, _HEIGHT, _TOP = 960, 250, 26  # pixels of the curves
_INK, _SOFT, _LINE, _PAPER = "#1d2126", "#56606b", "#d9dee3", "#ffffff"
_TRAINING, _VALIDATION, _REFERENCE = "#0072b2", "#b84f00", "#007a5a"
_LEGEND = (("training", _TRAINING), ("validation", _VALIDATION))
_FINE = 2  # drawn larger by this factor, for smooth lines

Curve = Sequence[tuple[float, float]]


def still(record: RunRecord) -> bytes:
    """Draw a run as PNG, 960 pixels wide.

    It shows losses, the validation error with the references or another metric, and the last reconstructions.
    """
    pictures = _pictures(record)
    canvas = Image.new("RGB", (_WIDTH, _HEIGHT + (pictures.height + 34 if pictures else 0)), _PAPER)
    wide = Image.new("RGB", (_WIDTH * _FINE, _HEIGHT * _FINE), _PAPER)
    references = record.plan.references if record.plan else {}
    error, second = _curve(record, "validation", "error"), _second(record)
    as_loss = bool(error) and second != "error"  # the error is the loss on validation data: its curve is drawn already
    losses = _curves(record, "loss")
    known = not second or any(curve for curve, _ in losses)  # a step of somebody's own may have no loss
    half = _WIDTH // 2 if second and known else _WIDTH
    if known:
        _chart(wide, 0, half, "Loss", losses, references if as_loss else {}, _LEGEND)
    if second == "error":
        title = "Mean squared error on validation pictures"
        _chart(wide, half if known else 0, half, title, [(error, _VALIDATION)], references, ())
    elif second:
        title = second[0].upper() + second[1:].replace("_", " ")
        _chart(wide, half if known else 0, half, title[:40], _curves(record, second), {}, ())
    canvas.paste(wide.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS))
    if pictures:
        text = f"Validation pictures, and their reconstructions after epoch {record.snapshots[-1].epoch}"
        ImageDraw.Draw(canvas).text((14, _HEIGHT + 4), text, _SOFT, ImageFont.load_default(13))
        canvas.paste(pictures, (14, _HEIGHT + 26))
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def ticks(low: float, high: float, *, log: bool) -> list[float]:
    """Return about five round numbers from `low` to `high`, at least two.

    These are powers of ten and their 2 and 5 where `log` and there are two of them, else multiples of steps of 1, 2
    or 5.
    """
    if log:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        inside = [t for e in powers for m in (1, 2, 5) if low <= (t := m * 10.0**e) <= high]
        if len(inside) > 1:
            return inside if len(inside) < 7 else [t for t in inside if f"{t:e}".startswith("1.0")]
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step = next(m * step for m in (1, 2, 5, 10) if (high - low) / (m * step) <= 5)
    steps = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [float(f"{i * step:.12g}") for i in steps]


def _second(record: RunRecord) -> str:
    """Name the metric that is drawn beside the loss: the error if it is another curve, else the first; "" for none."""
    names = dict.fromkeys(n for e in record.epochs for of in (e["losses"], e["validation"]) for n in of)
    error, loss = (_curve(record, "validation", name) for name in ("error", "loss"))
    pairs = zip(error, loss, strict=False)
    same = len(error) == len(loss) and all(math.isclose(a, b, rel_tol=1e-5) for (_, a), (_, b) in pairs)
    if error and not same:
        return "error"
    parts = record.plan.parts if record.plan else ()
    others = [name for name in names if name not in ("loss", "error", *parts)]
    return next((name for name in others if any(curve for curve, _ in _curves(record, name))), "")


def _curves(record: RunRecord, name: str) -> list[tuple[Curve, str]]:
    """Return the curves of a metric on training and on validation data, with their colours."""
    kinds = (("losses", _TRAINING), ("validation", _VALIDATION))
    return [(_curve(record, kind, name), colour) for kind, colour in kinds]


def _curve(record: RunRecord, kind: str, name: str) -> list[tuple[float, float]]:
    points = [(epoch["epoch"], epoch[kind].get(name)) for epoch in record.epochs]
    return [(x, y) for x, y in points if y is not None and math.isfinite(y)]


def _chart(
    image: Image.Image, left: int, width: int, title: str, curves: Sequence[tuple[Curve, str]],
    references: Mapping[str, float], legend: Sequence[tuple[str, str]],
) -> None:  # fmt: skip
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12 * _FINE)
    box = [(left + 62) * _FINE, _TOP * _FINE, (left + width - 16) * _FINE, (_HEIGHT - 34) * _FINE]
    draw.text(((left + 14) * _FINE, 4 * _FINE), title, _INK, ImageFont.load_default(13 * _FINE))
    right: float = box[2]
    for name, colour in reversed(legend):
        right -= draw.textlength(name, font) + 14 * _FINE
        draw.text((right + 6 * _FINE, 5 * _FINE), name, colour, font)
    values = [y for curve, _ in curves for _, y in curve] + list(references.values())
    if not any(curve for curve, _ in curves):
        draw.text((box[0], (box[1] + box[3]) // 2), "No epoch is over yet.", _SOFT, font)
        return
    log = min(values) > 0
    xs = [x for curve, _ in curves for x, _ in curve]
    across = _scale(min(xs), max(max(xs), min(xs) + 1), box[0], box[2], log=False)
    low, high = _around(min(values), max(values), log=log)
    up = _scale(low, high, box[3], box[1], log=log)
    for value in ticks(low, high, log=log):
        draw.line([(box[0], up(value)), (box[2], up(value))], _LINE, _FINE)
        draw.text((box[0] - 6 * _FINE, up(value)), f"{value:g}", _SOFT, font, anchor="rm")
    for epoch in ticks(min(xs), max(max(xs), min(xs) + 1), log=False):
        if float(epoch).is_integer():
            draw.text((across(epoch), box[3] + 4 * _FINE), f"{epoch:g}", _SOFT, font, anchor="ma")
    draw.text(((box[0] + box[2]) // 2, box[3] + 18 * _FINE), "epoch", _SOFT, font, anchor="ma")
    for name, value in references.items():
        for start in range(box[0], box[2], 12 * _FINE):
            draw.line([(start, up(value)), (min(start + 7 * _FINE, box[2]), up(value))], _REFERENCE, _FINE)
        draw.text((box[2], up(value) - 3 * _FINE), name, _REFERENCE, font, anchor="rd")
    for curve, colour in curves:
        points = [(across(x), up(y)) for x, y in curve]
        draw.line(points, colour, 2 * _FINE, joint="curve")
        for x, y in points[-1:]:
            draw.ellipse([x - 3 * _FINE, y - 3 * _FINE, x + 3 * _FINE, y + 3 * _FINE], colour)


def _around(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """Return a range a little wider than from `low` to `high`."""
    if log:
        room = max((high / low) ** 0.06, 1.05)
        return low / room, high * room
    room = max(0.06 * (high - low), 1e-9, 0.02 * abs(high))
    return low - room, high + room


def _scale(low: float, high: float, start: float, stop: float, *, log: bool) -> Callable[[float], float]:
    def place(value: float) -> float:
        at, first, last = (map(math.log, (value, low, high))) if log else (value, low, high)
        return start + (stop - start) * (at - first) / (last - first)

    return place


def _pictures(record: RunRecord) -> Image.Image | None:
    """Draw originals above and reconstructions below, as large as fits; None where there are none."""
    if record.plan is None or not record.snapshots or not len(record.plan.originals):
        return None
    rows = list(_rows(record.plan.originals, record.snapshots[-1]))
    joined = Image.fromarray(np.concatenate(rows))
    scale = min((_WIDTH - 28) / joined.width, 5)
    kind = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    return joined.resize((round(joined.width * scale), round(joined.height * scale)), kind)


def _rows(originals: np.ndarray, last: Snapshot) -> Iterator[np.ndarray]:
    for pictures in (originals, last.reconstructions):
        count, height, width = pictures.shape[:3]
        spaced = np.full((count, height + 1, width + 1, 3), 255, np.uint8)
        spaced[:, :height, :width] = pictures if pictures.ndim == 4 else pictures[..., None]
        yield spaced.transpose(1, 0, 2, 3).reshape(height + 1, count * (width + 1), 3)
