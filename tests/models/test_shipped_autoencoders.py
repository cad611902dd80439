"""Cards of shipped autoencoders are true: bytes, figures, and an error below that of PCA with the same code size."""

import hashlib
from importlib import resources

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from aewidgets.images.datasets import SPLITS
from aewidgets.models.pretrained import autoencoder_cards, load_autoencoder
from aewidgets.training.data.named import place_of
from aewidgets.training.data.splits import load_splits

pytestmark = pytest.mark.long

CARDS = autoencoder_cards()
VARIATIONAL = [name for name, card in CARDS.items() if card["family"] == "variational"]
MOST = 3e6  # bytes of one model


def held_out(name):
    """Return the validation pictures of the data that a model was trained on; skips where they are not."""
    data = CARDS[name]["data"][0]["name"].split(" ")[0]
    if place_of(SPLITS[data]) is None:
        pytest.skip(f"{data} is not on this machine")
    return load_splits(data).validation.floats()


def nearest(rows, others):
    """Return the mean distance of rows to the nearest of others."""
    return NearestNeighbors(n_neighbors=1).fit(others).kneighbors(rows)[0].mean()


def test_digits_clothes_and_photographs_are_there():
    families = {(card["data"][0]["name"].split(" ")[0], card["family"]) for card in CARDS.values()}
    wanted = {(data, family) for data in ("mnist", "fashion-mnist") for family in ("convolutional", "variational")}
    assert families >= wanted | {("cifar10", "convolutional")}


@pytest.mark.parametrize("name", CARDS)
def test_weights_are_small_and_those_of_the_card(name):
    data = (resources.files("aewidgets") / "weights" / "autoencoders" / f"{name}.npz").read_bytes()
    assert len(data) == CARDS[name]["bytes"] < MOST
    assert hashlib.sha256(data).hexdigest() == CARDS[name]["sha256"]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_where_its_figures_come_from_and_they_are_better_than_those_of_principal_components(name):
    card = CARDS[name]
    assert card["command"].startswith(f"aewidgets train {card['family']} --data ") and "--test" in card["command"]
    assert card["data"][0]["licence"] and card["seed"] == card["recipe"]["seed"] and card["seconds"] > 0
    figures = card["figures"]
    assert max(figures["validation_mse"], figures["test_mse"]) < figures["pca_validation_mse"]


@pytest.mark.parametrize("name", CARDS)
def test_figures_are_reached_again_where_the_pictures_are(name):
    """Half precision changes figures by less than a hundredth."""
    held = held_out(name)
    error = np.square(load_autoencoder(name).reconstruct(held) - held).mean()
    assert error == pytest.approx(CARDS[name]["figures"]["validation_mse"], rel=0.01)


@pytest.mark.parametrize("name", VARIATIONAL)
def test_portable_decoders_are_small(name):
    assert load_autoencoder(name).decoder.count_params() < 100_000


@pytest.mark.parametrize("name", VARIATIONAL)
def test_every_unit_of_a_variational_code_is_used_at_beta_one_with_the_variance_that_was_found(name):
    card, model = CARDS[name], load_autoencoder(name)
    assert (model.beta, model.variance, "notes" in card) == (1.0, None, False)
    assert len(card["figures"]["kl_nats"]) == model.latent_dim and min(card["figures"]["kl_nats"]) > 1
    assert model.decoder_variance == pytest.approx(card["figures"]["validation_mse"], rel=0.1)
    assert model.drawn_codes.shape == (1024, model.latent_dim)


@pytest.mark.parametrize("name", VARIATIONAL)
def test_samples_are_closer_to_held_out_pictures_than_those_of_the_prior_both_ways(name):
    """Root mean square distances to the nearest; over eight draws, by two standard errors of the difference."""
    held = held_out(name)[:500]
    rows, model, gains = held.reshape(len(held), -1), load_autoencoder(name), []
    for seed in range(8):
        prior, fitted = (model.sample(1000, seed, prior=p).reshape(1000, -1) for p in (True, False))
        there, back = nearest(prior, rows) - nearest(fitted, rows), nearest(rows, prior) - nearest(rows, fitted)
        gains.append([there, back])
    errors = np.std(gains, axis=0, ddof=1) / np.sqrt(len(gains))
    assert (np.mean(gains, axis=0) > 2 * errors).all(), gains
