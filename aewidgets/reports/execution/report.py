"""What a run of a notebook comes to: the report, its statuses and their exit codes. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.cells import Failure
from aewidgets.reports.notices.telling import Told
from aewidgets.reports.pages.losses import Loss
from aewidgets.reports.requirements.thresholds import Outcome
from aewidgets.reports.runs.run import DID_NOT_END

__all__ = ["EXIT_CODES", "FINISHED", "Report"]

#: Every status with which a run can end, and its exit code. The command line also exits with 2 (usage) and 5 (files),
#: before there is a run or after one that could not be written.
EXIT_CODES = {"completed": 0, "cell failed": 1, "timeout": 3, "kernel died": 4, "threshold missed": 6,
              "interrupted": 130, DID_NOT_END: 137}  # fmt: skip
#: Statuses of runs that reached the last cell. The folders of all other runs end in `-failed`.
FINISHED = ("completed", "threshold missed")


@dataclass(frozen=True)
class Report:
    """One run of a notebook that has taken place.

    Attributes:
        name: name of the run's folder.
        url: URL of the folder, which holds the executed notebook, the page, metrics.json and run.json.
        page_url: URL of the HTML page.
        folder: path of the folder; None on object stores.
        page: path of the HTML page; None on object stores.
        status: a key of `EXIT_CODES`.
        failure: place and reason of the failure; None for a completed run.
        metrics: figures that the notebook recorded.
        requirements: outcome of every requirement.
        seconds: duration of the run, all attempts included.
        left_out: figures that were not compared with the earlier run, each with the reason.
        notes: what a reader should know about this run, in words.
        told: how each notice went.
        not_shown: what the page could not show, and in which cell.
    """

    name: str
    url: str
    page_url: str
    folder: Path | None
    page: Path | None
    status: str
    failure: Failure | None
    metrics: Mapping[str, Any]
    requirements: tuple[Outcome, ...]
    seconds: float
    left_out: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    not_shown: tuple[Loss, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit code of the command line for this run."""
        return EXIT_CODES[self.status]
