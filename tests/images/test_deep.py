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
from aewidgets.images.deep_png import png_of
from aewidgets.images.headers import png_chunks
from aewidgets.images.profiles import codes_in, fitting
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
        ("a.png", deep(chelsea()[:40, :33])),
        ("a.png", deep(chelsea()[:300, :3])),
        ("a.png", np.dstack([deep(chelsea()[:9, :7]), deep(camera()[:9, :7])])),
        ("a.png", np.dstack([deep(camera()[:9, :7]), deep(camera()[50:59, :7])])),
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


def test_formats_that_would_lose_bits_are_refused(tmp_path):
    with pytest.raises(ImageError, match="more than 8 bits are kept in"):
        write_deep(DeepPicture(deep(camera()[:8, :8])), tmp_path / "a.webp")
    with pytest.raises(ImageError, match="transparent pixels"):
        write_deep(DeepPicture(np.dstack([deep(chelsea()[:8, :8]), deep(camera()[:8, :8])])), tmp_path / "a.ppm")
    assert list(tmp_path.iterdir()) == []


def test_channels_that_are_no_straight_alpha_are_refused():
    samples = np.dstack([deep(chelsea()[:9, :7]), deep(camera()[:9, :7])])
    for kind in ("assocalpha", "unspecified"):
        data = tiff(samples, photometric="rgb", extrasamples=[kind])
        with pytest.raises(ImageError, match="straight alpha"):
            read_deep(data, "a.tif")


def test_the_gamma_of_a_png_is_kept_and_so_is_high_dynamic_range(tmp_path):
    samples = deep(camera()[:8, :8])[..., None]
    linear = read_deep(png(samples, 16, 0, (b"gAMA", (100000).to_bytes(4, "big"))), "a.png")
    assert linear.icc[16:20] == b"GRAY"
    colours = deep(chelsea()[:8, :8])
    for kind, x, transfer in ((0, samples, 16), (2, colours, 16), (2, colours, 18)):
        codes = bytes((9, transfer, 0, 1))
        picture = read_deep(png(x, 16, kind, (b"cICP", codes)), "a.png")
        assert codes_in(picture.icc) == codes
        write_deep(picture, tmp_path / "a.png")
        assert png_chunks((tmp_path / "a.png").read_bytes())[b"cICP"] == codes
        write_deep(picture, tmp_path / "a.tif")
        assert read_deep((tmp_path / "a.tif").read_bytes(), "a.tif").icc == picture.icc


def test_every_filter_of_png_is_undone_by_another_program():
    rng = np.random.default_rng(0)
    slopes = np.add.outer(np.arange(300) * 70, np.arange(23) * 901)
    samples = (slopes + np.where(np.arange(300)[:, None] % 3, rng.integers(0, 9, (300, 23)), 0)).astype("uint16")
    with Image.open(io.BytesIO(png_of(samples, b"", {}))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), samples)


@pytest.mark.parametrize("depth", [9, 10, 12, 15, 16])
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (3, 2, 3)])
def test_ppm_and_pgm_keep_the_depth_as_their_white(tmp_path, depth, shape):
    samples = np.random.default_rng(depth).integers(0, 1 << depth, shape).astype("uint16")
    write_deep(DeepPicture(samples, depth=depth), tmp_path / "a.ppm")
    data = (tmp_path / "a.ppm").read_bytes()
    again = read_deep(data, "a.ppm")
    np.testing.assert_array_equal(again.samples, samples)
    assert again.depth == depth and is_deep(data)
    with pytest.raises(ImageError, match="cut short"):
        read_deep(data[:-1], "a.ppm")


def test_twelve_bits_in_sixteen_are_not_taken_for_sixteen():
    data = bytearray(tiff(deep(camera()[:8, :8]), photometric="minisblack"))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at = file.pages[0].tags["BitsPerSample"].valueoffset
    data[at : at + 2] = (12).to_bytes(2, "little")
    assert not is_deep(bytes(data))
    with pytest.raises(ImageError, match="12-bit"):
        read_image(bytes(data))
