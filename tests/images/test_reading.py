"""Images are read without loss, or refused with an error that says why."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from skimage.data import camera, chelsea

from aewidgets.images.arrays import ImageError
from aewidgets.images.reading import png_bytes, read_image, write_image

COLOUR = chelsea()[:61, :97]
GRAY = camera()[:53, :71]


def saved(picture: Image.Image, name: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def png_16_bit(colour_type: int) -> bytes:
    """Return a 5x4 PNG of 16-bit zeros, gray (0) or RGB (2); Pillow cannot write the latter."""
    rows = b"".join(b"\0" + bytes(10 * (3 if colour_type == 2 else 1)) for _ in range(4))
    header = struct.pack(">IIBBBBB", 5, 4, 16, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    pack = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(pack)


@pytest.mark.parametrize("image", [COLOUR, GRAY])
def test_every_kind_of_source_gives_the_same_pixels(image, tmp_path):
    path = tmp_path / "picture.png"
    write_image(image, path)
    sources = [image, image / 255, path, str(path), path.read_bytes(), Image.fromarray(image)]
    for source in sources:
        out = read_image(source)
        assert out.dtype == np.uint8
        np.testing.assert_array_equal(out, image)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp", ".ppm"])
def test_what_is_written_is_read_back_unchanged(suffix, tmp_path):
    write_image(COLOUR, tmp_path / f"picture{suffix}")
    np.testing.assert_array_equal(read_image(tmp_path / f"picture{suffix}"), COLOUR)
    assert [p.name for p in tmp_path.iterdir()] == [f"picture{suffix}"]


def test_writing_refuses_lossy_suffixes_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(ImageError, match=r"use \.png"):
        write_image(COLOUR, tmp_path / "picture.jpg")
    with pytest.raises(ImageError, match="float"):
        write_image(COLOUR.astype(np.int32) * 2, tmp_path / "picture.png")
    assert list(tmp_path.iterdir()) == []


def test_the_image_returned_is_a_copy():
    source = COLOUR.copy()
    read_image(source)[:] = 0
    np.testing.assert_array_equal(source, COLOUR)


@pytest.mark.parametrize("orientation, turned", [(3, 2), (6, 3), (8, 1)])
def test_exif_orientation_is_applied(orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(COLOUR), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(data), np.rot90(COLOUR, turned))


def test_lossless_conversions_are_made():
    picture = Image.fromarray(COLOUR).quantize(32)
    np.testing.assert_array_equal(read_image(saved(picture, "PNG")), np.asarray(picture.convert("RGB")))
    bits = GRAY > 128
    np.testing.assert_array_equal(read_image(saved(Image.fromarray(bits), "PNG")), bits * 255)
    np.testing.assert_array_equal(read_image(bits), bits * 255)
    np.testing.assert_array_equal(read_image(GRAY[..., None]), GRAY)


@pytest.mark.parametrize("image, mode", [(COLOUR, "RGBA"), (GRAY, "LA")])
def test_opaque_alpha_is_dropped_and_transparency_refused(image, mode):
    picture = Image.fromarray(image).convert(mode)
    np.testing.assert_array_equal(read_image(saved(picture, "PNG")), image)
    picture.putpixel((3, 4), (*picture.getpixel((3, 4))[:-1], 254))
    with pytest.raises(ImageError, match="flatten it on a background"):
        read_image(saved(picture, "PNG"))
    with pytest.raises(ImageError, match="flatten it on a background"):
        read_image(saved(Image.fromarray(GRAY).quantize(8), "PNG", transparency=2))


@pytest.mark.parametrize("image", [COLOUR, GRAY])
def test_a_transparent_colour_matters_only_where_it_occurs(image):
    absent, present = (
        (1, 2, 3) if image.ndim == 3 else int(min(set(range(256)) - set(image.ravel()))),
        image[5, 5],
    )
    present = tuple(map(int, present)) if image.ndim == 3 else int(present)
    picture = Image.fromarray(image)
    np.testing.assert_array_equal(read_image(saved(picture, "PNG", transparency=absent)), image)
    with pytest.raises(ImageError, match="transparent pixels"):
        read_image(saved(picture, "PNG", transparency=present))


def test_a_four_channel_array_is_rgb_with_alpha():
    with_alpha = np.dstack([COLOUR, np.full(COLOUR.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(read_image(with_alpha), COLOUR)
    with_alpha[0, 0, 3] = 0
    with pytest.raises(ImageError, match="transparent"):
        read_image(with_alpha)


@pytest.mark.parametrize(
    "data, words",
    [
        (png_16_bit(0), "16-bit"),
        (png_16_bit(2), "16-bit"),
        (b"P6 2 1 65535\n" + bytes(12), "16-bit"),
        (saved(Image.fromarray(COLOUR).convert("CMYK"), "TIFF"), "CMYK without a colour profile"),
        (saved(Image.fromarray(GRAY.astype(np.float32)), "TIFF"), "floating-point"),
        (saved(Image.fromarray(COLOUR), "PNG")[:-900], "damaged or cut short"),
        (saved(Image.fromarray(COLOUR), "WEBP")[:-200], "damaged or cut short"),
        (b"", "not a picture"),
        (b"GIF89a", "not a picture|damaged"),
        (b"no picture at all", "not a picture"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(data, words):
    with pytest.raises(ImageError, match=words):
        read_image(data)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF", "JPEG2000", "BMP", "PPM", "GIF", "QOI"])
def test_damaged_files_give_pixels_or_an_image_error_and_nothing_else(name):
    data = saved(Image.fromarray(COLOUR), name)
    rng = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(0, rng.choice([40, len(data)]), 3):
            damaged[place] = rng.integers(256)
        try:
            read_image(bytes(damaged), max_pixels=1_000_000)
        except ImageError as error:
            assert str(error).startswith("these bytes: ")


def test_several_frames_are_refused():
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="2 frames"):
        read_image(data)


@pytest.mark.parametrize(
    "array, words",
    [
        (np.zeros((2, 4, 4, 3), np.uint8), "take one image of the batch"),
        (np.zeros((4, 4, 5), np.uint8), "expected"),
        (np.zeros((0, 4), np.uint8), "at least one pixel"),
        (np.zeros((4, 4), np.uint16), "uint16"),
        (np.full((4, 4), 2.0), "divide by 255"),
        (np.full((4, 4), np.nan), "nan"),
    ],
)
def test_arrays_that_are_no_image_are_refused(array, words):
    with pytest.raises(ImageError, match=words):
        read_image(array)


def test_other_types_are_refused():
    with pytest.raises(ImageError, match="got int"):
        read_image(3)


def test_the_size_limit_is_checked_before_pixels_are_decoded():
    data = saved(Image.fromarray(COLOUR), "PNG")
    with pytest.raises(ImageError, match="pass a larger max_pixels"):
        read_image(data[:60], max_pixels=100)
    assert read_image(data, max_pixels=COLOUR.shape[0] * COLOUR.shape[1]).shape == COLOUR.shape


def test_a_missing_file_is_the_file_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "absent.png")


def test_png_bytes_are_read_back():
    np.testing.assert_array_equal(read_image(png_bytes(COLOUR)), COLOUR)
