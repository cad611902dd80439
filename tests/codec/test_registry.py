"""Every codec has one interface, whole files and a stated ladder; classical ones give the Kodak rows of others."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features
from skimage.data import camera, chelsea

import aewidgets
from aewidgets.codec.registry import codec_names, get_codec
from aewidgets.images.metrics import bits_per_pixel, psnr
from aewidgets.images.sets import find_images, load_images

COLOUR, GRAY = chelsea()[:97, :131], camera()[:97, :131]
CLASSICAL = codec_names(learned=False)
ANCHORS = json.loads((Path(__file__).parents[1] / "anchors" / "kodak_rd.json").read_text())


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize("image", [COLOUR, GRAY, COLOUR[:1, :1], COLOUR[:7, :90]], ids=lambda i: str(i.shape))
def test_size_comes_back_and_nothing_but_the_picture_is_in_the_file(name, image):
    codec = get_codec(name)
    data = codec.compress(image, codec.qualities[-1])
    out = codec.decompress(data)
    assert out.dtype == np.uint8 and out.shape[:2] == image.shape[:2]
    if name == "jxl":  # a bare codestream has no room for anything else
        assert data[:2] == b"\xff\x0a"
        return
    with Image.open(io.BytesIO(data)) as picture:
        assert not {"exif", "icc_profile", "xmp"} & set(picture.info)


def test_png_is_lossless():
    png = get_codec("png")
    for image in (COLOUR, GRAY):
        np.testing.assert_array_equal(png.decompress(png.compress(image, None)), image)


@pytest.mark.parametrize("name", [n for n in CLASSICAL if n != "png"])
def test_the_ladder_runs_from_few_bytes_to_many_and_from_bad_to_good(name):
    codec = get_codec(name)
    files = [codec.compress(COLOUR, quality) for quality in codec.qualities]
    assert sorted(map(len, files)) == list(map(len, files))
    quality_db = [psnr(COLOUR, codec.decompress(data)) for data in files]
    assert quality_db[0] + 5 < quality_db[-1]


@pytest.mark.parametrize("name", CLASSICAL)
def test_compressing_is_deterministic(name):
    codec = get_codec(name)
    assert len({codec.compress(COLOUR, codec.qualities[0]) for _ in range(2)}) == 1


@pytest.mark.parametrize("name, quality", [("jpeg", 101), ("jpeg", None), ("png", 5), ("jpeg2000", 0.5)])
def test_qualities_that_do_not_exist_are_refused(name, quality):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        get_codec(name).compress(COLOUR, quality)


@pytest.mark.parametrize("name", CLASSICAL)
def test_damaged_files_are_refused(name):
    codec = get_codec(name)
    data = codec.compress(COLOUR, codec.qualities[0])
    for damaged in (b"", b"not a picture", data[: len(data) // 3]):
        with pytest.raises(ValueError, match=f"^{name}: (not a picture|the file is damaged)"):
            codec.decompress(damaged)


def test_a_learned_codec_comes_by_the_path_of_its_card():
    codec = get_codec("runs/7/best.json")
    assert (codec.name, codec.model) == ("best", "runs/7/best.json")
    assert min(codec.qualities) == 1 and max(codec.qualities) == 100


@pytest.mark.parametrize("name", ["learned", "learned-factorised"])
def test_learned_codecs_give_back_the_shape_that_went_in(name):
    zoo = pytest.importorskip("aewidgets.codec.zoo")
    codec = get_codec(name)
    if codec.model not in zoo.names():
        pytest.skip(f"the weights of {codec.model!r} are not in this checkout")
    for image in (COLOUR, GRAY):
        data = codec.compress(image, 50)
        assert codec.decompress(data).shape == aewidgets.decompress(data).shape == image.shape
        assert data == aewidgets.compress(image, 50, model=codec.model)
        assert 0 < codec.ideal_bits(data) < 8 * len(data)


def test_names_are_those_that_get_codec_takes():
    assert all(get_codec(name).name == name for name in codec_names())
    assert set(CLASSICAL) - {"jxl"} == {"jpeg", "jpeg2000", "webp", "avif", "png"}
    assert {"avif-speed-0", "avif-psnr"} <= set(codec_names(slow=True)) - set(codec_names())
    with pytest.raises(ValueError, match="did you mean 'webp'"):
        get_codec("webpp")


def test_jpeg_xl_is_refused_in_words_where_imagecodecs_is_not(monkeypatch):
    monkeypatch.setattr("aewidgets.codec.jpeg_xl.find_spec", lambda name: None)
    assert not any(name.startswith("jxl") for name in codec_names(slow=True))
    for name in ("jxl", "jxl-effort-9"):
        with pytest.raises(ValueError, match=rf"^{name}: .*pip install 'aewidgets\[jxl\]'"):
            get_codec(name)


@pytest.mark.parametrize("quality", [0, 5, 29, 30, 90, 99.5])
def test_qualities_of_jpeg_xl_are_those_of_libjxl(quality):
    """imagecodecs gives a level to `JxlEncoderDistanceFromQuality`, libjxl's own."""
    imagecodecs = pytest.importorskip("imagecodecs")
    theirs = imagecodecs.jpegxl_encode(COLOUR, level=quality, effort=7, numthreads=1)
    assert get_codec("jxl").compress(COLOUR, quality) == theirs


@pytest.mark.long
@pytest.mark.parametrize("slow, fast", [("avif-speed-0", "avif"), ("avif-psnr", "avif"), ("jxl-effort-9", "jxl")])
def test_the_slowest_settings_write_the_same_format_and_other_bytes(slow, fast):
    if slow not in codec_names(slow=True):
        pytest.skip("imagecodecs is not installed")
    slow, fast = get_codec(slow), get_codec(fast)
    data = slow.compress(COLOUR, 50)
    assert data != fast.compress(COLOUR, 50)
    np.testing.assert_array_equal(slow.decompress(data), fast.decompress(data))


@pytest.mark.parametrize(
    "name, row, index",
    [
        ("jpeg", "pillow-jpeg-optimize-progressive", 4),
        ("webp", "pillow-webp-m6", 4),
        ("jpeg2000", "pillow-jpeg2000", 4),
        pytest.param("avif", "pillow-avif-s6-444", 3, marks=pytest.mark.slow),
    ],
)
@pytest.mark.long
def test_the_ladders_reproduce_rows_measured_by_others(name, row, index):
    if not find_images("kodak"):
        pytest.skip("the Kodak images are not here: set AEWIDGETS_DATA to a folder that holds kodak/")
    if name == "avif" and tuple(map(int, features.version("avif").split(".")[:2])) < (1, 4):
        pytest.skip("libavif 1.4 (Pillow 12.2) gave the numbers of AVIF's quality another meaning")
    codec = get_codec(name)
    assert len(codec.qualities) == len(ANCHORS[row]["bpp"])
    rows = []
    for _, image in load_images("kodak"):
        data = codec.compress(image, codec.qualities[index])
        rows.append((bits_per_pixel(len(data), *image.shape[:2]), psnr(image, codec.decompress(data))))
    bpp, psnr_db = np.mean(rows, axis=0)
    # Other builds of the same libraries may differ in the last bits; the rows are Pillow 13's.
    assert bpp == pytest.approx(ANCHORS[row]["bpp"][index], rel=2e-3)
    assert psnr_db == pytest.approx(ANCHORS[row]["psnr"][index], abs=0.01)
