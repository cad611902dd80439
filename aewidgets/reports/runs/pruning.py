"""Chooses runs that may go, and removes them. What a later run is compared with stays, and so does what goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aewidgets.reports.runs.comparisons import grouped
from aewidgets.reports.runs.run import RUNNING, UNREADABLE, Run
from aewidgets.reports.stores.pending import latest_target
from aewidgets.reports.stores.store import Store, stem_of

__all__ = ["Choice", "age_of", "chosen", "removed", "with_sizes"]

_AGE = re.compile(r"(\d{1,4})\s*(h|d|w)", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Choice:
    """What pruning does with one run.

    Attributes:
        run: the run.
        kept: why it stays although it was asked for, in words; empty if it may go.
        size: bytes of its files; None if they were not counted.
    """

    run: Run
    kept: str = ""
    size: int | None = None


def age_of(text: str) -> timedelta:
    """Return the duration that a text such as `90d`, `12h` or `4w` means; raise ValueError for any other text."""
    found = _AGE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"expected hours, days or weeks, such as 12h, 90d or 4w, got {text!r:.100}")
    return int(found[1]) * _UNITS[found[2]]


def chosen(
    store: Store,
    runs: Sequence[Run],
    *,
    keep: int | None = None,
    before: datetime | None = None,
    failed: bool = False,
    notebook: str | None = None,
) -> list[Choice]:
    """Return the runs that all of the conditions ask for, oldest first, each with the reason if it must stay.

    A run stays while it goes on, and while it cannot be read. Of each series, the runs of one notebook and parameter
    set, the newest completed run stays: the next one is compared with it. So does the run to which a pointer leads.

    Args:
        store: store of the runs.
        runs: all runs of the store.
        keep: ask for none of the newest `keep` runs of each series; runs that go on do not count.
        before: ask only for runs that started before this moment.
        failed: ask only for runs that did not reach their end; a missed threshold is an end.
        notebook: ask only for runs of this notebook, named without .ipynb.
    """
    newest = sorted(runs, key=lambda one: one.order, reverse=True)
    stays = {run.id: "it goes on" for run in runs if run.status == RUNNING}
    stays |= {run.id: "it cannot be read" for run in runs if run.status == UNREADABLE}
    counted: set[str] = set()
    for series in grouped([run for run in newest if run.id not in stays]).values():
        counted |= {run.id for run in series[: keep or 0]}
        good = next((run for run in series if run.status == "completed"), None)
        if good:
            stays[good.id] = "the next run of its series is compared with it"
    for name in _pointers(runs):
        if target := latest_target(store, name):
            stays.setdefault(target, f"{name} leads to it")
    return [
        Choice(run, stays.get(run.id, "")) for run in reversed(newest)
        if run.id not in counted and (not failed or run.failed) and (notebook is None or run.stem == notebook)
        and (before is None or (run.started is not None and datetime.fromisoformat(run.started) < before))
    ]  # fmt: skip


def with_sizes(store: Store, choices: Iterable[Choice]) -> list[Choice]:
    """Return the choices, with the bytes of the runs that may go; a folder that holds more than a run stays."""
    found = []
    for one in choices:
        size = None if one.kept else store.run_size(one.run.id)
        kept = "its folder holds more than a run" if size is None and not one.kept else one.kept
        found.append(Choice(one.run, kept, size))
    return found


def removed(
    store: Store, choices: Iterable[Choice], failed: Callable[[Choice, OSError], None]
) -> tuple[list[Choice], int]:
    """Remove the runs that may go, each whole or not at all, and return those that went and the bytes they had.

    The index is not brought up to date: see `aewidgets.reports.runs.index.update_index`.

    Args:
        store: store of the runs.
        choices: from `with_sizes`.
        failed: called with each run that could not be removed, and why.
    """
    gone = []
    for one in choices:
        if one.kept:
            continue
        try:
            if store.remove_run(one.run.id):
                gone.append(one)
        except OSError as error:
            failed(one, error)
    return gone, sum(one.size or 0 for one in gone)


def _pointers(runs: Iterable[Run]) -> set[str]:
    """Return the names that pointers to the newest runs of these notebooks can have."""
    names = set()
    for run in runs:
        if run.notebook:
            stem = stem_of(run.notebook)
            names |= {f"{stem}-latest"} | ({f"{stem}-{run.notebook_place[:6]}-latest"} if run.notebook_place else set())
    return names
