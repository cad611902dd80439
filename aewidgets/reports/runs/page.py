"""Makes the HTML page of all runs of a store, which needs no network and no server. Reads no run.

The runs are part of the page, as JSON, and the page's own scripts (pages/template/runs*.js) make the table, the
comparisons and the trends; a Content-Security-Policy allows no other script. Everything that a run wrote is shown as
text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote, urlsplit

from aewidgets.reports.pages.scripted import scripted_page
from aewidgets.reports.runs.comparisons import differing, figures_of, grouped, notebooks_of, ways_of
from aewidgets.reports.runs.run import RUNNING, Run

__all__ = ["runs_page"]

_SCRIPTS = ("runs.js", "runs-table.js", "runs-now.js", "runs-trends.js")
_THUMBNAILS = 2_000_000  # characters of thumbnails, so that a page of thousands of runs opens quickly


def runs_page(runs: Sequence[Run], url: str, digest: str) -> str:
    """Return the page of runs as HTML.

    Args:
        runs: all runs, newest first.
        url: URL of the store; only its last part is shown, because the rest may name people.
        digest: SHA-256 of the index.jsonl that holds the same runs, by which a writer sees whether the two agree.
    """
    return scripted_page("runs", _SCRIPTS, page_data(runs), title=f"Runs in {_last_part(url)}", digest=digest)


def page_data(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the data of the page: the runs, and groups of runs by their places in that list."""
    place = {run.id: index for index, run in enumerate(runs)}
    thumbnails = _thumbnails(runs)
    differ, names = differing(runs), notebooks_of(runs)
    versions = list({repr(run.versions): run.versions for run in runs}.values())
    groups = []
    for (name, _), all_members in grouped(runs).items():
        members = [run for run in all_members if run.status != RUNNING]
        if not members:
            continue
        now = members[0]
        completed = [one for one in members[1:] if one.status == "completed"]
        own = [one for one in completed if one.id == now.last_good]  # which the page of the run names
        good = max(own or completed, key=lambda one: one.order, default=None)
        written = now.written
        about = {name: written[name] for name in differ.get(now.stem, ()) if name in written}
        known = dict.fromkeys(name for run in members for name in figures_of(run.metrics))
        groups.append(
            {
                "notebook": name,
                "parameters": about,
                "runs": [place[run.id] for run in members],
                "good": None if good is None else place[good.id],
                "higher_is_better": ways_of(known, *(run.better for run in reversed(members)), now.better_said),
            }
        )
    rows = [
        {
            "id": run.id,
            "notebook": names[run.id],
            "status": run.status,
            "failed": run.failed,
            "code": run.exit_code,
            "started": run.started,
            "seconds": run.seconds,
            "parameters": run.parameters,
            "relative": run.relative,
            "figures": figures_of(run.metrics),
            "metrics": {name: value for name, value in run.metrics.items() if not figures_of({name: value})},
            "seeds": run.seeds,
            "sha256": (run.notebook_sha256 or "")[:12],
            "versions": versions.index(run.versions),
            "why": run.why,
            "links": {kind: "./" + quote(path, errors="surrogateescape") for kind, path in run.links.items()},
            "thumbnail": thumbnails.get(run.thumbnail or ""),
        }
        for run in runs
    ]
    return {
        "runs": rows,
        "groups": groups,
        "differ": {names[run.id]: differ[run.stem] for run in runs if run.stem in differ},
        "versions": versions,
        "thumbnails": list(thumbnails),
    }


def _thumbnails(runs: Sequence[Run]) -> dict[str, int]:
    """Return the thumbnails of the newest runs, as many as the page has room for, each once, with their places."""
    found: dict[str, int] = {}
    room = _THUMBNAILS
    for run in runs:
        if run.thumbnail and run.thumbnail not in found:
            room -= len(run.thumbnail)
            if room < 0:
                break
            found[run.thumbnail] = len(found)
    return found


def _last_part(url: str) -> str:
    """Return the last part of a path or URL, as the title of the page."""
    path = urlsplit(url).path or urlsplit(url).netloc if "://" in url else str(Path(url).absolute())
    return PurePath(path.rstrip("/")).name or "this folder"
