"""Figures that a notebook records for machines: sent as an output of a cell, collected from the notebook.

An output travels with the executed notebook, works under any runner, and needs no file or side channel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

__all__ = ["MIME_TYPE", "collect", "record"]

#: Of the output that holds recorded values; next to it stands plain text for readers.
MIME_TYPE = "application/vnd.aewidgets.metrics+json"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def record(metrics: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """Record figures of a run, by name; in a report they end in metrics.json. Shown as a small line.

    Args:
        metrics: names (lower case, digits, underscores; with the unit at the end, as in `psnr_db`) to numbers,
            texts, booleans, None, or lists and dictionaries of them. NumPy's numbers are taken.
        more: likewise. A name that was recorded before gets the new value.

    Raises:
        ValueError: for a name of another form, infinity or NaN, which JSON does not know.
        TypeError: for values of other types.
    """
    values = {**(metrics or {}), **more}
    plain = {name: _plain(name, value) for name, value in values.items()}
    for name in plain:
        if not _NAME.match(name):
            raise ValueError(f"expected names such as bd_rate_percent, got {name!r}")
    from IPython.display import publish_display_data

    shown = "\n".join(f"recorded {name} = {_short(value)}" for name, value in plain.items())
    publish_display_data({MIME_TYPE: plain, "text/plain": shown})


def collect(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """All that the cells of an executed notebook recorded, in order; the last value of a name counts.

    An output of this kind that `record` did not make, and could not have made, is left out.
    """
    found: dict[str, Any] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            values = output.get("data", {}).get(MIME_TYPE, {})
            for name, value in values.items() if isinstance(values, Mapping) else ():
                with suppress(ValueError, TypeError, RecursionError):
                    if _NAME.match(name):
                        found[name] = _plain(name, value)
    return found


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(name, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, inner) for inner in value]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return _plain(name, value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name}: expected a finite number, got {value}; record None or a text instead")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name}: expected a number, text, boolean, list or dictionary, got {type(value).__name__}")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
