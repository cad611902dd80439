"""Labels and columns of a table: classes, scales, dates and texts, to colour and to find points by. NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.given import as_array, is_table

__all__ = ["MISSING", "MOST_CLASSES", "Classes", "Column", "classes_of", "columns_of", "found", "table_of"]

MISSING = "missing"  # name of the class of what has no label
MOST_CLASSES = 5000  # different labels, at most
_COLOURS = 1000  # different texts of a column, above which it holds texts and no classes
_FEW = 20  # different texts, up to which a column holds classes however few its rows are


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of points.

    Attributes:
        names: of the different labels, in order; `MISSING` comes last.
        indexes: int64 (n,), class of each point.
    """

    names: tuple[str, ...]
    indexes: np.ndarray


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table.

    Attributes:
        name: name of the column.
        kind: "scale", "date", "class" or "text".
        values: float64 (n,) of a scale, or of dates in milliseconds since 1970; NaN where there is none.
        classes: classes of a column of classes.
        texts: text of each row of a column of texts; empty where there is none.
    """

    name: str
    kind: str
    values: np.ndarray | None = None
    classes: Classes | None = None
    texts: tuple[str, ...] = ()

    def text(self, row: int) -> str:
        """Return the value of a row in words; empty where there is none."""
        if self.classes is not None:
            name = self.classes.names[self.classes.indexes[row]]
            return "" if name == MISSING else name
        if self.values is None:
            return self.texts[row]
        value = self.values[row]
        if not np.isfinite(value):
            return ""
        return str(np.datetime64(int(value), "ms"))[:10] if self.kind == "date" else f"{value:.6g}"


def classes_of(labels: Any, count: int, names: Sequence[str] | Mapping[Any, str] | None = None) -> Classes:
    """Sort labels into classes.

    Args:
        labels: one hashable value for each point: texts, whole numbers, anything; None, NaN and pandas' NA are missing.
        count: number of points.
        names: names by label, or, of whole numbers from 0 on, in their order.

    Raises:
        ValueError: for another number of labels or names, and for more than `MOST_CLASSES` different ones.
        TypeError: for labels that are not hashable.
    """
    values = _row(labels, count)
    categories = getattr(getattr(labels, "dtype", labels), "categories", None)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iub" and categories is None:
        found, indexes = np.unique(values, return_inverse=True)
        different = found.tolist()
    else:
        different, indexes = _different(list(values), None if categories is None else list(categories))
    if len(different) > MOST_CLASSES:
        raise ValueError(
            f"labels: expected at most {MOST_CLASSES:,} different ones, got {len(different):,}; names of single points "
            "are a column of frame=, and numbers are for colour="
        )
    return Classes(tuple(_name(value, names) for value in different), indexes.astype("int64"))


def _row(labels: Any, count: int) -> Any:
    """Return labels as an array or a list, one for each point."""
    if hasattr(labels, "detach") or isinstance(labels, np.ndarray):
        labels = as_array(labels)
    elif not isinstance(labels, list | tuple):
        if isinstance(labels, str | bytes) or not isinstance(labels, Iterable):
            raise ValueError(f"labels: expected {count} labels, one for each point, got {type(labels).__name__}")
        kind = getattr(labels, "dtype", None)
        labels = np.asarray(labels) if getattr(kind, "kind", "O") in "iub" else list(labels)
        labels = list(labels) if isinstance(labels, np.ndarray) and labels.dtype.kind == "O" else labels
    elif all(type(one) is int or isinstance(one, np.integer) for one in labels):
        labels = np.asarray(labels)
    if isinstance(labels, np.ndarray) and labels.shape == (count, 1):
        labels = labels[:, 0]
    shape = labels.shape if isinstance(labels, np.ndarray) else (len(labels),)
    if shape != (count,):
        hint = "; of one-hot rows they are labels.argmax(1)" if len(shape) == 2 and shape[0] == count else ""
        raise ValueError(f"labels: expected {count} labels, one for each point, got {shape}{hint}")
    return labels if isinstance(labels, list | tuple) or labels.dtype.kind in "iub" else labels.tolist()


def _is_missing(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, NaT, or pandas' NA, which compares to nothing."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _different(values: list[Any], order: list[Any] | None) -> tuple[list[Any], np.ndarray]:
    """Return the different values, those that are missing as one None at the end, and the index of each value's."""
    values = [None if _is_missing(value) else value for value in values]
    try:
        there = set(values)
    except TypeError as error:
        kind = next(type(value).__name__ for value in values if getattr(value, "__hash__", None) is None)
        raise TypeError(f"labels: expected texts, whole numbers or other hashable values, got {kind}") from error
    missing = None in there
    if order is not None:
        different = [value for value in order if value in there]
    else:
        different = _sorted(there - {None})
    different = [*different, None] if missing else different
    place = {value: k for k, value in enumerate(different)}
    return different, np.fromiter((place[value] for value in values), "int64", len(values))


