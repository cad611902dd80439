"""Runs end as they should: kept whole, never called completed if they are not, their input untouched."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.commands.report import report as command
from aewidgets.reports.execution.runner import EXIT_CODES, run_report
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.stores.opening import open_store

pytestmark = pytest.mark.long

MakeNotebook = Callable[..., Path]


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def command_line(notebook: Path, out: Path, *options: str) -> list[str]:
    """Return the command line of a report in a process of its own."""
    return [sys.executable, "-m", "aewidgets", "report", str(notebook), "--out", str(out), "--quiet", *options]


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until a condition is true; fail the test if that takes too long."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Return True if there is no such process, or only a zombie of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def seen(out: Path) -> list[str]:
    """Return the names of the runs in a folder, sorted."""
    return sorted(path.name for path in out.glob("[!.]*") if path.is_dir() and not path.is_symlink())


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
    assert (record["format"], record["id"], record["status"]) == (1, report.folder.name, "completed")
    assert record["parameters_sha256"] == hashlib.sha256(b'{"n": 5}').hexdigest()
    assert record["notebook_sha256"] == hashlib.sha256(before).hexdigest()
    assert [row["status"] for row in record["attempts"]] == ["completed"] and record["requirements"] == []
    assert set(record["machine"]) == {"platform", "cpu_count", "python"} and record["started"] <= record["finished"]
    assert "n is 5" in report.page.read_text(encoding="utf-8")
    assert (tmp_path / "out" / "small-latest").resolve() == report.folder.resolve()
    assert seen == sorted(seen) and seen
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "status", "word"),
    [
        ("1 / 0", "cell failed", "ZeroDivisionError"),
        ("open('absent.png')", "cell failed", "FileNotFoundError"),
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
    report = run_report(path, out=tmp_path / "out", cell_timeout=3 if status == "timeout" else 60)
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


def test_what_the_page_lacks_is_told_on_the_page_on_stderr_and_in_the_record(
    make_notebook: MakeNotebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import nbformat
    from PIL import Image

    path = make_notebook("n: int = 3", "print(n)")
    Image.new("RGB", (4, 4)).save(tmp_path / "beside.png")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "![](beside.png) ![](https://example.org/a.png)"
    nbformat.write(notebook, path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = CliRunner().invoke(command, [str(path), "--cwd", ".", "--out", str(tmp_path / "out")])
    words = "the picture https://example.org/a.png needs the network"
    assert (result.exit_code, f"Not shown: cell 1: {words}\n" in result.stderr) == (0, True), result.stderr
    page = Path(result.stdout.strip())
    assert read(page.parent / "run.json")["not_shown"] == [{"cell": 1, "words": words}]
    text = page.read_text(encoding="utf-8")
    assert words in text and text.count("data:image/png;base64,") == 1 and "https://example.org/a.png\"" not in text


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


# Starts a process, as downloads and decoders do, writes both process ids to a file, and then sleeps.
BUSY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
with open(where + ".part", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.replace(where + ".part", where)
time.sleep(300)
"""
LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_kept_and_its_kernel_gone(make_notebook: MakeNotebook, tmp_path: Path, number: int):
    where, out = tmp_path / "pids", tmp_path / "out"
    path = make_notebook("where: str = ''", "print('reached')", BUSY)
    command = command_line(path, out, "-p", "where", str(where))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(where.exists)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert said == "Error: interrupted in cell 5: KeyboardInterrupt: stopped from outside\n"
    assert [gone(int(pid)) for pid in where.read_text().split()] == [True, True]
    (name,) = seen(out)
    assert name.endswith("-failed")
    assert read(out / name / "run.json")["status"] == "interrupted"
    assert "reached" in (out / name / "small.html").read_text(encoding="utf-8")
    assert [p.name for p in out.iterdir() if p.name.startswith(".small")] == []


@LINUX
def test_a_run_that_takes_too_long_ends_with_its_kernel_and_says_so(make_notebook: MakeNotebook, tmp_path: Path):
    where = tmp_path / "pids"
    path = make_notebook("where: str = ''", "print('reached')", BUSY, "print('never')")
    report = run_report(path, {"where": str(where)}, tmp_path / "out", run_timeout=5, cell_timeout=100, retries=3)
    assert (report.status, report.exit_code) == ("timeout", 3)
    assert report.failure is not None and report.failure.name == "RunTimeoutError"
    assert "The run took more than 5 s" in report.page.read_text(encoding="utf-8")
    assert [gone(int(pid)) for pid in where.read_text().split()] == [True, True]
    assert len(read(report.folder / "run.json")["attempts"]) == 1


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aewidgets.reports.execution.retries.FIRST_PAUSE", 0.01)


