"""Work over many files, in this process, in others or on a cluster; `aewidgets.commands.tasks` says which results.

Knows no file format: each command brings its own function of a source and a target.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from aewidgets.commands import gathered_notices, print_line, progress_bar, words_of
from aewidgets.commands.standard import STANDARD, shown
from aewidgets.commands.tasks import Task, allowed

if TYPE_CHECKING:  # at run time only with --jobs: one cold file decodes without them
    from concurrent.futures import Future, ProcessPoolExecutor

    from aewidgets.codec.registry import AnyCodec

__all__ = ["JOBS", "OVERWRITE", "PIXEL_LIMIT", "SCHEDULER", "absolute_card", "all_codecs", "cluster_errors", "run"]

JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Work in this many processes. Each needs memory of its own.",
)
PIXEL_LIMIT = click.option(
    "--max-pixels", type=click.IntRange(1), help="Refuse pictures with more pixels. [default: 100,000,000]"
)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Replace results that exist.")
SCHEDULER = click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Work on the Dask cluster at this address. Its workers need the same version of aewidgets.",
)


class Outcome(NamedTuple):
    """The line that is printed for a task, whether the task failed, and the notices of it, wherever it was done."""

    text: str
    failed: bool
    notes: tuple[str, ...] = ()


Work = Callable[[Path, Path], str]
Attempt = Callable[[Task], Outcome]
Results = Iterator[tuple[Task, Outcome]]


def run(tasks: Sequence[Task], work: Work, overwrite: bool, jobs: int = 1, scheduler: str | None = None) -> int:
    """Do `work(source, target)` for every task and print its line; name the tasks that fail and go on.

    Sources are never replaced. Results that exist are kept unless `overwrite`. If the source was found in a folder, a
    message says so and this is no failure, so that an interrupted command can be given again; a named source fails.

    Args:
        tasks: the tasks, as `plan` returns them.
        work: returns the line to print; a function at the top of a module, since other processes receive it.
        overwrite: replace results that exist.
        jobs: number of processes; each takes its share of the cores.
        scheduler: address of a Dask cluster that works instead; its workers must see the same files.

    Returns:
        The exit code: 0, or 1 when something failed.

    Raises:
        click.UsageError: for jobs together with a scheduler, or a scheduler that does not answer.
        click.ClickException: if the cluster is lost.
    """
    if scheduler and jobs > 1:
        raise click.UsageError("--scheduler and --jobs exclude each other: a cluster has workers of its own")
    todo, failed = allowed(tasks, overwrite)
    if not todo:
        return 1 if failed else 0
    results: Results
    if scheduler:
        results = _on_cluster(todo, partial(_attempt, work=work), scheduler)
    elif jobs > 1 and STANDARD not in (todo[0].source, todo[0].target):
        results = _in_processes(todo, work, min(jobs, len(todo)))
    else:
        results = ((task, _attempt(task, work)) for task in todo)
    with cluster_errors(), progress_bar(len(todo) > 1) as progress:
        progress(0, len(todo), todo[0].source.name)
        for number, (task, outcome) in enumerate(results, 1):
            progress(number, len(todo), task.source.name)
            failed += outcome.failed
            for note in outcome.notes:
                print_line(f"note: {note}")
            line = f"failed: {shown(task.source, 'standard input')}: {outcome.text}" if outcome.failed else outcome.text
            print_line(line, err=outcome.failed or _is_standard_output(task.target))
    return 1 if failed else 0


def _is_standard_output(path: Path) -> bool:
    """Return whether a file is this command's standard output, where a line of text would be part of the result."""
    if path == STANDARD:
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:
        return False


def _attempt(task: Task, work: Work) -> Outcome:
    """Do one task. Any exception is a failure of this file alone, so that the others have their turn."""
    with gathered_notices() as notes:
        try:
            task.target.parent.mkdir(parents=True, exist_ok=True)
            text, failed = work(task.source, task.target), False
        except OSError as error:
            text, failed = words_of(error).removeprefix(f"{task.source}: "), True
        except ValueError as error:  # BitstreamError and ImageError are among them
            text, failed = str(error), True
        except MemoryError:
            text, failed = "not enough memory for a picture of this size", True
        except Exception as error:
            text, failed = f"{type(error).__name__}: {error}", True
    return Outcome(text, failed, tuple(notes))


