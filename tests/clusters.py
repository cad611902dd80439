"""A Dask cluster of separate processes over loopback, and harmful work for it. No assertions."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aewidgets.system.spreading import wanted

HERE = Path(__file__).parent
PATHS = os.pathsep.join(part for part in (str(HERE), os.environ.get("PYTHONPATH")) if part)
ENVIRONMENT = os.environ | {"PYTHONPATH": PATHS, "PYTHONWARNINGS": "default"}


def square(number: int) -> int:
    """Return the square; raise for 3, end the process for 4."""
    if number == 3:
        raise ValueError("three is not squared here")
    if number == 4:
        sys.exit("four ends")
    return number * number


def threads(_: int) -> tuple[str, str]:
    """Return the numbers of threads that BLAS and TensorFlow would read."""
    return os.environ["OMP_NUM_THREADS"], os.environ["TF_NUM_INTRAOP_THREADS"]


def deadly(path: Path) -> str:
    """Append to a file on each call; kill the own process if the name of the file says so."""
    with path.open("a") as file:
        file.write("x")
    if "deadly" in path.name:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return path.name


def until_unwanted(path: Path) -> None:
    """Run as long as the result is wanted; the file holds the process id, then the word "ended"."""
    path.write_text(str(os.getpid()))
    while wanted():
        time.sleep(0.05)
    path.write_text("ended")


def long_work(path: Path) -> None:
    """Run for a minute, wanted or not; the file holds the process id."""
    path.write_text(str(os.getpid()))
    time.sleep(60)


def process(*command: object, **options) -> subprocess.Popen:
    """Start a quiet process in a group of its own."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    # A shell makes its background processes and their children ignore Ctrl-C; tests may be among them.
    quiet["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen([str(part) for part in command], **{"env": ENVIRONMENT, **quiet, **options})


def stop(running: subprocess.Popen) -> None:
    """Kill a process and its children in its group."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def start_worker(address: str, folder: Path, *options: object) -> subprocess.Popen:
    """Start a `dask worker` without a nanny, so that kill -9 ends it for good."""
    scratch = ("--local-directory", folder, "--no-dashboard", "--no-nanny", "--nthreads", 1)
    return process(sys.executable, "-m", "dask", "worker", address, *scratch, *options, cwd=folder)


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """Yield the address of a scheduler and its workers, all of them separate processes."""
    found = folder / "scheduler.json"
    quiet = ("--dashboard-address", "127.0.0.1:0", "--no-dashboard")  # without the first, it takes port 8787
    options = ("--host", "127.0.0.1", "--port", 0, "--scheduler-file", found, *quiet)
    running = [process(sys.executable, "-m", "dask", "scheduler", *options, cwd=folder)]
    try:
        address = scheduler_address(found)
        started = [start_worker(address, folder) for _ in range(workers)]
        running += started
        yield address, started
        running += started
    finally:
        for one in running:
            stop(one)


def scheduler_address(file: Path, seconds: float = 60) -> str:
    """Wait for the address in a scheduler's file and return it."""
    import json

    for _ in range(round(seconds / 0.1)):
        with suppress(OSError, ValueError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.1)
    raise TimeoutError(f"no scheduler wrote {file}")


def alive(pid: int) -> bool:
    """Return True while a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(happened, seconds: float = 60) -> bool:
    """Return True as soon as a condition holds, False if it does not in time."""
    for _ in range(round(seconds / 0.05)):
        if happened():
            return True
        time.sleep(0.05)
    return False
