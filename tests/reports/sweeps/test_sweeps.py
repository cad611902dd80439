"""Sweeps: every point is a run of its own, failures stay apart, finished points are not run again."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from clusters import alive, soon

from aewidgets.reports.execution.sources import load_notebook
from aewidgets.reports.requirements.drift import NoWorse
from aewidgets.reports.requirements.thresholds import RequirementError
from aewidgets.reports.runs.index import INDEX
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.sweeps import states
from aewidgets.reports.sweeps import sweep as sweep_module
from aewidgets.reports.sweeps.board import Board
from aewidgets.reports.sweeps.grids import GridError
from aewidgets.reports.sweeps.points import MARK, PointError, PointRunner, Task
from aewidgets.reports.sweeps.sweep import run_sweep
from aewidgets.system.locks import LockedError
from aewidgets.system.spreading import ItemResult

pytest.importorskip("distributed")

pytestmark = pytest.mark.long
PARAMETERS = "quality: float = 50.0  # 1..100\nseed: int = 0\n"
WORK = """
from aewidgets.reports import record
record(psnr_db=20 + quality / 10)
assert quality != 30, "thirty </script> is too much"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep")
    cells = [
        nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(WORK),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path / "tiny.ipynb")
    grid(path, "list: [{quality: 10}, {quality: 30}, {quality: 90}, {quality: 90.0, seed: 0}]")
    return path


def test_notebooks_run_where_theirs_lies_or_where_it_is_asked_for(folder, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(sweep_module, "spread", lambda runner, *_, **__: asked.append(runner.folder))
    monkeypatch.chdir(tmp_path)
    for number, options in enumerate(({}, {"cwd": "."})):
        run_sweep(folder / "tiny.ipynb", folder / "grid.yaml", tmp_path / f"out{number}", **options)
    assert asked == [str(folder), str(tmp_path)]


@pytest.fixture(scope="module")
def swept(folder):
    """Sweep three points, one of which fails and one misses a threshold; return the sweep and all reported states."""
    states = []
    result = run_sweep(
        folder / "tiny.ipynb", folder / "grid.yaml", folder / "out", workers=2,
        requirements=["psnr_db >= 22"], on_point=states.append,
    )  # fmt: skip
    return result, states


@pytest.fixture
def no_cluster(monkeypatch):
    """Fail the test if anything is run."""

    def refuse(*arguments, **options):
        raise AssertionError("something was to be run")

    monkeypatch.setattr(sweep_module, "spread", refuse)


def grid(folder: Path, text: str) -> Path:
    (folder / "grid.yaml").write_text(text)
    return folder / "grid.yaml"


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir() and path.name.startswith(".")]


def test_every_point_is_a_run_of_its_own_and_a_failure_stops_no_other(folder, swept):
    result, states = swept
    assert [state.status for state in result.states] == ["threshold missed", "cell failed", "completed"]
    assert (result.exit_code, result.dropped, result.interrupted) == (1, (4,), False)
    assert sorted(state.point.number for state in states) == [1, 2, 3]
    assert result.states[2].metrics == {"psnr_db": 29.0}
    assert "thirty" in result.states[1].failure
    for state in result.states:
        record = json.loads((folder / "out" / state.run / "run.json").read_text())
        assert (record["id"], record["status"]) == (state.run, state.status)
        assert record["parameters"] == {"quality": [10.0, 30.0, 90.0][state.point.number - 1], "seed": 0}
        assert state.run == state.name + ("-failed" if state.status == "cell failed" else "")
    assert hidden(folder / "out") == []


def test_sweep_json_and_the_page_hold_all_points(folder, swept):
    record = json.loads((folder / "out" / "sweep.json").read_text())
    assert (record["status"], record["varied"], record["shared"]) == ("finished", ["quality"], {"seed": 0})
    assert [point["run"] for point in record["points"]] == [state.run for state in swept[0].states]
    page = (folder / "out" / "sweep.html").read_text()
    assert swept[0].page_url == f"{folder}/out/sweep.html"
    assert "thirty \\u003c/script> is too much" in page


