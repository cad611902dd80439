"""Command `aewidgets search`: words for what is wrong, exit codes, one page; killed, it goes on where it was."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from clusters import ENVIRONMENT, cluster, process, soon, stop

pytest.importorskip("yaml", reason="PyYAML comes with the report extra")

from aewidgets.cli import main
from aewidgets.commands import search as command
from aewidgets.selection import search as searching
from aewidgets.selection.metrics import METRICS

OPTIONS = ("--data", "digits", "--limit", 40, "--folds", 2, "--quiet")


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text("base: {hidden: [], epochs: 1}\ngrid: {latent_dim: [1, 2, 8]}")
    return path


@pytest.fixture
def made_up(monkeypatch):
    """Fits are made up, and no winner is trained."""
    result = {"mse": 1.0, "seconds": 1.0, "parameters": 3}
    monkeypatch.setattr(searching, "_tested", lambda *_: None)
    monkeypatch.setattr(
        searching, "fit_once",
        lambda fit: result | {"score": fit.settings["latent_dim"], "code_values": fit.settings["latent_dim"]},
    )  # fmt: skip


def run(*arguments):
    return CliRunner().invoke(main, ["search", *map(str, arguments)])


def test_metrics_of_the_option_are_those_of_the_estimator():
    assert tuple(METRICS) == command.METRICS


def test_a_search_prints_its_verdict_and_writes_its_page(grid, tmp_path, made_up):
    result = run("dense", "--grid", grid, "--out", tmp_path / "out", *OPTIONS, "--seeds", 1)
    assert result.exit_code == 0, result.output
    assert "Candidate 3 is the best: its mean squared error on" in result.stdout
    assert "6 fits" in result.stderr
    assert result.stdout.splitlines()[-1] == str(tmp_path / "out" / "search.html")
    assert "<svg" in (tmp_path / "out" / "search.html").read_text()


def test_json_is_the_record(grid, tmp_path, made_up):
    result = run("dense", "--grid", grid, "--out", tmp_path / "out", *OPTIONS, "--seeds", 1, "--json")
    assert json.loads(result.stdout) == json.loads((tmp_path / "out" / "search.json").read_text())


@pytest.mark.parametrize(("error", "code"), [(ValueError("no memory"), 1), (KeyboardInterrupt(), 130)])
def test_a_failed_fit_is_exit_code_1_and_an_interrupt_130(grid, tmp_path, made_up, monkeypatch, error, code):
    def failing(fit):
        raise error

    monkeypatch.setattr(searching, "fit_once", failing)
    result = run("dense", "--grid", grid, "--out", tmp_path / "out", *OPTIONS)
    assert result.exit_code == code, result.output
    assert "no winner" in result.stdout


@pytest.mark.parametrize(
    ("family", "text", "words"),
    [
        ("densest", "list: [{latent_dim: 3}]", "did you mean 'dense'"),
        ("dense", "list: [{latentdim: 3}]", "did you mean 'latent_dim'"),
        ("dense", "latent_dim: [3]", "expected `grid:"),
        ("dense", "list: [{metric: psnr}]", "metric: is not searched"),
        ("dense", "- {latent_dim: 3}", "expected `grid:"),
        ("dense", "", "expected `grid:"),
        ("dense", "grid: {latent_dim: 3}", "expected a list of values"),
        ("dense", "grid: {latent_dim: [.nan]}", "latent_dim: expected a whole number above zero, got nan"),
        ("dense", "grid: {latent_dim: [[1, 2]]}", "latent_dim: expected a whole number above zero, got [1, 2]"),
        ("dense", "grid: {learning_rate: [.nan]}", "learning_rate: expected a positive number, got nan"),
        ("dense", "grid: {epochs: ['3']}", "epochs: expected a whole number, got '3'"),
        ("dense", "grid: {validation: [some]}", "validation: expected a share below 1"),
    ],
)
def test_wrong_usage_is_said_in_words(tmp_path, family, text, words):
    (tmp_path / "grid.yaml").write_text(text)
    result = run(family, "--grid", tmp_path / "grid.yaml", "--out", tmp_path / "out", *OPTIONS)
    assert result.exit_code == 2 and words in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_search_of_24_fits_that_is_killed_fits_each_once(tmp_path):
    (tmp_path / "grid.yaml").write_text("base: {hidden: [], epochs: 1}\ngrid: {latent_dim: [1, 2, 3, 8]}")
    out = tmp_path / "out"
    options = ("--data", "digits", "--limit", 40, "--folds", 3, "--seeds", 2, "--quiet", "--json")
    line = [sys.executable, "-m", "aewidgets", "search", "dense", "--grid", tmp_path / "grid.yaml", "--out", out]
    running = process(*line, *options)
    fits = lambda: list((out / "fits").glob("*.json"))  # noqa: E731
    try:
        assert soon(lambda: len(fits()) >= 5, 300)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    finally:
        stop(running)
    written = {path: path.stat().st_mtime_ns for path in fits()}
    assert 5 <= len(written) < 24 and not (out / "search.json").exists()
    time.sleep(0.1)
    again = subprocess.run([*map(str, line), *map(str, options)], env=ENVIRONMENT, capture_output=True, check=True)
    record = json.loads(again.stdout)
    assert (record["fits"], record["fits_before"], record["status"]) == (24, len(written), "finished")
    assert len(fits()) == 24 and all(path.stat().st_mtime_ns == at for path, at in written.items())


@pytest.mark.slow
def test_a_search_on_a_cluster_finds_what_one_process_finds(grid, tmp_path):
    pytest.importorskip("distributed")
    line = ("dense", "--grid", grid, *OPTIONS, "--seeds", 1, "--random", 2, "--json")
    here = json.loads(run(*line, "--out", tmp_path / "here").stdout)
    with cluster(tmp_path) as (address, _):
        there = json.loads(run(*line, "--out", tmp_path / "there", "--scheduler", address).stdout)
    for one, other in zip(here["candidates"], there["candidates"], strict=True):
        assert one["fold_scores"] == pytest.approx(other["fold_scores"], rel=1e-4)
    assert there["test"]["mse"] == pytest.approx(here["test"]["mse"], rel=1e-3)
