"""What a restorer is told, and light that is given back."""

import numpy as np
import pytest
from skimage.data import astronaut

from aewidgets.corruptions import low_light
from aewidgets.restoring_maps import BRIGHTNESS, NUM_MAPS, TASKS, brighten, light_gain, maps_for


@pytest.mark.parametrize("task", TASKS)
def test_one_map_says_the_task(task):
    maps = maps_for(task, 3, 5, 0.25)
    assert maps.shape == (3, 5, NUM_MAPS)
    assert (maps[..., :-1].sum(-1) == 1).all()
    assert (maps[..., list(TASKS).index(task)] == 1).all()
    assert (maps[..., -1] == 0.25).all()


def test_other_tasks_are_told():
    with pytest.raises(ValueError, match="one of jpeg, blur, inpainting, low-light"):
        maps_for("noise", 3, 5)


@pytest.mark.parametrize("exposure", [1.0, 0.3, 0.05])
def test_a_dark_picture_becomes_as_bright_as_others(exposure):
    image = astronaut() / np.float32(255)
    dark = low_light(image, exposure, 0, np.random.default_rng(0))
    gain = light_gain(dark)
    assert np.clip(brighten(dark, gain), 0, 1).mean() == pytest.approx(BRIGHTNESS, abs=0.01)
    assert gain * exposure == pytest.approx(light_gain(image), rel=0.02)


def test_the_right_gain_gives_the_light_back():
    image = astronaut()[::4, ::4] / np.float32(255)
    dark = low_light(image, 0.1, 0, np.random.default_rng(0))
    np.testing.assert_allclose(brighten(dark, 10), image, atol=1e-4)


def test_black_stays_black():
    assert light_gain(np.zeros((20, 20), "float32")) == pytest.approx(256, rel=1e-3)
    assert not brighten(np.zeros((20, 20), "float32"), 256).any()
