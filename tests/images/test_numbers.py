"""What the numbers in an array mean is the same for every function that takes an image: one scale, or words."""

import numpy as np
import pytest
from skimage.data import camera

import aewidgets
from aewidgets.images.arrays import to_float, to_uint8
from aewidgets.images.masks import read_mask
from aewidgets.studies.subjects import open_subject

IMAGE = camera()[100:124, 200:224]
NOT_ITS_SCALE = {
    "floats 0 to 255": IMAGE.astype("float32"),
    "dark floats 0 to 255": np.minimum(IMAGE, 5).astype("float64"),
    "floats 0 to 65535": IMAGE * 257.0,
    "NaN": np.where(IMAGE > 100, np.nan, 0.5),
    "infinity": np.where(IMAGE > 100, np.inf, 0.5),
    "complex": IMAGE.astype("complex64"),
    "objects": IMAGE.astype(object),
    "16 bits": IMAGE.astype("uint16"),
    "below 0": IMAGE.astype("int64") - 1 - int(IMAGE.max()),
    "above 255": IMAGE.astype("int64") + 1 + 255 - int(IMAGE.max()),
    "a mask of 0 and 1": (IMAGE > 100).astype("int64"),
    "masked": np.ma.masked_greater(IMAGE, 100),
}
TAKERS = {
    "read_image": aewidgets.read_image,
    "compress": lambda x: aewidgets.compress_to(x, num_bytes=9999),
    "denoise": lambda x: aewidgets.denoise(x, 10, "median"),
    "restore": lambda x: aewidgets.restore(x, "low-light", "gamma"),
    "corrupt": lambda x: aewidgets.corrupt(x, "blur"),
    "estimate_noise_level": aewidgets.estimate_noise_level,
    "open_subject": open_subject,
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("kind", NOT_ITS_SCALE)
def test_numbers_on_another_scale_are_refused_everywhere(taker, kind):
    if (taker, kind) == ("compress", "16 bits"):
        pytest.skip("compress keeps 16 bits")
    with pytest.raises((ValueError, TypeError), match="expected"):
        TAKERS[taker](NOT_ITS_SCALE[kind])


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "uint32", "int64", "uint64", ">i4"])
def test_whole_numbers_from_0_to_255_are_those_of_uint8(dtype):
    x = IMAGE.astype(dtype)
    np.testing.assert_array_equal(aewidgets.read_image(x), IMAGE)
    for name in ("denoise", "restore"):
        np.testing.assert_array_equal(TAKERS[name](x).image, TAKERS[name](IMAGE).image)
        assert TAKERS[name](x).image.dtype == np.uint8
    np.testing.assert_array_equal(TAKERS["corrupt"](x).image, TAKERS["corrupt"](IMAGE).image)
    assert aewidgets.estimate_noise_level(x) == aewidgets.estimate_noise_level(IMAGE)
    np.testing.assert_array_equal(to_float(x), to_float(IMAGE))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble", ">f4"])
def test_floats_of_every_size_are_the_same_image(dtype):
    np.testing.assert_array_equal(aewidgets.read_image((IMAGE / 255).astype(dtype)), IMAGE)
    np.testing.assert_array_equal(aewidgets.read_image((IMAGE / 255 * 1.0001).astype(dtype)), IMAGE)
    assert TAKERS["denoise"]((IMAGE / 255).astype(dtype)).image.dtype == np.float32


def test_noise_may_leave_the_range_where_noise_is_removed():
    noisy = IMAGE / 255 + np.random.default_rng(0).normal(0, 1, IMAGE.shape)
    assert noisy.min() < -1 and noisy.max() > 2
    for taker in ("denoise", "restore", "estimate_noise_level"):
        TAKERS[taker](noisy)
    with pytest.raises(ValueError, match="or clip"):
        aewidgets.read_image(noisy)


@pytest.mark.parametrize("measure", [aewidgets.psnr, aewidgets.ssim])
def test_measures_refuse_images_that_are_not_on_the_scale_that_is_said(measure):
    unit = IMAGE / 255
    assert np.isfinite(measure(unit, unit * 0.9, data_range=1))
    wrong = [((IMAGE, IMAGE), 1), ((unit, IMAGE), 1), ((unit * 255, unit), 1.0), ((unit, unit * np.nan), 1)]
    for pair, data_range in [*wrong, ((unit, unit), 0), ((unit, unit), np.nan)]:
        with pytest.raises(ValueError, match="expected"):
            measure(*pair, data_range=data_range)


def test_conversions_refuse_the_other_kind_of_number():
    with pytest.raises(aewidgets.ImageError, match="divide by 255"):
        to_uint8(IMAGE.astype("float32"))
    with pytest.raises(aewidgets.ImageError, match="expected floats"):
        to_uint8(IMAGE)
    with pytest.raises(aewidgets.ImageError, match="expected uint8"):
        to_float(IMAGE / 255)


def test_a_mask_of_0_and_1_in_whole_numbers_is_refused():
    for dtype in ("uint8", "int64"):
        with pytest.raises(ValueError, match="bool"):
            read_mask((IMAGE > 100).astype(dtype), *IMAGE.shape)
    np.testing.assert_array_equal(read_mask(IMAGE > 100, *IMAGE.shape), IMAGE > 100)


def test_channels_that_come_first_are_named():
    with pytest.raises(aewidgets.ImageError, match="moveaxis"):
        aewidgets.read_image(np.zeros((3, 20, 20), "uint8"))
