"""A PDF comes from a browser of this machine: a missing, broken or hanging one is told in words and fails no run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.cli import main
from aewidgets.reports.execution.runner import run_report
from aewidgets.reports.pages import printing
from aewidgets.reports.pages.printing import BROWSER, PrintingError, find_browser, print_page, printed

PDF = "for word; do case $word in --print-to-pdf=*) printf '%s' '%PDF-1.4 fake' > \"${word#*=}\";; esac; done\n"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the browsers of these tests are shell scripts")


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that makes a browser of shell commands, and names it in the environment."""

    def made(commands: str) -> Path:
        path = tmp_path / "my-browser"
        path.write_text(f"#!/bin/sh\n{commands}", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv(BROWSER, str(path))
        return find_browser()

    return made


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.b.html"
    path.write_text("<!doctype html><head><title>A</title></head><p>words", encoding="utf-8")
    return path


def none_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide every browser."""
    monkeypatch.delenv(BROWSER, raising=False)
    monkeypatch.setattr(printing, "_NAMES", ("no-such-browser",))
    monkeypatch.setattr(printing, "_PLACES", ())
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)


def test_without_a_browser_nothing_starts_and_the_words_say_what_to_install(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    none_here(monkeypatch)
    path = make_notebook(None, f"open({str(tmp_path / 'ran')!r}, 'w')")
    result = CliRunner().invoke(main, ["report", str(path), "--out", str(tmp_path / "out"), "--pdf", "--quiet"])
    assert result.exit_code == 2, result.output
    for word in ("Chromium", "Chrome", "Edge", "playwright install chromium", BROWSER):
        assert word in result.output
    assert not (tmp_path / "out").exists() and not (tmp_path / "ran").exists()
    monkeypatch.setenv(BROWSER, "/absent/chrome")
    with pytest.raises(PrintingError, match=r"/absent/chrome"):
        find_browser()
    with pytest.raises(PrintingError, match="a4 or letter, got 'a3'"):
        find_browser("a3")


def test_the_browser_of_playwright_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    none_here(monkeypatch)
    (tmp_path / "chrome").write_text("")
    monkeypatch.setattr(printing, "_of_playwright", lambda: iter(["/absent", str(tmp_path / "chrome")]))
    assert find_browser() == tmp_path / "chrome"


def test_a_pdf_lies_beside_the_page(page: Path, browser: Callable[[str], Path]):
    name, notes = printed(page, browser(PDF), "letter")
    assert name == "page.b.pdf" and (page.parent / name).read_bytes() == b"%PDF-1.4 fake"
    assert notes == (("the PDF was printed as root, so without the browser's sandbox",) if os.geteuid() == 0 else ())
    assert sorted(one.name for one in page.parent.iterdir()) == ["my-browser", "page.b.html", "page.b.pdf"]


def test_the_browser_sees_the_paper_no_secret_and_no_network(
    page: Path, browser: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    folder = page.parent
    looks = f'env > {folder}/env; echo "$@" > {folder}/words; cat page.html > {folder}/seen\n'
    printed(page, browser(PDF + looks), "a4")
    environment = (folder / "env").read_text()
    assert "tok-en-123" not in environment and "PATH=" in environment
    words = (folder / "words").read_text().split()
    assert {"--headless", "--no-pdf-header-footer", "--proxy-server=http://127.0.0.1:9"} <= set(words)
    assert ("--no-sandbox" in words) == (os.geteuid() == 0)
    assert (folder / "seen").read_text().replace("<style>@page { size: a4 }</style>", "") == page.read_text()


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ("echo Bang >&2; exit 3", "my-browser made no PDF: Bang"),
        ("exit 0", "my-browser made no PDF: it said nothing"),
        (PDF.replace("%PDF", "<html>"), "made no PDF"),
        ("echo 'FATAL: No usable sandbox! Update your kernel' >&2; exit 1", f"name in {BROWSER} a script"),
        ("printf 'a\\033[2J\\n' >&2; exit 1", "made no PDF: a [2J"),
    ],
)
def test_a_browser_that_fails_is_told_of(page: Path, browser: Callable[[str], Path], commands: str, said: str):
    name, notes = printed(page, browser(commands), "a4")
    assert name is None and said in notes[0] and len(notes) == 1 and notes[0].isprintable()
    assert not page.with_suffix(".pdf").exists()


def test_a_browser_that_hangs_is_killed_with_its_helpers(page: Path, browser: Callable[[str], Path]):
    path = browser(f"sleep 77.25 & echo $! > {page.parent}/pid; sleep 77.25")
    with pytest.raises(PrintingError, match="took more than 1 s"):
        print_page(page, page.with_suffix(".pdf"), path, longest=1.0)
    pid = (page.parent / "pid").read_text().strip()
    until = time.monotonic() + 20
    while "77.25" in subprocess.run(["ps", "-o", "args=", "-p", pid], capture_output=True, text=True).stdout:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_nobody_waits_for_a_pdf_who_has_stopped_the_run(
    page: Path, browser: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    def stopped(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(printing, "_run", stopped)
    assert printed(page, browser(PDF), "a4") == (None, ("there is no PDF: it was stopped from outside",))
    assert printed(page, None, "a4") == (None, ("there is no PDF: the run was interrupted",))


def test_a_browser_that_cannot_start_is_told_of(page: Path, browser: Callable[[str], Path]):
    path = browser("")
    path.write_bytes(b"\x7fELF and nothing more")
    name, notes = printed(page, path, "a4")
    assert name is None and "does not start" in notes[0]


@pytest.mark.long
def test_a_run_keeps_its_pdf_also_if_it_fails_and_is_none_the_worse_without(
    make_notebook: Callable[..., Path], tmp_path: Path, browser: Callable[[str], Path]
):
    from aewidgets.reports.runs.index import list_runs
    from aewidgets.reports.stores.opening import open_store

    path, out = make_notebook(None, "1 / 0"), tmp_path / "out"
    browser(PDF)
    failed = run_report(path, out=out, pdf=True)
    assert failed.status == "cell failed" and failed.folder is not None
    record = json.loads((failed.folder / "run.json").read_text())
    assert record["pdf"] == "small.pdf" and (failed.folder / "small.pdf").read_bytes().startswith(b"%PDF")
    (run,) = list_runs(open_store(out))
    assert run.links["pdf"] == f"{failed.name}/small.pdf"
    browser("echo Bang >&2; exit 3")
    path = make_notebook(None, "print(1)")
    result = CliRunner().invoke(main, ["report", str(path), "--out", str(out), "--pdf", "--quiet", "--name", "good"])
    assert result.exit_code == 0 and "Note: there is no PDF: my-browser made no PDF: Bang" in result.output
    record = json.loads((out / "good" / "run.json").read_text())
    assert record["pdf"] is None and "there is no PDF: my-browser made no PDF: Bang" in record["notes"]
    result = CliRunner().invoke(main, ["runs", "prune", str(out), "--failed", "--yes"])
    assert result.exit_code == 0, result.output
    assert not failed.folder.exists() and (out / "good").is_dir()
