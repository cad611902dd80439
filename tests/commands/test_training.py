"""Commands that train refuse before they work, and end in words: what they leave out, where they stopped."""

import os
import signal
import time
import warnings

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage.data import astronaut, coffee

from aewidgets.cli import main
from aewidgets.commands.training import check_output, in_words
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.state import save_arrays
from aewidgets.training.fitting.stepwise import Interrupted

KINDS = ("codec", "denoiser")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Folders of pictures to train on, and of copies of one of them under other names and formats."""
    base = tmp_path_factory.mktemp("pictures")
    for name in ("learn", "others", "link", "webp", "gray", "bad"):
        (base / name).mkdir()
    for number, picture in enumerate((astronaut(), coffee())):
        Image.fromarray(picture[:220, :220]).save(base / "learn" / f"{number}.png")
        Image.fromarray(picture[150:, 150:]).save(base / "others" / f"{number}.png")
    (base / "link" / "else.png").symlink_to(base / "learn" / "0.png")
    Image.fromarray(astronaut()[:220, :220]).save(base / "webp" / "holiday.webp", lossless=True)
    Image.fromarray(astronaut()[:220, :220, 0]).save(base / "gray" / "a.pgm")
    Image.fromarray(np.repeat(astronaut()[:220, :220, :1], 3, axis=2)).save(base / "gray" / "b.png")
    Image.fromarray(np.full((9, 9, 4), 7, "uint8")).save(base / "bad" / "clear.png")
    (base / "bad" / "half.jpg").write_bytes(b"\xff\xd8\xff")
    Image.fromarray(astronaut()[:60, :60]).save(base / "bad" / "small.png")
    return base


def run(*arguments):
    return CliRunner().invoke(main, ["train", *map(str, arguments)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("evaluate", ["learn/", "learn/../learn", "learn/0.png", "link", "webp"])
def test_pictures_to_judge_by_are_not_trained_on_under_any_name(pictures, tmp_path, kind, evaluate):
    result = run(kind, pictures / "learn", "--colour" if kind == "denoiser" else "--seed=1", "--checkpoint",
                 tmp_path / "run", "--evaluate", f"{pictures}/{evaluate}")  # fmt: skip
    assert result.exit_code == 2 and "pictures are trained on too (" in result.output
    assert not (tmp_path / "run").exists()


def test_gray_pictures_are_compared_as_gray(pictures, tmp_path):
    for source, evaluate in (("a.pgm", "b.png"), ("b.png", "a.pgm")):
        result = run("denoiser", pictures / "gray" / source, "--evaluate", pictures / "gray" / evaluate,
                     "--checkpoint", tmp_path / "run")  # fmt: skip
        assert result.exit_code == 2 and "1 of its 1 pictures are trained on too" in result.output
    result = run("denoiser", pictures / "webp", "--colour", "--evaluate", pictures / "gray" / "a.pgm")
    assert result.exit_code == 2 and "expected pictures in colour" in result.output


@pytest.mark.parametrize("kind", KINDS)
def test_bad_pictures_are_named_all_at_once_and_can_be_left_out(pictures, tmp_path, kind):
    sources = (kind, pictures / "learn", pictures / "bad", "--checkpoint", tmp_path / "run")
    result = run(*sources)
    assert result.exit_code == 2
    assert all(words in result.output for words in ("2 of 3 pictures", "clear.png", "half.jpg", "--skip-bad"))
    result = run(*sources, "--skip-bad", "--evaluate", pictures / "webp")  # is refused later, for another reason
    assert "trained on too" in result.output and "note: " in result.output and "They are left out" in result.output
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_that_are_too_small_are_said(pictures, tmp_path, kind):
    small = pictures / "bad" / "small.png"
    result = run(kind, small, "--checkpoint", tmp_path / "run")
    assert result.exit_code == 2 and "got none" in result.output
    assert "1 of 1 pictures are smaller than" in result.output and "(small)" in result.output
    assert not (tmp_path / "run").exists()


def test_copies_of_held_out_pictures_are_not_trained_on(pictures):
    from aewidgets.images.sets import load_images
    from aewidgets.training.data.pictures import without

    learn = load_images(pictures / "learn")
    with pytest.warns(UserWarning, match=r"copies of pictures that are held out are not trained on \(0\)"):
        left = without(learn, [image for _, image in load_images(pictures / "webp")])
    assert left.names == ("1",) and left.source == learn.source
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert without(learn, [image for _, image in load_images(pictures / "others")]).names == learn.names


@pytest.mark.parametrize("family", ["codec", "denoiser", "dense"])
@pytest.mark.parametrize(
    "options, words",
    [
        (["--name", "a/b"], "without slashes"),
        (["--name", ""], "without slashes"),
        (["--name", "x" * 252], "too long"),
        (["--out", "FILE"], "is a file"),
        (["--out", "FILE/below"], "nothing can be written into"),
        (["--out", "FOLDER", "--name", "taken"], "is a folder"),
    ],
)
def test_places_are_checked_before_anything_is_read(tmp_path, family, options, words):
    """The source does not exist, which is not what is told."""
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.npz").mkdir()
    options = [o.replace("FILE", str(tmp_path / "file")).replace("FOLDER", str(tmp_path)) for o in options]
    result = run(family, *(["--data"] if family == "dense" else []), tmp_path / "nowhere", *options)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken.npz"]


def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path):
    check_output(tmp_path / "new" / "deep", "name")
    check_output(tmp_path, "name")
    assert list(tmp_path.iterdir()) == []


def test_curves_are_read_before_anything_is_trained(pictures, tmp_path):
    (tmp_path / "curves.json").write_text("[")
    common = ("codec", pictures / "learn", "--checkpoint", tmp_path / "run", "--curves", tmp_path / "curves.json")
    result = run(*common, "--evaluate", pictures / "others")
    assert result.exit_code == 2 and "JSON" in result.output and not (tmp_path / "run").exists()
    assert "--curves needs --evaluate" in run(*common).output


def signalled(number):
    """Send this process a signal, and wait until it is heard: another thread of the process may receive it."""
    os.kill(os.getpid(), number)
    time.sleep(10)


@pytest.fixture
def ctrl_c():
    """Set what Ctrl-C does in this process, and undo it: a shell's background processes ignore it from the start."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "handler"),
    [
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_IGN),
    ],
)
def test_a_stop_is_told_with_the_folder(tmp_path, capsys, ctrl_c, number, handler):
    ctrl_c(handler)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(click.exceptions.Exit) as stopped, in_words(tmp_path):
        signalled(number)
    assert stopped.value.exit_code == 130 and "before anything was saved" in capsys.readouterr().err
    with RunFolder(tmp_path, {"run": 1}) as folder:
        save_arrays(folder, {"step": 1}, {"state": [np.ones(1)]}, [])
    with pytest.raises(click.exceptions.Exit), in_words(tmp_path):
        signalled(number)
    assert f"the run is saved in {tmp_path}" in capsys.readouterr().err
    with pytest.raises(click.exceptions.Exit), in_words(tmp_path):
        raise Interrupted("stopped after step 7 of 9")
    assert "stopped after step 7 of 9" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    "error, code, words",
    [
        (ValueError("wrong"), 2, "wrong"),
        (FileNotFoundError("not here"), 2, "not here"),
        (ArithmeticError("not finite"), 1, "not finite (--learning-rate"),
        (OSError(28, "No space left on device", "/there/x.npz"), 1, "/there/x.npz: No space left on device"),
        (OSError("/there/state.npz cannot be written"), 1, "/there/state.npz cannot be written"),
    ],
)
def test_errors_are_told_in_words_with_their_exit_code(tmp_path, error, code, words):
    with pytest.raises(click.ClickException) as told, in_words(tmp_path):
        raise error
    assert told.value.exit_code == code and words in told.value.message and "Errno" not in told.value.message
