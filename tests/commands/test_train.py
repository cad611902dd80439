"""`aewidgets train codec`: pictures in, weights and card out, and the same command goes on where it stopped."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from aewidgets.cli import main
from aewidgets.images import write_image


def run(*arguments):
    return CliRunner().invoke(main, ["train", "codec", *map(str, arguments)])


def test_pictures_to_judge_by_must_not_be_trained_on():
    result = run("kodak", "--evaluate", "kodak")
    assert result.exit_code == 2
    assert "trained on" in result.output


def test_a_source_that_is_not_there_is_told(tmp_path):
    result = run(tmp_path / "none", "--checkpoint", tmp_path / "run")
    assert result.exit_code == 2
    assert "neither a data set nor a folder" in result.output


@pytest.mark.slow
def test_a_folder_becomes_a_codec(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(2):
        ramp = np.add.outer(np.arange(240), np.arange(240))[..., None] / 2
        write_image((ramp + rng.normal(0, 9, (240, 240, 3))).clip(0, 255).astype("uint8"), tmp_path / f"{number}.png")
    arguments = (tmp_path, "--steps", 10, "--checkpoint", tmp_path / "run", "--name", "mine", "--out", tmp_path)
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "mine.json").read_text())
    assert card["steps"] == 10
    assert "--seed 1" in card["command"]
    weights = (tmp_path / "mine.npz").read_bytes()
    assert run(*arguments).exit_code == 0  # nothing left to train
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1
    assert (tmp_path / "mine.npz").read_bytes() == weights
    result = CliRunner().invoke(
        main, ["compress", str(tmp_path / "0.png"), "--model", str(tmp_path / "mine.json"), "--quality", "40"]
    )
    assert result.exit_code == 0, result.output
    assert (tmp_path / "0.aew").stat().st_size > 50
