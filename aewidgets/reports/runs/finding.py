"""Finds the last good run of a notebook and its parameters, by the index where it is up to date. Runs nothing.

`requirements.drift.find_baseline` reads every record, because it decides how a run ends; this one is for what is shown.
"""

from __future__ import annotations

from contextlib import suppress

from aewidgets.reports.requirements.drift import Baseline, baseline_of, same_notebook
from aewidgets.reports.requirements.thresholds import RequirementError
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.stores.store import Store

__all__ = ["find_last_good"]


def find_last_good(
    store: Store, notebook: str, parameters_sha256: str, place: str | None, sha256: str | None
) -> Baseline | None:
    """Return the newest completed run of a notebook with these parameters; None if there is none that can be read.

    Arguments as in `find_baseline`. A run whose files are damaged is passed over; no error is raised.
    """
    with suppress(OSError, ValueError, RecursionError):
        fitting = [
            run for run in list_runs(store)
            if run.status == "completed" and run.notebook == notebook and run.parameters_sha256 == parameters_sha256
            and same_notebook(vars(run), place, sha256)
        ]  # fmt: skip
        for run in sorted(fitting, key=lambda one: (one.finished or one.started or "", one.id), reverse=True):
            with suppress(RequirementError):
                return baseline_of(store, run.id, vars(run))
    return None
