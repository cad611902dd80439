"""Methods of one's own, wherever a method's name is given: taken as they are, and refused in words.

The objects are in `tests/strange_methods.py`; they know nothing of this package.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.restoration import denoise_tv_chambolle

import aewidgets
from aewidgets.images.arrays import to_float
from aewidgets.restoration.own_methods import OwnMethodError, own_method
from aewidgets.studies.restoration.corrupted import corrupt_subject
from aewidgets.studies.restoration.denoisers import compare_denoisers
from aewidgets.studies.restoration.levels import measure_level
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.studies.restoration.points import denoise_point, method_choices
from aewidgets.studies.restoration.restorers import Case, compare_restorers
from tests.strange_methods import METHODS, NO_METHOD, PLACES, WRONG, Box, box_of, by_level


@pytest.fixture
def picture(photo: np.ndarray) -> np.ndarray:
    return photo[:21, :26]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", METHODS)
def test_every_place_takes_every_kind_of_method(picture: np.ndarray, tmp_path: Path, place: str, kind: str):
    if place == "restore" and kind in ("with a level", "with a sigma"):
        pytest.skip("nobody knows a noise level there")
    for image in (picture, picture[..., 1]):
        made = PLACES[place](image, METHODS[kind](), tmp_path)
        if made is not None:
            assert (made.dtype, made.shape) == (np.uint8, image.shape)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", WRONG)
def test_every_place_says_what_is_wrong_with_a_result(picture: np.ndarray, tmp_path: Path, place: str, kind: str):
    method, words = WRONG[kind]
    with pytest.raises(ValueError) as refused:
        PLACES[place](picture[..., 1], method, tmp_path)
    assert words in str(refused.value).replace("\n", " ")
    if kind == "exception" and place != "aewidgets denoise":
        assert isinstance(refused.value.__cause__, KeyError)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", NO_METHOD)
def test_every_place_refuses_what_is_no_method(picture: np.ndarray, tmp_path: Path, place: str, kind: str):
    import traitlets

    method, words = NO_METHOD[kind]
    with pytest.raises((ValueError, traitlets.TraitError)) as refused:
        PLACES[place](picture, method, tmp_path)
    assert words in " ".join(str(refused.value).split())


def test_a_function_is_given_a_copy_in_0_to_1_and_a_keras_model_what_noise_has_made(picture: np.ndarray):
    seen = []
    given = corrupt_subject(picture, "gaussian", 80).given
    before = given.copy()
    assert given.min() < 0 and given.max() > 1
    aewidgets.denoise(given, 80, lambda image: seen.append(image.copy()) or image.fill(0.5) or image)
    np.testing.assert_array_equal(seen[0], np.clip(before, 0, 1))
    assert seen[0].dtype == np.float32
    np.testing.assert_array_equal(given, before)
    made = aewidgets.denoise(given[..., 0], 80, box_of()).image
    inside = sum(np.roll(before[..., 0], (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1))[1:-1, 1:-1] / 9
    np.testing.assert_allclose(made[1:-1, 1:-1], np.clip(inside, 0, 1), atol=1e-5)


@pytest.mark.parametrize(
    ("function", "level"),
    [
        (lambda image, noise_level: image * 0 + noise_level / 255, 51),
        (lambda image, level: image * 0 + level / 255, 51),
        (lambda image, sigma: image * 0 + sigma, 51),
        (lambda image, sigma_psd: image * 0 + sigma_psd, 51),
        (lambda image, *, noise_level=0: image * 0 + noise_level / 255, 51),
        (lambda image, /, sigma=0.4: image * 0 + sigma, None),  # with a default, sigma may mean anything
        (partial(lambda image, sigma: image * 0 + sigma, sigma=0.4), None),
    ],
)
def test_the_level_is_given_in_the_unit_that_the_parameter_s_name_says(function: Any, level: float | None):
    made = aewidgets.denoise(np.full((16, 16), 0.5), 51, function)
    assert made.noise_level == level
    np.testing.assert_allclose(made.image, 0.2 if level else 0.4, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (by_level, "by_level"),
        (lambda image: image, "my function"),
        (Box(), "Box"),
        (partial(denoise_tv_chambolle, weight=0.2), "denoise_tv_chambolle(weight=0.2)"),
        (("mine", by_level), "mine"),
        ({"mine": by_level}, "mine"),
    ],
)
def test_a_method_has_a_readable_name(given: Any, name: str):
    assert own_method(given).name == name
    assert aewidgets.denoise(np.full((16, 16), 0.5), 25, given).method == name


def test_a_keras_model_has_its_own_name():
    model = box_of()
    assert own_method(model).name == model.name


def test_an_object_keeps_its_name_and_another_one_gets_a_number():
    own, first, second = OwnMethods(), lambda image: image, lambda image: image
    assert [own.take(f) for f in (first, second, first, second)] == ["my function", "my function 2"] * 2
    assert own.named("nlm") == "nlm"
    assert [of.function for of in own] == [first, second]


@pytest.mark.parametrize("task", ["blur", "inpainting", "jpeg"])
def test_what_is_known_of_the_damage_is_given_to_the_parameters_of_that_name(picture: np.ndarray, task: str):
    facts = {
        "blur": {"psf": np.full((3, 3), 1 / 9)},
        "inpainting": {"mask": np.arange(21 * 26).reshape(21, 26) % 3 == 0},
        "jpeg": {"quality": 30},
    }[task]
    [(name, fact)] = facts.items()
    seen: list[Any] = []
    functions = {
        "psf": lambda image, psf: seen.append(psf) or image,
        "mask": lambda image, mask: seen.append(mask) or image,
        "quality": lambda image, quality=None: seen.append(quality) or image,
    }
    made = aewidgets.restore(picture, task, functions[name], **facts)
    np.testing.assert_allclose(seen[0], fact)
    np.testing.assert_array_equal(made.image, picture)
    other = next(function for known, function in functions.items() if known not in (name, "quality"))
    with pytest.raises(ValueError, match=r"makes no use of it|requires"):
        aewidgets.restore(picture, task, other, **facts)
    assert not own_method(other).does(task)
    corruption = {"blur": "blur", "inpainting": "missing", "jpeg": "jpeg"}[task]
    both = [own_method({"a": functions[name]}), own_method({"b": other})]
    choices = [choice.name for choice in method_choices(corruption, 3, both)]
    assert "a" in choices and "b" not in choices


def test_known_pixels_stay_whatever_a_method_of_ones_own_does(picture: np.ndarray):
    mask = np.zeros(picture.shape[:2], bool)
    mask[3:6, 4:9] = True
    made = aewidgets.restore(picture, "inpainting", lambda image: 1 - image, mask=mask).image
    np.testing.assert_array_equal(made[~mask], picture[~mask])
    np.testing.assert_array_equal(made[mask], 255 - picture[mask])


@pytest.mark.backend
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(21, 26), (21, 26, 3), (32, 32, 3), (5, 7)])
@pytest.mark.parametrize(("size", "halvings"), [(None, 0), (None, 3), (16, 0), (16, 2)])
def test_a_keras_model_takes_any_size_and_gray_as_well_as_colour(
    shape: tuple[int, ...], channels: int, size: int | None, halvings: int
):
    """A constant stays one away from the border, and channels stay apart."""
    have = shape[2] if len(shape) == 3 else 1
    constants = np.float32([0.2, 0.5, 0.8][:have])
    image = np.broadcast_to(constants, (*shape[:2], have)).reshape(shape)
    made = aewidgets.denoise(image, 25, box_of(channels, size, halvings)).image
    assert made.shape == shape
    if size is None:  # tiles of a fixed size have borders inside the picture
        np.testing.assert_allclose(made[2:-2, 2:-2], image[2:-2, 2:-2], atol=1e-5)
    else:
        assert (made <= image + 1e-5).all() and (made >= image * 4 / 9 - 1e-5).all()


@pytest.mark.backend
def test_tiles_of_a_fixed_size_are_blended_without_gaps(photo: np.ndarray):
    import keras

    identity = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Rescaling(1.0)])
    image = to_float(photo[:45, :70])
    np.testing.assert_allclose(aewidgets.denoise(image, 25, identity).image, image, atol=1e-6)


@pytest.mark.backend
@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (lambda keras: [keras.Input((784,)), keras.layers.Dense(784)], "a model of images"),
        (lambda keras: [keras.Input((None, None, 4)), keras.layers.Rescaling(1.0)], "takes 4 channels"),
        (lambda keras: [keras.Input((None, None, 1)), keras.layers.GlobalMaxPooling2D()], "of the size it was given"),
        (lambda keras: [keras.Input((None, None, 1)), keras.layers.UpSampling2D(2)], "of the size it was given"),
        (lambda keras: [keras.Input((16, 16, 1)), keras.layers.Flatten()], "of the size it was given"),
        (lambda keras: [keras.Input((None, None, 3)), keras.layers.Conv2D(1, 1)], "expected 3 channels"),
    ],
)
def test_a_keras_model_that_makes_no_image_of_an_image_is_refused(picture: np.ndarray, layers: Any, words: str):
    import keras

    with pytest.raises(OwnMethodError, match=words):
        aewidgets.denoise(picture, 25, keras.Sequential(layers(keras)))


def test_a_keras_model_with_two_inputs_is_refused(picture: np.ndarray):
    import keras

    a, b = keras.Input((None, None, 3)), keras.Input((None, None, 3))
    with pytest.raises(OwnMethodError, match="one input, the image"):
        aewidgets.denoise(picture, 25, keras.Model([a, b], keras.layers.Add()([a, b])))


def test_a_network_of_this_package_is_a_method_of_ones_own_too(picture: np.ndarray):
    from aewidgets.models.residual_denoiser import ResidualDenoiser

    network = ResidualDenoiser(3, widths=(4, 4), blocks=(1, 1), name="small")
    expected = aewidgets.denoise(picture, 25, "learned", network=network)
    made = aewidgets.denoise(picture, 25, network)
    np.testing.assert_array_equal(made.image, expected.image)
    assert (made.method, made.noise_level) == ("small", 25)
    with pytest.raises(OwnMethodError, match="network for restoring"):
        aewidgets.restore(picture, "jpeg", ResidualDenoiser(3, 5, widths=(4, 4), blocks=(1, 1)))


def test_studies_measure_a_method_of_ones_own_as_the_same_method_of_ours(picture: np.ndarray):
    def tv(image, sigma):
        return denoise_tv_chambolle(image, weight=sigma, channel_axis=-1)

    mine, ours = compare_denoisers([picture], [{"mine": tv}, "tv"], [25])[1:]
    assert (mine.method, mine.psnr_db) == ("mine", ours.psnr_db)
    assert compare_denoisers([picture], {"tv of mine": tv}, [25])[1].psnr_db == ours.psnr_db
    corrupted = corrupt_subject(np.clip(picture, 90, 160), "gaussian", 15)  # noise stays inside [0, 1]
    assert denoise_point(corrupted, {"mine": tv}).psnr_db == denoise_point(corrupted, "tv").psnr_db
    calm = np.clip(picture, 90, 160)
    mine, ours = (measure_level(calm, "gaussian", 15, method) for method in ({"mine": tv}, "tv"))
    assert (mine.method, mine.psnr_db) == ("mine", ours.psnr_db)
    assert measure_level(calm, "gaussian", 15, {"fails": lambda image: None}).psnr_db is None


def test_restorers_of_ones_own_are_compared_on_the_cases_that_they_can_do(picture: np.ndarray):
    cases = [Case("jpeg", "jpeg:20"), Case("inpainting", "missing:0.5")]
    filled = {"filled": lambda image, mask: np.where(mask[..., None], 0.5, image)}
    results = compare_restorers([picture], cases, ["nlm", filled, {"same": lambda image: image}])
    by_case = {case.task: [r.method for r in results if r.task == case.task] for case in cases}
    assert by_case == {"jpeg": ["corrupted", "nlm", "same"], "inpainting": ["corrupted", "filled", "same"]}
    same = [r for r in results if r.method in ("corrupted", "same")]
    assert same[0].psnr_db == same[1].psnr_db
