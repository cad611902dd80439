"""Every option makes a difference or is refused or named: none is dropped in silence, alone or beside another."""

import itertools

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aewidgets.cli import main
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of

NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), "uint8")


@pytest.fixture
def place(tmp_path, monkeypatch):
    Image.fromarray(NOISE).save(tmp_path / "a.png")
    (tmp_path / "flat.aew").write_bytes(Packer(picture_of(NOISE), None).lossless())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


TARGETS = {"--quality": 50, "--bytes": 900, "--bpp": 1, "--psnr": 30}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(TARGETS, 2)))
def test_targets_of_compress_exclude_each_other(place, first, second):
    result = run("compress", "a.png", first, TARGETS[first], second, TARGETS[second])
    assert result.exit_code == 2 and "exclude each other" in result.output
    assert {path.name for path in place.iterdir()} == {"a.png", "flat.aew"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compress", "a.png", "--jobs", 2, "--scheduler", "tcp://x:1"], "--scheduler and --jobs exclude"),
        (["decompress", "flat.aew", "--jobs", 2, "--scheduler", "tcp://x:1"], "--scheduler and --jobs exclude"),
        (["denoise", "a.png", "-o", "b.png", "--noise-level", 5, "--method", "median"], "makes no use of one"),
        (["denoise", "a.png", "-o", "b.png", "--noise-level", 5, "--method", "blind"], "makes no use of one"),
        (["rd", "a.png", "--codec", "jpeg", "--effort", 3], "no learned codec is measured"),
        (["rd", "a.png", "--codec", "jpeg", "--quality", "png=3"], "'png' is not among the codecs"),
        (["rd", "a.png", "--codec", "jpeg", "--codec", "png", "--quality", "png=3"], "png has no choice"),
        (["rd", "a.png", "--codec", "png", "--quality", "3"], "no codec that is measured has one"),
        (["rd", "a.png", "--json", "out/"], "got the name of a folder"),
        (["rd", "a.png", "--plot", "out/"], "got the name of a folder"),
        (["rd", "a.png", "--plot", "a.png"], "got the name of a picture"),
        (["rd", "a.png", "--plot", "x", "--json", "x"], "give each a file of its own"),
        (["rd", "a.png", "--codec", "jpeg", "--anchor", "webp"], "'webp' is not among the codecs"),
    ],
)
def test_options_that_make_no_difference_are_refused(place, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert words in " ".join(result.output.split())
    assert {path.name for path in place.iterdir()} == {"a.png", "flat.aew"}


def test_what_cannot_be_measured_to_the_end_is_named(place):
    codecs = ["--codec", "jpeg", "--codec", "webp", "--codec", "png"]
    result = run("rd", "a.png", *codecs, "--quality", 50, "--anchor", "webp", "--curves-out", "out", "--quiet")
    assert result.exit_code == 0
    assert "no BD-rate against webp of jpeg, png" in result.output
    for name in ("jpeg", "webp", "png"):
        assert f"no curve of {name} is written" in result.output
    result = run("rd", "a.png", *codecs[:4], "--quality", 20, "--quality", 90, "--anchor", "webp", "--quiet")
    assert result.exit_code == 0 and "no BD-rate" not in result.output


@pytest.mark.parametrize("codec", ["jpeg", "avif"])
def test_a_quality_is_not_rounded_in_silence(place, codec):
    result = run("rd", "a.png", "--codec", codec, "--quality", 20.5, "--quality", 50, "--quiet")
    assert result.exit_code == 1 and "as a whole number, got 20.5" in " ".join(result.output.split())


def test_groups_of_a_lossless_file_are_named(place):
    result = run("decompress", "flat.aew", "--groups", 1)
    assert result.exit_code == 0
    assert "lossless, so that --groups changes nothing" in result.output
    assert run("decompress", "flat.aew", "--overwrite").output.endswith("lossless\n")


def test_qualities_of_unknown_codecs_are_refused():
    import aewidgets

    images = [("noise", NOISE)]
    for qualities, words in (({"webb": [50]}, "no codec is called 'webb'"), ({"png": [50]}, "png has no choice")):
        with pytest.raises(ValueError, match=words):
            aewidgets.rate_distortion(images, ["webp", "png"], qualities)


@pytest.mark.parametrize("groups", [0, -1, 1.5, "1"])
def test_groups_are_a_whole_number_also_of_a_lossless_file(place, groups):
    import aewidgets

    with pytest.raises(ValueError, match="groups: expected a whole number from 1 on"):
        aewidgets.decompress("flat.aew", groups=groups)


@pytest.mark.parametrize("suffix", [".bmp", ".ppm", ".pgm"])
def test_what_a_format_does_not_hold_is_no_argument_of_write_image(place, suffix):
    import aewidgets

    for given in ({"icc": b"profile"}, *([{"exif": b"Exif"}] if suffix != ".bmp" else [])):
        with pytest.raises(ValueError, match=f"{suffix} holds no {next(iter(given))}"):
            aewidgets.write_image(NOISE, place / f"b{suffix}", **given)
