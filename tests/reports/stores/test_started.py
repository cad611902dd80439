"""A run is seen while it goes on and, as killed, after its process is gone; one that has ended leaves no note."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_folders import record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.cli import main
from aewidgets.reports.requirements.drift import find_baseline
from aewidgets.reports.runs.index import INDEX, PAGE, list_runs, update_index
from aewidgets.reports.runs.run import DID_NOT_END, KILLED, RUNNING
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.pending import discard_pending, pending_folder
from aewidgets.reports.stores.started import goes_on, noted

ABOUT = json.dumps(record(status=DID_NOT_END, parameters={"n": 3}) | {"exit_code": 137}).encode()
# A process that fills a run folder, says so, and then waits.
FILLS = """
import sys, time
from pathlib import Path
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.pending import pending_folder
with pending_folder(LocalStore(Path(sys.argv[1])), "noise-1", sys.argv[2].encode()) as folder:
    (folder / "noise.ipynb").write_text('{"cells": []}')
    print("filling", flush=True)
    time.sleep(300)
"""


@contextmanager
def filling(root: Path) -> Iterator[subprocess.Popen]:
    """Start a process that fills a run folder, and kill it at the end at the latest."""
    command = [sys.executable, "-c", FILLS, str(root), ABOUT.decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and process.stdout.readline() == "filling\n"
            yield process
        finally:
            process.kill()


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name != ".index.lock")


def test_a_run_is_running_and_then_killed_for_command_index_and_page(tmp_path: Path):
    store = open_store(tmp_path)
    with filling(tmp_path) as process:
        (running,) = list_runs(store)
        assert update_index(store) == [running]
        assert (running.status, running.exit_code, running.failed) == (RUNNING, None, False)
        assert (running.parameters, running.links, running.why) == ({"n": 3}, {}, "")
        assert store.runs() == [] and find_baseline(store, "latest", "noise.ipynb", "") is None
        said = CliRunner().invoke(main, ["runs", str(tmp_path)])
        assert (said.exit_code, RUNNING in said.output) == (0, True)
        assert "0 of 1 runs" in CliRunner().invoke(main, ["runs", str(tmp_path), "--status", "failed"]).output
        kept = CliRunner().invoke(main, ["runs", "prune", str(tmp_path), "--keep", "0", "--yes"])
        assert kept.exit_code == 0 and f"stays  {running.id}: it goes on" in kept.output
        assert not store.remove_run(running.id)
        exported = CliRunner().invoke(main, ["runs", "export", str(tmp_path), "--csv"])
        assert f'"{running.id}","noise.ipynb","{RUNNING}",""' in exported.output
        before = names(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    (run,) = list_runs(store)
    assert (run.status, run.exit_code, run.parameters, run.failed) == (KILLED, 137, {"n": 3}, True)
    assert run.links == {"notebook": f"{run.id}/noise.ipynb"} and run.problem is None
    assert update_index(store) == [run] == update_index(store)
    for file, space in ((INDEX, " "), (PAGE, "")):
        text = (tmp_path / file).read_text()
        assert f'"status":{space}"{KILLED}"' in text and f'"status":{space}"{RUNNING}"' not in text
    assert sorted({*names(tmp_path)} - {INDEX, PAGE}) == sorted({*before} - {INDEX, PAGE})
    assert store.runs() == [] and find_baseline(store, "latest", "noise.ipynb", "") is None
    for command in (["runs", str(tmp_path)], ["runs", str(tmp_path), "--status", "failed"]):
        said = CliRunner().invoke(main, command)
        assert (said.exit_code, KILLED in said.output) == (0, True)
    shown = CliRunner().invoke(main, ["runs", "show", run.id, str(tmp_path)])
    assert shown.exit_code == 0 and f"{run.id}: killed" in shown.output
    gone = CliRunner().invoke(main, ["runs", "prune", str(tmp_path), "--failed", "--yes"])
    assert gone.exit_code == 0 and f"removed  {run.id}  killed" in gone.output
    assert names(tmp_path) == [PAGE, INDEX] and list_runs(store) == []


def test_a_run_that_ends_leaves_no_note(tmp_path: Path):
    store = LocalStore(tmp_path)
    with pending_folder(store, "run", ABOUT) as folder:
        (folder / "run.json").write_bytes(ABOUT)
        store.put_run(folder, "run")
    assert names(tmp_path) == ["run"]
    with pytest.raises(RuntimeError), pending_folder(store, "empty", ABOUT):
        raise RuntimeError
    assert names(tmp_path) == ["run"]
    with pending_folder(store, "gone", ABOUT):
        discard_pending()
    assert names(tmp_path) == ["run"]


def test_a_run_that_fails_before_it_has_a_record_gets_the_one_of_its_start(tmp_path: Path):
    with pytest.raises(RuntimeError), pending_folder(LocalStore(tmp_path), "run", ABOUT) as folder:
        (folder / "noise.ipynb").write_text("half")
        raise RuntimeError
    assert names(tmp_path) == ["run-failed"] and names(tmp_path / "run-failed") == ["noise.ipynb", "run.json"]
    assert [(run.id, run.status) for run in list_runs(open_store(tmp_path))] == [("run-failed", DID_NOT_END)]


def test_a_run_that_could_not_be_published_is_seen_too(tmp_path: Path):
    with pytest.raises(OSError), pending_folder(LocalStore(tmp_path), "run", ABOUT) as folder:
        (folder / "run.json").write_text("{}")
        raise OSError
    (run,) = list_runs(open_store(tmp_path))
    assert (run.id, run.status) == (folder.name, DID_NOT_END)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow over so many bytes: writing fails as on a full disk, with an error that names no file."""
    resource = pytest.importorskip("resource", reason="Windows has no limits on the size of files")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_named_by_the_file_or_folder_that_did_not_fit(tmp_path: Path):
    store = LocalStore(tmp_path)
    with full_disk(10_000), pytest.raises(OSError, match=r"sweep\.json"):
        store.write("sweep.json", bytes(20_000))
    with full_disk(10_000), pytest.raises(OSError) as caught, pending_folder(store, "run", ABOUT) as folder:
        (folder / "page.html").write_bytes(bytes(20_000))
    assert str(folder) in str(caught.value) and (tmp_path / "run-failed" / "run.json").read_bytes() == ABOUT


def test_a_full_disk_is_named_by_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    source = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [], "execution_count": None}
    notebook = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [source]}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook))
    words = ["schedule", "n.ipynb", "--cron", "@daily", "--print", "systemd", "--write", "units"]
    with full_disk(10):
        result = CliRunner().invoke(main, words)
    assert (result.exit_code, "units/aewidgets-n.service" in result.output) == (5, True)


def test_to_ask_about_a_run_that_has_just_ended_leaves_no_lock_behind(tmp_path: Path):
    folder = tmp_path / ".run.1234"
    folder.mkdir()
    assert goes_on(folder) is None and goes_on(tmp_path / ".gone.1234") is None
    assert names(tmp_path) == [".run.1234"]
    with noted(folder, ABOUT):
        assert goes_on(folder) is True
    assert goes_on(folder) is False
