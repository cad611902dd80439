"""Makes the HTML page of a sweep: parallel coordinates, trends and a table, without a network. Reads no run.

The points are part of the page, as JSON, and the page's own scripts (pages/template/sweep*.js) draw them; a
Content-Security-Policy allows no other script. Everything that a run wrote is shown as text only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aewidgets.reports.pages.scripted import scripted_page
from aewidgets.reports.requirements.thresholds import is_number
from aewidgets.reports.runs.comparisons import figures_of

__all__ = ["page_data", "sweep_page"]

_SCRIPTS = ("sweep.js", "sweep-lines.js", "sweep-trends.js", "sweep-table.js")
_MOST_FIGURES, _LONGEST = 40, 300  # figures of a point; characters of a failure or a text


def sweep_page(record: Mapping[str, Any]) -> str:
    """Return the page of a sweep as HTML, from the content of sweep.json."""
    return scripted_page("sweep", _SCRIPTS, page_data(record), title=f"Sweep of {record['stem']}")


def page_data(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the page: names once, and for each point its values in that order, None where it has none."""
    points = record["points"]
    varied = record["varied"]
    found = [figures_of(point["metrics"]) for point in points]
    names = list(dict.fromkeys(name for figures in found for name in figures))
    figures = [name for name in names if any(_finite(one.get(name)) for one in found)][:_MOST_FIGURES]
    rows = [
        {
            "number": point["number"],
            "status": point["status"],
            "kept": point["kept"],
            "link": _link(record, point["run"]),
            "why": (point["failure"] or "")[:_LONGEST],
            "values": [_shown(point["parameters"][name]) for name in varied],
            "figures": [one.get(name) if _finite(one.get(name)) else None for name in figures],
            "seconds": point["seconds"],
        }
        for point, one in zip(points, found, strict=True)
    ]
    return {
        "notebook": record["notebook"], "sha256": record["notebook_sha256"][:12], "status": record["status"],
        "started": record["started"], "written": record["written"], "varied": varied, "figures": figures,
        "shared": {name: _shown(value) for name, value in record["shared"].items()},
        "dropped": len(record["dropped"]), "points": rows,
    }  # fmt: skip


def _link(record: Mapping[str, Any], run: str | None) -> str | None:
    """Return the relative link to the page of a run; None without a run."""
    return None if run is None else f"./{quote(run)}/{quote(record['stem'])}.html"


def _shown(value: Any) -> Any:
    """Return a parameter as the page draws it: numbers, booleans and None unchanged, anything else as text."""
    if isinstance(value, bool) or value is None or _finite(value):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _finite(value: Any) -> bool:
    """Return True for a finite number."""
    return is_number(value) and math.isfinite(value)
