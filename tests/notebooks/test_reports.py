"""The compression report as a user makes it: a few minutes, one file, no network."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.commands.report import report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the bundled notebook, on one picture at three qualities."""
    options = ["-p", "limit", "1", "-p", "qualities", "1,50,100", "-p", "rungs", "3", "-p", "codecs"]
    out = tmp_path_factory.mktemp("reports")
    result = CliRunner().invoke(
        report, ["04-compression", *options, "learned,jpeg,avif", "--out", str(out), "--cell-timeout", "120"]
    )
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip()).parent


def test_metrics_are_numbers_that_a_machine_can_watch(folder: Path):
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["bd_rate_percent_against_jpeg"] < 0
    assert metrics["file_bytes"] == metrics["header_bytes"] + sum(metrics["substream_bytes"])


def test_the_page_is_one_file_of_bearable_size_that_fetches_nothing(folder: Path):
    page = (folder / "04-compression.html").read_text(encoding="utf-8")
    assert len(page) < 6e6
    assert len(re.findall(r"plotly\.js \([a-z]+ - minified\) v\d", page)) == 1
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=(?![\"']?(data:|#))", page)


def test_the_executed_notebook_stays_small(folder: Path):
    assert (folder / "04-compression.ipynb").stat().st_size < 3e6
