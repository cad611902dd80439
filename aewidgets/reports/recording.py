"""Records the figures of a notebook as an output of a cell, and collects them from an executed notebook.

An output is part of the executed notebook, works under any runner, and needs no file or side channel. This module
reads and writes no file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

__all__ = ["MIME_TYPE", "collect", "collect_better", "collect_headline", "finite", "record"]

#: MIME type of the output that holds recorded values. Plain text for readers is stored beside it.
MIME_TYPE = "application/vnd.aewidgets.metrics+json"
_WAYS = ("higher", "lower")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def record(
    metrics: Mapping[str, Any] | None = None,
    /,
    *,
    better: str | Mapping[str, str] | None = None,
    headline: bool = False,
    **more: Any,
) -> None:
    """Record figures of a run by name, and show each in a line. A report writes them to metrics.json.

    Args:
        metrics: maps names (lower case letters, digits, underscores; the unit at the end, as in `psnr_db`) to numbers,
            texts, booleans, None, or lists and dictionaries of them. NumPy numbers are accepted.
        better: "higher" or "lower", which way these figures are better, or a dictionary that says it by name; what is
            in a list or a dictionary follows its name. `--no-worse-than` asks for it where the name does not say.
        headline: whether the head of the report page and notices show these figures before all others. Without any
            headline they show the first few.
        more: further figures as keywords. A name that was recorded before gets the new value.

    Raises:
        ValueError: for a name of another form, for infinity (see `finite`) or NaN, which JSON does not know, and for
            `better` of anything else, or of a figure that is not recorded here, and for `headline` without a figure.
        TypeError: for values of other types, and `better` or `headline` of another type. Figures of these two names are
            recorded by a dictionary: `record({"headline": "All is well"})`.
    """
    values = {**(metrics or {}), **more}
    plain = {name: _plain(name, value) for name, value in values.items()}
    for name in plain:
        if not isinstance(name, str) or not _NAME.match(name):
            raise ValueError(f"expected names such as bd_rate_percent, got {name!r}; use lower case and underscores")
    ways = _ways(better, plain)
    said: Any = headline
    if not isinstance(said, bool):
        got = type(headline).__name__
        raise TypeError(
            f"headline: expected True or False, got {got}; a figure of that name is recorded by "
            "record({'headline': ...})"
        )
    if headline and not plain:
        raise ValueError("headline: expected figures in the same call, which it marks, got none")
    from IPython.display import publish_display_data

    said = {name: f" ({way} is better)" for name, way in ways.items()}
    shown = "\n".join(f"recorded {name} = {_short(value)}{said.get(name, '')}" for name, value in plain.items())
    about = ({"better": ways} if ways else {}) | ({"headline": list(plain)} if headline else {})
    publish_display_data({MIME_TYPE: plain, "text/plain": shown}, **({"metadata": {MIME_TYPE: about}} if about else {}))


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
    for output in _outputs(notebook):
        for name, value in _mapping(_mapping(output.get("data")).get(MIME_TYPE)).items():
            with suppress(ValueError, TypeError, RecursionError):
                if _NAME.match(name):
                    found[name] = _plain(name, value)
    return found


def collect_better(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return "higher" or "lower" by name of the figures of which an executed notebook recorded the better way."""
    found: dict[str, str] = {}
    for output in _outputs(notebook):
        ways = _mapping(_mapping(_mapping(output.get("metadata")).get(MIME_TYPE)).get("better"))
        found |= {name: way for name, way in ways.items() if _NAME.match(str(name)) and way in _WAYS}
    return found


def collect_headline(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the figures that an executed notebook recorded as headlines, in order, each once."""
    found: dict[str, None] = {}
    for output in _outputs(notebook):
        names = _mapping(_mapping(output.get("metadata")).get(MIME_TYPE)).get("headline")
        recorded = _mapping(_mapping(output.get("data")).get(MIME_TYPE))
        for name in names if isinstance(names, list | tuple) else ():
            if isinstance(name, str) and _NAME.match(name) and name in recorded:
                found[name] = None
    return tuple(found)


def _ways(better: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the better way by name of figure; raise ValueError if `better` says anything else."""
    if not isinstance(better, str | Mapping | None):
        got = type(better).__name__
        raise TypeError(
            f"better: expected 'higher', 'lower' or a dictionary of them by name, got {got}; "
            "a figure of that name is recorded by record({'better': ...})"
        )
    ways = dict.fromkeys(values, better) if isinstance(better, str) else dict(better or {})
    for name, way in ways.items():
        if way not in _WAYS:
            raise ValueError(
                f"better: expected 'higher' or 'lower', got {way!r:.80}" + f" for {name}" * (way != better)
            )
        if name not in values:
            raise ValueError(
                f"better: {name!r:.80} is not among the figures recorded here: {', '.join(values) or 'none'}"
            )
    return ways


def _outputs(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the outputs of all cells, whatever else the cells hold."""
    for cell in notebook["cells"]:
        outputs = cell.get("outputs")
        yield from (one for one in outputs if isinstance(one, Mapping)) if isinstance(outputs, list | tuple) else ()


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


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
