"""What recipes for the runners of a repository share: paths inside it, the package to install. Writes no recipe."""

from __future__ import annotations

from pathlib import Path

from aewidgets.reports.schedules.cron import ScheduleError
from aewidgets.reports.schedules.schedule import NOTEBOOK, Job, path_inside, repository_of

__all__ = ["package_of", "words_in_repository"]


def words_in_repository(job: Job, runners: str) -> list[str]:
    """Return the words of a job's command in a checkout of the repository that holds the notebook.

    Args:
        job: the job.
        runners: whose machines run it, for messages: "GitHub's runners".

    Raises:
        ScheduleError: for files outside the repository, which the runners do not have, and for a comparison with
            runs that they do not keep.
    """
    root, why = repository_of(job.notebook), f"{runners} have the repository alone"
    if job.bundled and (root is None or job.notebook.parent.name == "_notebooks"):
        notebook = job.bundled
    else:
        notebook = path_inside(job.notebook, root, "notebook", why)
    file = path_inside(job.file, root or repository_of(job.file), "--file", why) if job.file else None
    if not job.remote and (Path(job.out).is_absolute() or ".." in Path(job.out).parts):
        raise ScheduleError(f"--out: expected a folder inside the repository, or a URL, got {job.out}")
    if not job.remote and "--no-worse-than" in job.options:
        raise ScheduleError(f"--no-worse-than: {runners} begin empty; keep the runs at a URL: --out s3://...")
    cwd = job.cwd
    if cwd not in (None, NOTEBOOK):
        cwd = path_inside((job.folder / str(cwd)).resolve(), root and root.resolve(), "--cwd", why)
    return job.command(notebook, job.out, file, cwd=cwd)


def package_of(job: Job) -> str:
    """Return what pip installs: the repository itself where it is this package, and what the job needs."""
    root = repository_of(job.notebook)
    ours = bool(root and (root / "aewidgets" / "__init__.py").is_file())
    return ("." if ours else "aewidgets") + job.extras
