"""A file is the same whichever way it is named: its path, its bytes, or open; the public functions take all of them."""

import io
import mmap
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aewidgets
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of
from aewidgets.system.reading import bytes_of

IMAGE = np.random.default_rng(0).integers(0, 256, (20, 24, 3), "uint8")


def png(image=IMAGE):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def ways(data, folder):
    """Return the ways to hand a file over, by name."""
    path = folder / "file.xyz"
    path.write_bytes(data)
    written, temporary = io.BytesIO(), tempfile.TemporaryFile()  # noqa: SIM115 - open while the test runs
    mapped = mmap.mmap(-1, len(data))
    for file in (written, temporary, mapped):  # each is at its end
        file.write(data)
    return {
        "str": str(path), "Path": path, "bytes": data, "bytearray": bytearray(data), "memoryview": memoryview(data),
        "samples": np.frombuffer(data, "uint8"), "BytesIO": io.BytesIO(data), "BytesIO at its end": written,
        "open file": path.open("rb"), "unbuffered": path.open("rb", buffering=0), "temporary": temporary,
        "mmap": mapped, "stream": Stream(data),
    }  # fmt: skip


class Stream(io.RawIOBase):
    """A file that cannot be rewound, as that of a socket."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._data.readinto(buffer)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_way_gives_the_same_bytes(tmp_path):
    data = bytes(range(256)) * 10
    for name, source in ways(data, tmp_path).items():
        assert bytes_of(source) == data, name


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_way_opens_the_same_picture(tmp_path):
    functions = {
        "read_image": aewidgets.read_image,
        "denoise": lambda source: aewidgets.denoise(source, 10, "bilateral").image,
        "restore": lambda source: aewidgets.restore(source, "low-light", "gamma").image,
        "estimate_noise_level": aewidgets.estimate_noise_level,
        "get_codec": lambda source: aewidgets.get_codec("webp").compress(source, 20),
    }
    for name, function in functions.items():
        expected = function(IMAGE)
        for way, source in ways(png(), tmp_path).items():
            if way != "samples":  # an array is an image
                got = function(source)
                assert np.array_equal(got, expected) if isinstance(expected, np.ndarray) else got == expected, name
        assert np.array_equal(function(Image.fromarray(IMAGE)), expected)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_way_decodes_the_same_file(tmp_path):
    data = Packer(picture_of(IMAGE), None).lossless()
    functions = {
        "decompress": aewidgets.decompress,
        "decompress_arriving": lambda source: aewidgets.decompress_arriving(source).picture,
        "thumbnail": aewidgets.thumbnail,
    }
    for name, function in functions.items():
        for way, source in ways(data, tmp_path).items():
            assert np.array_equal(function(source), function(data)), (name, way)
    jpeg = aewidgets.get_codec("jpeg")
    for way, source in ways(jpeg.compress(IMAGE, 50), tmp_path).items():
        assert jpeg.decompress(source).shape == IMAGE.shape, way


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "got NoneType"),
        (3, "got int"),
        ([1, 2], "got list"),
        (io.StringIO("text"), "opened as text"),
        (IMAGE, r"got ndarray of shape \(20, 24, 3\)"),
        (Image.new("L", (3, 3)), "got Image"),
        (io.BytesIO, "got type"),
    ],
)
def test_what_is_no_file_is_refused_in_words(source, words):
    for function in (bytes_of, aewidgets.decompress, aewidgets.decompress_arriving, aewidgets.thumbnail):
        with pytest.raises(TypeError, match=words):
            function(source)


@pytest.mark.parametrize("source", [None, {}, io.StringIO("text"), {1, 2}, "absent.png", Path("absent.png"), b"", "."])
def test_what_is_no_picture_is_refused_in_words(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    functions = (
        aewidgets.read_image, aewidgets.denoise, aewidgets.estimate_noise_level,
        lambda x: aewidgets.restore(x, "jpeg", "nlm"), lambda x: aewidgets.compress(x),
    )  # fmt: skip
    for function in functions:
        with pytest.raises((ValueError, FileNotFoundError, IsADirectoryError)) as caught:
            function(source)
        assert "expected" in str(caught.value) or "not a picture" in str(caught.value) or isinstance(source, str | Path)
