"""Files and pictures on a Dask cluster, as commands offer it: the option, its errors, paths that workers must see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from aewidgets.commands.batches import Task

    Attempt = Callable[[Task], tuple[str, bool]]

__all__ = ["SCHEDULER", "cluster_errors", "on_cluster"]

SCHEDULER = click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Work on the Dask cluster there; its workers need the same aewidgets.",
)


@contextmanager
def cluster_errors() -> Iterator[None]:
    """A cluster that cannot be had is an option that was wrong; one that is lost, a failure."""
    from aewidgets.system.spreading import ClusterError, ClusterLostError

    try:
        yield
    except ClusterLostError as error:
        raise click.ClickException(str(error)) from error
    except ClusterError as error:
        raise click.UsageError(str(error)) from error


@dataclass(frozen=True)
class _Elsewhere:
    """One file on a worker of a cluster, which may be another machine."""

    attempt: Attempt

    def __call__(self, task: Task) -> tuple[str, bool]:
        for path in (task.source, task.target.parent):
            if not path.exists():
                from platform import node

                return f"the worker on {node()} does not see {path}; a cluster's workers need the same paths", True
        return self.attempt(task)


def on_cluster(tasks: Sequence[Task], attempt: Attempt, scheduler: str) -> Iterator[tuple[Task, tuple[str, bool]]]:
    """What became of every task, as it comes. Paths travel whole, for a worker is in a folder of its own."""
    from aewidgets.system.spreading import spread

    given = {}
    for task in tasks:
        task.target.parent.mkdir(parents=True, exist_ok=True)  # here: no worker makes a folder that only it sees
        given[replace(task, source=task.source.absolute(), target=task.target.absolute())] = task
    try:
        outcomes = spread(_Elsewhere(attempt), list(given), scheduler=scheduler, one_at_a_time=True)
    except ValueError as error:
        raise click.UsageError(f"--scheduler: {error}") from error
    for whole, result, wrong in outcomes:
        line, failed = (str(wrong), True) if result is None else result
        if not failed and not _arrived(whole.target):
            line, failed = f"a worker wrote {whole.target}, which is not to be seen here: share that folder", True
        yield given[whole], (line.replace(str(whole.target), str(given[whole].target), 1), failed)


def _arrived(path: Path) -> bool:
    """Whether a file is there; network folders may take seconds to tell."""
    for wait in (0.0, 0.5, 1.5, 3.0):
        time.sleep(wait)
        if path.exists():
            return True
    return False
