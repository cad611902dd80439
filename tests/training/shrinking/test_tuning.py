"""Tuning for a shrunken form leaves the model alone, ends in that form, and is worth its epochs."""

import keras
import numpy as np
import pytest

import aewidgets
from aewidgets.models.residual_denoiser import ResidualDenoiser
from aewidgets.models.shrinking.shrink import twin_of
from aewidgets.training.shrinking.tuning import BATCH, tune

pytestmark = pytest.mark.long  # fits networks


def dense(seed: int = 1):
    keras.utils.set_random_seed(seed)
    return aewidgets.build_autoencoder("dense", (8, 8, 1), latent_dim=8, hidden=(32,))


@pytest.fixture(scope="module")
def digits():
    return aewidgets.load_splits("digits")


@pytest.mark.backend
@pytest.mark.parametrize("to", ["prune-50+int4", pytest.param("prune-60", marks=pytest.mark.slow)])
def test_a_tuned_model_is_in_its_form_and_the_original_stays(to: str, digits):
    model = dense()
    before = model.get_weights()
    tuned = tune(model, to, digits.train.images[: 4 * BATCH], 2)
    shrunk = aewidgets.shrink(tuned, to)
    for old, new in zip(tuned.get_weights(), shrunk.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert any((a != b).any() for a, b in zip(before, tuned.get_weights(), strict=True))
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_floats_need_no_tuning(digits):
    model = dense()
    for old, new in zip(model.get_weights(), tune(model, "float16", digits.train.images, 3).get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_what_cannot_be_tuned_is_refused(digits):
    with pytest.raises(ValueError, match="QuantisationAware"):
        tune(ResidualDenoiser(widths=(4,), blocks=(1,)), "int4", digits.train.images, 1)
    with pytest.raises(ValueError, match="epochs: expected at least 1"):
        tune(dense(), "int4", digits.train.images, 0)
    with pytest.raises(ValueError, match="to: expected one of"):
        tune(dense(), "int5", digits.train.images, 1)


@pytest.fixture(scope="module")
def trained(digits):
    """Three seeds: a model that was trained, and a copy that was trained on for as many epochs as tuning takes."""
    pairs = []
    for seed in (1, 2, 3):
        model = dense(seed)
        aewidgets.train(model, digits, epochs=12, learning_rate=0.01, seed=seed)
        longer = twin_of(model)
        aewidgets.train(longer, digits, epochs=8, learning_rate=0.001, schedule="cosine", seed=seed)
        pairs.append((model, longer))
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize("to", ["int4", "prune-80"])
def test_training_in_the_form_beats_as_much_training_without_it_over_seeds(to: str, digits, trained):
    """The lead in the error of validation pictures is beyond two standard errors over three seeds."""
    images, leads = digits.validation.images, []
    for seed, (model, longer) in enumerate(trained, 1):
        tuned = tune(model, to, digits.train.images, 8, seed=seed)
        made = [aewidgets.shrink(each, to).model.reconstruct(images) for each in (longer, tuned)]
        errors = [np.square(each - images / 255).mean() for each in made]
        leads.append(np.log(errors[0] / errors[1]))
    assert np.mean(leads) > 2 * np.std(leads, ddof=1) / np.sqrt(len(leads))