def test_the_index_holds_every_run_once(folder, swept):
    runs = [json.loads(line) for line in (folder / "out" / "index.jsonl").read_text().splitlines()]
    assert sorted(run["id"] for run in runs) == sorted(state.run for state in swept[0].states)


def test_finished_points_are_kept_and_held_against_what_is_required_now(folder, swept, no_cluster):
    few = grid(folder, "list: [{quality: 10}, {quality: 90}]")
    result = run_sweep(folder / "tiny.ipynb", few, folder / "out")
    assert [(state.status, state.kept) for state in result.states] == [("completed", True)] * 2
    assert result.exit_code == 0
    result = run_sweep(folder / "tiny.ipynb", few, folder / "out", requirements=["psnr_db > 25", "absent < 1"])
    assert [state.status for state in result.states] == ["threshold missed"] * 2
    assert result.states[0].failure.startswith("psnr_db > 25: it is 21; absent < 1: absent was not recorded")
    assert result.exit_code == 6


def test_finished_points_are_judged_by_all_their_figures_not_by_the_index(folder, swept, tmp_path, no_cluster):
    few = grid(folder, "list: [{quality: 90}]")
    name = swept[0].states[2].name
    shutil.copytree(folder / "out" / name, tmp_path / name)
    figures = {"curve": list(range(400)), **{f"more_{n}": n for n in range(300)}}  # the index shortens both
    (tmp_path / name / "metrics.json").write_text(json.dumps(figures))
    wanted = ["curve[399] >= 399", "more_299 == 299"]
    result = run_sweep(folder / "tiny.ipynb", few, tmp_path, requirements=wanted)
    assert (result.exit_code, result.states[0].kept, result.states[0].metrics) == (0, True, figures)
    assert run_sweep(folder / "tiny.ipynb", few, tmp_path, requirements=["curve[0] > 0"]).exit_code == 6
    (tmp_path / name / "metrics.json").write_text("[")
    with pytest.raises(FileExistsError, match=r"the figures of .* cannot be read"):
        run_sweep(folder / "tiny.ipynb", few, tmp_path, requirements=wanted)


def test_points_are_compared_with_the_newest_run_of_their_parameters(folder, swept, tmp_path, monkeypatch):
    out = tmp_path / "out"
    shutil.copytree(folder / "out", out, symlinks=True)
    (out / INDEX).unlink()
    text = (folder / "tiny.ipynb").read_text()
    (tmp_path / "tiny.ipynb").write_text(text.replace("20 +", "19 +").replace("record(", "record(rate=1, "))
    few, rule = grid(folder, "list: [{quality: 90}]"), NoWorse.of("latest", "0.5")
    points = []

    def here(runner, tasks, **_):
        for task in tasks:
            run = runner(task)
            points.append(run)
            yield ItemResult(task, run, None)

    monkeypatch.setattr(sweep_module, "spread", here)
    result = run_sweep(folder / "tiny.ipynb", few, out, no_worse=rule)  # finished: nothing is run
    assert (result.exit_code, points) == (0, [])
    place = load_notebook(folder / "tiny.ipynb").place  # the notebook was edited where it lies
    monkeypatch.setattr(sweep_module, "load_notebook", lambda path: load_notebook(path, place))
    result = run_sweep(tmp_path / "tiny.ipynb", few, out, no_worse=rule)
    assert (result.exit_code, len(points)) == (6, 1)
    assert "psnr_db >= 28.5 (29 in " in result.states[0].failure
    assert list(result.states[0].left_out) == ["rate"]
    for compared, code in ((rule, 6), (None, 0)):  # finished now, and not compared again
        again = run_sweep(tmp_path / "tiny.ipynb", few, out, no_worse=compared)
        assert (again.exit_code, again.states[0].kept, len(points)) == (code, True, 1)
    with pytest.raises(RequirementError, match="expected a completed run"):
        run_sweep(tmp_path / "tiny.ipynb", few, out, no_worse=NoWorse.of("nowhere"))


