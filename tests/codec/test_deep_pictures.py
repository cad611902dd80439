"""Pictures of 9 to 16 bits through the whole codec: depth, range, alpha and bounds are kept, from every source."""

import io

import numpy as np
import pytest
import tifffile
import tiny
from picture_kinds import png
from PIL import Image

import aewidgets
import aewidgets.pillow
from aewidgets.codec.coding.container import parse
from aewidgets.codec.coding.levels import Levels
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import eight_bits, picture_bytes, read_picture
from aewidgets.codec.files.targets import Target, search
from aewidgets.images.arrays import ImageError, to_eight_bits
from aewidgets.system.notices import Notice

KINDS = {"gray": (), "gray and alpha": (2,), "colour": (3,), "colour and alpha": (4,), "one channel": (1,)}


@pytest.fixture(scope="module")
def codec():
    return tiny.trained()


def samples(depth, height=21, width=34, channels=(), low=0.1, high=0.9):
    i, j = np.mgrid[:height, :width]
    planes = [np.sin(i / 5 + c) * np.cos(j / (7 + c)) for c in range(*(channels or (1,)))]
    light = low + (high - low) * (np.stack(planes, axis=-1) + 1) / 2
    noise = np.random.default_rng(depth).normal(0, 0.002, light.shape)
    out = np.rint(np.clip(light + noise, 0, 1) * ((1 << depth) - 1)).astype("uint16")
    return out if channels else out[..., 0]


def back(data, codec):
    return unpack(data, lambda container: codec)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", range(9, 17))
def test_lossless_and_bounded_files_keep_what_they_promise(depth, kind):
    x = samples(depth, channels=KINDS[kind])
    packer = Packer(read_picture(x, bit_depth=depth), None)
    exact = back(packer.lossless(), None)
    np.testing.assert_array_equal(exact.samples, x)
    assert exact.depth == depth and exact.lossless and exact.samples.dtype == np.uint16
    bound = 1 << (depth - 8)
    near = back(packer.near_lossless(bound), None)
    assert np.abs(near.samples.astype(int) - x).max() <= bound == near.max_error
    if near.alpha is not None:
        np.testing.assert_array_equal(near.alpha, x[..., -1])
    assert len(packer.near_lossless(bound)) < len(packer.lossless())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [9, 12, 16])
def test_lossy_files_keep_depth_shape_and_alpha(depth, kind, codec):
    x = samples(depth, channels=KINDS[kind])
    picture = read_picture(x, bit_depth=depth)
    packer = Packer(picture, codec)
    data, encoded = packer.lossy(60000)
    decoded = back(data, codec)
    assert decoded.depth == depth and decoded.samples.shape == x.shape and decoded.samples.dtype == np.uint16
    assert parse(data).levels.depth == depth
    if picture.alpha is not None:
        np.testing.assert_array_equal(decoded.alpha, picture.alpha)
    np.testing.assert_array_equal(decoded.colour, packer.decoded(encoded, 60000))
    peak = (1 << depth) - 1
    assert np.sqrt(packer.squared_error(decoded.colour)) < 0.2 * peak


