"""Codecs with real bytes: what goes in comes out, whatever its size; shipped weights are what their cards say."""

import hashlib
import json

import numpy as np
import pytest
import tiny

from aewidgets.codec import zoo
from aewidgets.codec.coding.container import BitstreamError, parse
from aewidgets.codec.coding.quality import stored_quality, user_quality
from aewidgets.codec.trained import TrainedCodec
from aewidgets.studies import codec_multiplications
from aewidgets.system.cards import pack_weights


@pytest.fixture(scope="module", params=["hyperprior", "factorised"])
def codec(request):
    return tiny.trained(request.param)


@pytest.mark.backend
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (17, 33, 3), (64, 48, 3), (65, 47), (16, 16)])
def test_a_picture_comes_back_in_its_shape(codec, shape):
    image = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    data = codec.compress(image, 40)
    again = codec.decompress(data)
    assert again.shape == image.shape
    assert again.dtype == np.uint8


@pytest.mark.backend
def test_the_decoder_sees_what_the_encoder_saw(codec):
    image = np.random.default_rng(1).integers(0, 256, (40, 56, 3)).astype("uint8")
    for quality in (1, 50.5, 100):
        stored = stored_quality(quality)
        encoded = codec.encode(image, stored)
        y_hat, symbols = codec.latents(parse(codec.container(image, encoded, stored).pack()))
        np.testing.assert_array_equal(y_hat, encoded.y_hat)
        np.testing.assert_array_equal(symbols, encoded.symbols)


def test_any_prefix_of_the_substreams_decodes(codec):
    image = np.random.default_rng(2).integers(0, 256, (40, 56, 3)).astype("uint8")
    data = codec.compress(image, 90)
    for groups in range(1, codec.networks.streams + 1):
        assert codec.decompress(data, groups).shape == image.shape
    np.testing.assert_array_equal(codec.decompress(data, codec.networks.streams), codec.decompress(data))


def test_bits_per_position_add_up_to_the_substreams(codec):
    image = np.random.default_rng(3).integers(0, 256, (80, 100, 3)).astype("uint8")
    data = codec.compress(image, 80)
    traced = codec.bit_map(data)
    assert traced.bits.shape == (5, 7, codec.networks.streams)
    for bits, size in zip(traced.bits.sum(axis=(0, 1)), codec.group_bytes(data), strict=True):
        assert bits / 8 == pytest.approx(size, rel=0.02, abs=8)
    assert traced.header_bytes + sum(codec.group_bytes(data)) == len(data)


def test_a_file_of_another_model_is_refused(codec):
    data = codec.compress(np.zeros((8, 8, 3), "uint8"), 50)
    other = TrainedCodec(codec.arrays, b"else")
    with pytest.raises(BitstreamError, match="written by model"):
        other.decompress(data)
    with pytest.raises(BitstreamError, match="not in this aewidgets"):
        zoo.for_bytes(data)


@pytest.mark.parametrize("quality", [0, 0.99, 101, float("nan")])
def test_qualities_outside_1_to_100_are_refused(quality):
    with pytest.raises(ValueError, match=r"1 \(small\) to 100"):
        stored_quality(quality)


def test_stored_qualities_are_fine_enough_for_a_byte_target():
    assert user_quality(stored_quality(33.3)) == pytest.approx(33.3, abs=0.001)
    assert (stored_quality(1), stored_quality(100)) == (0, 65535)


def test_weights_come_back_from_their_bytes(codec):
    data = pack_weights(codec.arrays)
    again = zoo.load_weights(data)
    assert again.fingerprint == hashlib.sha256(data).digest()[:4]
    assert pack_weights(again.arrays) == data


def test_an_unknown_model_is_named_with_those_there_are():
    with pytest.raises(ValueError, match="no model is called 'foto'"):
        zoo.load("foto")


def test_changed_weights_are_refused(codec, tmp_path):
    from aewidgets.codec.release import write_release

    path = tmp_path / "mine.npz"
    write_release(codec, path, {"family": "tiny"})
    image = np.full((20, 20, 3), 99, "uint8")
    assert zoo.load(str(path.with_suffix(".json"))).compress(image)
    zoo.load.cache_clear()
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ValueError, match="not the file its card describes"):
        zoo.load(str(path.with_suffix(".json")))


@pytest.mark.parametrize("name", ["photo", "photo-factorised"])
def test_shipped_weights_are_what_their_card_says(name):
    card = zoo.cards()[name]
    assert {"sha256", "data", "seed", "command", "steps", "seconds", "figures"} <= card.keys()
    assert all("licence" in source for source in card["data"])
    assert card["bytes"] < 12_000_000
    assert json.dumps(card)
    codec = zoo.load(name)
    assert codec.fingerprint.hex() == card["sha256"][:8]


@pytest.mark.backend
@pytest.mark.parametrize("name", ["photo", "photo-factorised"])
def test_shipped_weights_spend_more_bytes_for_a_better_picture(name, photo):
    from aewidgets.images.metrics import psnr

    codec = zoo.load(name)
    files = [codec.compress(photo, q) for q in (10, 50, 90)]
    qualities = [psnr(photo, codec.decompress(f)) for f in files]
    assert len(files[0]) < len(files[1]) < len(files[2])
    assert 24 < qualities[0] < qualities[1] < qualities[2]
    assert len(files[0]) - sum(codec.group_bytes(files[0])) <= 40


@pytest.mark.backend
def test_a_gray_picture_costs_no_colour(photo):
    codec = zoo.load("photo")
    gray = photo[..., 1]
    assert len(codec.compress(gray, 50)) < len(codec.compress(photo, 50))
    assert codec.decompress(codec.compress(gray, 50)).shape == gray.shape


@pytest.mark.parametrize("name", ["photo", "photo-factorised"])
def test_a_decoder_needs_at_most_25_thousand_multiplications_per_pixel(name):
    cost = codec_multiplications(name)
    assert 5_000 < sum(value for part, value in cost.items() if part != "analysis") <= 25_000
