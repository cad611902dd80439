"""Kinds of pictures (tests/picture_kinds.py) come back as they are seen, or are refused in words, by every way in."""

import io
import re

import numpy as np
import pytest
from click.testing import CliRunner
from picture_kinds import COLOUR, all_kinds, shown
from PIL import Image

import aewidgets
import aewidgets.pillow
from aewidgets.cli import main
from aewidgets.codec.compression import open_aew
from aewidgets.codec.files.picture import read_picture
from aewidgets.images.arrays import ImageError

# What is converted with loss, and said in a notice, is among the kinds that are taken.
pytestmark = pytest.mark.filterwarnings("ignore::aewidgets.system.notices.Notice")

KINDS = all_kinds()
FILES = [kind for kind in KINDS if isinstance(kind.source, bytes)]
AMPLE = 1_000_000  # bytes: a target that the lossless file always meets, so that nothing is rounded


def complaint(kind, picture):
    """Return what is wrong with a picture that was taken, "" where nothing is."""
    if isinstance(kind.expected, str):
        return "taken, not refused"
    got = shown(picture.samples)
    if got.shape != kind.expected.shape:
        return f"of shape {got.shape}"
    seen = (got[..., 3] > 0) | (kind.expected[..., 3] > 0)
    if not np.array_equal(got[seen], kind.expected[seen]):
        return "other pixels"
    if kind.colour is not None and bool(picture.icc) != kind.colour:
        return f"a profile of {len(picture.icc)} bytes"
    return ""


def refusal(kind, words):
    """Return what is wrong with a refusal, "" where nothing is."""
    if not isinstance(kind.expected, str):
        return f"refused: {words}"
    return "" if re.search(kind.expected, words) and len(words) > 40 else f"words: {words}"


def wrong_among(kinds, outcome):
    """Return the complaints about all kinds, by name, given a function that returns a picture or raises an error."""
    found = {}
    for kind in kinds:
        try:
            what = complaint(kind, outcome(kind))
        except (ValueError, OSError) as error:
            what = refusal(kind, str(error))
        if what:
            found[kind.name] = what
    return found


def test_there_are_many_kinds_and_no_name_twice():
    assert len({kind.name for kind in KINDS}) == len(KINDS) > 300
    assert 60 < sum(isinstance(kind.expected, str) for kind in KINDS) < 120


def test_every_kind_is_read_as_it_is_seen_or_refused_in_words():
    assert not wrong_among(KINDS, lambda kind: read_picture(kind.source))


def test_every_kind_is_compressed_as_it_is_seen_or_refused_in_words():
    assert not wrong_among(KINDS, lambda kind: open_aew(aewidgets.compress_to(kind.source, num_bytes=AMPLE)))


def test_the_command_takes_and_refuses_the_same(tmp_path, card):
    (tmp_path / "out").mkdir()
    for number, kind in enumerate(FILES):
        (tmp_path / f"{number}{kind.suffix}").write_bytes(kind.source)
    paths = [str(tmp_path / f"{number}{kind.suffix}") for number, kind in enumerate(FILES)]
    options = ["--bytes", str(AMPLE), "--model", card, "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(main, ["compress", *paths, *options])
    assert result.exit_code != 0  # some are refused
    lines = result.output.splitlines()

    def outcome(kind):
        number = FILES.index(kind)
        written = tmp_path / "out" / f"{number}.aew"
        if written.exists():
            return open_aew(written.read_bytes())
        raise ValueError(next((line for line in lines if f"{number}{kind.suffix}: " in line), "not a word"))

    assert not wrong_among(FILES, outcome)


def test_the_plug_in_takes_and_refuses_the_same(tmp_path, card):
    """A picture that Pillow opened from a path is that file; what Pillow itself cannot open never comes here."""
    path = tmp_path / "x.aew"
    refused = [kind for kind in KINDS if isinstance(kind.expected, str)]
    unopened = []

    def outcome(kind):
        if isinstance(kind.source, Image.Image):
            return kind.source.save(path, model=card)
        (file := tmp_path / f"x{kind.suffix}").write_bytes(kind.source)
        try:
            with Image.open(file) as picture:
                picture.save(path, model=card)
        except (OSError, ValueError) as error:
            if "cannot write this picture as AEW" in str(error):
                raise
            unopened.append(kind.name)
            raise ImageError(f"Pillow itself does not open it, and is not asked for more: {kind.expected}") from None

    assert not wrong_among(refused, outcome)
    assert len(unopened) < 25
    for kind in [kind for kind in KINDS if not isinstance(kind.expected, str)][::10]:  # encoding takes its time
        outcome(kind)
        assert path.read_bytes() == aewidgets.compress(kind.source, model=card), kind.name


def test_a_file_opened_from_memory_and_not_yet_read_is_that_file():
    deep = next(kind for kind in FILES if kind.name == "PNG, RGB, 16 bits")
    with pytest.raises(aewidgets.ImageError, match="16-bit"):
        aewidgets.read_image(Image.open(io.BytesIO(deep.source)))


def test_a_profile_given_to_save_leaves_the_picture_turned_and_as_it_was(tmp_path, card):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOUR).save(tmp_path / "x.png", exif=exif)
    picture = Image.open(tmp_path / "x.png")
    picture.save(tmp_path / "x.aew", model=card, icc_profile=None)
    assert "icc_profile" not in picture.info
    assert open_aew((tmp_path / "x.aew").read_bytes(), model=card).samples.shape == (5, 3, 3)
