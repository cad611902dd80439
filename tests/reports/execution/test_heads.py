"""A series of runs: each page says how it compares, its links lead to files, and nothing in a store can fail a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from click.testing import CliRunner
from page_elements import Elements

from aewidgets.cli import main
from aewidgets.reports.execution import job
from aewidgets.reports.execution.cells import Failure
from aewidgets.reports.execution.runner import run_report
from aewidgets.reports.recording import MIME_TYPE
from aewidgets.reports.requirements.drift import NoWorse
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.runs.page import page_data
from aewidgets.reports.stores.opening import open_store

MakeNotebook = Callable[..., Path]


@pytest.fixture
def week(monkeypatch: pytest.MonkeyPatch, make_notebook: MakeNotebook) -> Callable[..., Any]:
    """Return a function that runs a notebook in a given week, whose cell records given figures without a kernel."""
    path = make_notebook("region = 'north'", "record()", name="weekly #1 100% a")
    planned: dict[str, Any] = {}

    def execute(document, given, target, *args, **kwargs):
        import nbformat
        from nbformat.v4 import new_output

        from aewidgets.reports.parameters.cell import injected

        document = injected(document, given)
        cell = document.cells[-1]
        about = {MIME_TYPE: planned.get("about", {})}
        cell.outputs = [new_output("display_data", {MIME_TYPE: planned["metrics"], "text/plain": "x"}, metadata=about)]
        failure = Failure(len(document.cells) - 1, cell.id, "ValueError", "no data") if planned["failed"] else None
        nbformat.write(document, target)
        return ("cell failed" if failure else "completed"), failure, document

    def run(number: int, metrics: dict[str, Any], out: Any, failed: bool = False, about: Any = None, **more: Any):
        planned.update(metrics=metrics, failed=failed, about=about or {})
        moment = f"2026-11-{number:02}T06:00:00+00:00"
        monkeypatch.setattr(job, "time_now", lambda: moment)
        return run_report(path, more.pop("given", None), out, name=f"w {number}", **more)

    monkeypatch.setattr(job, "execute", execute)
    monkeypatch.setattr("aewidgets.reports.execution.records.time_now", lambda: job.time_now())
    return run


def page_and_links(store, name: str) -> tuple[str, dict[str, str]]:
    """Return the page of a run, and what its links say by where they lead in the store."""
    (file,) = (run.links["page"] for run in list_runs(store) if run.id == name)
    text = store.read(file, 10**7).decode()
    found = {}
    for tag, attributes in Elements(text).tags:
        href = dict(attributes).get("href") or ""
        if tag == "a" and href and not href.startswith("#"):
            found[unquote(urljoin(f"http://x/{file.replace(' ', '%20').replace('#', '%23')}", href))[9:]] = href
    return text, found


@pytest.mark.parametrize("out", ["out", "memory://heads/runs & more"])
def test_every_link_of_a_series_leads_to_a_file_and_pages_index_and_record_name_one_last_good_run(
    week, tmp_path: Path, out: str
):
    where = out if "://" in out else tmp_path / out
    store = open_store(where)
    required = {"requirements": ["psnr_db >= 30"], "timezone": "Europe/Berlin"}
    reports = [
        week(2, {"psnr_db": 31.0}, where, **required), week(9, {"psnr_db": 31.5}, where, **required),
        week(16, {"psnr_db": 29.0}, where, **required), week(23, {}, where, failed=True, **required),
        week(30, {"psnr_db": 31.0}, where, **required),
    ]  # fmt: skip
    assert [one.status for one in reports] == [
        "completed", "completed", "threshold missed", "cell failed", "completed"
    ]  # fmt: skip
    said = [None, "w 2", "w 9", "w 9", "w 9"]
    for report, good in zip(reports, said, strict=True):
        text, links = page_and_links(store, report.name)
        assert json.loads(store.read(f"{report.name}/run.json", 10**6))["last_good"] == good
        assert all(store.exists(name) for name in links), links
        pages = [name for name in links if name.endswith(".html")]
        stem = report.page_url.rpartition("/")[2]
        assert sorted(pages) == sorted(["index.html", *([f"{good}/{stem}"] if good else [])])
        assert {f"{report.name}/{name}" for name in ("metrics.json", "run.json")} < set(links)
        assert "07:00, Europe/Berlin (UTC+1)" in text
    worse, better = (page_and_links(store, reports[n].name)[0] for n in (2, 1))
    assert "✗" in worse and "−2.5\N{NO-BREAK SPACE}dB" in worse and "+0.5\N{NO-BREAK SPACE}dB" in better
    runs = list_runs(store)
    (group,) = page_data(runs)["groups"]
    assert runs[group["good"]].id == "w 9" and runs[group["runs"][0]].id == "w 30"


def test_the_index_follows_the_ways_that_whoever_started_the_run_said(week, tmp_path: Path):
    no_worse = NoWorse.of("latest", "9", better=["rate=higher"])
    for number, rate in ((2, 0.9), (9, 0.8)):
        report = week(number, {"rate": rate}, tmp_path, no_worse=no_worse)
    assert "worse: −0.1" in report.page.read_text(encoding="utf-8")
    (group,) = page_data(list_runs(open_store(tmp_path)))["groups"]
    assert group["higher_is_better"] == {"rate": True}


@pytest.mark.parametrize("what", ["record", "metrics", "index", "nothing", "type", "page", "deep", "folder"])
def test_a_damaged_last_good_run_never_fails_the_next(week, tmp_path: Path, what: str):
    first = week(2, {"psnr_db": 31.0}, tmp_path)
    folder = first.folder
    files = {"record": folder / "run.json", "metrics": folder / "metrics.json", "index": tmp_path / "index.jsonl",
             "deep": folder / "metrics.json", "type": folder / "metrics.json"}  # fmt: skip
    if what in files:
        files[what].write_bytes({"deep": b"[" * 10**5, "type": b"[1]"}.get(what, b"\xff{not json"))
    elif what == "nothing":
        (folder / "metrics.json").unlink()
    elif what == "page":
        first.page.unlink()
    else:
        (folder / "metrics.json").unlink()
        (folder / "metrics.json").mkdir()
    second = week(9, {"psnr_db": 30.0}, tmp_path)
    assert second.status == "completed"
    page, links = page_and_links(open_store(tmp_path), second.name)
    compared = what in ("index", "page")
    assert ("worse: −1" in page) == compared
    assert any(name.startswith("w 2/") for name in links) == (what == "index")


def test_headlines_reach_record_page_and_notices_and_the_page_has_no_head_on_request(week, tmp_path: Path):
    metrics, about = {f"m{n}": n for n in range(9)}, {"headline": ["m7"]}
    report = week(2, metrics, tmp_path, about=about)
    record = json.loads((report.folder / "run.json").read_text())
    assert (record["headline"], record["zone"] is None or "/" in record["zone"] or "UTC" in record["zone"]) == (
        ["m7"], True
    )  # fmt: skip
    page = report.page.read_text(encoding="utf-8")
    assert page.index(">M7<") < page.index("More figures") and ">M0<" not in page
    bare = week(9, metrics, tmp_path, about=about, head=False)
    assert "<header" not in bare.page.read_text(encoding="utf-8")
    assert json.loads((bare.folder / "run.json").read_text())["last_good"] is None
    many = week(16, metrics, tmp_path, index=False)  # one of many runs: it looks for no other
    assert json.loads((many.folder / "run.json").read_text())["last_good"] is None
    assert "<header" in many.page.read_text(encoding="utf-8")


def test_only_parameters_that_are_not_at_their_defaults_stand_in_the_head(week, tmp_path: Path):
    same = week(2, {"a": 1}, tmp_path, given={"region": "north"})
    other = week(9, {"a": 1}, tmp_path, given={"region": "south"})
    assert "all at their defaults" in same.page.read_text(encoding="utf-8")
    page = other.page.read_text(encoding="utf-8")
    assert "region = south" in page and "(default north)" in page and "all at their defaults" not in page
    changed = [json.loads((one.folder / "run.json").read_text())["parameters_changed"] for one in (same, other)]
    assert changed == [{}, {"region": {"default": "north"}}]


def test_a_secret_in_an_older_run_is_hidden_in_the_page_of_the_next(week, tmp_path: Path, monkeypatch):
    """Somebody declares a secret after a run that recorded it."""
    monkeypatch.setenv("CI_TOKEN", "hunter2-hunter2")
    first = week(2, {"note": "hunter2-hunter2", "a": 1}, tmp_path, about={"headline": ["note"]})
    assert "hunter2" in first.page.read_text(encoding="utf-8")
    second = week(9, {"note": "new", "a": 1}, tmp_path, about={"headline": ["note"]}, secrets=["TOKEN=env:CI_TOKEN"])
    page = second.page.read_text(encoding="utf-8")
    assert "hunter2" not in page and "changed (was ***)" in " ".join(page.replace('<span class="was">', "").split())
    assert all(b"hunter2" not in file.read_bytes() for file in second.folder.iterdir())


@pytest.mark.long
def test_the_command_line_leaves_the_head_out_on_request(make_notebook: MakeNotebook, tmp_path: Path):
    path = make_notebook("n = 1", "from aewidgets.reports import record; record(psnr_db=30.0, headline=True)")
    pages = []
    for more in ([], ["--no-head"]):
        result = CliRunner().invoke(main, ["report", str(path), "--out", str(tmp_path / "o"), "--quiet", *more])
        assert result.exit_code == 0, result.output
        pages.append(Path(result.stdout.strip()).read_text(encoding="utf-8"))
    assert "<header" in pages[0] and "30 <" in pages[0] and "<header" not in pages[1]