def test_a_small_part_of_the_range_has_the_same_quality_as_all_of_it(codec):
    """The transform sees the range that is used, so that a scale and an offset change nothing but rounding."""
    wide = samples(16, low=0.0, high=1.0)
    narrow = (wide // 32 + 700).astype("uint16")
    errors = []
    for x in (wide, narrow):
        packer = Packer(read_picture(x), codec)
        data, _ = packer.lossy(60000)
        span = int(x.max()) - int(x.min())
        errors.append((len(data), np.sqrt(packer.squared_error(back(data, codec).colour)) / span))
    assert errors[0][0] == pytest.approx(errors[1][0], rel=0.05)
    assert errors[0][1] == pytest.approx(errors[1][1], rel=0.05)


def test_levels_are_those_of_the_extremes_and_never_empty():
    assert Levels.of(np.full((2, 2), 9, "uint8"), 8) == Levels()
    for value in (0, 7, 4095):
        levels = Levels.of(np.full((2, 2), value, "uint16"), 12)
        assert levels.span == 1 and value in (levels.black, levels.white)
        np.testing.assert_array_equal(levels.from_units(levels.to_units(np.array([value], "uint16"))), [value])
    every = np.arange(65536).astype("uint16")
    levels = Levels.of(every, 16)
    assert np.abs(levels.from_units(levels.to_units(every)).astype(int) - every).max() <= 1


def files_of(x):
    kind = {(): 0, (2,): 4, (3,): 2, (4,): 6}[x.shape[2:]]
    yield png(np.atleast_3d(x), 16, kind)
    yield png(np.atleast_3d(x), 16, kind, interlaced=True)
    buffer = io.BytesIO()
    photometric = "minisblack" if kind in (0, 4) else "rgb"
    extra = ["unassalpha"] if kind in (4, 6) else None
    tifffile.imwrite(buffer, x, photometric=photometric, extrasamples=extra, metadata=None)
    yield buffer.getvalue()
    if x.shape[2:] in ((), (3,)):
        head = b"P%d %d %d 65535\n" % (5 if x.ndim == 2 else 6, x.shape[1], x.shape[0])
        yield head + x.astype(">u2").tobytes()
    if x.ndim == 2:
        yield Image.fromarray(x)


@pytest.mark.parametrize("kind", list(KINDS)[:4])
def test_every_source_gives_the_same_picture_and_every_format_takes_it_back(kind, tmp_path):
    x = samples(16, channels=KINDS[kind])
    for source in files_of(x):
        data = aewidgets.compress(source, lossless=True)
        np.testing.assert_array_equal(aewidgets.decompress(data), x)
        if isinstance(source, bytes):
            (tmp_path / "x").write_bytes(source)
            assert aewidgets.compress(tmp_path / "x", lossless=True) == data
            assert aewidgets.compress(io.BytesIO(source), lossless=True) == data
    picture = read_picture(x)
    for suffix in (".png", ".tif", *((".ppm",) if picture.alpha is None else ())):
        again = read_picture(bytes(picture_bytes(picture, suffix, name="x")))
        np.testing.assert_array_equal(again.samples, x)
    for suffix in (".webp", ".bmp"):
        with pytest.raises(ImageError, match="--to-8-bit"):
            picture_bytes(picture, suffix, name="x")


def test_floats_become_sixteen_bits_with_a_notice_unless_eight_hold_them():
    x = samples(16) / 65535
    with pytest.warns(Notice, match="stored as 16 bits"):
        data = aewidgets.compress(x, lossless=True)
    np.testing.assert_array_equal(aewidgets.decompress(data), samples(16))
    bytes_ = np.random.default_rng(0).integers(0, 256, (9, 8), "uint8")
    for floats in (bytes_ / 255, (bytes_ / np.float32(255)).astype("float32")):
        np.testing.assert_array_equal(aewidgets.decompress(aewidgets.compress(floats, lossless=True)), bytes_)
    rounded = aewidgets.decompress(aewidgets.compress(x, lossless=True, to_8_bit=True))
    np.testing.assert_array_equal(rounded, np.rint(x * 255).astype("uint8"))


def test_eight_bits_on_request_are_the_nearest():
    every = np.arange(65536).astype("uint16")
    np.testing.assert_array_equal(to_eight_bits(every, 16), np.rint(every / 257).astype("uint8"))
    np.testing.assert_array_equal(to_eight_bits(every[:512], 9), np.rint(every[:512] / 511 * 255).astype("uint8"))
    x = samples(16, channels=(4,))
    data = aewidgets.compress(x, lossless=True)
    expected = to_eight_bits(x, 16)
    np.testing.assert_array_equal(aewidgets.decompress(data, to_8_bit=True), expected)
    np.testing.assert_array_equal(aewidgets.decompress(aewidgets.compress(x, lossless=True, to_8_bit=True)), expected)


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        (samples(12), {"bit_depth": 10}, "10 bits count to 1023"),
        (samples(12), {"bit_depth": 17}, "9 to 16"),
        (samples(12), {"bit_depth": True}, "9 to 16"),
        (np.zeros((4, 4), "uint8"), {"bit_depth": 12}, "no more than 8 bits"),
        (png(samples(16)[..., None], 16, 0), {"profile": "srgb"}, "to_8_bit"),
        (samples(16), {"max_error": 4097}, "1 to 4096"),
        (samples(12), {"max_error": 257, "bit_depth": 12}, "1 to 256"),
    ],
)
def test_what_cannot_be_is_refused_in_words(source, options, words):
    with pytest.raises(ValueError, match=words):
        aewidgets.compress(source, **({"lossless": True} if "max_error" not in options else {}), **options)


def test_high_dynamic_range_is_kept_in_sixteen_bits_and_refused_in_eight():
    source = png(samples(16, channels=(3,)), 16, 2, (b"cICP", bytes((9, 16, 0, 1))))
    picture = back(aewidgets.compress(source, lossless=True), None)
    assert b"cICP" + bytes((9, 16, 0, 1)) in bytes(picture_bytes(picture, ".png", name="x"))
    with pytest.raises(ImageError, match="high dynamic range"):
        eight_bits(picture, "x")


def test_a_psnr_counts_in_the_range_of_the_depth_and_near_lossless_files_lead_on(codec):
    x = samples(16, 64, 64)
    for wanted in (60.0, 75.0):
        found = search(Packer(read_picture(x), codec), Target(psnr_db=wanted))
        error = back(found.data, codec).colour.astype(float) - x
        reached = 10 * np.log10(65535**2 / np.mean(error**2))
        assert found.psnr_db == pytest.approx(reached) and wanted - 0.05 <= reached < wanted + 1


def test_a_pillow_image_of_sixteen_bits_comes_back_and_colour_is_rounded_with_a_notice(tmp_path):
    Image.fromarray(samples(16)).save(tmp_path / "a.aew", lossless=True)
    with Image.open(tmp_path / "a.aew") as picture:
        assert picture.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(picture), samples(16))
    x = samples(16, channels=(3,))
    (tmp_path / "b.aew").write_bytes(aewidgets.compress(x, lossless=True))
    with Image.open(tmp_path / "b.aew") as picture:
        assert picture.mode == "RGB"
        with pytest.warns(Notice, match="16 bits per sample rounded to 8"):
            np.testing.assert_array_equal(np.asarray(picture), to_eight_bits(x, 16))
