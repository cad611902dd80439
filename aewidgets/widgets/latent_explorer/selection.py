"""The trait that holds selected pictures, and the form in which it is sent to the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

__all__ = ["Selection", "from_bytes", "to_bytes"]


class Selection(traitlets.TraitType):
    """Indexes of pictures, each once, in order.

    Anything is taken that NumPy indexes by, also True and False for all pictures.
    """

    default_value = ()
    info_text = "whole numbers, one for each selected picture, or True and False for all of them"

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
