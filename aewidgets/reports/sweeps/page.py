"""A sweep as one HTML page that needs no network: parallel coordinates, trends, a table. Reads no run.

The points travel as JSON; a script of the page's own (pages/template/sweep*.js) draws, and a Content-Security-Policy
lets no other run. What a run says is only ever text there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aewidgets.reports.pages.scripted import scripted_page
from aewidgets.reports.runs.comparisons import figures_of

__all__ = ["page_data", "sweep_page"]

_SCRIPTS = ("sweep.js", "sweep-lines.js", "sweep-trends.js", "sweep-table.js")
_MOST_FIGURES, _LONGEST = 40, 300  # of a point; characters of a failure or a text


def sweep_page(record: Mapping[str, Any]) -> str:
    """The page of what sweep.json holds."""
    return scripted_page("sweep", _SCRIPTS, page_data(record), title=f"Sweep of {record['stem']}")


def page_data(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script works on: names once, and for each point values in their order, None where it has none."""
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
    """The page of a run, below this one."""
    return None if run is None else f"./{quote(run)}/{quote(record['stem'])}.html"


def _shown(value: Any) -> Any:
    """A parameter as the page draws it: numbers and booleans as they are, all else in words."""
    if isinstance(value, bool) or value is None or _finite(value):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
