"""Cards describe the weights beside them; weights are bytes of anybody: pickles, other files and bombs are refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from aewidgets.system import cards
from aewidgets.system.cards import PretrainedError, ShippedCards, pack_weights, read_card, read_weights, write_weights

ARRAYS = {"b": np.arange(6, dtype="float16").reshape(2, 3), "a": np.int32(7)}
KINDS = [ShippedCards(folder, "model") for folder in ("", "autoencoders", "denoisers")]


@pytest.fixture
def written(tmp_path):
    write_weights(tmp_path / "mine.npz", ARRAYS, {"family": "tiny", "seed": 3})
    return tmp_path / "mine.json"


def test_weights_come_back_and_the_card_describes_them(written):
    card, data = read_card(written), written.with_suffix(".npz").read_bytes()
    assert card == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "family": "tiny", "seed": 3}
    again = read_weights(written, card)
    assert again.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(again[name], array)
        assert again[name].dtype == array.dtype


def test_equal_arrays_have_equal_bytes():
    assert pack_weights(ARRAYS) == pack_weights(dict(reversed(ARRAYS.items())))


def test_other_weights_than_the_cards_are_refused(written):
    written.with_suffix(".npz").write_bytes(pack_weights({"a": np.int32(8)}))
    with pytest.raises(PretrainedError, match=r"not the file its card describes: SHA-256 .* install"):
        read_weights(written, read_card(written))


@pytest.mark.parametrize("data", [b"", b"PK", pack_weights(ARRAYS)[:-30]])
def test_bytes_that_are_no_weights_are_refused(data):
    with pytest.raises(PretrainedError, match=r"expected an \.npz file"):
        cards.unpack_weights(data)


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "bad.npz", a=np.array([Path("x")], dtype=object))
    with pytest.raises(PretrainedError, match="without pickles"):
        cards.unpack_weights((tmp_path / "bad.npz").read_bytes())


def test_sizes_are_bounded_before_anything_is_read(written, monkeypatch):
    card = read_card(written)
    monkeypatch.setattr(cards, "MAX_WEIGHTS", 100)
    with pytest.raises(PretrainedError, match="at most 100 bytes"):
        read_weights(written, card)
    monkeypatch.setattr(cards, "MAX_CARD", 10)
    with pytest.raises(PretrainedError, match="at most 10 bytes"):
        read_card(written)


@pytest.mark.parametrize("text", ["{", "[]", '{"family": "tiny"}', "\udcff"])
def test_what_is_no_card_is_refused(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PretrainedError, match="expected"):
        read_card(path)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_every_shipped_card_is_found_and_describes_its_weights(kind):
    assert len(kind.paths()) >= 2
    for name, card in kind.read_all().items():
        data = kind.find(name).with_suffix(".npz").read_bytes()
        assert (card["sha256"], card["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
        assert json.loads(json.dumps(card)) == card


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(PretrainedError, match=r"no model is called 'foto'; names are .*photo"):
        KINDS[0].find("foto")
    assert KINDS[0].find("runs/mine.json") == Path("runs/mine.json")
