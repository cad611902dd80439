"""Cards of shipped autoencoders are true: bytes, figures, and an error below that of PCA with the same code size."""

import hashlib
from importlib import resources

import numpy as np
import pytest

from aewidgets.images.datasets import SPLITS
from aewidgets.models.pretrained import autoencoder_cards, load_autoencoder
from aewidgets.training.data.named import place_of
from aewidgets.training.data.splits import load_splits

pytestmark = pytest.mark.long

CARDS = autoencoder_cards()
MOST = 3e6  # bytes of one model


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
    data = CARDS[name]["data"][0]["name"].split(" ")[0]
    if place_of(SPLITS[data]) is None:
        pytest.skip(f"{data} is not on this machine")
    held = load_splits(data).validation.floats()
    error = np.square(load_autoencoder(name).reconstruct(held) - held).mean()
    assert error == pytest.approx(CARDS[name]["figures"]["validation_mse"], rel=0.01)


@pytest.mark.parametrize("name", [name for name, card in CARDS.items() if card["family"] == "variational"])
def test_portable_decoders_are_small(name):
    assert load_autoencoder(name).decoder.count_params() < 100_000
