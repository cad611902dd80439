"""Training of denoisers: batches follow from seed and step, a stopped run goes on, and noise has its stated level."""

import keras
import numpy as np
import pytest
from skimage.data import camera, chelsea

from aewidgets.models.pretrained import load_denoiser, save_pretrained, start_from
from aewidgets.restoration.network_inputs import NUM_MAPS, TASKS
from aewidgets.system.notices import Notice
from aewidgets.training.data.pictures import digest_of_all
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.restorers import (
    BLIND,
    NOISE_LEVELS,
    CorruptedCrops,
    NoisyCrops,
    RestorationRun,
    fit_restoration,
    training_images,
)

pytestmark = pytest.mark.long

SMALL = {"widths": (4, 8), "blocks": (1, 1)}


@pytest.fixture(scope="module")
def images():
    return [camera()[:200, :200], camera()[300:, 300:]]


def test_a_batch_follows_from_seed_and_step(images):
    once, again = NoisyCrops(images, 1)[5], NoisyCrops(images, 1)[5]
    np.testing.assert_array_equal(once[0]["x"], again[0]["x"])
    assert not np.array_equal(once[0]["x"][:, :64, :64], NoisyCrops(images, 2)[5][0]["x"][:, :64, :64])


def test_the_noise_is_as_strong_as_the_map_says_where_it_is_given(images):
    crops = NoisyCrops(images, 1)
    share, levels = 0, []
    for step in range(12):
        inputs, clean = crops[step]
        measured = (inputs["x"] - clean).std((1, 2, 3)) * 255
        levels += measured.tolist()
        known = inputs["maps"][:, 0, 0, 0] > 0
        share += known.mean() / 12
        np.testing.assert_allclose(measured[known], 255 * inputs["maps"][known, 0, 0, 0], rtol=0.06)
    assert share == pytest.approx(1 - BLIND, abs=0.1)
    assert min(levels) >= 0.9 * NOISE_LEVELS[0]
    assert max(levels) <= 1.1 * NOISE_LEVELS[1]


def test_noise_is_not_clipped(images):
    assert min(NoisyCrops(images, 1)[step][0]["x"].min() for step in range(4)) < 0


@pytest.mark.backend
def test_a_stopped_run_ends_where_an_uninterrupted_one_does_and_is_better_than_nothing(images, tmp_path):
    run = RestorationRun(steps=30, learning_rate=3e-3, options=SMALL)
    losses = []
    whole, _ = fit_restoration(run, images, tmp_path / "whole", 10, lambda step, means: losses.append(means["loss"]))

    def stop(step, means):
        if step == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_restoration(run, images, tmp_path / "parts", 10, stop)
    parts, _ = fit_restoration(run, images, tmp_path / "parts", 10)
    for a, b in zip(whole.weights, parts.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-4)
    assert losses[-1] < losses[0] - 1  # dB


def test_settings_pictures_and_start_decide_a_run(images, tmp_path):
    """Another of them is refused before a step is taken, and the run that is there stays as it is."""
    run = RestorationRun(steps=1, options=SMALL)
    save_pretrained(run.build(), tmp_path / "start.npz", {})
    fit_restoration(run, images, tmp_path / "run")
    state = (tmp_path / "run" / "state.npz").read_bytes()
    fit_restoration(run, [image.copy() for image in images], tmp_path / "run")
    for another, pictures, words in (
        (RestorationRun(steps=1, seed=2, options=SMALL), images, "run seed is 1 there, 2 here"),
        (run, [*images, images[0][:100]], "pictures count is 2 there, 3 here"),
        (run, images[::-1], "pictures digest"),
        (run, [images[0], images[1] ^ np.uint8(1)], "pictures digest"),
        (RestorationRun(steps=1, options=SMALL, start=str(tmp_path / "start.json")), images, "start is None there"),
    ):
        with pytest.raises(ValueError, match=f"another run: .*{words}"):
            fit_restoration(another, pictures, tmp_path / "run")
    assert (tmp_path / "run" / "state.npz").read_bytes() == state


def test_other_weights_under_the_name_of_the_start_are_another_start(images, tmp_path):
    run = RestorationRun(steps=1, options=SMALL, start=str(tmp_path / "start.json"))
    card = save_pretrained(RestorationRun(seed=5, options=SMALL).build(), tmp_path / "start.npz", {})
    backend = keras.backend.backend()
    with RunFolder(tmp_path, {"run": run, "pictures": digest_of_all(images), "start": "aa", "backend": backend}):
        pass
    with pytest.raises(ValueError, match=f"another run: start is 'aa' there, '{card['sha256']}' here"):
        fit_restoration(run, images, tmp_path)


def test_pictures_that_are_refused_leave_nothing_behind(images, tmp_path):
    run = RestorationRun(steps=1, options=SMALL)
    with pytest.raises(ValueError, match="at least 96"):
        fit_restoration(run, [images[0][:50]], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_weights_are_kept_and_are_a_start(images, tmp_path):
    model = RestorationRun(options=SMALL).build()
    card = save_pretrained(model, tmp_path / "small.npz", {})
    assert card["family"] == "denoiser"
    again = load_denoiser(tmp_path / "small.json")
    x, maps = np.random.default_rng(0).random((1, 8, 8, 1), "float32"), np.zeros((1, 8, 8, 1), "float32")
    np.testing.assert_allclose(again.restored(x, maps), model.restored(x, maps), atol=1e-3)
    assert start_from(RestorationRun(seed=5, options=SMALL).build(), tmp_path / "small.json").startswith("10 of 10")


def test_gray_is_made_of_colour_and_colour_of_nothing(tmp_path):
    assert {image.ndim for image in training_images(["bundled-holdout"], 1)} == {2}
    with pytest.warns(Notice, match=r"1 of 3 pictures are gray and left out \(camera\)"):
        assert {image.shape[2] for image in training_images(["bundled-holdout"], 3)} == {3}
    with pytest.warns(Notice, match=r"1 of 3 pictures are smaller than 301 x 301 pixels and left out \(chelsea\)"):
        assert len(training_images(["bundled-holdout"], 1, least=301)) == 2


def test_pictures_below_the_crop_are_counted(images):
    with pytest.warns(Notice, match="1 of 3 pictures are smaller than 96 x 96 pixels"):
        NoisyCrops([*images, images[0][:95]], 1)


def test_small_pictures_are_refused_in_words():
    with pytest.raises(ValueError, match="at least 96 x 96"):
        NoisyCrops([np.zeros((64, 64), "uint8")], 1)


def test_restorers_see_every_task_and_aim_at_the_clean_picture(images):
    crops = CorruptedCrops([chelsea()], 1)
    seen = set()
    for step in range(6):
        inputs, clean = crops[step]
        assert inputs["x"].shape == clean.shape == (*inputs["maps"].shape[:3], 3)
        for x, maps, y in zip(inputs["x"], inputs["maps"], clean, strict=True):
            task = tuple(TASKS)[int(maps[0, 0, :-1].argmax())]
            seen.add(task)
            if task == "inpainting":
                lost = maps[..., -1] == 1
                assert x[lost].all()  # filled
                np.testing.assert_array_equal(x[~lost], y[~lost])
            elif task == "jpeg":
                assert 0 < np.abs(x - y).mean() < 0.2
    assert seen == set(TASKS)


def test_a_restorer_is_trained_with_maps_of_its_tasks(tmp_path):
    run = RestorationRun(3, steps=2, options=SMALL, restore=True)
    model, _ = fit_restoration(run, [chelsea()], tmp_path)
    assert model.num_maps == NUM_MAPS