def _sorted(values: set[Any]) -> list[Any]:
    """Return values in their own order, or, of kinds that have none in common, by kind and text."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, str(value)))


def _name(value: Any, names: Sequence[str] | Mapping[Any, str] | None) -> str:
    """Return the name of a label."""
    if value is None:
        return MISSING
    if isinstance(names, Mapping):
        return str(names.get(value, value))
    if names is not None:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            words = "names: expected whole numbers as labels, or names by label, as in {'a': 'apple'}"
            raise ValueError(f"{words}; got the label {value!r}")
        if not 0 <= value < len(names):
            raise ValueError(f"names: expected one for each label up to {value}, got {len(names)}")
        return str(names[int(value)])
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text.strip() else "(empty)"


def table_of(frame: Any, count: int) -> Any:
    """Return a table of a row for each point.

    Args:
        frame: a pandas DataFrame, another library's that has `to_pandas`, or columns by name.
        count: number of points.

    Raises:
        ValueError: for anything else, and for another number of rows.
    """
    if hasattr(frame, "to_pandas") and not is_table(frame):
        frame = frame.to_pandas()
    elif isinstance(frame, Mapping):
        from importlib import import_module

        frame = import_module("pandas").DataFrame(frame)
    if hasattr(frame, "__len__") and len(frame) != count:
        raise ValueError(f"frame: expected {count} rows, one for each point, got {len(frame)}")
    if not is_table(frame):
        raise ValueError(f"frame: expected a pandas DataFrame, or columns by name, got {type(frame).__name__}")
    return frame


def columns_of(frame: Any, taken: Sequence[str] = ()) -> tuple[Column, ...]:
    """Read the columns of a table: numbers as scales, dates, texts and categories as classes, many texts as texts.

    Args:
        frame: a table as `table_of` returns it.
        taken: names that mean something else; a column of such a name, or of another's, gets " (column)" behind it.
    """
    made: list[Column] = []
    for k, name in enumerate(map(str, frame.columns)):
        known = {*taken, *(column.name for column in made)}
        while name in known:
            name += " (column)"
        made.append(_column(name, frame.iloc[:, k]))
    return tuple(made)


def _column(name: str, given: Any) -> Column:
    """Read a column, whatever it holds."""
    kind = given.dtype.kind
    if hasattr(given.dtype, "categories"):
        kind = "O"
    if kind in "iuf":
        return Column(name, "scale", _finite(given.to_numpy("float64", na_value=np.nan)))
    if kind in "Mm":
        unit, step = ("datetime64[ns]", "datetime64[ms]") if kind == "M" else ("timedelta64[ns]", "timedelta64[ms]")
        whole = given.to_numpy(unit)
        values = np.where(np.isnat(whole), np.nan, whole.astype(step).astype("float64"))
        return Column(name, "date", values) if kind == "M" else Column(name, "scale", values / 1000)
    cells = [None if _is_missing(value) else value for value in given.tolist()]
    texts = [value if value is None or getattr(value, "__hash__", None) else str(value) for value in cells]
    many = len({str(text) for text in texts})
    if many > min(_COLOURS, max(_FEW, len(texts) // 2)):
        return Column(name, "text", texts=tuple("" if text is None else str(text) for text in texts))
    categories = getattr(given.dtype, "categories", None)
    try:
        different, indexes = _different(texts, None if categories is None else list(categories))
    except TypeError:  # a tuple of lists says that it can be hashed
        different, indexes = _different([None if text is None else str(text) for text in texts], None)
    return Column(name, "class", classes=Classes(tuple(_name(one, None) for one in different), indexes))


def _finite(values: np.ndarray) -> np.ndarray:
    """Return numbers with NaN in place of infinity."""
    return np.where(np.isfinite(values), values, np.nan)


def found(text: str, count: int, labels: Classes | None, columns: Sequence[Column]) -> np.ndarray:
    """Find points by text, in any case: in the names of their classes, in texts and in dates, not in numbers.

    Args:
        text: what is looked for; nothing finds nothing.
        count: number of points.
        labels: classes of the labels, if there are any.
        columns: columns of the table.

    Returns:
        int64 (k,), numbers of the points, in order.
    """
    wanted = text.strip().casefold()
    hit = np.zeros(count, bool)
    if not wanted:
        return np.flatnonzero(hit)
    for classes in [labels, *(column.classes for column in columns)]:
        if classes is not None:
            hit |= np.array([wanted in name.casefold() for name in classes.names], bool)[classes.indexes]
    for column in columns:
        if column.kind in ("text", "date"):
            hit |= np.fromiter((wanted in column.text(row).casefold() for row in range(count)), bool, count)
    return np.flatnonzero(hit)
