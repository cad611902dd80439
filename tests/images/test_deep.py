"""Pictures with 16 bits per sample come back bit for bit, and those that cannot be kept are refused."""

import io

import numpy as np
import pytest
import tifffile
from picture_kinds import png
from PIL import Image, ImageCms
from skimage.data import camera, chelsea

from aewidgets.images.arrays import ImageError
from aewidgets.images.deep import DeepPicture, is_deep, read_deep, write_deep
from aewidgets.images.profiles import fitting
from aewidgets.images.reading import read_image

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def deep(image):
    """Return an 8-bit image as 16 bits, with low bits that are not zero."""
    return image.astype("uint16") * 257 ^ 5


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("a.png", deep(camera()[:40, :33])),
        ("a.tif", deep(camera()[:40, :33])),
        ("a.tif", deep(chelsea()[:40, :33])),
        ("a.tiff", np.dstack([deep(chelsea()[:9, :7]), deep(camera()[:9, :7])])),
        ("a.tif", np.dstack([deep(camera()[:9, :7]), deep(camera()[50:59, :7])])),
    ],
)
def test_pictures_come_back_bit_for_bit(tmp_path, name, samples):
    write_deep(DeepPicture(samples, ICC), tmp_path / name)
    data = (tmp_path / name).read_bytes()
    assert is_deep(data)
    again = read_deep(data, name)
    np.testing.assert_array_equal(again.samples, samples)
    assert again.icc == fitting(ICC, samples.ndim == 2 or samples.shape[2] == 2)


def test_colours_change_and_alpha_stays():
    picture = DeepPicture(np.dstack([deep(chelsea()[:9, :7]), deep(camera()[:9, :7])]))
    half = picture.with_colour(picture.colour / 2)
    np.testing.assert_allclose(half.samples[..., :3], picture.samples[..., :3] / 2, atol=1)
    np.testing.assert_array_equal(half.samples[..., 3], picture.samples[..., 3])
    np.testing.assert_array_equal(picture.with_colour(picture.colour).samples, picture.samples)


def test_pictures_of_eight_bits_are_not_deep():
    for kind in ("PNG", "TIFF", "JPEG"):
        file = io.BytesIO()
        Image.fromarray(camera()[:8, :8]).save(file, kind)
        assert not is_deep(file.getvalue())
    assert not is_deep(b"II*\0 and nothing else")
    assert not is_deep(b"")


def tiff(samples, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, samples, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff(np.zeros((2, 8, 8), "uint16"), photometric="minisblack"), "2 frames or pages"),
        (tiff(np.zeros((8, 8), "uint16"), photometric="miniswhite"), "kind miniswhite"),
        (tiff(np.zeros((8, 8, 4), "uint16"), photometric="separated"), "kind separated"),
        (tiff(np.zeros((50, 50), "uint16")), "at most 1,000 pixels"),
        (tiff(np.zeros((8, 8), "uint16"))[:-40], "damaged"),
        (tiff(np.zeros((8, 8), "uint16"), extratags=[(274, 3, 1, 6, True)]), "turned"),
    ],
)
def test_what_cannot_be_kept_is_refused(data, words):
    with pytest.raises(ImageError, match=words):
        read_deep(data, "a.tif", max_pixels=1000)


def test_colour_in_png_is_refused_before_bits_are_lost():
    header = bytearray(b"\x89PNG\r\n\x1a\n")
    import struct
    import zlib

    for kind, content in (
        (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(2 * 13))),
        (b"IEND", b""),
    ):
        header += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    assert is_deep(bytes(header))
    with pytest.raises(ImageError, match="16-bit TIFF first"):
        read_deep(bytes(header), "a.png")


def test_formats_that_would_lose_bits_are_refused(tmp_path):
    with pytest.raises(ImageError, match="16 bits are kept in"):
        write_deep(DeepPicture(deep(camera()[:8, :8])), tmp_path / "a.webp")
    with pytest.raises(ImageError, match="gray without alpha"):
        write_deep(DeepPicture(deep(chelsea()[:8, :8])), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_channels_that_are_no_straight_alpha_are_refused():
    samples = np.dstack([deep(chelsea()[:9, :7]), deep(camera()[:9, :7])])
    for kind in ("assocalpha", "unspecified"):
        data = tiff(samples, photometric="rgb", extrasamples=[kind])
        with pytest.raises(ImageError, match="straight alpha"):
            read_deep(data, "a.tif")


def test_the_gamma_of_a_png_is_kept_and_high_dynamic_range_refused():
    samples = deep(camera()[:8, :8])[..., None]
    linear = read_deep(png(samples, 16, 0, (b"gAMA", (100000).to_bytes(4, "big"))), "a.png")
    assert linear.icc[16:20] == b"GRAY"
    with pytest.raises(ImageError, match="transfer 16"):
        read_deep(png(samples, 16, 0, (b"cICP", bytes((9, 16, 0, 1)))), "a.png")


def test_twelve_bits_in_sixteen_are_not_taken_for_sixteen():
    data = bytearray(tiff(deep(camera()[:8, :8]), photometric="minisblack"))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[0].tags["BitsPerSample"].valueoffset
    data[at : at + 2] = (12).to_bytes(2, "little")
    assert not is_deep(bytes(data))
    with pytest.raises(ImageError, match="12-bit"):
        read_image(bytes(data))
