"""Records the figures of a notebook as an output of a cell, and collects them from an executed notebook.

An output is part of the executed notebook, works under any runner, and needs no file or side channel. This module
reads and writes no file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

__all__ = ["MIME_TYPE", "collect", "finite", "record"]

#: MIME type of the output that holds recorded values. Plain text for readers is stored beside it.
MIME_TYPE = "application/vnd.aewidgets.metrics+json"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def record(metrics: Mapping[str, Any] | None = None, /, **more: Any) -> None:
    """Record figures of a run by name, and show each in a line. A report writes them to metrics.json.

    Args:
        metrics: maps names (lower case letters, digits, underscores; the unit at the end, as in `psnr_db`) to numbers,
            texts, booleans, None, or lists and dictionaries of them. NumPy numbers are accepted.
        more: further figures as keywords. A name that was recorded before gets the new value.

    Raises:
        ValueError: for a name of another form, and for infinity (see `finite`) or NaN, which JSON does not know.
        TypeError: for values of other types.
    """
    values = {**(metrics or {}), **more}
    plain = {name: _plain(name, value) for name, value in values.items()}
    for name in plain:
        if not _NAME.match(name):
            raise ValueError(f"expected names such as bd_rate_percent, got {name!r}; use lower case and underscores")
    from IPython.display import publish_display_data

    shown = "\n".join(f"recorded {name} = {_short(value)}" for name, value in plain.items())
    publish_display_data({MIME_TYPE: plain, "text/plain": shown})


def finite(value: Any) -> Any:
    """Return figures with the text "infinite" for each that is infinite, as PSNR is where nothing was lost.

    JSON has no infinity, so that `record` refuses it.

    Args:
        value: a number, or lists and dictionaries of numbers; anything else stays as it is.
    """
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return ("infinite" if value > 0 else "-infinite") if isinstance(value, float) and math.isinf(value) else value


def collect(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return all figures that an executed notebook recorded, in order; the last value of a name counts.

    Values that `record` would have refused are left out.
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
    """Return a value as JSON holds it; raise ValueError or TypeError, with the figure's name, if it cannot."""
    if isinstance(value, Mapping):
        return {str(key): _plain(name, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(name, inner) for inner in value]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return _plain(name, value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        advice = "record None or a text instead; aewidgets.reports.finite makes infinity a text"
        raise ValueError(f"{name}: expected a finite number, got {value}; {advice}")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name}: expected a number, text, boolean, list or dictionary, got {type(value).__name__}")


def _short(value: Any) -> str:
    """Return a value as text; a float with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
