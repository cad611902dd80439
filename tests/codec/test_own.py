"""A codec of one's own: what it is handed and may hand back, and words for all else."""

import io
import pickle
import re
import sys
import textwrap
from types import SimpleNamespace

import numpy as np
import pytest
from own_codecs import Halves
from PIL import Image
from skimage.data import camera, chelsea

import aewidgets
from aewidgets.codec.registry import available_codecs, get_codec

COLOUR, GRAY = chelsea()[:37, :41], camera()[:37, :41]


def like(**changed):
    """Return a codec that keeps a picture as it is, with some of its parts changed; None takes a part out."""
    kept = {}

    def encode(image, quality):
        kept["image"] = image
        return b"file"

    parts = {
        "name": "kept", "qualities": (1, 9), "unit": "level", "encode": encode, "decode": lambda data: kept["image"],
    } | changed  # fmt: skip
    return SimpleNamespace(**{name: part for name, part in parts.items() if part is not ...})


def through(codec, image=COLOUR, quality=5):
    """Return an image after a codec."""
    codec = get_codec(codec)
    return codec.decompress(codec.compress(image, quality))


def raises(error):
    """Return a function that raises an error."""

    def function(*given):
        raise error

    return function


@pytest.mark.parametrize("image", [COLOUR, GRAY, COLOUR[:1, :1]], ids=lambda image: str(image.shape))
def test_bytes_go_out_and_the_picture_comes_back(image):
    codec = get_codec(Halves())
    np.testing.assert_array_equal(through(codec, image, 8), image)
    assert codec.compress(image, 3) == Halves().encode(image, 3)
    np.testing.assert_array_equal(through(codec, image, 3), image & 0b11100000)


@pytest.mark.parametrize(
    ("qualities", "asked", "given"),
    [
        ((1, 9), 5.0, 5),
        ((np.int64(1), np.int64(9)), 5.0, 5),
        ((0.0, 9.0), 5, 5.0),
        ((0, 1.5), 1, 1.0),
        ([9, 1], 5, 5),
        (np.array([0.1, 2.0]), 1.5, 1.5),
        (None, None, None),
    ],
)
def test_a_codec_gets_whole_numbers_where_its_own_are_and_none_where_it_has_none(qualities, asked, given):
    seen = []
    codec = get_codec(like(qualities=qualities, encode=lambda image, quality: seen.append(quality) or b"file"))
    codec.compress(COLOUR, asked)
    assert seen == [given] and type(seen[0]) is type(given)


@pytest.mark.parametrize("image", [COLOUR, GRAY, COLOUR[::-1, ::2], np.asfortranarray(GRAY)])
def test_a_codec_gets_an_array_of_its_own(image):
    before = image.copy()

    def encode(mine, quality):
        assert mine.flags.c_contiguous and mine.flags.writeable and (mine.dtype, mine.shape) == ("uint8", image.shape)
        mine[:] = 0
        return b"file"

    get_codec(like(encode=encode)).compress(image, 5)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_bytes_is_a_file(kind):
    data = get_codec(like(encode=lambda image, quality: kind(b"file"))).compress(COLOUR, 5)
    assert type(data) is bytes and data == b"file"


@pytest.mark.parametrize(
    "kind",
    [
        np.asarray,
        lambda x: x.astype("float32") / 255,
        lambda x: x / 255,
        lambda x: x.astype("int64"),
        Image.fromarray,
        np.ndarray.tolist,
        lambda x: x if x.ndim == 3 else x[..., None],
    ],
)
@pytest.mark.parametrize("image", [COLOUR, GRAY], ids=["colour", "gray"])
def test_any_kind_of_picture_comes_back(kind, image):
    decoded = through(like(decode=lambda data: kind(image)), image)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, image)


def test_gray_comes_as_three_equal_channels_to_a_codec_that_says_so():
    seen = []
    codec = like(gray=False, encode=lambda image, quality: seen.append(image) or b"file")
    get_codec(codec).compress(GRAY, 5)
    np.testing.assert_array_equal(seen[0], np.dstack([GRAY] * 3))