DIES_ONCE = """
import os, pathlib
mark = pathlib.Path(where)
if not mark.exists():
    mark.touch()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # jupyter_client's sockets to a kernel that is gone
def test_a_kernel_that_died_is_started_again_and_every_attempt_is_recorded(make_notebook: MakeNotebook, tmp_path: Path):
    path = make_notebook("where: str = ''", DIES_ONCE, "print('lives')")
    report = run_report(path, {"where": str(tmp_path / "mark")}, tmp_path / "out", retries=5)
    assert report.status == "completed" and "lives" in report.page.read_text(encoding="utf-8")
    attempts = read(report.folder / "run.json")["attempts"]
    assert [(row["number"], row["status"]) for row in attempts] == [(1, "kernel died"), (2, "completed")]
    assert attempts[0]["failure"]["name"] == "DeadKernelError"


@pytest.mark.usefixtures("_no_pauses")
def test_a_cell_that_raised_is_never_tried_again(make_notebook: MakeNotebook, tmp_path: Path):
    source = f"open({str(tmp_path / 'count')!r}, 'a').write('x'); 1 / 0"
    report = run_report(make_notebook(None, source), out=tmp_path / "out", retries=5)
    assert report.status == "cell failed" and (tmp_path / "count").read_text() == "x"


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # jupyter_client's sockets to a kernel that is gone
def test_a_kernel_that_does_not_start_is_infrastructure_too(
    make_notebook: MakeNotebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kernel = tmp_path / "share" / "kernels" / "broken"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-c", "raise SystemExit(3)", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    path = make_notebook(None, "print(1)")
    path.write_text(path.read_text().replace('"python3"', '"broken"'))
    report = run_report(path, out=tmp_path / "out", retries=1)
    assert (report.status, report.exit_code) == ("kernel died", 4)
    assert report.failure is not None and "Python did not start" in report.failure.message
    assert len(read(report.folder / "run.json")["attempts"]) == 2


def test_a_threshold_that_is_missed_has_its_own_code_and_latest_stays(make_notebook: MakeNotebook, tmp_path: Path):
    source = "from aewidgets.reports import record; record(psnr_db=q, worst={'psnr_db': q - 2})"
    path, out = make_notebook("q: float = 32.0", source), tmp_path / "out"
    good = run_report(path, out=out, requirements=["psnr_db >= 30", "worst.psnr_db >= 30"])
    assert (good.status, [one.met for one in good.requirements]) == ("completed", [True, True])
    bad = run_report(path, {"q": 31}, out, requirements=["psnr_db >= 30", "worst.psnr_db >= 30", "psnr >= 1"])
    assert (bad.status, bad.exit_code) == ("threshold missed", 6)
    record = read(bad.folder / "run.json")
    assert [(r["text"], r["metric"], r["value"], r["met"]) for r in record["requirements"]] == [
        ("psnr_db >= 30", "psnr_db", 31.0, True),
        ("worst.psnr_db >= 30", "worst.psnr_db", 29.0, False),
        ("psnr >= 1", "psnr", None, False),
    ]
    page = bad.page.read_text(encoding="utf-8")
    assert page.index("2 thresholds were missed") < page.index("<footer")
    assert "did you mean psnr_db?" in page and "Go to the cell" not in page
    assert not bad.name.endswith("-failed") and (out / "small-latest").resolve().name == good.name


def test_drift_is_measured_from_the_newest_completed_run_with_these_parameters(
    make_notebook: MakeNotebook, tmp_path: Path
):
    path = make_notebook("n: int = 1", "from aewidgets.reports import record; record(psnr_db=30.0)")
    out = tmp_path / "out"

    def again(*options: str):
        return CliRunner().invoke(command, [str(path), "--out", str(out), "--no-worse-than", "latest", *options])

    first = again()
    assert (first.exit_code, "Not compared: no worse than latest" in first.stderr) == (0, True)
    path.write_text(path.read_text().replace("30.0", "29.7"))
    worse = again("--by", "0.2")
    assert worse.exit_code == 6 and "psnr_db >= 29.8 (30 in small-" in worse.stderr
    assert "higher is better: it is 29.7: missed" in worse.stderr
    assert "Note: the notebook has changed since small-" in worse.stderr and "changed" not in first.stderr
    assert again("--by", "0.2", "-p", "n", "2").exit_code == 0  # other parameters: nothing to compare with
    assert again("--by", "2%").exit_code == 0
    assert again("--by", "0.2").exit_code == 0  # that one is the newest now


@pytest.mark.parametrize(
    "options",
    [
        ["--require", "psnr_db"], ["--require", "psnr_db >= high"], ["--no-worse-than", "latest", "--by", "much"],
        ["--no-worse-than", "latest", "--metric", "epochs"], ["--by", "1"], ["--no-worse-than", "nowhere"],
        ["--name", "a/b"], ["--run-timeout", "0"], ["--retries", "-1"], ["-p", "count", "11"],
    ],
)  # fmt: skip
def test_nonsense_starts_nothing_and_writes_nothing(make_notebook: MakeNotebook, tmp_path: Path, options: list[str]):
    path, out = make_notebook("count: int = 3  # 1..10", "print(count)"), tmp_path / "out"
    result = CliRunner().invoke(command, [str(path), "--out", str(out), *options])
    assert result.exit_code == 2 and "Error: " in result.stderr
    assert not out.exists()


def test_a_name_is_given_once_and_nothing_is_started_for_it_again(make_notebook: MakeNotebook, tmp_path: Path):
    count = tmp_path / "count"
    path, out = make_notebook(None, f"open({str(count)!r}, 'a').write('x')"), tmp_path / "out"
    assert run_report(path, out=out, name="point-1").name == "point-1"
    with pytest.raises(FileExistsError, match="point-1 already; nothing was started"):
        run_report(path, out=out, name="point-1")
    assert seen(out) == ["point-1"] and count.read_text() == "x"
    path = make_notebook(None, "1 / 0")
    assert [run_report(path, out=out, name="point-2").name for _ in range(2)] == ["point-2-failed", "point-2-2-failed"]


@LINUX
def test_a_second_report_of_a_notebook_waits_for_the_lock_or_ends_at_once(make_notebook: MakeNotebook, tmp_path: Path):
    where, out = tmp_path / "pids", tmp_path / "out"
    path = make_notebook("where: str = ''", "if where:" + BUSY.replace("\n", "\n    "))
    process = subprocess.Popen(command_line(path, out, "--lock", "-p", "where", str(where)))
    try:
        wait_for(where.exists)
        second = CliRunner().invoke(command, [str(path), "--out", str(out), "--lock"])
        assert second.exit_code == 5 and "another report of small.ipynb into" in second.stderr
        assert seen(out) == [] and [run.status for run in list_runs(open_store(out))] == ["running"]
    finally:
        process.kill()
        process.wait(20)
    (killed,) = list_runs(open_store(out))
    assert (killed.status, killed.exit_code, killed.parameters) == ("killed", 137, {"where": str(where)})
    third = CliRunner().invoke(command, [str(path), "--out", str(out), "--lock-wait", "30"])
    assert third.exit_code == 0
    wait_for(lambda: all(gone(int(pid)) for pid in where.read_text().split()[:1]))  # a kernel without a parent ends
    os.kill(int(where.read_text().split()[1]), signal.SIGKILL)  # what it started does not


def test_a_lock_on_an_object_store_is_refused_in_words(make_notebook: MakeNotebook):
    result = CliRunner().invoke(command, [str(make_notebook(None)), "--out", "memory://x", "--lock"])
    assert (result.exit_code, "object stores have none" in result.stderr) == (2, True)


def test_help_shows_the_parameters_of_the_notebook(make_notebook: MakeNotebook):
    path = make_notebook("q: float = 50  # 1..100 dB: of the codec\nkind: str = 'a'  # one of a, b")
    result = CliRunner().invoke(command, ["-p", "q", "3", str(path), "--help"])
    text = " ".join(result.output.split())
    assert result.exit_code == 0 and "q (float) of the codec; 1..100 dB; default: 50.0" in text
    assert "kind (str) one of 'a', 'b'; default: 'a'" in text
    assert "no notebook nowhere" in CliRunner().invoke(command, ["nowhere", "--help"]).output
    path.write_text("{")
    assert "cannot be listed: " in CliRunner().invoke(command, [str(path), "--help"]).output


def test_seeds_are_recorded_apart(make_notebook: MakeNotebook, tmp_path: Path):
    path = make_notebook("seed: int = 1\nnoise_seed: int = 2\nseeds: int = 3\nreseed: int = 4", "")
    record = read(run_report(path, out=tmp_path / "out").folder / "run.json")
    assert record["seeds"] == {"seed": 1, "noise_seed": 2}
