"""Peak memory and seconds of every notebook through `aewidgets report`, on one thread, as on Binder.

Memory is what the whole family of processes holds at once, proportional shares of shared pages counted once (PSS), read
ten times a second; on systems without /proc it is the resident memory of each, summed, which counts shared pages twice.
Binder's limit is 2 GB, of which JupyterLab itself takes some: the last row is an idle Lab.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.browsing import LAB, free_port

LIMIT = 2e9
EVERY = 0.1  # seconds


class Used(NamedTuple):
    """Use of a process and its children: wall and processor seconds, and peak bytes."""

    seconds: float
    processor: float
    peak: int
    code: int | None


def one_thread() -> dict[str, str]:
    """Return the environment that binder/start makes, read from that script."""
    script = Path(__file__).resolve().parent.parent / "binder" / "start"
    run = subprocess.run([script, "env", "-0"], capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in run.stdout.split("\0") if line)


def held(root: int) -> tuple[float, int]:
    """Return processor seconds so far, and held bytes, of a process and all its children."""
    import psutil

    seconds, total = 0.0, 0
    try:
        family = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0, 0
    for process in family:
        try:
            seconds += sum(process.cpu_times()[:4])  # own and of children that have ended
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
            total += next(1024 * int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except psutil.Error:
            continue
        except (OSError, StopIteration):
            if not Path("/proc").is_dir():
                total += process.memory_info().rss
    return seconds, total


def watched(command: Sequence[str], log: Path, limit: float | None = None) -> Used:
    """Run a command to its end, or for a number of seconds, and watch its memory meanwhile."""
    start, processor, peak = time.perf_counter(), 0.0, 0
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=one_thread())
        while process.poll() is None and (limit is None or time.perf_counter() - start < limit):
            processor, peak = map(max, (processor, peak), held(process.pid))
            time.sleep(EVERY)
        if process.poll() is None:
            process.terminate()
            process.wait(30)
            return Used(time.perf_counter() - start, processor, peak, None)
    return Used(time.perf_counter() - start, processor, peak, process.returncode)


def main() -> None:
    """Print a row for each notebook, then one for JupyterLab doing nothing."""
    notebooks = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))
    print(f"one thread, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        for notebook in notebooks:
            command = [sys.executable, "-m", "aewidgets", "report", str(notebook), "--out", folder, "--quiet"]
            row(notebook.stem, watched(command, log), log)
        port = f"--port={free_port()}"
        lab = [sys.executable, "-m", "jupyter", "lab", port, *(o for o in LAB if o != "--port=PORT")]
        row("idle JupyterLab", watched([*lab, f"--ServerApp.root_dir={folder}"], log, 20), log)


def row(name: str, used: Used, log: Path) -> None:
    """Return one line of the table; for a failure, with the end of what was printed."""
    fits = "" if used.peak < LIMIT else ", ABOVE 2 GB"
    seconds = f"{used.processor:4.0f} s of processor, {used.seconds:4.0f} s in all"
    print(f"{name:<18} peak {used.peak / 1e9:.2f} GB, {seconds}{fits}", flush=True)
    if used.code:
        print(f"  ended with {used.code}: {log.read_text(errors='replace')[-500:]}", flush=True)
