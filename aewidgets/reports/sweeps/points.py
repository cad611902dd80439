"""One point of a sweep in a process of its own, from both sides: the worker that waits, and the process that runs.

The process ends when the worker does, and leaves no half-filled folder then: somebody else repeats the point.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from aewidgets.reports.stores.opening import open_store
from aewidgets.system.spreading import wanted
from aewidgets.system.writing import write_text

__all__ = ["MARK", "PointError", "PointRun", "PointRunner", "Task"]

#: The file of a sweep in its store; a worker that does not see it sees another store.
MARK = "sweep.json"
_LOOK = 0.3  # seconds between two looks at whether the run has ended, or is not wanted any more
_LONGEST = 50_000_000  # bytes of what a process tells about its run


class PointError(RuntimeError):
    """A point that left no run: the message says why."""


class Task(NamedTuple):
    """What is to be run: the name of its folder, and its parameters, checked."""

    name: str
    parameters: Mapping[str, Any]


class PointRun(NamedTuple):
    """A run that took place: name of its folder, status, failure in words or None, recorded metrics, seconds.

    With `there` another process had published it before; nothing else is known then.
    """

    name: str
    status: str
    failure: str | None
    metrics: Mapping[str, Any]
    seconds: float | None
    there: bool = False


@dataclass(frozen=True)
class PointRunner:
    """Runs points; travels to workers.

    Attributes:
        notebook: the file's bytes: every point runs these, also if somebody edits the file meanwhile.
        file_name: of the notebook.
        out: the store, a whole path or a URL.
        folder: where notebooks run, if a worker has it.
        options: further arguments of `run_report`, of plain types.
        retries: how often the death of a point's process is met by another.
    """

    notebook: bytes
    file_name: str
    out: str
    folder: str
    options: Mapping[str, Any]
    retries: int = 0

    def __call__(self, task: Task) -> PointRun:
        """Run a point and wait for it.

        Raises:
            PointError: if there is no run to show for it.
        """
        if not open_store(self.out).exists(MARK):  # a folder of another machine, memory:// of another process
            raise PointError(f"this worker does not see {self.out}; share that folder, or give an fsspec URL")
        for left in range(self.retries, -1, -1):
            answer = self._answer(task)
            if "died" not in answer or not left or not wanted():
                break
        if "error" in answer:
            raise PointError(answer["error"])
        return PointRun(**answer["run"])

    def _answer(self, task: Task) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="aewidgets-sweep-") as made:
            scratch = Path(made)
            (scratch / self.file_name).write_bytes(self.notebook)
            job = {
                "notebook": str(scratch / self.file_name), "parameters": dict(task.parameters), "out": self.out,
                "name": task.name, "index": False, **self.options,
            }  # fmt: skip
            (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
            there = Path(self.folder).is_dir()
            code, said = _run(scratch, self.folder if there else made)
            answer = _read(scratch / "answer.json")
        if answer is None:
            words = f"its process ended with code {code} and no run: {said}"
            return {"error": words if there else f"{words} (this worker has no folder {self.folder})", "died": True}
        return answer


def _run(scratch: Path, folder: str) -> tuple[int, str]:
    """The exit code of the process, and the end of what it said. Its standard input lives as long as this process."""
    command = [sys.executable, "-m", "aewidgets.reports.sweeps.points", str(scratch)]
    with (scratch / "said").open("wb") as said:
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True
        )
        try:
            while True:
                try:
                    code = child.wait(_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    if not wanted():
                        raise PointError("not wanted any more") from None
        finally:
            _end(child)
    with (scratch / "said").open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 1000))
        return code, " ".join(file.read().decode("utf-8", "replace").split())[-500:] or "it said nothing"


def _end(child: subprocess.Popen) -> None:
    """Ask a process to end, by closing its standard input; kill it if it does not."""
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > _LONGEST:
            return {"error": f"it recorded more than {_LONGEST:,} bytes of metrics"}
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _main(scratch: Path) -> None:
    """The other side: run what job.json says, and leave answer.json."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    from aewidgets.reports.execution.runner import run_report
    from aewidgets.reports.parameters.cell import ParameterError

    job = json.loads((scratch / "job.json").read_text(encoding="utf-8"))
    name = job["name"]
    answer: dict[str, Any]
    try:
        report = run_report(job.pop("notebook"), job.pop("parameters"), job.pop("out"), **job)
    except FileExistsError:
        answer = {"run": PointRun(name, "completed", None, {}, None, there=True)._asdict()}
    except (ParameterError, ValueError, OSError) as error:
        notes = "; ".join(getattr(error, "__notes__", ()))
        answer = {"error": f"{type(error).__name__}: {error}" + f" ({notes})" * bool(notes)}
    else:
        failure = f"{report.failure.name}: {report.failure.message}" if report.failure else None
        run = PointRun(report.name, report.status, failure, dict(report.metrics), round(report.seconds, 1))
        answer = {"run": run._asdict()}
    write_text(scratch / "answer.json", json.dumps(answer))


def _end_with_input() -> None:
    """Wait until standard input ends, as it does when the worker is gone; then end at once, and leave nothing."""
    os.read(0, 1)
    from aewidgets.reports.execution.kernels import kill_kernels
    from aewidgets.reports.stores.pending import discard_pending

    kill_kernels()
    discard_pending()
    os._exit(130)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
