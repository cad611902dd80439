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


def test_prune_says_what_would_go_and_removes_it_only_when_asked_to(folder: Path):
    everything = sorted(path.name for path in folder.iterdir())
    dry = run("prune", folder, "--failed")
    size = sum(path.stat().st_size for path in (folder / NAMES[2]).iterdir())
    assert dry.exit_code == 0 and f"would go  {NAMES[2]}  cell failed  {size:,} bytes" in dry.output
    assert f"1 run, {size:,} bytes: would go; nothing was removed; --yes removes them" in dry.output
    assert sorted(path.name for path in folder.iterdir()) == everything
    assert json.loads(run("prune", folder, "--failed", "--json").output)["removed"] is False
    done = run("prune", folder, "--failed", "--yes", "--json")
    assert done.exit_code == 0, done.output
    row = {"id": NAMES[2], "status": "cell failed", "started": "2026-09-02T06:00:00+00:00", "bytes": size}
    assert json.loads(done.output) == {"removed": True, "runs": [row], "bytes": size, "kept": {}}
    assert rows(run(folder)) == [name for name in NAMES if name != NAMES[2]]
    assert NAMES[2] not in (folder / "index.jsonl").read_text() + (folder / "index.html").read_text()
    nothing = run("prune", folder, "--failed", "--yes")
    assert (nothing.exit_code, nothing.output) == (0, "0 runs, 0 bytes: removed\n")


def test_prune_leaves_the_newest_good_run_of_each_series(folder: Path):
    done = run("prune", folder, "--keep", 0, "--older", "1h", "--yes")
    assert done.exit_code == 0 and done.output.count("is compared with it") == 3
    assert rows(run(folder)) == [NAMES[0], NAMES[1], NAMES[3]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "say which runs may go"),
        (["--yes"], "say which runs may go"),
        (["--older", "soon"], "such as 12h, 90d or 4w, got 'soon'"),
        (["--keep", -1], "not in the range"),
        (["--failed", "--notebook", "niose"], "did you mean noise?"),
    ],
)
def test_prune_refuses_in_words_and_removes_nothing(folder: Path, options: list, words: str):
    result = run("prune", folder, *options)
    assert (result.exit_code, words in result.output) == (2, True)
    assert rows(run(folder)) == NAMES


def test_compare_prints_what_differs_and_writes_a_page(folder: Path, tmp_path: Path):
    page = tmp_path / "pages" / "two.html"
    page.parent.mkdir()
    result = run("compare", "noise-20260901", "noise-20260903", folder, "--out", page)
    assert result.exit_code == 0, result.output
    assert re.search(r"sigma +0 +0\.2", result.output) and "parameters: 1 the same in both" in result.output
    assert re.search(r"psnr_db +30\.5 +32\.5 +\+2 +\+6\.6 % +✓ better", result.output)
    text = page.read_text()
    assert f'<a href="./../reports/{NAMES[1]}/noise.html">' in text and "✓ better" in text
    assert (page.parent / f"../reports/{NAMES[1]}/noise.html").is_file()
    found = json.loads(run("compare", NAMES[3], NAMES[1], folder, "--json").output)
    (figure,) = found["figures"]
    assert figure.pop("percent") == pytest.approx(100 * 2 / 30.5)
    assert figure == {"name": "psnr_db", "before": 30.5, "after": 32.5, "change": 2.0, "verdict": "better"}
    assert [row for row in found["parameters"] if row["before"] != row["after"]] == [
        {"name": "sigma", "before": 0.0, "after": 0.2}
    ]


def test_compare_takes_failed_runs_and_refuses_one_run_twice(folder: Path):
    result = run("compare", NAMES[3], NAMES[2], folder)
    assert result.exit_code == 0 and "cell failed, ValueError: expected an image" in result.output
    result = run("compare", NAMES[3], "noise-20260901", folder)
    assert (result.exit_code, "expected two runs" in result.output) == (2, True)


def test_export_writes_a_row_a_run(folder: Path, tmp_path: Path):
    result = run("export", folder, "--csv")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert len(lines) == 5 and [line.split('"')[1] for line in lines[1:]] == NAMES[::-1]
    assert lines[0].endswith('"parameter method","parameter n","parameter sigma","figure psnr_db","figure ssim"')
    target = tmp_path / "runs.csv"
    assert run("export", folder, "--csv", "--out", target).output == f"{target}\n"
    assert target.read_text() == result.output
    assert run("export", folder, "--csv", "--notebook", "other").output.count("\n") == 2
    assert (run("export", folder).exit_code, run("export", folder, "--csv", "--status", "no").exit_code) == (2, 2)


def test_export_has_figures_that_the_index_holds_no_more(folder: Path):
    many = {f"name {n}": n for n in range(300)}
    put(open_store(folder), record(20, name="many"), {"nested": many, "psnr_db": 31.5})
    run("rebuild", folder)
    heading = run("export", folder, "--csv", "--notebook", "many").output.splitlines()[0]
    assert heading.count("figure nested.name") == 300
