"""A run ends as it should: kept whole, never called completed if it was not, its input untouched."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.commands.report import report as command
from aewidgets.reports.runner import EXIT_CODES, run_report

MakeNotebook = Callable[..., Path]


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_leaves_notebook_page_metrics_and_record(make_notebook: MakeNotebook, tmp_path: Path):
    source = "from aewidgets.reports import record\nrecord(double=2 * n)\nprint('n is', n)"
    path = make_notebook("n: int = 3  # how many", source)
    before = path.read_bytes()
    seen: list[int] = []
    report = run_report(path, {"n": "5"}, tmp_path / "out", progress=lambda done, total, what: seen.append(done))
    assert (report.status, report.exit_code, report.failure) == ("completed", 0, None)
    assert sorted(p.name for p in report.folder.iterdir()) == [
        "metrics.json", "run.json", "small.html", "small.ipynb"
    ]  # fmt: skip
    assert read(report.folder / "metrics.json") == report.metrics == {"double": 10}
    record = read(report.folder / "run.json")
    assert (record["parameters"], record["parameters_given"]) == ({"n": 5}, ["n"])
    assert "n is 5" in report.page.read_text(encoding="utf-8")
    assert (tmp_path / "out" / "small-latest").resolve() == report.folder.resolve()
    assert seen == sorted(seen) and seen
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "status", "word"),
    [
        ("1 / 0", "cell failed", "ZeroDivisionError"),
        ("import sys; sys.exit(0)", "cell failed", "SystemExit"),
        ("import time; time.sleep(60)", "timeout", "CellTimeoutError"),
        ("import os; os.kill(os.getpid(), 9)", "kernel died", "DeadKernelError"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # jupyter_client's sockets to a kernel that is gone
def test_a_failed_run_is_kept_and_says_so(
    make_notebook: MakeNotebook, tmp_path: Path, source: str, status: str, word: str
):
    path = make_notebook(None, "from aewidgets.reports import record; record(before=1)", source, "print('never')")
    report = run_report(path, out=tmp_path / "out", cell_timeout=10)
    assert report.status == status and report.exit_code == EXIT_CODES[status] != 0
    assert report.failure is not None and (report.failure.cell, report.failure.name) == (2, word)
    assert report.folder.name.endswith("-failed")
    assert report.metrics == {"before": 1}
    assert read(report.folder / "run.json")["status"] == status
    assert word in report.page.read_text(encoding="utf-8")
    assert not (tmp_path / "out" / "small-latest").exists()


def test_an_announced_error_is_no_failure(make_notebook: MakeNotebook, tmp_path: Path):
    import nbformat

    path = make_notebook(None, "1 / 0", "print('on it goes')")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].metadata.tags = ["raises-exception"]
    nbformat.write(notebook, path)
    assert run_report(path, out=tmp_path / "out").status == "completed"


def test_wrong_parameters_start_nothing_and_write_nothing(make_notebook: MakeNotebook, tmp_path: Path):
    path, out = make_notebook("count: int = 3", "print(count)"), tmp_path / "out"
    result = CliRunner().invoke(command, [str(path), "-p", "cout", "3", "-p", "count", "abc", "--out", str(out)])
    assert result.exit_code == 2
    assert "did you mean 'count'?" in result.stderr and "count: expected int, got 'abc'" in result.stderr
    assert not out.exists()


def test_the_command_prints_the_page_and_parameters_on_the_line_win_over_the_file(
    make_notebook: MakeNotebook, tmp_path: Path
):
    path = make_notebook("a: int = 1\nb: int = 1", "print(a, b)")
    (tmp_path / "p.yaml").write_text("a: 2\nb: 2\n")
    options = ["-f", str(tmp_path / "p.yaml"), "-p", "b", "3", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(command, [str(path), *options])
    assert result.exit_code == 0, result.output
    page = Path(result.stdout.strip())
    assert read(page.parent / "run.json")["parameters"] == {"a": 2, "b": 3}


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [("not json", 5, "not a notebook"), (None, 2, "no notebook")],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, text: str | None, code: int, words: str):
    if text:
        (tmp_path / "x.ipynb").write_text(text)
    result = CliRunner().invoke(command, [str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out")])
    assert (result.exit_code, words in result.stderr) == (code, True)


def test_a_kernel_that_is_not_here_is_said_in_words_and_leaves_nothing(make_notebook: MakeNotebook, tmp_path: Path):
    path = make_notebook(None)
    path.write_text(path.read_text().replace('"python3"', '"elsewhere"'))
    result = CliRunner().invoke(command, [str(path), "--out", str(tmp_path / "out")])
    assert (result.exit_code, "'elsewhere', which is not installed" in result.stderr) == (5, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_in_words(make_notebook: MakeNotebook, tmp_path: Path):
    tmp_path.chmod(0o500)
    result = CliRunner().invoke(command, [str(make_notebook(None)), "--out", str(tmp_path / "out")])
    tmp_path.chmod(0o700)
    assert result.exit_code == 5
