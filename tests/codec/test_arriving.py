"""Files that are arriving: every beginning of a good file says to wait or shows a picture; what is wrong says so."""

import numpy as np
import pytest

import aewidgets
from aewidgets.codec import zoo
from aewidgets.codec.coding.container import read_header
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import Picture, picture_of

NOISE = np.random.default_rng(0).integers(0, 256, (24, 40, 3), "uint8")
ALPHA = NOISE[..., 0]
KINDS = {
    "coded": Picture(NOISE),
    "coded, with alpha and profile": Picture(NOISE, ALPHA, b"profile" * 9, b"exif" * 9),
    "lossless": picture_of(NOISE),
    "lossless, with a profile": picture_of(np.dstack([NOISE, ALPHA]), b"profile" * 9),
}


@pytest.fixture(scope="module")
def files(card):
    made = {}
    for name, picture in KINDS.items():
        packer = Packer(picture, zoo.load(card))
        made[name] = packer.lossless() if "lossless" in name else packer.lossy(30_000)[0]
    return made


def answer(data, card, way="decompress_arriving"):
    """Return "wait", "wrong", or the number of groups that are decoded."""
    try:
        got = getattr(aewidgets, way)(data, model=card)
    except aewidgets.IncompleteError as error:
        assert "wait" in str(error)
        return "wait"
    except aewidgets.BitstreamError:
        return "wrong"
    return got.groups if way == "decompress_arriving" else 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_beginning_says_to_wait_or_shows_a_picture(files, card, kind):
    data, said = files[kind], []
    sizes = zoo.load(card).group_bytes(data) if "lossless" not in kind else ()
    first = read_header(data).end - sum(sizes[1:])
    ends = range(len(data) + 1) if not sizes else [*range(first + 2), *range(first + 2, len(data), 97), len(data)]
    for end in ends:
        said.append(answer(data[:end], card))
        assert (answer(data[:end], card, "thumbnail") == "wait") == (said[-1] == "wait")
    groups = max(1, len(sizes))
    assert said[-1] == groups and "wrong" not in said
    numbers = [each for each in said if each != "wait"]
    assert said[: len(said) - len(numbers)] == ["wait"] * (len(said) - len(numbers)) and numbers == sorted(numbers)
    assert len(numbers) == (1 if not sizes else sum(end >= first for end in ends))


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_file_begins_with_is_wrong_at_once(files, card, kind):
    data = files[kind]
    for place in range(4):
        for other in (data[place] ^ 1, data[place] ^ 0x20, 0, 255):
            bad = data[:place] + bytes([other]) + data[place + 1 :]
            assert [answer(bad[:end], card) for end in range(place + 1)] == ["wait"] * (place + 1)
            assert {answer(bad[:end], card) for end in (place + 1, place + 2, 12, len(bad))} == {"wrong"}
    for bad in (b"\x89PNG", b"\xff\xd8\xff", b"a", b"\0", b"RIFF"):
        assert answer(bad, card) == "wrong"


def test_a_whole_file_that_is_damaged_is_not_shown(files, card):
    """The quality is in no check but that of the whole file."""
    data = files["coded"]
    bad = data[:13] + bytes([data[13] ^ 1]) + data[14:]
    assert answer(bad[:-1], card) != "wrong"
    assert answer(bad, card) == answer(data + b"x", card) == "wrong"
