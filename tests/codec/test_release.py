"""Making a codec ready to ship: fitted tables cost fewer bits, and the card describes the file beside it."""

import hashlib
import json

import numpy as np
import pytest
import tiny
from keras.ops import convert_to_numpy

from aewidgets.codec import release, zoo
from aewidgets.codec.coding.trellis.quantisers import Quantiser

pytestmark = pytest.mark.long


def pictures(count=6):
    rng = np.random.default_rng(0)
    i, j = np.mgrid[:96, :112]
    waves = [128 + 60 * np.sin(i / rng.uniform(2, 9)) + 50 * np.cos(j / rng.uniform(2, 9)) for _ in range(count)]
    noise = rng.normal(0, 12, (count, 96, 112, 3))
    return [(w[..., None] + n).clip(0, 255).astype("uint8") for w, n in zip(waves, noise, strict=True)]


@pytest.mark.backend
@pytest.mark.parametrize("family", ["hyperprior", "factorised"])
def test_fitted_tables_cost_fewer_bits_on_the_pictures_they_were_fitted_to(family, monkeypatch):
    monkeypatch.setattr(release, "FACTORISED_GROUPS", (3, 5, 8, 8))  # the tiny model has fewer channels
    model, before = tiny.model(family), tiny.trained(family, trellis=True)
    after = release.with_fitted_tables(model, pictures(), qualities=3, rounds=1)
    # Thresholds and paths follow the tables, so the old ones choose here: both sets then code the same symbols.
    bits = [
        sum(c.encode(x, q, before.quantiser(q), measure=True).ideal_bits for x in pictures() for q in (0, 32768, 65535))
        for c in (before, after)
    ]
    assert bits[1] < bits[0]


def test_symbols_are_counted_where_their_tables_are():
    counter = release.SymbolCounter()
    counted = counter.around(lambda residual, index: np.array([0, -1, 0, 900]))
    assert list(counted(np.zeros(4), np.array([5, 5, 5, 63], "uint8"))) == [0, -1, 0, 900]
    assert counter.counts[5, release.MAX_REACH] == 2
    assert counter.counts[5, release.MAX_REACH - 1] == 1
    assert counter.counts[63, -1] == 1
    assert counter.counts.sum() == 4


def test_thresholds_move_as_far_as_a_step_and_lambda_have_them():
    model = tiny.model("hyperprior")
    log_step = convert_to_numpy(model.log_step)
    found = release.strengths(model, log_step)
    np.testing.assert_allclose(release.strengths(model, log_step + np.log(2.0)), found / 4, rtol=1e-5)
    codec = release.with_fitted_tables(model, pictures(3), qualities=3, rounds=1)
    for quality, strength in ((0, found[0]), (4096, (found[0] + found[1]) / 2), (65535, found[-1])):
        expected = Quantiser(codec.coding_tables.tables, float(strength)).shift
        np.testing.assert_allclose(codec.quantiser(quality).shift, expected, rtol=1e-3)


def test_without_a_theory_thresholds_are_those_of_the_training():
    model = tiny.model()
    model.distortion = "ms-ssim"
    assert set(release.strengths(model, convert_to_numpy(model.log_step))) == {np.float32(model.strength)}


def test_a_card_describes_the_weights_beside_it(tmp_path):
    codec = tiny.trained()
    card = release.write_release(codec, tmp_path / "mine.npz", {"family": "hyperprior", "seed": 3})
    data = (tmp_path / "mine.npz").read_bytes()
    assert card == json.loads((tmp_path / "mine.json").read_text())
    assert card["sha256"] == hashlib.sha256(data).hexdigest()
    assert card["bytes"] == len(data)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.json", "mine.npz"]
    loaded = zoo.load(str(tmp_path / "mine.json"))
    image = pictures(1)[0]
    np.testing.assert_array_equal(loaded.encode(image, 100).symbols, codec.encode(image, 100).symbols)
