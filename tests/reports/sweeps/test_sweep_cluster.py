"""A sweep on a cluster of separate processes, some of which are killed: every point is finished, each exactly once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from clusters import ENVIRONMENT, alive, cluster, process, soon, start_worker, stop
from s3_server import s3_server

from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.sweeps.sweep import run_sweep

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow
PARAMETERS = "quality: int = 1\neffort: int = 0\nnoted: str = ''\n"
WORK = """
import os, time
from pathlib import Path
from aewidgets.reports import record
(Path(noted) / f"{quality}-{effort}.{os.getpid()}").touch()
time.sleep(0.5)
record(product=quality * effort)
"""


@pytest.fixture
def noted(tmp_path):
    """Return a folder in which every kernel leaves a file, named after its point and its process."""
    folder = tmp_path / "noted"
    folder.mkdir()
    return folder


@pytest.fixture
def command(tmp_path, make_notebook, noted):
    (tmp_path / "grid.yaml").write_text(
        json.dumps({"base": {"noted": str(noted)}, "grid": {"quality": [1, 2, 3, 4, 5, 6], "effort": [0, 1, 2, 3]}})
    )
    notebook = make_notebook(PARAMETERS, WORK)
    words = ("-m", "aewidgets", "sweep", notebook, tmp_path / "grid.yaml", "--out", tmp_path / "out", "--quiet")
    return [sys.executable, *map(str, words)]


def finished(out: Path) -> int:
    """Return the number of finished runs; links and hidden folders do not count."""
    folders = [path for path in out.glob("small-*") if not path.is_symlink()]
    return sum((folder / "run.json").exists() for folder in folders)


def check(out: Path, count: int) -> None:
    """Assert that every point has one run, that index and sweep.json hold each once, and that nothing else is left."""
    folders = [path for path in out.iterdir() if path.is_dir() and not path.is_symlink()]
    assert [path.name for path in folders if path.name.startswith(".") or "failed" in path.name] == []
    assert len(folders) == count
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"small.ipynb", "small.html", "metrics.json", "run.json"}
    runs = [json.loads(line) for line in (out / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(run["id"] for run in runs) == sorted(folder.name for folder in folders)
    assert {run["status"] for run in runs} == {"completed"}
    assert len({run["parameters_sha256"] for run in runs}) == count
    sweep = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    assert sweep["status"] == "finished"
    assert sorted(point["run"] for point in sweep["points"]) == sorted(run["id"] for run in runs)
    for point in sweep["points"]:
        assert point["metrics"] == {"product": point["parameters"]["quality"] * point["parameters"]["effort"]}


def test_24_points_are_finished_once_each_though_a_worker_and_the_client_are_killed(tmp_path, command):
    out = tmp_path / "out"
    with cluster(tmp_path, workers=2) as (address, workers):
        command += ["--scheduler", address]
        client = process(*command, cwd=tmp_path)
        try:
            assert soon(lambda: finished(out) >= 3, 300)
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()
            workers[0] = start_worker(address, tmp_path)
            assert soon(lambda: finished(out) >= 10, 600)
        finally:
            os.kill(client.pid, signal.SIGKILL)
            client.wait()
        kept = finished(out)
        assert kept < 24
        again = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    (summary,) = [line for line in again.stderr.splitlines() if line.startswith("24 points: 24 completed (")]
    assert int(summary.partition("(")[2].split()[0]) >= kept
    check(out, 24)


def test_ctrl_c_leaves_no_process_and_no_half_run_and_the_same_command_goes_on(tmp_path, command, noted):
    out = tmp_path / "out"
    command += ["--workers", "2"]
    client = process(*command, cwd=tmp_path)
    try:
        assert soon(lambda: finished(out) >= 2, 300)
        begun = len(list(noted.iterdir()))
        assert soon(lambda: len(list(noted.iterdir())) > begun, 300)
        os.killpg(client.pid, signal.SIGINT)  # as a terminal does
        assert client.wait(120) == 130
    finally:
        stop(client)
    kernels = [int(path.suffix[1:]) for path in noted.iterdir()]
    assert soon(lambda: not any(map(alive, kernels)), 60)
    assert soon(lambda: not list(out.glob(".small-*.*")), 60)
    sweep = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    assert sweep["status"] == "interrupted"
    assert sum(point["status"] == "completed" for point in sweep["points"]) <= finished(out) < 24
    base = json.loads((tmp_path / "grid.yaml").read_text())["base"]
    done = [point["parameters"] for point in sweep["points"] if point["status"] == "completed"]
    (tmp_path / "grid.yaml").write_text(json.dumps({"base": base, "list": [*done, {"quality": 6, "effort": 3}]}))
    again = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert f"{len(done) + 1} points: {len(done) + 1} completed ({len(done)} by an earlier sweep)" in again.stderr


def test_runs_of_a_sweep_end_on_an_object_store_as_they_do_in_a_folder(tmp_path, make_notebook, noted, monkeypatch):
    pytest.importorskip("moto", reason="moto is a real S3 server on loopback")
    pytest.importorskip("s3fs")
    (tmp_path / "grid.yaml").write_text(json.dumps({"base": {"noted": str(noted)}, "grid": {"quality": [1, 2]}}))
    notebook = make_notebook(PARAMETERS, WORK)
    with s3_server(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        for kept in (0, 2):
            result = run_sweep(notebook, tmp_path / "grid.yaml", "s3://bucket/runs", workers=1)
            assert (result.exit_code, result.page_url) == (0, "s3://bucket/runs/sweep.html")
            assert sum(state.kept for state in result.states) == kept
        store = open_store("s3://bucket/runs")
        runs = [json.loads(line) for line in store.read("index.jsonl", 1_000_000).splitlines()]
        assert sorted(run["id"] for run in runs) == store.runs() == sorted(state.run for state in result.states)
    assert len(list(noted.iterdir())) == 2
