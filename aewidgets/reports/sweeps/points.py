"""Runs one point of a sweep in a process of its own: the worker, which waits, and the process, which runs it.

The process ends when the worker does, and then leaves no half-filled folder: another worker repeats the point.
"""

from __future__ import annotations

import ast
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

from aewidgets.reports.secrets import Secrets
from aewidgets.reports.stores.opening import open_store
from aewidgets.system.spreading import wanted
from aewidgets.system.writing import write_text

__all__ = ["MARK", "PointError", "PointRun", "PointRunner", "Task"]

#: File of a sweep in its store. A worker that does not find it is looking at another store.
MARK = "sweep.json"
_LOOK = 0.3  # seconds between two checks whether the run has ended, or is not wanted any more
_LONGEST = 50_000_000  # bytes of the largest answer of a process that is read


class PointError(RuntimeError):
    """Raised for a point that left no run; the message says why."""


class Task(NamedTuple):
    """A point that is to be run: the name of its folder, and its checked parameters."""

    name: str
    parameters: Mapping[str, Any]


class PointRun(NamedTuple):
    """A run that has taken place.

    Attributes:
        name: name of its folder.
        status: a key of `aewidgets.reports.execution.runner.EXIT_CODES`.
        failure: the failure in words; None for a completed run.
        metrics: figures that the notebook recorded.
        seconds: duration; None if it is not known.
        there: whether another process had published the run before; then only its name is known.
        left_out: figures that were not compared with an earlier run, and why.
    """

    name: str
    status: str
    failure: str | None
    metrics: Mapping[str, Any]
    seconds: float | None
    there: bool = False
    left_out: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PointRunner:
    """Runs the points of a sweep. It is sent to the workers, so everything in it can be pickled.

    Attributes:
        notebook: bytes of the notebook's file; every point runs these, even if the file is edited meanwhile.
        file_name: file name of the notebook.
        out: the store, an absolute path or a URL.
        folder: working directory of the notebooks, if a worker has it.
        options: further arguments of `run_report`, of plain types.
        retries: how many further processes are started for a point whose process dies.
    """

    notebook: bytes
    file_name: str
    out: str
    folder: str
    options: Mapping[str, Any]
    retries: int = 0

    def __call__(self, task: Task) -> PointRun:
        """Run a point and wait for its end.

        Raises:
            PointError: if the point left no run.
        """
        if not open_store(self.out).exists(MARK):  # the folder is on another machine, or memory:// in another process
            raise PointError(f"this worker does not see {self.out}; share that folder, or give an fsspec URL")
        for left in range(self.retries, -1, -1):
            answer = self._answer(task)
            if "died" not in answer or not left or not wanted():
                break
        if "error" in answer:
            raise PointError(answer["error"])
        return PointRun(**answer["run"])

    def _answer(self, task: Task) -> dict[str, Any]:
        """Run a point in a new process; return {"run": fields of `PointRun`} or {"error": text}, "died" if it died."""
        with tempfile.TemporaryDirectory(prefix="aewidgets-sweep-") as made:
            scratch = Path(made)
            (scratch / self.file_name).write_bytes(self.notebook)
            job = {
                "notebook": str(scratch / self.file_name), "parameters": repr(dict(task.parameters)), "out": self.out,
                "name": task.name, "index": False, "cwd": ".", **self.options,
            }  # fmt: skip
            (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
            has_folder = Path(self.folder).is_dir()
            code, output = _run(scratch, self.folder if has_folder else made)
            answer = _read(scratch / "answer.json")
        if answer is None:
            output = Secrets.of(self.options.get("secrets", ())).hidden(output)
            where = "" if has_folder else f" (this worker has no folder {self.folder})"
            return {"error": f"its process ended with code {code} and no run: {output}{where}", "died": True}
        return answer


def _run(scratch: Path, folder: str) -> tuple[int, str]:
    """Run the job in `scratch` in a new process; return its exit code and the end of its output.

    The process's standard input is a pipe that closes when this process ends, however it ends.
    """
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
    """Return the answer that a process wrote; None if there is none that can be read."""
    try:
        if path.stat().st_size > _LONGEST:
            return {"error": f"it recorded more than {_LONGEST:,} bytes of metrics"}
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _main(scratch: Path) -> None:
    """Run the job in job.json and write answer.json. This is the main function of a point's process."""
    # The thread starts before the slow imports: the worker may be gone by then.
    threading.Thread(target=_end_with_input, daemon=True).start()
    from aewidgets.reports.execution.runner import run_report
    from aewidgets.reports.parameters.cell import ParameterError
    from aewidgets.reports.requirements.drift import NoWorse

    job = json.loads((scratch / "job.json").read_text(encoding="utf-8"))
    name = job["name"]
    answer: dict[str, Any]
    try:
        given = job.pop("parameters")
        # The sweep writes them as Python, because JSON would turn numbers that are keys into texts.
        parameters = ast.literal_eval(given) if isinstance(given, str) else given
        compare = job.pop("no_worse", None)
        job["no_worse"] = NoWorse.of(**compare) if compare else None
        report = run_report(job.pop("notebook"), parameters, job.pop("out"), **job)
    except FileExistsError:
        answer = {"run": PointRun(name, "completed", None, {}, None, there=True)._asdict()}
    except (ParameterError, ValueError, OSError) as error:
        notes = "; ".join(getattr(error, "__notes__", ()))
        answer = {"error": f"{type(error).__name__}: {error}" + f" ({notes})" * bool(notes)}
    else:
        failure = f"{report.failure.name}: {report.failure.message}" if report.failure else None
        left_out = {o.metric or o.text: o.reason for o in (*report.requirements, *report.left_out) if o.met is None}
        run = PointRun(
            report.name, report.status, failure, dict(report.metrics), round(report.seconds, 1), left_out=left_out
        )
        answer = {"run": run._asdict()}
    write_text(scratch / "answer.json", json.dumps(answer))


def _end_with_input() -> None:
    """Wait until standard input closes because the worker is gone, then exit at once and leave nothing behind."""
    os.read(0, 1)
    from aewidgets.reports.execution.kernels import kill_kernels
    from aewidgets.reports.stores.pending import discard_pending

    kill_kernels()
    discard_pending()
    os._exit(130)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
