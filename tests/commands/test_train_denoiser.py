"""Command `aewidgets train denoiser` makes weights and card of pictures, and refuses wrong options in words."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage.data import astronaut, chelsea, coffee

from aewidgets.cli import main
from aewidgets.models.pretrained import load_denoiser


@pytest.fixture
def folders(tmp_path):
    """Write pictures to train on and others to evaluate on."""
    for name, pictures in (("learn", (astronaut(), coffee())), ("judge", (chelsea()[:100, :120],))):
        (tmp_path / name).mkdir()
        for number, picture in enumerate(pictures):
            Image.fromarray(picture[:160, :160]).save(tmp_path / name / f"{number}.png")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["train", "denoiser", *map(str, arguments)])


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ["--gray"],
        ["--colour", "--restore"],
        ["--gray", "--without-clean", "masked"],
        ["--colour", "--noise", "camera"],
    ],
)
def test_pictures_become_weights_with_figures(folders, options):
    result = run(folders / "learn", "--steps", 10, "--checkpoint", folders / "run", "--name", "mine", "--out", folders,
                 "--evaluate", folders / "judge", *options)  # fmt: skip
    assert result.exit_code == 0, result.output
    card = json.loads((folders / "mine.json").read_text())
    assert card["data"][0]["licence"] == "yours"
    assert all(np.isfinite(value) and value > 5 for value in card["figures"].values())
    special = {"--restore": "psnr_db_jpeg:10", "camera": "psnr_db_blind_shot_0.003"}
    expected = special.get(options[-1], "psnr_db_blind_25")
    assert expected in card["figures"]
    assert ("psnr_db_told_25" in card["figures"]) == (options in (["--gray"], ["--colour"]))
    assert load_denoiser(folders / "mine.json").channels == (3 if "--colour" in options else 1)


@pytest.mark.slow
def test_a_card_says_which_weights_training_began_with(folders):
    common = (folders / "learn", "--steps", 10, "--out", folders)
    assert run(*common, "--checkpoint", folders / "one", "--name", "one").exit_code == 0
    again = run(*common, "--checkpoint", folders / "two", "--name", "two", "--from", folders / "one.json")
    assert again.exit_code == 0, again.output
    one, two = (json.loads((folders / f"{name}.json").read_text()) for name in ("one", "two"))
    assert "start_sha256" not in one
    assert two["start_sha256"] == one["sha256"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_saves_its_run_and_goes_on(folders, number):
    command = [sys.executable, "-m", "aewidgets", "train", "denoiser", str(folders / "learn"), "--steps", "12",
               "--checkpoint", str(folders / "run"), "--out", str(folders)]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as stopped:
        while not (folders / "run" / "run.json").exists():
            assert stopped.poll() is None
            time.sleep(0.1)
        again = run(*command[5:])
        assert again.exit_code == 1 and "trains in this folder" in again.output
        stopped.send_signal(number)
        words = stopped.stderr.read()
    assert stopped.returncode == 130 and "the state is saved in" in words
    (entry,) = (json.loads(line) for line in (folders / "run" / "log.jsonl").read_text().splitlines())
    assert 0 < entry["step"] < 12
    assert run(*command[5:]).exit_code == 0
    steps = [json.loads(line)["step"] for line in (folders / "run" / "log.jsonl").read_text().splitlines()]
    assert steps == [entry["step"], 12]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photos", "--evaluate", "photos"], "trained on"),
        (["photos", "--restore"], "add --colour"),
        (["photos", "--restore", "--colour", "--without-clean", "masked"], "leave --restore out"),
        (["no-such-folder", "--steps", 10], "no-such-folder"),
    ],
)
def test_wrong_options_are_refused_in_words(tmp_path, arguments, words):
    result = run(*arguments, "--checkpoint", tmp_path / "run")
    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize("options", [["--gray"], ["--colour", "--restore"], ["--colour", "--without-clean", "masked"]])
def test_camera_noise_is_refused_beside_what_it_does_not_go_with(tmp_path, options):
    result = run(tmp_path, "--noise", "camera", *options)
    assert result.exit_code == 2
    assert "--noise camera works" in result.output
