"""Command `aewidgets sweep` explains its errors in words, and its exit code says how the points ended."""

import json
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")
pytest.importorskip("distributed")

from aewidgets.cli import main
from aewidgets.reports.sweeps import sweep as runner
from aewidgets.reports.sweeps.points import PointRun
from aewidgets.reports.sweeps.sweep import Sweep
from aewidgets.system.spreading import ClusterLostError, ItemResult


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    cells = [nbformat.v4.new_code_cell("quality: int = 5  # 1..100", metadata={"tags": ["parameters"]})]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), tmp_path / "tiny.ipynb")
    (tmp_path / "grid.yaml").write_text("grid: {quality: [1, 2, 3]}")
    return "tiny.ipynb"


def sweep(*arguments: object):
    return CliRunner().invoke(main, ["sweep", *map(str, arguments), "--quiet"])


def runs(monkeypatch: pytest.MonkeyPatch, *statuses: str, then: BaseException | None = None) -> None:
    """Replace the cluster: points end with the given statuses in turn, and then perhaps an exception is raised."""

    def spread(runner, tasks, **_):
        for task, status in zip(tasks, statuses, strict=False):
            yield ItemResult(task, PointRun(task.name, status, None if status == "completed" else "why", {}, 1.0), None)
        if then:
            raise then

    monkeypatch.setattr(runner, "spread", spread)


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("completed",) * 3, 0),
        (("completed", "threshold missed", "completed"), 6),
        (("completed", "threshold missed", "cell failed"), 1),
        (("timeout", "completed", "completed"), 1),
    ],
)
def test_the_exit_code_is_the_worst_of_the_points(notebook, monkeypatch, statuses, code):
    runs(monkeypatch, *statuses)
    result = sweep(notebook, "grid.yaml", "--out", "out")
    assert result.exit_code == code
    assert result.stdout.strip() == f"{Path.cwd()}/out/sweep.html"
    assert ("why" in result.stderr) == (code != 0)
    assert f"{statuses.count('completed')} completed" in result.stderr


def test_what_was_not_compared_is_said_once_for_all_points(notebook, monkeypatch):
    def spread(runner, tasks, **_):
        assert runner.options["no_worse"] == {"than": "latest", "by": "0.5", "metrics": [], "better": ["a=higher"]}
        for task in tasks:
            yield ItemResult(task, PointRun(task.name, "completed", None, {}, 1.0, left_out={"rate": "no way"}), None)

    monkeypatch.setattr(runner, "spread", spread)
    words = ["--no-worse-than", "latest", "--by", "0.5", "--better", "a=higher"]
    result = sweep(notebook, "grid.yaml", "--out", "out", *words)
    assert result.exit_code == 0 and "Not compared at 3 points: rate: no way\n" in result.stderr
    for wrong in (words[2:], words[4:], [*words[:4], "--better", "a"], ["--no-worse-than", "nowhere"]):
        assert sweep(notebook, "grid.yaml", "--out", "other", *wrong).exit_code == 2
    assert not Path("other").exists()


def test_an_interrupted_sweep_says_how_to_go_on(notebook, monkeypatch):
    runs(monkeypatch, "completed", then=KeyboardInterrupt())
    result = sweep(notebook, "grid.yaml", "--out", "out")
    assert result.exit_code == 130
    assert "3 points: 1 completed, 2 waiting" in result.stderr
    assert "the same command goes on" in result.stderr
    assert json.loads(Path("out/sweep.json").read_text())["status"] == "interrupted"


def test_a_lost_cluster_is_a_failure_that_keeps_what_there_is(notebook, monkeypatch):
    runs(monkeypatch, "completed", then=ClusterLostError("the scheduler is gone"))
    result = sweep(notebook, "grid.yaml", "--out", "out")
    assert (result.exit_code, result.stderr.strip()) == (1, "Error: the scheduler is gone")
    printed = json.loads(Path("out/sweep.json").read_text())
    assert [point["status"] for point in printed["points"]] == ["completed", "waiting", "waiting"]


@pytest.mark.parametrize(
    ("arguments", "grid", "words"),
    [
        (("tiny.ipynb", "absent.yaml"), "", "absent.yaml"),
        (("absent.ipynb", "grid.yaml"), "grid: {quality: [1]}", "absent"),
        (("tiny.ipynb", "grid.yaml"), "grid: {qualty: [1]}", "did you mean 'quality'?"),
        (("tiny.ipynb", "grid.yaml"), "grid: {quality: [0]}", "(every point)"),
        (("tiny.ipynb", "grid.yaml", "--require", "psnr"), "grid: {quality: [1]}", "expected a requirement"),
        (("tiny.ipynb", "grid.yaml", "--scheduler", "here"), "grid: {quality: [1]}", "expected a scheduler's address"),
        (("tiny.ipynb", "grid.yaml", "--scheduler", "tcp://a:1", "--workers", 2), "grid: {quality: [1]}", "got both"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_words(notebook, arguments, grid, words):
    Path("grid.yaml").write_text(grid)
    result = sweep(*arguments, "--out", "out")
    assert result.exit_code == (5 if "absent.yaml" in arguments else 2)
    assert words in " ".join(result.stderr.split())
    assert not Path("out/sweep.json").exists()


def test_one_point_more_than_there_may_be_is_refused(notebook):
    values = ", ".join(map(str, range(101)))
    Path("grid.yaml").write_text(f"grid: {{quality: [{values}], b: [{values}]}}")
    result = sweep(notebook, "grid.yaml", "--out", "out")
    assert result.exit_code == 2
    assert "at most 10,000 points, got 10,201" in result.stderr


def test_a_sweep_without_points_left_to_wait_for_is_no_failure():
    assert Sweep((), (), "", False).exit_code == 0
