"""Command `aewidgets runs` lists what the run folders hold, and explains its errors in words."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from run_folders import put, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.cli import main
from aewidgets.reports.stores.opening import open_store


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["runs", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write three runs of one notebook and one of another, newest last."""
    store = open_store(tmp_path / "reports")
    for n, status in enumerate(["completed", "cell failed", "completed"]):
        put(store, record(n, parameters={"sigma": 0.1 * n, "method": "nlm"}, status=status), {"psnr_db": 30.5 + n})
    put(store, record(5, name="other", parameters={"n": 1}), {"ssim": 0.9, "codec": "x"})
    return tmp_path / "reports"


def rows(result: Result) -> list[str]:
    """Return the first word of each line of the table."""
    assert result.exit_code == 0, result.output
    return [line.split()[0] for line in result.output.splitlines() if re.search(r"\dZ", line)]


NAMES = ["other-20260906T060000Z", "noise-20260903T060000Z", "noise-20260902T060000Z-failed", "noise-20260901T060000Z"]


def test_runs_are_listed_newest_first_with_what_differs(folder: Path):
    result = run(folder)
    assert rows(result) == rows(run("list", folder)) == NAMES
    assert re.search(r"0903T\S+ +completed +2026-09-03 06:00 +44 +sigma=0\.2 +32\.5 +-", result.output)
    assert "nlm" not in result.output


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--last", 2], NAMES[:2]),
        (["--notebook", "noise"], NAMES[1:]),
        (["--notebook", "other.ipynb"], NAMES[:1]),
        (["--status", "cell failed"], [NAMES[2]]),
        (["--status", "failed"], [NAMES[2]]),
        (["--status", "completed", "--notebook", "noise", "--last", 1], [NAMES[1]]),
    ],
)
def test_filters(folder: Path, options: list, expected: list[str]):
    assert rows(run(folder, *options)) == expected
    assert [one["id"] for one in json.loads(run(folder, *options, "--json").output)] == expected


def test_the_folder_is_called_reports_if_none_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder.parent)
    assert rows(run()) == NAMES


def test_figures_are_chosen_by_name(folder: Path):
    result = run(folder, "--metric", "ssim")
    assert "ssim" in result.output and "psnr_db" not in result.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--notebook", "niose"], "did you mean noise?"),
        (["--status", "complete"], "did you mean completed?"),
        (["--last", 0], "not in the range"),
    ],
)
def test_a_filter_that_nothing_could_fit_is_a_usage_error(folder: Path, options: list, words: str):
    result = run(folder, *options)
    assert (result.exit_code, words in result.output) == (2, True)


def test_a_folder_that_does_not_exist_differs_from_one_without_runs(tmp_path: Path):
    missing = run(tmp_path / "absent")
    assert (missing.exit_code, "there is no folder" in missing.output) == (5, True)
    empty = run(tmp_path)
    assert (empty.exit_code, "no runs in" in empty.output) == (0, True)
    assert run("nothing://here").exit_code == 2


def test_show_prints_all_of_a_run_and_the_last_good_one(folder: Path):
    result = run("show", "noise-20260903", folder)
    assert result.exit_code == 0, result.output
    assert "noise-20260903T060000Z: completed" in result.output
    assert "sigma = 0.2, method = nlm" in result.output
    assert "psnr_db = 32.5" in result.output
    failed = run("show", NAMES[2], folder)
    assert "cell failed, ValueError: expected an image" in failed.output
    assert json.loads(run("show", NAMES[0], folder, "--json").output)["metrics"] == {"ssim": 0.9, "codec": "x"}


def test_show_compares_with_the_last_good_run_of_the_same_parameters(folder: Path):
    put(open_store(folder), record(9, parameters={"sigma": 0.0, "method": "nlm"}), {"psnr_db": 30.0})
    result = run("show", "noise-20260910", folder)
    assert "last good  noise-20260901T060000Z" in result.output
    assert "psnr_db = 30, last good 30.5, -0.5" in result.output


@pytest.mark.parametrize(
    ("name", "words"), [("noise-202609", "could be noise-"), ("nose-20260903T060000Z", "did you mean noise-")]
)
def test_a_name_that_fits_no_run_or_several_is_a_usage_error(folder: Path, name: str, words: str):
    result = run("show", name, folder)
    assert (result.exit_code, words in result.output) == (2, True)


def test_rebuild_makes_both_files_of_the_folders_alone(folder: Path):
    (folder / "index.jsonl").write_text("nonsense\n")
    (folder / "broken").mkdir()
    (folder / "broken" / "run.json").write_text("{")
    result = run("rebuild", folder)
    assert result.exit_code == 0, result.output
    assert "5 runs" in result.stdout and "1 cannot be read: broken" in result.stderr
    assert len((folder / "index.jsonl").read_text().splitlines()) == 5
    assert all(name in (folder / "index.html").read_text() for name in NAMES)


def test_control_characters_in_names_do_not_reach_the_terminal(folder: Path):
    evil = record(8, parameters={"a\x1b[31m": "\x1b]0;owned\x07"}, status="cell failed") | {"status": "\x1b[2Jgone"}
    evil["failure"] = {"name": "E\x1b[1m", "message": "line\nbreak \x9b31m", "cell": 1}
    name = put(open_store(folder), evil, name="evil")
    for result in (run(folder), run("show", name, folder), run(folder, "--json")):
        assert result.exit_code == 0, result.output
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.output)


def test_a_folder_that_is_called_like_a_command_can_be_listed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    folder.rename(folder.parent / "show")
    monkeypatch.chdir(folder.parent)
    assert rows(run("./show")) == rows(run("list", "show")) == NAMES
