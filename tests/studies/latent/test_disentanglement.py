"""The information in numbers of a code about factors, on codes where it is known."""

import numpy as np
import pytest

from aewidgets.studies.latent.disentanglement import mutual_information_gap, shape_factors


@pytest.fixture
def factors() -> dict[str, np.ndarray]:
    """Return every pair of eight values and five, eighty times over."""
    pairs = np.stack(np.meshgrid(np.arange(8), np.arange(5)), -1).reshape(-1, 2).repeat(80, axis=0)
    return {"eight": pairs[:, 0], "five": pairs[:, 1]}


def test_a_code_of_the_factors_themselves_has_a_gap_of_one(factors: dict):
    codes = np.stack([-3.0 * factors["five"], factors["eight"] ** 3.0], axis=1)
    found = mutual_information_gap(codes, factors)
    np.testing.assert_allclose(found.information, [[0, 1], [1, 0]], atol=1e-12)
    assert found.gap == pytest.approx(1)


def test_a_factor_told_twice_has_no_gap(factors: dict):
    eight = factors["eight"]
    found = mutual_information_gap(np.stack([eight, -eight], axis=1), {"eight": eight})
    assert found.gap == pytest.approx(0)
    np.testing.assert_allclose(found.information, 1)


def test_information_of_normal_numbers_is_that_of_their_correlation():
    """-log(1 - r**2) / 2 nats (Cover and Thomas, 8.5); bins lose a little of it."""
    rng = np.random.default_rng(0)
    a, noise, other = rng.normal(size=(3, 200_000))
    r = 0.8
    found = mutual_information_gap(np.stack([a, other], axis=1), {"b": r * a + np.sqrt(1 - r**2) * noise}, bins=40)
    nats = found.information[0] * np.log(40)
    assert nats == pytest.approx([-0.5 * np.log(1 - r**2), 0], abs=0.02)


def test_turning_the_code_closes_the_gap():
    a, b = np.random.default_rng(0).normal(size=(2, 20_000))
    straight = mutual_information_gap(np.stack([a, b], axis=1), {"a": a, "b": b})
    turned = mutual_information_gap(np.stack([a + b, a - b], axis=1), {"a": a, "b": b})
    assert straight.gap > 0.9
    assert turned.gap < 0.02


@pytest.mark.parametrize(
    ("codes", "factors", "words"),
    [
        (np.zeros((4, 1)), {"a": np.arange(4)}, "expected codes"),
        (np.zeros((4, 2)), {}, "a factor"),
        (np.zeros((4, 2)), {"a": np.arange(3)}, "a: expected 4 numbers"),
        (np.zeros((4, 2)), {"a": np.ones(4)}, "a: expected a factor that varies"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(codes: np.ndarray, factors: dict, words: str):
    with pytest.raises(ValueError, match=words):
        mutual_information_gap(codes, factors)


def test_a_leaning_stroke_has_its_slant_and_more_ink_where_it_is_thicker():
    upright, leaning = np.zeros((2, 9, 9, 1), "uint8")
    upright[1:8, 3:6] = 255
    leaning[np.arange(1, 8), np.arange(7, 0, -1)] = 255
    found = shape_factors(np.stack([upright, leaning, np.zeros_like(upright)]))
    np.testing.assert_allclose(found["slant"], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(found["ink"], [21 / 81, 7 / 81, 0])
    np.testing.assert_allclose(found["width"], [np.sqrt(2 / 3), 2, 0])


def test_floats_and_bytes_of_the_same_pictures_are_measured_alike():
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 7, 3), dtype="uint8")
    for name, values in shape_factors(images / np.float32(255)).items():
        np.testing.assert_allclose(values, shape_factors(images)[name], rtol=1e-5, err_msg=name)
