"""A Dask cluster of separate processes over loopback, and work for it that does harm. No assertions."""

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
ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE), "PYTHONWARNINGS": "default"}


def square(number: int) -> int:
    """The square; 3 is no number that it likes."""
    if number == 3:
        raise ValueError("three is not squared here")
    if number == 4:
        sys.exit("four ends")
    return number * number


def threads(_: int) -> tuple[str, str]:
    """What BLAS and TensorFlow would read."""
    return os.environ["OMP_NUM_THREADS"], os.environ["TF_NUM_INTRAOP_THREADS"]


def deadly(path: Path) -> str:
    """Notes that it was called; kills its process where the path says so."""
    with path.open("a") as file:
        file.write("x")
    if "deadly" in path.name:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return path.name


def until_unwanted(path: Path) -> None:
    """Runs for as long as somebody waits for it; its file holds its process, then the word ended."""
    path.write_text(str(os.getpid()))
    while wanted():
        time.sleep(0.05)
    path.write_text("ended")


def long_work(path: Path) -> None:
    """Runs for a minute, whoever waits."""
    path.write_text(str(os.getpid()))
    time.sleep(60)


def process(*command: object, **options) -> subprocess.Popen:
    """A process in a group of its own, quiet."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    # A shell has what it runs in the background ignore Ctrl-C, and all that this starts: so tests would, too.
    quiet["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen([str(part) for part in command], **{"env": ENVIRONMENT, **quiet, **options})


def stop(running: subprocess.Popen) -> None:
    """Kill a process and what it started in its group."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def start_worker(address: str, folder: Path, *options: object) -> subprocess.Popen:
    """A `dask worker` without a nanny, so that kill -9 ends it for good."""
    scratch = ("--local-directory", folder, "--no-dashboard", "--no-nanny", "--nthreads", 1)
    return process(sys.executable, "-m", "dask", "worker", address, *scratch, *options, cwd=folder)


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """The address of a scheduler and its workers, all of them processes of their own."""
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
    """The address that a scheduler wrote, when it has."""
    import json

    for _ in range(round(seconds / 0.1)):
        with suppress(OSError, ValueError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.1)
    raise TimeoutError(f"no scheduler wrote {file}")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not asked for its exit code does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(happened, seconds: float = 60) -> bool:
    """Whether something becomes true."""
    for _ in range(round(seconds / 0.05)):
        if happened():
            return True
        time.sleep(0.05)
    return False