def test_an_edited_notebook_has_other_points(folder, swept, tmp_path, monkeypatch):
    text = (folder / "tiny.ipynb").read_text()
    (tmp_path / "tiny.ipynb").write_text(text.replace("20 +", "21 +"))
    asked = []

    def note(runner, tasks, **_):
        asked.extend(tasks)
        yield from ()

    monkeypatch.setattr(sweep_module, "spread", note)
    run_sweep(tmp_path / "tiny.ipynb", grid(folder, "grid: {quality: [10, 90]}"), folder / "out")
    assert len(asked) == 2
    assert not {task.name for task in asked} & {state.name for state in swept[0].states}


def test_without_resume_nothing_that_is_there_is_touched(folder, swept, no_cluster):
    with pytest.raises(FileExistsError, match="1 of 2 points are finished"):
        run_sweep(folder / "tiny.ipynb", grid(folder, "grid: {quality: [90, 91]}"), folder / "out", resume=False)


def test_errors_are_raised_before_anything_is_written(folder, tmp_path, no_cluster):
    notebook, out = folder / "tiny.ipynb", tmp_path / "out"
    bad = tmp_path / "bad.yaml"
    bad.write_text("grid: {quality: [0, 50, 101], sed: [1]}")
    with pytest.raises(GridError) as caught:
        run_sweep(notebook, bad, out)
    assert len(str(caught.value).splitlines()) == 3
    bad.write_text("grid: {quality: [50]}")
    with pytest.raises(RequirementError):
        run_sweep(notebook, bad, out, requirements=["psnr_db"])
    with pytest.raises(FileNotFoundError):
        run_sweep(notebook, tmp_path / "absent.yaml", out)
    assert not out.exists()


def test_two_sweeps_do_not_write_into_one_folder(folder, swept, no_cluster):
    few = grid(folder, "list: [{quality: 90}]")
    with open_store(folder / "out").lock("sweep"), pytest.raises(LockedError, match="another sweep is writing"):
        run_sweep(folder / "tiny.ipynb", few, folder / "out")


def test_a_folder_that_only_has_the_name_of_a_point_is_not_taken_for_its_run(folder, swept, tmp_path, no_cluster):
    name = swept[0].states[2].name
    record = json.loads((folder / "out" / name / "run.json").read_text())
    (tmp_path / name).mkdir()
    (tmp_path / name / "run.json").write_text(json.dumps(record | {"parameters_sha256": "0" * 64}))
    with pytest.raises(FileExistsError, match="has the name of point 1 but is no finished run of it"):
        run_sweep(folder / "tiny.ipynb", grid(folder, "list: [{quality: 90}]"), tmp_path)


def runner(folder: Path, out: Path, **options) -> PointRunner:
    data = (folder / "tiny.ipynb").read_bytes()
    return PointRunner(data, "tiny.ipynb", str(out), str(folder), options)


def test_a_worker_that_does_not_see_the_store_runs_nothing(folder, tmp_path):
    with pytest.raises(PointError, match=f"this worker does not see {tmp_path}"):
        runner(folder, tmp_path)(Task("tiny-1", {}))
    assert list(tmp_path.iterdir()) == []


def test_a_point_that_a_dead_worker_had_published_counts_once(folder, swept):
    """A worker dies after it has published a run and before it can answer; another worker gets the point."""
    state = next(one for one in swept[0].states if one.status == "completed")
    run = runner(folder, folder / "out")(Task(state.name, {"quality": 90.0}))
    assert run.there
    outcome = ItemResult(None, run, None)
    waiting = states.State(state.point, state.name)
    again = states.state_after(waiting, outcome, open_store(folder / "out"), [])
    assert (again.status, again.run, again.metrics, again.kept) == ("completed", state.run, state.metrics, False)


def test_a_point_whose_process_dies_is_reported_with_the_end_of_its_output(folder, tmp_path):
    (tmp_path / MARK).write_text("{}")
    with pytest.raises(PointError, match=r"TypeError|code 1 and no run"):
        runner(folder, tmp_path, no_such_option=1)(Task("tiny-1", {}))
    assert hidden(tmp_path) == []


