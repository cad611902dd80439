"""A run with relative dates: the notebook gets dates, the record has both forms, and a week later it is one series."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nbformat
import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.cli import main
from aewidgets.reports.execution.dates import Dates
from aewidgets.reports.execution.records import Attempts, record_of
from aewidgets.reports.execution.sources import load_notebook

PARAMETERS = "since: str = '2026-01-01'\nn: int = 3"


def test_notebook_page_and_record_of_a_run(make_notebook: Callable[..., Path], tmp_path: Path):
    path = make_notebook(PARAMETERS, "import aewidgets.reports\naewidgets.reports.record(since=since)")
    document = nbformat.read(path, 4)
    document.cells[0].source = "# Since {{ since }}\n\n{{ n }} of **{{ nothing }}**, <{{ since }}>"
    nbformat.write(document, path)
    before = path.read_bytes()
    zone = ZoneInfo("Pacific/Kiritimati")
    days = {datetime.now(zone).date()}
    command = ["report", str(path), "--out", str(tmp_path / "out"), "-p", "since", "{today-7d}", "--timezone", zone.key]
    result = CliRunner().invoke(main, [*command, "--quiet"])
    days.add(datetime.now(zone).date())
    assert result.exit_code == 0, result.output
    folder = Path(result.stdout.strip()).parent
    record = json.loads((folder / "run.json").read_text())
    today = date.fromisoformat(record["today"])
    since = (today - timedelta(7)).isoformat()
    assert today in days and record["timezone"] == zone.key
    assert record["parameters"] == {"since": since, "n": 3} and record["relative"] == {"since": "{today-7d}"}
    assert json.loads((folder / "metrics.json").read_text()) == {"since": since}
    made = nbformat.read(folder / "small.ipynb", 4)
    assert made.cells[0].source == f"# Since {since}\n\n3 of **{{{{ nothing }}}}**, <{since}>"
    page = (folder / "small.html").read_text()
    assert f"Since {since}" in page and "{{ nothing }}" in page and "{{ since }}" not in page
    assert f"<code>since = {since}</code>" in page and "(given as {today-7d}" in page
    assert "Pacific/Kiritimati (UTC+14)" in page
    assert path.read_bytes() == before
    shown = CliRunner().invoke(main, ["runs", "show", folder.name, str(folder.parent)])
    assert f"since = {since}" in shown.output and "since = {today-7d}, today = " in shown.output


def test_runs_of_two_weeks_are_of_one_series_and_written_dates_of_another(make_notebook: Callable[..., Path]):
    source = load_notebook(make_notebook(PARAMETERS))

    def sha256(day: int, written: dict | None) -> str:
        dates = written and Dates(written, date(2026, 11, day), "UTC")
        given = {"since": f"2026-11-{day - 7:02d}"}
        about = {"status": "completed", "exit_code": 0, "failure": None, "started": "", "seconds": 1.0}
        record = record_of(source, given, **about, attempts=Attempts(), dates=dates or None)
        assert record["parameters"]["since"] == given["since"]
        return record["parameters_sha256"]

    relative = {"since": "{today-7d}"}
    assert sha256(16, relative) == sha256(23, relative)
    assert len({sha256(16, relative), sha256(16, {"since": "{today-1w}"}), sha256(16, None), sha256(23, None)}) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-p", "since", "{today-7}"], "since: expected a date such as"),
        (["-p", "n", "{today}"], "n: expected int, got '"),
        (["-p", "since", "{today}", "--timezone", "Europe/Berln"], "did you mean Europe/Berlin?"),
        (["-p", "n", "3", "--timezone", "Europe/Berln"], "did you mean Europe/Berlin?"),
    ],
)
def test_what_is_no_date_is_refused_before_anything_runs(
    make_notebook: Callable[..., Path], tmp_path: Path, options: list[str], words: str
):
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["report", str(make_notebook(PARAMETERS)), "--out", str(out), *options])
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert not out.exists()