WRONG_OBJECTS = [
    (None, "expected the name of a codec or an object.*got None"),
    (5, "expected the name of a codec or an object.*got int 5"),
    (b"jpeg", "expected the name of a codec or an object.*got an object of type bytes"),
    (lambda image: image, "expected the name of a codec or an object.*type function"),
    (COLOUR, r"expected the name of a codec or an object.*got an array \(37, 41, 3\) of uint8"),
    (Halves, r"got the class Halves: call it, Halves\(\)"),
    (like(decode=...), "this SimpleNamespace has no decode"),
    (like(decode=..., qualities=...), "has no qualities and no decode"),
    (like(decode=b"file"), "kept: expected a method decode, got an object of type bytes"),
    (like(name=None), "expected as name a text.*got None"),
    (like(name=7), "expected as name a text.*got int 7"),
    (like(name=""), "expected as name a text.*got ''"),
    (like(name=" kept"), "expected as name a text.*got ' kept'"),
    (like(name="two\nlines"), "expected as name a text"),
    (like(name="x" * 61), "at most 60 characters"),
    (like(name="../kept"), "without / "),
    (like(name="kept.json"), "not ending in .json"),
    (like(name="jpeg"), "'jpeg' is a name of ours; give your codec another one, such as 'my-jpeg'"),
    (like(name="avif-psnr"), "is a name of ours"),
    (like(name="original"), "is a name of ours"),
    (like(qualities=7), "kept: expected as qualities two different numbers.*got int 7"),
    (like(qualities=()), "two different numbers.*got ()"),
    (like(qualities=(1, 2, 3)), r"two different numbers.*got \(1, 2, 3\)"),
    (like(qualities=(5, 5)), "two different numbers"),
    (like(qualities="09"), "two different numbers.*got '09'"),
    (like(qualities=(0, float("nan"))), "two different numbers"),
    (like(qualities=(0, float("inf"))), "two different numbers"),
    (like(qualities=(False, True)), "two different numbers"),
    (like(unit=...), "kept: expected as unit what the quality means.*got ''"),
    (like(unit=None), "expected as unit what the quality means.*got None"),
    (like(label=3), "expected as label.*got 3"),
    (like(suffix="jpg"), "expected as suffix.*got 'jpg'"),
    (like(suffix="./../x"), "expected as suffix"),
    (like(gray=0), "expected as gray.*got 0"),
]


@pytest.mark.parametrize(("codec", "words"), WRONG_OBJECTS)
def test_what_is_no_codec_is_refused_in_words(codec, words):
    with pytest.raises(ValueError, match=words):
        get_codec(codec)


def test_a_part_that_cannot_be_read_is_named():
    class Broken(Halves):
        @property
        def qualities(self):
            raise RuntimeError("not trained yet")

    with pytest.raises(ValueError, match="Broken: reading its qualities raised RuntimeError: not trained yet"):
        get_codec(Broken())


WRONG_ANSWERS = [
    ({"encode": lambda image, quality: None}, "kept: expected bytes from encode, got None"),
    ({"encode": lambda image, quality: "file"}, "expected bytes from encode, got str 'file'"),
    ({"encode": lambda image, quality: b""}, "expected bytes from encode, got none of them"),
    ({"encode": lambda image, quality: image}, r"expected bytes from encode, got an array \(37, 41, 3\) of uint8"),
    ({"encode": lambda image: b"file"}, r"encode of an image \(37, 41, 3\), uint8, at quality 5 raised TypeError"),
    ({"decode": lambda data: None}, "kept: expected from decode an image .*, got None"),
    ({"decode": lambda data: "picture"}, "expected from decode an image .*, got str 'picture'"),
    ({"decode": lambda data: 7}, "expected from decode an image .*, got int 7"),
    ({"decode": lambda data: [[1, 2], [3]]}, "decode returned an object of type list: ValueError"),
    ({"decode": lambda data: COLOUR[None]}, r"got an array \(1, 37, 41, 3\); a batch of one.*x\[0\]"),
    ({"decode": lambda data: np.moveaxis(COLOUR, 2, 0)}, r"got an array \(3, 37, 41\); channels come last"),
    ({"decode": lambda data: np.dstack([COLOUR, GRAY])}, r"got an array \(37, 41, 4\); return the colours without"),
    ({"decode": lambda data: COLOUR[:0]}, r"got an array \(0, 41, 3\)"),
    ({"decode": lambda data: COLOUR.astype(float)}, r"returned no image: expected floats in \[0, 1\], got 51 to 192"),
    ({"decode": lambda data: np.full((37, 41), np.nan)}, "returned no image: expected finite numbers, got NaN"),
    ({"decode": lambda data: COLOUR.astype("int64") * 9}, "returned no image: expected whole numbers from 0 to 255"),
    ({"decode": lambda data: COLOUR.astype(complex)}, r"expected from decode .*an array \(37, 41, 3\) of complex128"),
]


@pytest.mark.parametrize(("parts", "words"), WRONG_ANSWERS)
def test_wrong_answers_are_refused_in_words(parts, words):
    with pytest.raises(ValueError, match=words):
        through(like(**parts))


@pytest.mark.parametrize("image", [COLOUR, GRAY], ids=["colour", "gray"])
@pytest.mark.parametrize("error", [KeyError("weights"), MemoryError(), ZeroDivisionError("division by zero")])
@pytest.mark.parametrize("part", ["encode", "decode"])
def test_errors_of_its_own_are_named_and_are_the_cause(part, error, image):
    with pytest.raises(ValueError, match=f"kept: {part} .*raised {type(error).__name__}") as caught:
        through(like(**{part: raises(error)}), image)
    assert caught.value.__cause__ is error
    assert ("`gray = False`" in str(caught.value)) == (image.ndim == 2 and part == "encode")


def test_an_interrupt_is_no_error_of_a_codec():
    with pytest.raises(KeyboardInterrupt):
        through(like(encode=raises(KeyboardInterrupt())))


@pytest.mark.parametrize("quality", [0, 10, 5.5, None, float("nan")])
def test_a_quality_that_it_does_not_have_never_reaches_it(quality):
    with pytest.raises(ValueError, match=r"^kept: expected"):
        get_codec(like(encode=raises(AssertionError()))).compress(COLOUR, quality)


