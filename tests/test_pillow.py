"""The Pillow plug-in: what Pillow promises of a format holds for .aew files."""

import io

import numpy as np
import pytest
import tiny
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

import aewidgets.pillow
from aewidgets.codec import zoo
from aewidgets.codec.registry import decompress


@pytest.fixture(scope="module")
def codec(card):
    return zoo.load(card)


def saved(image, card, **options):
    out = io.BytesIO()
    image.save(out, "AEW", model=card, **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA"])
def test_a_picture_saved_opens_as_what_decompress_gives(codec, card, photo, tmp_path, mode):
    picture = Image.fromarray(photo).convert(mode)
    if mode.endswith("A"):
        picture.putalpha(Image.fromarray(photo[..., 1]))
    path = tmp_path / "x.aew"
    picture.save(path, quality=40, model=card)
    with Image.open(path) as opened:
        assert (opened.format, opened.mode, opened.size) == ("AEW", mode, picture.size)
        assert opened.get_format_mimetype() == "image/x-aew"
        np.testing.assert_array_equal(np.asarray(opened), decompress(path.read_bytes(), model=card))


def test_flat_pictures_come_back_exactly(codec, card):
    picture = Image.new("RGBA", (7, 5), (1, 2, 3, 200))
    opened = Image.open(io.BytesIO(saved(picture, card)))
    assert opened.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(opened), np.asarray(picture))


def test_quality_is_that_of_compress(codec, card, photo):
    picture = Image.fromarray(photo)
    assert len(saved(picture, card, quality=10)) < len(saved(picture, card)) < len(saved(picture, card, quality=90))
    with pytest.raises(ValueError, match="quality"):
        saved(picture, card, quality=101)


def test_opening_decodes_nothing(codec, card, photo, monkeypatch):
    data = saved(Image.fromarray(photo), card)
    monkeypatch.setattr(aewidgets.pillow, "open_aew", None)
    opened = Image.open(io.BytesIO(data))
    assert opened.size == (192, 128)
    opened.verify()


def test_a_thumbnail_is_made_from_the_first_substream(codec, card, photo):
    data = saved(Image.fromarray(photo), card)
    opened = Image.open(io.BytesIO(data))
    assert opened.draft(None, (24, 16)) == ("RGB", (0, 0, 24, 16))
    np.testing.assert_array_equal(np.asarray(opened), codec.thumbnail(data, 8))
    small = Image.open(io.BytesIO(data))
    small.thumbnail((20, 20))
    assert small.size == (20, 13)


def test_drafts_are_never_smaller_than_asked(codec, card, photo):
    opened = Image.open(io.BytesIO(saved(Image.fromarray(photo), card)))
    assert opened.draft(None, (49, 16)) is None
    assert opened.size == (192, 128)


def test_a_colour_profile_is_kept(codec, card, photo):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    opened = Image.open(io.BytesIO(saved(Image.fromarray(photo), card, icc_profile=profile)))
    assert opened.info["icc_profile"] == profile


def test_metadata_are_kept_only_on_request(codec, card, photo):
    picture = Image.fromarray(photo)
    picture.getexif()[0x010F] = "a maker"
    assert "exif" not in Image.open(io.BytesIO(saved(picture, card))).info
    assert Image.open(io.BytesIO(saved(picture, card, keep_metadata=True))).getexif()[0x010F] == "a maker"


def test_what_is_no_header_is_not_identified(codec, card, photo):
    data = saved(Image.fromarray(photo), card)
    for bad in (b"AEW", data[:15], b"AEW\x09" + data[4:], data[:12] + b"\xff" + data[13:]):
        with pytest.raises(UnidentifiedImageError):
            Image.open(io.BytesIO(bad))


def test_damage_is_an_os_error_in_words(codec, card, photo):
    data = saved(Image.fromarray(photo), card)
    for bad in (data[:-10], data[:60] + bytes([data[60] ^ 1]) + data[61:]):
        opened = Image.open(io.BytesIO(bad))
        assert opened.size == (192, 128)
        with pytest.raises(OSError, match="checksum"):
            opened.load()
        with pytest.raises(OSError, match="checksum"):
            Image.open(io.BytesIO(bad)).verify()


def test_truncated_files_load_as_far_as_they_are_here(codec, card, photo, monkeypatch):
    data = saved(Image.fromarray(photo), card)
    part = data[: len(data) - codec.group_bytes(data)[-1]]
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(part))), codec.decompress_arriving(part).picture)
    with pytest.raises(OSError, match="wait"):
        Image.open(io.BytesIO(data[:40])).load()


def test_files_of_unknown_weights_open_and_say_so_when_loaded(photo):
    data = tiny.trained(seed=11).compress(photo, 50)
    opened = Image.open(io.BytesIO(data))
    with pytest.raises(OSError, match="not in this aewidgets"):
        opened.load()


def test_huge_claims_are_decompression_bombs(codec, card, photo):
    from dataclasses import replace

    from aewidgets.codec.coding.container import parse

    bomb = replace(parse(saved(Image.fromarray(photo), card)), height=1 << 17, width=1 << 17).pack()
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(bomb))


def test_pictures_that_cannot_be_kept_are_refused_as_pillow_does(codec, card):
    with pytest.raises(OSError, match="cannot write"):
        saved(Image.new("CMYK", (4, 4)), card)


def test_damage_anywhere_is_an_error_of_pillow_or_a_picture(codec, card, photo, monkeypatch):
    """Where truncated files are allowed no checksum protects: what decodes must be bounded, the rest refused."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    rng, data = np.random.default_rng(0), saved(Image.fromarray(photo[:40, :56]), card, quality=80)
    outcomes = {"picture": 0, "error": 0}
    for _ in range(300):
        bad = bytearray(data[: rng.integers(1, len(data) + 1)])
        for place in rng.integers(0, len(bad), rng.integers(1, 4)):
            bad[place] ^= 1 << int(rng.integers(0, 8))
        try:
            opened = Image.open(io.BytesIO(bytes(bad)))
            if opened.width * opened.height < 1 << 20:
                opened.load()
                outcomes["picture"] += 1
        except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            outcomes["error"] += 1
    assert outcomes["picture"] > 10
    assert outcomes["error"] > 100