def test_a_process_whose_worker_is_gone_ends_and_leaves_nothing(folder, tmp_path):
    """The worker's end of the pipe closes however the worker ends, kill -9 included."""
    noted, out, scratch = tmp_path / "pid", tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    notebook.cells[1].source = f"import os, time\nopen({str(noted)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    nbformat.write(notebook, scratch / "tiny.ipynb")
    job = {"notebook": str(scratch / "tiny.ipynb"), "parameters": {}, "out": str(out), "name": "tiny-1"}
    (scratch / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", "aewidgets.reports.sweeps.points", str(scratch)]
    temporary = tmp_path / "temporary"  # holds the connection files of kernels
    temporary.mkdir()
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"TMPDIR": str(temporary)}) as child:
        assert soon(lambda: noted.exists() and noted.read_text(), 120)
        assert len(hidden(out)) == 1
        assert len(list(temporary.glob("*.json"))) == 1
        assert child.stdin
        child.stdin.close()
        assert child.wait(120) == 130
    assert soon(lambda: not alive(int(noted.read_text())), 30)
    assert [path.name for path in out.iterdir()] == []
    assert list(temporary.glob("*.json")) == []


def test_folders_that_killed_processes_left_are_removed_once_their_point_is_finished(folder, swept):
    out = folder / "out"
    name = next(state.name for state in swept[0].states if state.status == "completed")
    for left in (f".{name}.abc", ".tiny-000000000000.abc", f".{name}x.abc"):
        (out / left).mkdir()
    states.remove_leftovers(open_store(out), swept[0].states)
    assert sorted(hidden(out)) == [".tiny-000000000000.abc", f".{name}x.abc"]
    for left in hidden(out):
        (out / left).rmdir()


def test_names_come_from_the_hashes_of_notebook_and_parameters(folder, swept):
    source = load_notebook(folder / "tiny.ipynb")
    names = {state.name for state in swept[0].states}
    assert len(names) == 3
    assert all(name.startswith(f"{source.stem}-") and len(name.rpartition("-")[2]) == 12 for name in names)


def test_a_killed_kernel_is_a_status_of_its_point(folder, tmp_path):
    (tmp_path / MARK).write_text("{}")
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    notebook.cells[1].source = f"import os\nos.kill(os.getpid(), {int(signal.SIGKILL)})"
    nbformat.write(notebook, tmp_path / "deadly.ipynb")
    data = (tmp_path / "deadly.ipynb").read_bytes()
    run = PointRunner(data, "deadly.ipynb", str(tmp_path), str(tmp_path), {})(Task("deadly-1", {}))
    assert (run.status, run.name) == ("kernel died", "deadly-1-failed")


def test_points_leave_the_index_to_the_sweep_which_brings_it_up_to_date_while_it_runs(folder, tmp_path, swept):
    (tmp_path / MARK).write_text("{}")
    state = swept[0].states[2]
    run = runner(folder, tmp_path)(Task(state.name, {"quality": 90.0}))
    assert run.status == "completed"
    assert not (tmp_path / INDEX).exists()
    board = Board(open_store(tmp_path), load_notebook(folder / "tiny.ipynb"), swept[0].states, [], None)
    board.change(state)
    assert [json.loads(line)["id"] for line in (tmp_path / INDEX).read_text().splitlines()] == [state.name]
    (tmp_path / INDEX).unlink()
    board.change(state)
    assert not (tmp_path / INDEX).exists(), "written for each point"


def test_somebody_else_at_the_index_does_not_stop_a_sweep(folder, tmp_path, swept):
    store = open_store(tmp_path)
    board = Board(store, load_notebook(folder / "tiny.ipynb"), swept[0].states, [], None)
    with store.lock("index", None):
        board.change(swept[0].states[0])
    assert (tmp_path / MARK).exists()
    assert not (tmp_path / INDEX).exists()
