"""Trained autoencoders come back as they were, to half precision; damaged, foreign and oversized ones are refused."""

import hashlib
import json
from importlib import resources

import keras
import numpy as np
import pytest

from aewidgets.models import pretrained
from aewidgets.models.families import AUTOENCODERS, build_autoencoder
from aewidgets.models.pretrained import PretrainedError, load_autoencoder, save_pretrained, start_from
from aewidgets.system import cards
from aewidgets.training.data.splits import load_splits


@pytest.fixture(scope="module")
def pictures():
    return load_splits("digits").validation.images[:20]


def small(latent_dim=4, **options):
    keras.utils.set_random_seed(1)
    return build_autoencoder("dense", (8, 8, 1), latent_dim=latent_dim, **{"hidden": (16,)} | options)


@pytest.fixture
def saved(tmp_path):
    save_pretrained(small(), tmp_path / "small.npz", {"data": []})
    return tmp_path / "small.json"


def change(card_path, **changes):
    card_path.write_text(json.dumps(json.loads(card_path.read_text()) | changes))


@pytest.mark.backend
@pytest.mark.parametrize("family", AUTOENCODERS)
def test_models_come_back(family, tmp_path, pictures):
    model = build_autoencoder(family, (8, 8, 1), **({"levels": 2} if family == "convolutional" else {}))
    save_pretrained(model, tmp_path / "model.npz", {})
    again = load_autoencoder(tmp_path / "model.json")
    assert again.describe() == model.describe()
    # On average: of a sparse code's units, half precision may choose another among nearly equal ones
    assert np.abs(again.reconstruct(pictures) - model.reconstruct(pictures)).mean() < 1e-3


@pytest.mark.backend
def test_rounding_is_done_once(saved, pictures):
    first = load_autoencoder(saved)
    card = save_pretrained(first, saved.with_name("again.npz"), {})
    assert card["sha256"] == json.loads(saved.read_text())["sha256"]


def test_cards_hold_what_they_are_given(tmp_path):
    card = save_pretrained(small(), tmp_path / "a.npz", {"seed": 3, "figures": {"test_mse": 0.1}})
    assert json.loads((tmp_path / "a.json").read_text()) == card
    assert card["bytes"] == (tmp_path / "a.npz").stat().st_size
    assert (card["seed"], card["describe"]) == (3, "dense, code of 4 values for images of 64")


def test_changed_weights_are_refused(saved):
    data = bytearray(saved.with_suffix(".npz").read_bytes())
    data[len(data) // 2] ^= 1
    saved.with_suffix(".npz").write_bytes(data)
    with pytest.raises(PretrainedError, match="SHA-256"):
        load_autoencoder(saved)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"family": "gan"}, "one of the families"),
        ({"options": {"image_shape": [8, 8, 1], "latent_dim": 10**9}}, "numbers up to 8,192"),
        ({"options": {"image_shape": [8, 8, 1], "depth": 3}}, "make no dense model"),
        ({"options": {"image_shape": [8, 8, 1], "latent_dim": 5, "hidden": [16]}}, "do not fit"),
    ],
)
def test_cards_that_name_another_model_are_refused(saved, changes, words):
    change(saved, **changes)
    with pytest.raises(PretrainedError, match=words):
        load_autoencoder(saved)


@pytest.mark.parametrize("text", ["{", "[]", '{"family": "dense"}'])
def test_other_json_is_no_card(saved, text):
    saved.write_text(text)
    with pytest.raises(PretrainedError, match="expected"):
        load_autoencoder(saved)


def test_weights_that_unpack_to_too_much_are_refused(saved, monkeypatch):
    monkeypatch.setattr(cards, "MAX_WEIGHTS", saved.with_suffix(".npz").stat().st_size)
    arrays = {"w0000": np.zeros(10**5, "float16")}
    np.savez_compressed(saved.with_suffix(".npz"), **arrays)
    change(saved, sha256=hashlib.sha256(saved.with_suffix(".npz").read_bytes()).hexdigest())
    with pytest.raises(PretrainedError, match="at most"):
        load_autoencoder(saved)


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(PretrainedError, match="no autoencoder is called 'mnits'"):
        load_autoencoder("mnits")


def test_weights_too_large_for_half_precision_are_refused(tmp_path):
    model = small()
    model.weights[0].assign(np.full(model.weights[0].shape, 1e6, "float32"))
    with pytest.raises(PretrainedError, match="float16"):
        save_pretrained(model, tmp_path / "a.npz", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.backend
def test_a_model_starts_from_a_trained_one(saved, pictures):
    model = build_autoencoder("dense", (8, 8, 1), latent_dim=4, hidden=(16,))
    assert start_from(model, saved) == f"8 of 8 arrays from {saved}"
    np.testing.assert_array_equal(model.reconstruct(pictures), load_autoencoder(saved).reconstruct(pictures))


def test_what_does_not_fit_stays_new_and_is_named(saved):
    words = start_from(small(latent_dim=5), saved)
    assert words.startswith("5 of 8 arrays") and "code" in words


def test_another_family_or_depth_is_no_start(saved):
    for model in (small(hidden=()), build_autoencoder("recurrent", (8, 8, 1))):
        with pytest.raises(PretrainedError, match="expected weights of the family"):
            start_from(model, saved)


def test_a_running_mean_is_no_weight_to_start_from(tmp_path):
    def made(**options):
        return build_autoencoder("variational", (8, 8, 1), latent_dim=2, options={"hidden": (4,)}, **options)

    save_pretrained(made(variance=1.0), tmp_path / "fixed.npz", {})
    model = made()
    assert start_from(model, tmp_path / "fixed.json").startswith("10 of 10 arrays")
    assert model.decoder_variance == 1.0


@pytest.mark.backend
@pytest.mark.parametrize("options", [{}, {"variance": 1.0}, {"likelihood": "bernoulli"}])
def test_a_card_keeps_codes_of_training_and_an_older_one_loads_without(options, tmp_path, pictures):
    model = build_autoencoder("variational", (8, 8, 1), latent_dim=2, options={"hidden": (4,)}, **options)
    model.compile("adam", "bce" if "likelihood" in options else "mse")
    model.fit(pictures / 255, epochs=1, verbose=0)
    save_pretrained(model, tmp_path / "new.npz", {})
    again = load_autoencoder(tmp_path / "new.json")
    np.testing.assert_allclose(again.drawn_codes, model.drawn_codes, rtol=1e-3, atol=1e-6)
    assert np.abs(again.sample(3) - model.sample(3)).max() < 1e-2
    kept = len(model.statistics) - 1  # such as older versions had
    with np.load(tmp_path / "new.npz") as file:
        arrays = [file[key] for key in sorted(file)]
    facts = json.loads((tmp_path / "new.json").read_text())
    arrays = {f"w{i:04d}": array for i, array in enumerate(arrays[:kept] + arrays[kept + 1 :])}
    cards.write_weights(tmp_path / "old.npz", arrays, {n: facts[n] for n in ("family", "options")})
    old = load_autoencoder(tmp_path / "old.json")
    assert (len(old.drawn_codes), old.decoder_variance) == (0, again.decoder_variance)
    np.testing.assert_array_equal(old.reconstruct(pictures), again.reconstruct(pictures))


@pytest.mark.backend
@pytest.mark.parametrize("name", pretrained.autoencoder_cards())
def test_what_is_shipped_loads(name):
    model = load_autoencoder(name)
    assert model.describe() == pretrained.autoencoder_cards()[name]["describe"]
    assert (resources.files("aewidgets") / "weights" / "autoencoders" / f"{name}.npz").is_file()
