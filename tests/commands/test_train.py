"""Command `aewidgets train codec` makes weights and card of pictures, and goes on where it stopped."""

import json

import numpy as np
import pytest
import tiny
from click.testing import CliRunner

from aewidgets.cli import main
from aewidgets.codec.release import write_release
from aewidgets.images.reading import write_image


def run(*arguments):
    return CliRunner().invoke(main, ["train", "codec", *map(str, arguments)])


def test_pictures_to_judge_by_must_not_be_trained_on():
    result = run("kodak", "--evaluate", "kodak")
    assert result.exit_code == 2
    assert "trained on" in result.output


def test_a_source_that_does_not_exist_is_refused_in_words(tmp_path):
    result = run(tmp_path / "none", "--checkpoint", tmp_path / "run")
    assert result.exit_code == 2
    assert "neither a data set nor a folder" in result.output


def write_pictures(folder, count):
    rng = np.random.default_rng(0)
    for number in range(count):
        ramp = np.add.outer(np.arange(240), np.arange(240))[..., None] / 2
        write_image((ramp + rng.normal(0, 9, (240, 240, 3))).clip(0, 255).astype("uint8"), folder / f"{number}.png")


@pytest.mark.slow
def test_weights_adapt_to_a_folder_and_are_judged_by_pictures_held_out(tmp_path, monkeypatch):
    monkeypatch.setattr("aewidgets.training.codecs.CROPS", ((2, 128, 128),))
    (tmp_path / "pictures").mkdir()
    write_pictures(tmp_path / "pictures", 9)
    write_release(tiny.trained(), tmp_path / "tiny.npz", {"family": "hyperprior"})
    start = str(tmp_path / "tiny.json")
    # Slowly: the curve of a few steps at full rate may share nothing with that of the start.
    result = run(tmp_path / "pictures", "--from", start, "--steps", 10, "--learning-rate", 1e-5,
                 "--checkpoint", tmp_path / "run", "--name", "mine", "--out", tmp_path)  # fmt: skip
    assert result.exit_code == 0, result.output
    before, after = result.output.index("before (tiny): "), result.output.index("after (mine): ")
    assert before < after
    assert "against tiny" in result.output[after:]
    figures = json.loads((tmp_path / "mine.json").read_text())["figures"]
    assert figures["images"].startswith("1 held out of")
    assert set(figures["bd_rate_psnr_29_38_percent"]) <= {"tiny", "jpeg", "jpeg2000", "webp", "avif"}


def test_a_single_picture_cannot_be_learnt_from_and_judged_by(tmp_path):
    write_pictures(tmp_path, 1)
    result = run(tmp_path, "--from", "photo", "--checkpoint", tmp_path / "run")
    assert result.exit_code == 2
    assert "needs at least 2" in result.output


@pytest.mark.slow
def test_a_folder_becomes_a_codec(tmp_path, monkeypatch):
    monkeypatch.setattr("aewidgets.training.codecs.CROPS", ((2, 128, 128),))  # one shape is traced once
    write_pictures(tmp_path, 2)
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
