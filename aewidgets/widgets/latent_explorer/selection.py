"""The trait that holds selected points, what selects them, and the form in which they are sent to the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

__all__ = ["Selection", "from_bytes", "rows_of", "to_bytes"]


class Selection(traitlets.TraitType):
    """Indexes of points, each once, in order.

    Anything is taken that NumPy indexes by, also True and False for all pictures.
    """

    default_value = ()
    info_text = "whole numbers, one for each selected point, or True and False for all of them"

    def validate(self, obj: Any, value: Any) -> tuple[int, ...]:
        """Return a sorted tuple of different indexes."""
        try:
            found = np.asarray(list(value) if isinstance(value, Iterable) else value)
        except (TypeError, ValueError):
            self.error(obj, value)
        if found.ndim != 1 or (found.size and found.dtype.kind not in "iub"):
            self.error(obj, value)
        return tuple((np.flatnonzero(found) if found.dtype.kind == "b" else np.unique(found.astype("int64"))).tolist())


def to_bytes(selection: tuple[int, ...], widget: Any = None) -> bytes:
    """Pack indexes for the browser: uint32, little-endian."""
    return np.asarray(selection, "<u4").tobytes()


def from_bytes(data: Any, widget: Any = None) -> Any:
    """Unpack indexes that the browser sent; anything that is not bytes stays as it is."""
    return tuple(np.frombuffer(bytes(data), "<u4").tolist()) if isinstance(data, bytes | memoryview) else data


def rows_of(given: Any, frame: Any, count: int) -> Any:
    """Return what selects points as the trait takes it.

    Args:
        given: rows of the table, or their index; True and False for every point, by place or, in a Series, by index;
            a slice; numbers of points; None for nothing.
        frame: the table, if there is one.
        count: number of points.

    Raises:
        ValueError: for rows that the table does not have, or has several of, and where there is no table.
    """
    if given is None:
        return ()
    if isinstance(given, slice):
        return range(count)[given]
    kind = getattr(getattr(given, "dtype", None), "kind", "")
    if hasattr(given, "columns") or (hasattr(given, "get_indexer") and kind != "b"):
        return _places(given.index if hasattr(given, "columns") else given, frame)
    if kind == "b" and hasattr(given, "index") and frame is not None and not given.index.equals(frame.index):
        return _places(given.index[given.to_numpy()], frame)
    if hasattr(given, "isna") and given.isna().any():
        raise ValueError("select: expected True or False for every row, got missing ones; fill them in: .fillna(False)")
    places = np.asarray(given, bool) if hasattr(given, "to_numpy") and kind == "b" else given
    if np.asarray(places).dtype.kind == "b" and len(places) != count:
        raise ValueError(f"select: expected {count} times True or False, one for each point, got {len(places)}")
    return places


def _places(index: Any, frame: Any) -> np.ndarray:
    """Return the places of rows by their index."""
    if frame is None:
        raise ValueError("select: expected numbers of points, got rows of a table; give the table as frame= first")
    if not frame.index.is_unique:
        raise ValueError("select: the index of frame has rows of one name; give a mask, or frame.reset_index()")
    places = frame.index.get_indexer(index)
    if (places < 0).any():
        unknown = index[int(np.argmax(places < 0))]
        raise ValueError(f"select: frame has no row {unknown!r}; give rows of the frame that the explorer was given")
    return places
