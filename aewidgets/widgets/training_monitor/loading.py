"""Runs that were not watched, read from what Keras and others keep of them: no pictures, only their figures."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.training.watching import Ended, Plan, Snapshot
from aewidgets.widgets.training_monitor.record import RunRecord, record_of

__all__ = ["run_of"]

_RATES = ("learning_rate", "lr")
_NONE = np.zeros((0, 1, 1, 1), "uint8")
_EXPECTED = (
    "a History of Keras, its dictionary of lists, a DataFrame with a column for each metric, the path of a file that "
    "CSVLogger wrote, or the record of a run"
)


def run_of(name: str, source: Any) -> RunRecord:
    """Return the record of a run.

    Args:
        name: what the run is called.
        source: a `keras.callbacks.History`; its `history`, lists of equal length by metric; a pandas DataFrame with a
            column for each metric; the path of a file of `keras.callbacks.CSVLogger`; a `RunRecord`; or what
            `aewidgets.train` returns.

    Raises:
        ValueError: for anything else, lists of different lengths, and no numbers.
        OSError: for a file that cannot be read.
    """
    if isinstance(source, RunRecord):
        if source.plan is None:
            raise ValueError(f"{name}: expected a run, got a record of none")
        return source
    if isinstance(source, str | os.PathLike):
        return _of_rows(name, _rows_of_csv(Path(source)))
    if hasattr(source, "recipe") and hasattr(source, "epochs"):  # what `train` returns
        return _of_rows(name, map(_of_ours, source.epochs), data=source.data, loss=source.recipe.loss)
    history = getattr(source, "history", source)
    if hasattr(history, "to_dict") and hasattr(history, "columns"):
        history = history.to_dict("list")
    if not isinstance(history, Mapping) or not history:
        raise ValueError(f"{name}: expected {_EXPECTED}, got {_got(source)}")
    epochs = getattr(source, "epoch", None) if history is not source else None
    return _of_rows(name, _rows_of_lists(name, history, epochs))


def _got(source: Any) -> str:
    return f"{type(source).__name__} without any metric" if isinstance(source, Mapping) else repr(source)[:80]


def _of_ours(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of `Record.epochs` in the names of a History."""
    plain = {n: v for n, v in entry.items() if n not in ("validation", "steps")}
    return plain | {f"val_{name}": value for name, value in entry["validation"].items()}


def _rows_of_lists(name: str, history: Mapping[str, Any], epochs: Any) -> list[dict[str, Any]]:
    """Return a dictionary for each epoch.

    Validation may be rarer than epochs (`validation_freq`); a History does not keep which epochs had any, so that its
    values are taken to stand at even distances, the last one at the last epoch or before.
    """
    lists = {str(key): list(values) for key, values in history.items() if _is_list(values)}
    if not lists:
        raise ValueError(f"{name}: expected lists of numbers by metric, got {_got(history)}")
    count = max(map(len, lists.values()))
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, values in lists.items():
        every = count // len(values) if values else 0
        rare = key.startswith("val_") and every > 1
        if len(values) != count and not rare:
            raise ValueError(f"{name}: expected {count} values of every metric, got {len(values)} of {key!r}")
        for i, value in enumerate(values):
            rows[(i + 1) * every - 1 if rare else i][key] = value
    if "epoch" not in lists:
        first = int(epochs[0]) if epochs else 0
        for i, row in enumerate(rows):
            row["epoch"] = first + i + 1
    elif lists["epoch"] and float(lists["epoch"][0]) == 0:  # a DataFrame of what CSVLogger wrote
        for row in rows:
            row["epoch"] = float(row["epoch"]) + 1
    return rows


def _is_list(values: Any) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, str | bytes | Mapping)


def _rows_of_csv(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file that CSVLogger wrote, whatever its separator.

    Raises:
        ValueError: for a file without a column "epoch", or without a row; the message names it.
    """
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        head = file.readline()
        separator = max(",;\t|", key=head.count)
        names = next(csv.reader([head], delimiter=separator), [])
        names = [name.strip() for name in names]
        if "epoch" not in names or len(names) < 2:
            raise ValueError(
                f"{path}: expected a file of keras.callbacks.CSVLogger, whose first line names epoch and the metrics, "
                f"got {head.strip()[:80]!r}"
            )
        rows: list[dict[str, Any]] = []
        for number, cells in enumerate(csv.reader(file, delimiter=separator), 2):
            if not cells or cells[: len(names)] == names:  # the first line again, where a run was appended
                continue
            if len(cells) != len(names):
                raise ValueError(f"{path}: line {number}: expected {len(names)} values, got {len(cells)}")
            rows.append(dict(zip(names, cells, strict=True)))
    if not rows:
        raise ValueError(f"{path}: expected a line for each epoch, got none: no epoch was over")
    last = 0
    for row in rows:
        epoch = _number(row["epoch"])
        epoch = int(epoch) + 1 if math.isfinite(epoch) else last + 1
        row["epoch"] = last = epoch if epoch > last else last + 1  # appended runs count from 0 again
    return rows


def _number(value: Any) -> float:
    """Return a number; NaN for what is none, such as "NA"."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _of_rows(name: str, rows: Iterable[Mapping[str, Any]], data: str = "", loss: str = "") -> RunRecord:
    """Return the record of a run from a dictionary for each epoch."""
    snapshots: list[Snapshot] = []
    best, lowest = 0, math.inf
    rows = list(rows)
    kept = ("epoch", "seconds", *_RATES)
    validated = any("val_loss" in row for row in rows)
    for row in rows:
        numbers = {key: _number(value) for key, value in row.items()}
        metrics = {n: v for n, v in numbers.items() if n not in kept and (math.isfinite(v) or n.endswith("loss"))}
        validation = {n.removeprefix("val_"): v for n, v in metrics.items() if n.startswith("val_")}
        training = {n: v for n, v in metrics.items() if not n.startswith("val_")}
        epoch = int(numbers["epoch"])
        error = (validation if validated else training).get("loss", math.nan)
        better = error < lowest
        if better:
            best, lowest = epoch, error
        rate = next((numbers[n] for n in _RATES if n in numbers), math.nan)
        seconds = numbers.get("seconds", math.nan)
        snapshots.append(Snapshot(epoch, training, validation, rate, seconds, 0.0, _NONE, None, better))
    if not any(math.isfinite(v) for s in snapshots for of in (s.losses, s.validation) for v in of.values()):
        raise ValueError(f"{name}: expected numbers, got none that is finite")
    first, last = snapshots[0].epoch, snapshots[-1].epoch
    said = f"Read, {len(snapshots)} epochs" + (f"; epoch {best} was the best." if best else ".")
    plan = Plan(name, data, last, 0, loss, (), {}, _NONE, first - 1)
    return record_of(plan, snapshots, Ended("finished", best, said))
