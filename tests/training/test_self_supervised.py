"""Training of denoisers on noisy pictures alone: the pairs have the stated noise, and networks learn from them."""

import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.images.arrays import to_uint8
from aewidgets.images.metrics import psnr
from aewidgets.restoration.restoring import BLIND, denoise
from aewidgets.training.restorers import fit_restoration
from aewidgets.training.self_supervised import (
    BLOCK,
    WAYS,
    MaskedCrops,
    RecorruptedCrops,
    SelfSupervisedRun,
    masked_pixels,
)

pytestmark = pytest.mark.long

SMALL = {"widths": (8, 16), "blocks": (1, 1)}
LEVEL = 25 / 255


def noisy(image, seed=0):
    return (image / 255 + LEVEL * np.random.RandomState(seed).normal(size=image.shape)).astype("float32")


@pytest.mark.parametrize("side", [(64, 64), (13, 18)])
def test_one_pixel_of_each_block_is_masked(side):
    masks = masked_pixels(3, *side, np.random.default_rng(1))
    assert masks.shape == (3, *side)
    whole = masks[:, : side[0] // BLOCK * BLOCK, : side[1] // BLOCK * BLOCK]
    blocks = whole.reshape(3, side[0] // BLOCK, BLOCK, side[1] // BLOCK, BLOCK).sum((2, 4))
    assert (blocks == 1).all()


@pytest.mark.parametrize("image", [camera()[:160, :160], chelsea()[:160, :160]])
def test_a_masked_pixel_is_a_neighbours_and_the_target_is_what_was_there(image):
    picture = noisy(image)
    inputs, target = MaskedCrops([picture], 1)[3]
    x, weights = inputs["x"], target[..., -1]
    changed = (x != target[..., :-1]).any(-1)
    assert not (changed & (weights == 0)).any()
    assert changed.sum() == (weights > 0).sum()  # of float noise no two pixels are equal
    np.testing.assert_allclose(weights.sum((1, 2)), 1, rtol=1e-5)
    for i, row, column in np.argwhere(changed)[::97]:
        near = target[i, max(0, row - 2) : row + 3, max(0, column - 2) : column + 3, :-1].reshape(-1, x.shape[-1])
        assert (near == x[i, row, column]).all(-1).any()
    assert not inputs["maps"].any()


def test_recorrupted_pairs_have_independent_noise_around_one_picture():
    clean = np.full((200, 200), 0.5, "float32")
    crops = RecorruptedCrops([noisy(clean * 255, seed) for seed in range(8)], 1)
    np.testing.assert_allclose(crops.levels, LEVEL, rtol=0.03)
    products, spreads = [], []
    for step in range(6):
        inputs, target = crops[step]
        a, b = inputs["x"] - 0.5, target[..., :-1] - 0.5
        products += ((a * b).mean((1, 2, 3)) / (a.std((1, 2, 3)) * b.std((1, 2, 3)))).tolist()
        spreads += (a.std((1, 2, 3)) / LEVEL).tolist()
    assert abs(np.mean(products)) < 0.01
    assert 1 < min(spreads) < max(spreads) < 1.35


@pytest.mark.backend
@pytest.mark.parametrize("way", WAYS)
def test_noisy_pictures_teach_a_network_to_take_their_noise_away(way, tmp_path):
    clean = camera()[40:232, 100:292]
    picture = noisy(clean)
    run = SelfSupervisedRun(way, steps=80, learning_rate=3e-3, options=SMALL)
    network, _ = fit_restoration(run, [picture], tmp_path, 40)
    result = denoise(picture, method=BLIND, network=network).image
    before, after = (psnr(clean, to_uint8(np.clip(x, 0, 1))) for x in (picture, result))
    assert after > before + 1


def test_an_unknown_way_is_refused_in_words():
    with pytest.raises(ValueError, match="recorrupted"):
        SelfSupervisedRun("prayer")
