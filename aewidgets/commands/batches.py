"""Many files, one after another or elsewhere: what goes where, what is kept, what failed. Knows no format."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aewidgets.commands import progress_bar

if TYPE_CHECKING:  # at run time only where there are jobs: one cold file decodes without them
    from concurrent.futures import Future, ProcessPoolExecutor

__all__ = ["SCHEDULER", "Task", "cluster_errors", "on_cluster", "plan", "run"]

SCHEDULER = click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Work on the Dask cluster there; its workers need the same aewidgets.",
)

Work = Callable[[Path, Path], str]


@dataclass(frozen=True)
class Task:
    """One file to work on.

    Attributes:
        source, target: from where to where; the folder of the target is made when its turn comes.
        found: whether it was found in a folder, rather than named.
    """

    source: Path
    target: Path
    found: bool


Attempt = Callable[[Task], tuple[str, bool]]


def plan(
    inputs: Sequence[Path], output: Path | None, suffix: str | Callable[[Path], str], suffixes: tuple[str, ...]
) -> list[Task]:
    """The tasks of a command's arguments.

    Args:
        inputs: files, taken as they are, and folders, searched to the bottom for `suffixes`; hidden files are left.
        output: a file for one file, a folder for anything else, which is made and takes the shape of the folders
            searched; None puts each result beside its source.
        suffix: of the results, ".aew" for one; or a function that tells it for a file.
        suffixes: of the files that folders are searched for.

    Raises:
        click.UsageError: for a folder without such files, and an output that cannot be.
    """
    sources: list[tuple[Path, Path, bool]] = []  # the file, its place below the output, whether it was found
    for path in inputs:
        if not path.is_dir():
            sources.append((path, Path(path.name), False))
            continue
        below = (p for p in sorted(path.rglob("*")) if not any(s.startswith(".") for s in p.relative_to(path).parts))
        inside = [(p, p.relative_to(path), True) for p in below if p.suffix.lower() in suffixes and p.is_file()]
        if not inside:
            raise click.UsageError(f"{path}: no file in this folder ends in {', '.join(suffixes)}")
        sources += inside
    if not callable(suffix):
        only = suffix
        suffix = lambda path: only  # noqa: E731
    if output is None:
        return [Task(source, source.with_suffix(suffix(source)), found) for source, _, found in sources]
    if output.is_dir() or len(sources) > 1 or sources[0][2]:
        if output.is_file():
            raise click.UsageError(f"-o {output} is a file; with several inputs give a folder")
        return [Task(source, output / place.with_suffix(suffix(place)), found) for source, place, found in sources]
    if not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} is not there; make it first")
    return [Task(sources[0][0], output, False)]


def run(tasks: Sequence[Task], work: Work, overwrite: bool, jobs: int = 1, scheduler: str | None = None) -> int:
    """Does `work(source, target)` for every task and prints its line; names what failed and goes on.

    Sources are never replaced. Results that are there already are kept unless `overwrite`: where the source was found
    in a folder that is told and is no failure, so that an interrupted command can be given again; a named one fails.

    Args:
        work: a function at the top of a module, for it travels to other processes.
        jobs: processes; each takes its share of the cores.
        scheduler: address of a Dask cluster that works instead; its workers must see the same files.

    Returns:
        The exit code: 0, or 1 when something failed.
    """
    if scheduler and jobs > 1:
        raise click.UsageError("--scheduler and --jobs exclude each other: a cluster has workers of its own")
    failed = 0
    originals = {os.path.realpath(task.source) for task in tasks}
    targets = [os.path.realpath(task.target) for task in tasks]
    todo = []
    for task, target in zip(tasks, targets, strict=True):
        trouble = None
        if target in originals:
            trouble = f"{task.target} is itself an input, and inputs are never replaced; choose another output"
        elif targets.count(target) > 1:
            trouble = f"another input would become {task.target} too; rename one, or run them apart"
        elif task.target.exists() and not overwrite:
            if task.found:
                click.echo(f"kept: {task.target} is there already; --overwrite replaces it", err=True)
                continue
            trouble = f"{task.target} is there already; --overwrite replaces it"
        if trouble:
            failed += 1
            click.echo(f"failed: {task.source}: {trouble}", err=True)
        else:
            todo.append(task)
    if not todo:
        return 1 if failed else 0
    if scheduler:
        results = on_cluster(todo, partial(_attempt, work=work), scheduler)
    elif jobs > 1:
        results = _in_processes(todo, work, min(jobs, len(todo)))
    else:
        results = ((task, _attempt(task, work)) for task in todo)
    with cluster_errors(), progress_bar(len(todo) > 1) as progress:
        progress(0, len(todo), todo[0].source.name)
        for number, (task, (line, error)) in enumerate(results, 1):
            progress(number, len(todo), task.source.name)
            failed += error
            click.echo(f"failed: {task.source}: {line}" if error else line, err=error)
    return 1 if failed else 0


def _attempt(task: Task, work: Work) -> tuple[str, bool]:
    """What is to be said, and whether it went wrong. Any exception is the file's own: the others have their turn."""
    try:
        task.target.parent.mkdir(parents=True, exist_ok=True)
        return work(task.source, task.target), False
    except (ValueError, OSError) as error:  # BitstreamError and ImageError are ValueErrors
        return str(error), True
    except MemoryError:
        return "not enough memory for a picture of this size", True
    except Exception as error:
        return f"{type(error).__name__}: {error}", True


def _in_processes(tasks: Sequence[Task], work: Work, jobs: int) -> Iterator[tuple[Task, tuple[str, bool]]]:
    """Results as they come. What was under way when a process died is tried again, each in a process of its own."""
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
                yield task, ("its process died, perhaps for want of memory", True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    share = max(1, (os.cpu_count() or 1) // jobs)
    return ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_limit_threads, initargs=(share,))


def _limit_threads(count: int) -> None:
    """Runs in a new process, before anything imports NumPy or a backend: both count cores when they are loaded."""
    from aewidgets.system.spreading import thread_caps

    os.environ.update(thread_caps(count))


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