RANGES = [(1, 9), (0, 1000), (9, 1), (0.05, 2.0), (2.0, 0.05), (1.0, 100.0), (1, 2), (0, 65535)]


@pytest.mark.parametrize("qualities", RANGES)
def test_ladders_and_searches_run_from_the_first_quality_to_the_second(qualities):
    codec = get_codec(like(qualities=qualities))
    way = 1 if qualities[1] > qualities[0] else -1
    for steps in (codec.qualities, codec.steps()):
        assert (steps[0], steps[-1]) == qualities
        assert (np.diff(steps) * way > 0).all()
    assert 2 <= len(codec.qualities) <= 9
    for quality in codec.qualities:
        codec.check(quality)


MODULE = """
from zlib import compress, decompress
NUMBER = 7

class Mine:
    name, qualities, unit = "mine", None, ""
    def encode(self, image, quality):
        return bytes(image.shape) + image.tobytes()
    def decode(self, data):
        import numpy
        return numpy.frombuffer(data[3:], "uint8").reshape(tuple(data[:3]))

mine = Mine()

def made():
    return Mine()

def broken():
    raise RuntimeError("no weights")

class holder:
    inner = mine

import aewidgets
quick = aewidgets.get_codec("learned", effort=1)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder, the current one, with a module of a codec in it and in a folder below."""
    (tmp_path / "below").mkdir()
    for place in (tmp_path / "my_own_codec.py", tmp_path / "below" / "other file.py"):
        place.write_text(MODULE)
    (tmp_path / "failing_codec.py").write_text("import nothing_of_this_name")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    return tmp_path


@pytest.fixture(autouse=True)
def _forget_modules():
    """Let every test import its own module."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("my_own_codec", "failing_codec", "_given_")):
            del sys.modules[name]


@pytest.mark.parametrize("text", ["my_own_codec:", "below/other file.py:"])
@pytest.mark.parametrize("name", ["Mine", "mine", "made", "holder.inner"])
def test_a_codec_comes_by_module_and_object(folder, text, name):
    codec = get_codec(text + name)
    assert codec.name == "mine"
    np.testing.assert_array_equal(through(codec, COLOUR, None), COLOUR)
    again = pickle.loads(pickle.dumps(codec))
    assert again.compress(COLOUR, None) == codec.compress(COLOUR, None)


def test_one_of_ours_may_come_by_module_and_object(folder):
    assert get_codec("my_own_codec:quick") == get_codec("learned", effort=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing_here:Mine", "no module is called 'nothing_here': looked among the installed packages and in"),
        ("nothing/here.py:Mine", "no such file"),
        ("my_own_codec:Min", "my_own_codec .*has no 'Min'; did you mean 'Mine'?"),
        ("my_own_codec:NUMBER", "my_own_codec:NUMBER: expected the name of a codec or an object.*got int 7"),
        ("my_own_codec:broken", "calling it without arguments raised RuntimeError: no weights"),
        ("my_own_codec:", "expected MODULE:OBJECT or FILE.py:OBJECT"),
        (":Mine", "expected MODULE:OBJECT or FILE.py:OBJECT"),
        ("my_own_codec:two words", "expected MODULE:OBJECT or FILE.py:OBJECT"),
        ("failing_codec:Mine", "importing it raised ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("below/../failing_codec.py:Mine", "importing it raised ModuleNotFoundError"),
    ],
)
def test_a_text_that_leads_to_no_codec_is_refused_in_words(folder, text, words):
    with pytest.raises(ValueError, match=words):
        get_codec(text)


def test_what_cannot_be_sent_to_other_processes_is_refused_in_words():
    get_codec(Halves()).check_sendable()
    codec = get_codec(like(handle=io.BufferedReader(io.FileIO(0, closefd=False))))
    with pytest.raises(ValueError, match=r"kept: cannot be sent to other processes .*MODULE:OBJECT"):
        codec.check_sendable()


def test_one_object_is_one_codec_and_two_of_one_name_are_refused():
    mine, other = like(), like()
    assert get_codec(mine) == get_codec(get_codec(mine)) != get_codec(other)
    assert [c.name for c in available_codecs([mine, "jpeg", mine]).codecs] == ["kept", "jpeg"]
    with pytest.raises(ValueError, match="two codecs are called 'kept'"):
        available_codecs([mine, other])


def test_only_learned_codecs_have_an_effort():
    with pytest.raises(ValueError, match="kept: only learned codecs have an effort"):
        get_codec(like(), effort=1)


def test_the_object_that_the_documentation_shows_is_a_codec():
    """What `get_codec` says is all that an object needs: the one that it shows lacks nothing."""
    text = aewidgets.get_codec.__doc__
    (shown,) = re.findall(r"^( {8}class Halves:.*?)^    \S", text, flags=re.MULTILINE | re.DOTALL)
    names = {}
    exec(textwrap.dedent(shown), names)
    codec = get_codec(names["Halves"]())
    assert (codec.name, codec.limits, codec.whole, codec.suffix, codec.gray) == ("halves", (1, 8), True, ".bin", True)
