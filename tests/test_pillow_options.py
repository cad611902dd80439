"""Every option of `Image.save` is used by the plug-in, named in a warning, or refused: none is dropped in silence."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps
from travelling import camera_exif

import aewidgets.pillow
from aewidgets.codec.compression import compress, compress_to

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="module")
def image():
    noise = np.random.default_rng(0).integers(0, 256, (24, 40, 3), "uint8")
    return Image.fromarray(noise)


def save(image, **options):
    out = io.BytesIO()
    image.save(out, "AEW", **options)
    return out.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data))


def exif_with(orientation=None, place=False):
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    if orientation:
        exif[0x0112] = orientation
    if place:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x8825] = exif.get_ifd(0x8825)
    return exif


def test_what_compress_takes_is_used(card, image):
    mask = np.zeros((24, 40), "float32")
    for options in ({}, {"quality": 7}, {"mask": mask}):
        assert save(image, model=card, **options) == compress(image, model=card, **options), options
    for options in ({"num_bytes": 300}, {"bpp": 2}, {"psnr_db": 10.7}):
        assert save(image, model=card, **options) == compress_to(image, model=card, **options), options


@pytest.mark.slow
def test_effort_and_what_watches_it_are_used(card, image):
    calls = []
    data = save(image, model=card, effort=1, progress=lambda done, total: calls.append(done))
    assert calls and data == compress(image, model=card, effort=1)
    assert save(image, model=card, effort=9, stop=lambda: calls.clear() is None)
    assert not calls


@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA", "P", "1"])
def test_lossless_is_lossless(image, mode):
    picture = image.convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Image.fromarray(np.asarray(image)[..., 0] | 1))
    data = save(picture, lossless=True)
    expected = picture.convert({"P": "RGB", "1": "L"}.get(mode, mode))
    np.testing.assert_array_equal(np.asarray(opened(data)), np.asarray(expected))


@pytest.mark.parametrize("as_bytes", [True, False])
def test_profile_and_metadata_are_kept_as_by_other_formats(card, image, as_bytes):
    exif = exif_with().tobytes() if as_bytes else exif_with()
    for options in ({"lossless": True}, {"model": card}):
        picture = opened(save(image, exif=exif, icc_profile=SRGB, dpi=(300, 150), **options))
        assert picture.info["icc_profile"] == SRGB
        assert picture.getexif()[0x010F] == "a maker"
        assert picture.info["dpi"] == (300, 150)
    assert "exif" not in image.info and "icc_profile" not in image.info  # the image is not changed by being saved
    assert "exif" not in opened(save(image, lossless=True, exif=b"")).info
    assert dict(opened(save(image, lossless=True, dpi=(72, 72))).getexif()) == {0x011A: 72.0, 0x011B: 72.0, 0x0128: 2}


@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_a_picture_looks_as_in_other_formats_whatever_its_orientation(image, orientation):
    """Where metadata are given, as a viewer shows the PNG of the same call."""
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif_with(orientation))
    from_file = Image.open(io.BytesIO(file.getvalue()))
    for picture, exif in (
        (image, exif_with(orientation)),
        (from_file, from_file.getexif()),
        (from_file.copy(), from_file.getexif().tobytes()),
    ):
        png = io.BytesIO()
        picture.save(png, "PNG", exif=exif)
        shown = ImageOps.exif_transpose(Image.open(png))
        got = opened(save(picture, lossless=True, exif=exif))
        np.testing.assert_array_equal(np.asarray(got), np.asarray(shown))
        assert 0x0112 not in got.getexif()
    upright = opened(save(from_file, lossless=True, exif=exif_with()))  # turned by its own metadata, with others
    np.testing.assert_array_equal(np.asarray(upright), np.asarray(ImageOps.exif_transpose(from_file)))


def test_the_place_is_dropped_with_a_word(image):
    with pytest.warns(UserWarning, match="the place is left out; metadata='all' keeps it") as caught:
        data = save(image, lossless=True, exif=exif_with(place=True))
    assert caught[0].filename == __file__  # the warning points at the call
    assert 0x8825 not in opened(data).getexif() and opened(data).getexif()[0x010F] == "a maker"


def test_all_metadata_are_kept_where_they_are_asked_for(image):
    whole, packet = camera_exif(), b"<x tiff:Orientation='6'/>"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = opened(save(image, lossless=True, exif=whole, metadata="all", xmp="<x/>"))
    assert picture.info["exif"] == whole and picture.info["xmp"] == b"<x/>"
    with pytest.warns(UserWarning, match="xmp: its orientation is left out") as caught:
        held = save(image, lossless=True, xmp=packet)
    assert caught[0].filename == __file__
    assert opened(held).info["xmp"] == b"<x />" and opened(held).size == image.size
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", exif=camera_exif(orientation=6), xmp=packet)
    again = opened(save(Image.open(jpeg), lossless=True, metadata="all"))
    assert again.size == image.size[::-1] and again.info["xmp"] == b"<x />"
    assert again.getexif().get_ifd(0x8825) and again.getexif()[0x0112] == 1
    copied = opened(save(again, lossless=True, metadata="all"))  # from .aew to .aew
    assert copied.info["exif"] == again.info["exif"] and copied.info["xmp"] == again.info["xmp"]
    assert opened(save(again, lossless=True, metadata="all", xmp=b"")).info.get("xmp") is None


@pytest.mark.parametrize(
    "options",
    [{"optimize": True}, {"subsampling": 0}, {"progressive": True}, {"compress_level": 9}, {"method": 6}, {"speed": 0}],
)
def test_settings_of_other_formats_are_named(image, options):
    with pytest.warns(UserWarning, match=f"{next(iter(options))} has no effect") as caught:
        data = save(image, lossless=True, **options)
    assert caught[0].filename == __file__
    assert data == save(image, lossless=True)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"qualty": 5}, TypeError, "did you mean 'quality'"),
        ({"keep_metdata": True}, TypeError, "did you mean 'keep_metadata'"),
        ({"losless": True}, TypeError, "did you mean 'lossless'"),
        ({"zzz": 1}, TypeError, "expected some of bit_depth"),
        ({"quality": 0}, ValueError, "1 .small. to 100"),
        ({"quality": 101}, ValueError, "1 .small. to 100"),
        ({"quality": "keep"}, ValueError, "got 'keep'"),
        ({"quality": True}, ValueError, "got True"),
        ({"effort": 10}, ValueError, "0 .fast. to 9"),
        ({"lossless": True, "quality": 80}, ValueError, "lossless and quality exclude"),
        ({"lossless": True, "effort": 3}, ValueError, "lossless and effort exclude"),
        ({"lossless": True, "bpp": 1, "mask": 1}, ValueError, "lossless and bpp, mask exclude"),
        ({"quality": 50, "num_bytes": 100}, ValueError, "quality and num_bytes exclude"),
        ({"bpp": 1, "psnr_db": 30}, ValueError, "bpp and psnr_db exclude"),
        ({"num_bytes": 1}, ValueError, "needs at least"),
        ({"bpp": -1}, ValueError, "positive"),
        ({"xmp": 7}, ValueError, "xmp: expected bytes or a text, got int"),
        ({"xmp": bytes((1 << 20) + 1)}, ValueError, "xmp: expected at most 1,048,576 bytes"),
        ({"xmp": b"<x/>", "metadata": "safe"}, ValueError, "XMP may tell the place"),
        ({"xmp": b"<x/>", "keep_metadata": True}, ValueError, "XMP may tell the place"),
        ({"metadata": "some"}, ValueError, "expected one of none, safe, all, got 'some'"),
        ({"metadata": "none", "keep_metadata": True}, ValueError, "which means 'safe', exclude each other"),
        ({"profile": "srbg"}, ValueError, "expected one of keep, drop, srgb, got 'srbg'"),
        ({"profile": "drop", "icc_profile": SRGB}, ValueError, "icc_profile and profile='drop' exclude"),
        ({"transparency": 3}, ValueError, "transparency: an .aew file does not hold"),
        ({"append_images": [Image.new("L", (3, 3))]}, ValueError, "holds one picture; choose a frame, .*--frame 0"),
        ({"save_all": True, "append_images": [Image.new("L", (3, 3))]}, ValueError, "holds one picture"),
        ({"dpi": 300}, ValueError, "two numbers above zero"),
        ({"dpi": (0, 1)}, ValueError, "two numbers above zero"),
        ({"mask": np.zeros((3, 3), "uint8")}, ValueError, "expected 40 x 24"),
        ({"model": "nobody"}, ValueError, "no model is called 'nobody'"),
    ],
)
def test_other_options_are_refused(card, image, options, error, words):
    with pytest.raises(error, match=words):
        save(image, **({"model": card} if not {"model", "lossless"} & set(options) else {}) | options)


def test_defaults_that_generic_callers_give_are_no_options(image):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = {"exif": None, "icc_profile": None, "xmp": b"", "append_images": [], "quality": None, "bpp": None}
        data = save(image, lossless=True, **given)
        assert data == save(image, lossless=True) == save(image, lossless=True, save_all=True)


def test_animations_are_refused(image):
    gif = io.BytesIO()
    image.save(gif, "GIF", save_all=True, append_images=[image.rotate(90)])
    for options in ({}, {"save_all": True}, {"exif": exif_with()}):
        with pytest.raises((OSError, ValueError), match=r"(frames|holds one picture).*choose.*--frame 0"):
            save(Image.open(gif), lossless=True, **options)
    chosen = save(Image.open(gif), lossless=True, frame=1)
    assert chosen == save(Image.open(gif), lossless=True, frame=1, save_all=True)


def test_every_argument_of_compress_is_an_option():
    import inspect

    taken = {*inspect.signature(compress).parameters, *inspect.signature(compress_to).parameters} - {"image"}
    assert taken - {"max_pixels"} <= aewidgets.pillow._OPTIONS  # Pillow has a limit of its own
    assert not aewidgets.pillow._OPTIONS & aewidgets.pillow._OF_OTHERS
