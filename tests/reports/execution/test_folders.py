"""A notebook runs where it lies, or where it is told to, with the kernel that it names, or another."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.cli import main
from aewidgets.commands.notebook_options import default_folder
from aewidgets.reports.execution.folders import elsewhere, working_folder
from aewidgets.reports.execution.sources import NotebookError, load_notebook
from aewidgets.reports.stores.store import PlaceError

WHERE = "import os, aewidgets.reports\naewidgets.reports.record(where=os.getcwd(), beside=os.path.isfile('beside.txt'))"


def report(notebook: Path, *options: str) -> Result:
    return CliRunner().invoke(
        main, ["report", str(notebook), "--out", str(notebook.parent / "out"), *options, "--quiet"]
    )


def test_the_default_is_the_folder_of_the_notebook_and_another_can_be_named(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, other = make_notebook("name = 'x'", WHERE), tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    (tmp_path / "beside.txt").touch()
    (other / "mine.txt").touch()
    for options, folder in (((), tmp_path), (("--cwd", "."), other)):
        result = report(path, "-p", "name", "mine.txt", *options)
        assert result.exit_code == 0, result.output
        metrics = json.loads((Path(result.stdout.strip()).parent / "metrics.json").read_text())
        assert metrics == {"where": str(folder), "beside": folder == tmp_path}
        strays = "mine.txt is in the current folder, but the notebook runs in"
        assert (strays in result.stderr) == (folder == tmp_path)


def test_folders_of_notebooks_by_path_by_url_and_of_bundled_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.ipynb").touch()
    assert working_folder("a/x.ipynb") == working_folder(Path("a/x.ipynb")) == tmp_path / "a"
    assert working_folder("s3://bucket/x.ipynb") == working_folder("a/x.ipynb", ".") == tmp_path
    assert working_folder("x.ipynb", "a") == tmp_path / "a"
    for none in ("b", "a/x.ipynb"):
        with pytest.raises(PlaceError, match="expected notebook or a folder to run in"):
            working_folder("x.ipynb", none)
    assert [default_folder(n) for n in ("a/x.ipynb", "s3://b/x.ipynb", "04-compression")] == [
        "notebook",
        "notebook",
        ".",
    ]


def test_only_a_file_that_is_here_and_not_there_is_pointed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    there = tmp_path / "there"
    there.mkdir()
    monkeypatch.chdir(tmp_path)
    for folder, names in ((tmp_path, ("here", "both")), (there, ("both",))):
        for name in names:
            (folder / name).touch()
    given = {"a": "here", "b": "both", "c": "none", "d": str(tmp_path / "here"), "e": 3, "f": "x" * 5_000, "g": "a\0b",
             "h": "there/", "i": "there"}  # fmt: skip
    assert [note.split(":")[0] for note in elsewhere(given, there)] == ["a", "h"]
    assert list(elsewhere(given, tmp_path)) == []


def test_another_kernel_takes_the_place_of_the_one_that_is_named(make_notebook: Callable[..., Path]):
    path = make_notebook(None)
    path.write_text(path.read_text().replace('"python3"', '"elsewhere"'))
    with pytest.raises(NotebookError, match=r"needs the kernel 'elsewhere'.*--kernel \(there are: .*python3"):
        load_notebook(path)
    assert load_notebook(path, kernel="python3").document.metadata.kernelspec.name == "python3"
    result = report(path, "--kernel", "nowhere")
    assert result.exit_code == 5 and "--kernel 'nowhere', which is not installed" in result.stderr
    assert "python3" in result.stderr and not (path.parent / "out").exists()


def test_a_kernel_that_starts_too_slowly_is_given_up(
    make_notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    from aewidgets.reports.execution import engine

    asked: list[float] = []

    class Slow:
        @staticmethod
        def execute_notebook(*_: object, start_timeout: float, **options: object) -> None:
            asked.append(start_timeout)
            raise RuntimeError("Kernel didn't respond")

    monkeypatch.setattr(engine, "report_engine", lambda log=None: Slow)
    result = report(make_notebook(None, "1"), "--start-timeout", "7")
    assert (asked, result.exit_code) == ([7], 4) and "Python did not start" in result.stderr
    assert report(make_notebook(None, "1"), "--start-timeout", "0").exit_code == 2