def _in_processes(tasks: Sequence[Task], work: Work, jobs: int) -> Results:
    """Yield results as they come. Tasks under way when a process dies are tried again, each in a process of its own."""
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    again = []
    with _pool(jobs) as pool:
        waiting: dict[Future, Task] = {pool.submit(_attempt, task, work): task for task in tasks}
        try:
            for future in as_completed(waiting):
                try:
                    yield waiting[future], future.result()
                except BrokenProcessPool:
                    again.append(waiting[future])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for task in again:
        with _pool(1) as pool:
            try:
                yield task, pool.submit(_attempt, task, work).result()
            except BrokenProcessPool:
                yield task, Outcome("its process died, perhaps for want of memory", True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of processes that share the cores evenly."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    share = max(1, (os.cpu_count() or 1) // jobs)
    return ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_limit_threads, initargs=(share,))


def _limit_threads(count: int) -> None:
    """Limit the threads of a new process, before it imports NumPy or a backend: both count cores when loaded."""
    from aewidgets.system.spreading import thread_caps

    os.environ.update(thread_caps(count))


def absolute_card(name: str) -> str:
    """Return a model's name as it is, or the absolute path of a card (.json), since workers are in other folders."""
    return str(Path(name).absolute()) if name.endswith(".json") else name


def all_codecs(names: Sequence[str] | None = None) -> list[AnyCodec]:
    """Return the codecs of some names, or all, that can be used here; say on standard error which cannot, and why.

    Raises:
        ValueError: for a name that no codec has.
    """
    from aewidgets.codec.registry import available_codecs

    found = available_codecs(names)
    for name, why in found.left_out.items():
        click.echo(f"note: {name} is left out: {why}", err=True)
    return list(found.codecs)


@contextmanager
def cluster_errors() -> Iterator[None]:
    """Turn errors of a cluster into Click's: one that does not answer is a usage error, one that is lost a failure."""
    from aewidgets.system.spreading import ClusterError, ClusterLostError

    try:
        yield
    except ClusterLostError as error:
        raise click.ClickException(str(error)) from error
    except ClusterError as error:
        raise click.UsageError(str(error)) from error


def _on_cluster(tasks: Sequence[Task], attempt: Attempt, scheduler: str) -> Results:
    """Yield results of a Dask cluster as they come. Paths are sent whole, since workers are in folders of their own."""
    from aewidgets.system.spreading import spread

    given = {}
    for task in tasks:
        task.target.parent.mkdir(parents=True, exist_ok=True)  # here: no worker makes a folder that only it sees
        given[replace(task, source=task.source.absolute(), target=task.target.absolute())] = task
    try:
        results = spread(_OnWorker(attempt), list(given), scheduler=scheduler, one_at_a_time=True)
    except ValueError as error:
        raise click.UsageError(f"--scheduler: {error}") from error
    for whole, result, trouble in results:
        text, failed, notes = (str(trouble), True, ()) if result is None else result
        if not failed and not _arrived(whole.target):
            text, failed = f"a worker wrote {whole.target}, which cannot be seen here: share that folder", True
        task = given[whole]
        said = tuple(note.replace(str(whole.source), str(task.source), 1) for note in notes)
        yield task, Outcome(text.replace(str(whole.target), str(task.target), 1), failed, said)


@dataclass(frozen=True)
class _OnWorker:
    """One attempt on a worker of a cluster, which may be on another machine."""

    attempt: Attempt

    def __call__(self, task: Task) -> Outcome:
        for path in (task.source, task.target.parent):
            if not path.exists():
                from platform import node

                text = f"the worker on {node()} does not see {path}; a cluster's workers need the same paths"
                return Outcome(text, True)
        return self.attempt(task)


def _arrived(path: Path) -> bool:
    """Return True once a file exists; network folders may take seconds to show it."""
    for wait in (0.0, 0.5, 1.5, 3.0):
        time.sleep(wait)
        if path.exists():
            return True
    return False
