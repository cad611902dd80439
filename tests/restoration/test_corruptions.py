"""Corruptions do what their parameters say; the seed decides the rest."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage.data import camera

from aewidgets.images.metrics import psnr
from aewidgets.restoration import corruptions
from aewidgets.restoration.corruptions import (
    CORRUPTIONS,
    Step,
    corrupt,
    gaussian_noise,
    gaussian_psf,
    motion_psf,
    parse_steps,
)

NOISY = ["gaussian", "poisson", "salt-and-pepper", "speckle", "low-light", "missing", "holes"]
# Strength at which each kind changes nothing, and by how much the image may differ then.
HARMLESS = {
    "gaussian": (0, 0), "salt-and-pepper": (0, 0), "speckle": (0, 0), "blur": (0, 0), "motion": (1, 0),
    "missing": (0, 0), "low-contrast": (1, 1e-6),
}  # fmt: skip


def test_gaussian_noise_is_the_published_protocol(photo):
    x = photo / 255.0
    expected = x + np.random.RandomState(7).normal(0, 25 / 255, x.shape)
    np.testing.assert_allclose(corrupt(photo, "gaussian", 25, seed=7).image, expected, atol=1e-6)


def test_noise_is_drawn_in_bands_as_at_once(monkeypatch):
    x = np.full((50, 30, 3), 0.5, "float32")
    whole = [kind(x, 0.3, np.random.RandomState(1)) for kind in (gaussian_noise, corruptions.salt_and_pepper)]
    monkeypatch.setattr("aewidgets.restoration.corruptions.noise.BAND", 200)
    parts = [kind(x, 0.3, np.random.RandomState(1)) for kind in (gaussian_noise, corruptions.salt_and_pepper)]
    np.testing.assert_array_equal(whole, parts)


@pytest.mark.parametrize("level", [5, 25, 75])
def test_the_noise_level_is_the_standard_deviation(level):
    x = camera()
    noise = corrupt(x, "gaussian", level).image - x / np.float32(255)
    assert noise.std() * 255 == pytest.approx(level, rel=0.01)
    assert abs(noise.mean()) * 255 < 0.01 * level
    assert noise.min() + x.min() / 255 < 0  # not clipped


def test_photon_noise_has_the_variance_of_its_mean():
    x = np.full((300, 300), 0.4)
    corrupted = corrupt(x, "poisson", 40).image
    assert corrupted.mean() == pytest.approx(0.4, rel=0.01)
    assert corrupted.var() == pytest.approx(0.4 / 40, rel=0.02)


def test_speckle_grows_with_the_pixel():
    x = np.repeat([[0.2], [0.8]], 60_000, axis=1)
    assert corrupt(x, "speckle", 0.1).image.std(axis=1) == pytest.approx([0.02, 0.08], rel=0.02)


def test_salt_and_pepper_are_a_share_of_the_values_and_equally_many():
    corrupted = corrupt(np.full((400, 400), 0.5), "salt-and-pepper", 0.1).image
    assert [np.mean(corrupted == v) for v in (0, 1)] == pytest.approx([0.05, 0.05], rel=0.05)
    assert np.mean(corrupted == 0.5) == pytest.approx(0.9, rel=0.01)


@pytest.mark.parametrize("name", NOISY)
def test_the_seed_decides(photo, name):
    first, again, other = (corrupt(photo, name, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.image, again.image)
    assert np.any(first.image != other.image)


@pytest.mark.parametrize("name", HARMLESS)
def test_no_strength_changes_nothing(photo, name):
    strength, allowed = HARMLESS[name]
    np.testing.assert_allclose(corrupt(photo, name, strength).image, photo / np.float32(255), atol=allowed)


def test_full_exposure_without_noise_changes_nothing(photo):
    corrupted = corrupt(photo, "low-light", 1, noise_level=0).image
    np.testing.assert_allclose(corrupted, photo / 255, atol=1e-6)


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(40, 33), (40, 33, 3), (1, 1), (1, 7, 3)])
def test_every_kind_takes_gray_and_colour_of_any_size_and_leaves_them_alone(name, shape):
    image = np.random.default_rng(0).random(shape).astype("float32")
    before = image.copy()
    corrupted = corrupt(image, name)
    assert (corrupted.image.shape, corrupted.image.dtype) == (shape, np.float32)
    assert np.isfinite(corrupted.image).all()
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_defaults_are_in_range_and_named(name):
    kind = CORRUPTIONS[name]
    assert kind.name == name
    assert kind.task in ("noise", "jpeg", "blur", "inpainting", "low-light")
    for parameter in (kind.strength, *kind.options):
        assert parameter.check(parameter.default, name) == parameter.default
    assert (kind.parameter, kind.unit, kind.default) == (kind.strength.name, kind.strength.unit, kind.strength.default)
    assert kind.range[0] <= kind.default <= kind.range[1]


@pytest.mark.parametrize("name", ["missing", "holes"])
def test_only_masked_pixels_are_lost_and_hold_0(photo, name):
    photo = np.maximum(photo, 1)
    corrupted = corrupt(photo, name)
    assert corrupted.mask.shape == photo.shape[:2] and 0 < corrupted.mask.mean() < 1
    np.testing.assert_array_equal(corrupted.mask, np.all(corrupted.image == 0, axis=2))
    np.testing.assert_array_equal(corrupted.image[~corrupted.mask], (photo / np.float32(255))[~corrupted.mask])


def test_the_share_of_missing_pixels_is_what_was_asked():
    x = np.full((300, 300), 0.5)
    assert [corrupt(x, "missing", share).mask.mean() for share in (0.25, 1)] == pytest.approx([0.25, 1], rel=0.03)


def test_a_hole_is_a_rectangle_between_half_its_size_and_its_size():
    for seed in range(20):
        mask = corrupt(np.full((90, 70), 0.5), "holes", 24, seed=seed, count=1).mask
        rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
        assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert 12 <= len(rows) <= 24 and 12 <= len(columns) <= 24


def test_biharmonic_inpainting_starts_from_the_anchored_picture():
    """The anchor loses 25 % of camera()[100:356, 100:356]: 13.01 dB."""
    x = camera()[100:356, 100:356] / np.float32(255)
    corrupted, _ = corruptions.missing_pixels(x, 0.25, np.random.default_rng(0))
    assert psnr(x, corrupted, data_range=1) == pytest.approx(13.01, abs=0.005)


def test_blur_is_scipys_with_reflecting_borders_and_keeps_the_mean(photo):
    x = photo[..., 0] / 255.0
    corrupted = corrupt(photo[..., 0], "blur", 1.6).image
    np.testing.assert_allclose(corrupted, ndimage.gaussian_filter(x, 1.6, mode="reflect"), atol=1e-4)
    assert corrupted.mean() == pytest.approx(x.mean(), abs=1e-5)


@pytest.mark.parametrize(("name", "strength", "options"), [("blur", 2.3, {}), ("motion", 13, {"angle": 30})])
def test_a_blurred_point_is_the_kernel(name, strength, options):
    point = np.zeros((65, 65))
    point[32, 32] = 1
    corrupted = corrupt(point, name, strength, **options)
    reach = len(corrupted.psf) // 2
    middle = slice(32 - reach, 33 + reach)
    np.testing.assert_allclose(corrupted.image[middle, middle], corrupted.psf, atol=1e-6)
    assert corrupted.psf.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_motion_along_an_axis_is_a_mean_over_its_length(angle):
    psf = motion_psf(5, angle)
    line = psf[2] if angle % 180 == 0 else psf[:, 2]
    assert line == pytest.approx([0.2] * 5)
    assert psf.sum() == pytest.approx(1)


@pytest.mark.parametrize("angle", [17, 45, 120])
def test_motion_lies_along_its_angle_counter_clockwise(angle):
    psf = motion_psf(31, angle)
    down, across = np.indices(psf.shape) - len(psf) // 2
    spread = [[np.sum(psf * a * b) for b in (across, -down)] for a in (across, -down)]
    along = np.linalg.eigh(spread)[1][:, 1]
    assert np.degrees(np.arctan2(along[1], along[0])) % 180 == pytest.approx(angle, abs=0.5)


def test_a_step_of_motion_is_scipys_convolution(photo):
    corrupted = corrupt(photo, "motion", 9, angle=25)
    expected = ndimage.convolve(photo / 255.0, corrupted.psf[..., None], mode="reflect")
    np.testing.assert_allclose(corrupted.image, expected, atol=1e-5)


def test_jpeg_is_pillows_file_with_halved_chroma(photo):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=30, subsampling=2)
    expected = np.asarray(Image.open(file)) / np.float32(255)
    np.testing.assert_array_equal(corrupt(photo, "jpeg", 30).image, expected)


def test_jpeg_of_a_higher_quality_is_nearer(photo):
    x = photo / np.float32(255)
    reached = [psnr(x, corrupt(photo, "jpeg", quality).image, data_range=1) for quality in (5, 20, 50, 95)]
    assert reached == sorted(reached)
    assert reached[-1] > 36


def test_half_the_exposure_is_half_the_linear_light():
    """sRGB 188 of 255 is half the light of white, 137 a quarter: IEC 61966-2-1."""
    corrupted = corrupt(np.full((4, 4), 1.0), "low-light", 0.5, noise_level=0).image
    assert corrupted == pytest.approx(188 / 255, abs=0.002)
    again = corrupt(corrupted, "low-light", 0.5, noise_level=0).image
    assert again == pytest.approx(137 / 255, abs=0.002)


def test_low_contrast_keeps_the_mean_and_scales_what_is_around_it(photo):
    x, corrupted = photo / 255.0, corrupt(photo, "low-contrast", 0.3).image
    assert corrupted.mean() == pytest.approx(x.mean(), abs=1e-6)
    assert corrupted.std() == pytest.approx(0.3 * x.std(), rel=1e-5)


def test_steps_are_done_in_order_with_seeds_that_follow(photo):
    """Noise after a blur is white; before it, the blur removes most of it."""
    corrupted = corrupt(photo, [("blur", 1.6), ("gaussian", 20)], seed=5)
    blurred = corrupt(photo, "blur", 1.6).image
    np.testing.assert_array_equal(corrupted.image, gaussian_noise(blurred, 20, np.random.RandomState(6)))
    other = corrupt(photo, [("gaussian", 20), ("blur", 1.6)], seed=5).image
    assert np.std(other - blurred) < 0.3 * np.std(corrupted.image - blurred)


def test_lost_pixels_hold_0_whatever_follows(photo):
    corrupted = corrupt(photo, [("missing", 0.3), ("gaussian", 20), Step("holes", 9)])
    assert (corrupted.image[corrupted.mask] == 0).all()
    assert corrupted.mask.mean() > 0.3


def test_two_blurs_have_the_kernel_of_both():
    corrupted = corrupt(np.full((9, 9), 0.5), [("blur", 1.2), ("blur", 1.6)])
    reach = len(gaussian_psf(2)) // 2
    middle = len(corrupted.psf) // 2
    part = corrupted.psf[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    np.testing.assert_allclose(part, gaussian_psf(2), atol=1e-4)  # 1.2**2 + 1.6**2 = 2**2


def test_no_steps_change_nothing(photo):
    corrupted = corrupt(photo, [])
    np.testing.assert_array_equal(corrupted.image, photo / np.float32(255))
    assert (corrupted.mask, corrupted.psf, corrupted.description) == (None, None, "nothing")


def test_texts_name_the_same_steps(photo):
    assert parse_steps("blur:1.6 + gaussian:2") == (Step("blur", 1.6, {}), Step("gaussian", 2, {}))
    assert parse_steps("motion:15,angle=30+jpeg") == (Step("motion", 15, {"angle": 30}), Step("jpeg", 20, {}))
    parsed = corrupt(photo, "motion:15,angle=30+gaussian:2")
    asked = corrupt(photo, [("motion", 15, {"angle": 30}), ("gaussian", 2)])
    np.testing.assert_array_equal(parsed.image, asked.image)
    assert parsed.description == (
        "Motion blur, length 15 pixels, angle 30 degrees, then Gaussian noise, noise level 2 of 255"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: corrupt(x, "gausian"), "did you mean 'gaussian'"),
        (lambda x: corrupt(x, "zzz"), "expected one of: gaussian, poisson"),
        (lambda x: parse_steps("blur:1.6+motoin:3"), "did you mean 'motion'"),
        (lambda x: parse_steps("motion:9,angel=3"), "did you mean 'angle'"),
        (lambda x: parse_steps("motion:9,angle"), "expected a number, got ''"),
        (lambda x: parse_steps("blur:much"), "blur: expected a number, got 'much'"),
        (lambda x: parse_steps(""), "expected steps such as"),
        (lambda x: parse_steps("blur+" * 200), "expected steps such as"),
        (lambda x: parse_steps("+".join(["blur:1"] * 9)), "at most 8 steps, got 9"),
        (lambda x: corrupt(x, "gaussian", -1), r"noise_level \(of 255\) a number from 0 to 255, got -1"),
        (lambda x: corrupt(x, "gaussian", float("nan")), "got nan"),
        (lambda x: corrupt(x, "jpeg", 20.5), "a whole number from 1 to 95, got 20.5"),
        (lambda x: corrupt(x, "missing", 1.5), "from 0 to 1"),
        (lambda x: corrupt(x, "motion", 99), r"length \(pixels\) a number from 1 to 51"),
        (lambda x: corrupt(x, "gaussian", 5, angle=3), "unknown option of gaussian 'angle'; expected one of: none"),
        (lambda x: corrupt(x, [("blur", 1)], 2), "inside the steps"),
        (lambda x: corrupt(x, ["blur"]), "expected a step such as"),
        (lambda x: corrupt(x, [("blur", 1, 3)]), "expected options such as"),
        (lambda x: corrupt(x, "blur", seed=-1), "seed: expected a whole number"),
        (lambda x: corrupt(x, "blur", seed=0.5), "seed: expected a whole number"),
        (lambda x: corrupt(x[None], "blur"), r"\(h, w\) or \(h, w, 3\), got \(1, 128, 192, 3\)"),
        (lambda x: corrupt(x[:0], "blur"), "at least one pixel"),
        (lambda x: corrupt(x.astype("int32") + 1, "blur"), "got 1 to 256 .int32"),
        (lambda x: corrupt(x.astype("float32"), "blur"), r"floats in \[0, 1\], got 0 to 255"),
        (lambda x: corrupt(x / np.nan, "blur"), "finite"),
        (lambda x: corruptions.jpeg_artefacts(x / 255, 20, "4:1:1"), "expected one of 4:4:4"),
        (lambda x: corruptions.jpeg_artefacts(np.zeros((1, 70_000)), 20), "at most 65500"),
    ],
)
def test_impossible_arguments_are_refused(make, words, photo):
    with pytest.raises(ValueError, match=words):
        make(photo)
