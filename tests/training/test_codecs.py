"""Training of codecs: batches follow from seed and step, and a stopped run ends as an uninterrupted one."""

import json

import numpy as np
import pytest

from aewidgets.codec.model.codec import Statistics
from aewidgets.system.notices import Notice
from aewidgets.training import codecs as codec_training
from aewidgets.training.codecs import CodecRun, Crops, codec_images, fit_codec, halve, measure_statistics
from aewidgets.training.data.pictures import digest_of_all
from aewidgets.training.fitting.run_folder import RunFolder

pytestmark = pytest.mark.long

OPTIONS = {"widths": [8, 8, 16], "depth": 1, "context_width": 8, "hyper_channels": 8}


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    i, j = np.mgrid[:240, :240]
    return [
        (
            (np.sin(i / rng.uniform(3, 20)) + np.cos(j / rng.uniform(3, 20)))[..., None] * 60
            + 128
            + rng.normal(0, 8, (240, 240, 3))
        )
        .clip(0, 255)
        .astype("uint8")
        for _ in range(3)
    ]


def test_halving_is_the_mean_of_four():
    x = np.array([[[0], [2]], [[4], [10]]], "uint8").repeat(3, axis=2)
    np.testing.assert_array_equal(halve(x), [[[4, 4, 4]]])
    assert halve(np.zeros((7, 5, 3), "uint8")).shape == (3, 2, 3)


def test_a_batch_follows_from_seed_and_step(images):
    once, again, other = Crops(images, 1)[5], Crops(images, 1)[5], Crops(images, 2)[5]
    np.testing.assert_array_equal(once[0]["x"], again[0]["x"])
    assert once[0]["x"].shape != other[0]["x"].shape or not np.array_equal(once[0]["x"], other[0]["x"])


def test_crops_have_sides_that_are_no_multiple_of_64(images):
    crops = Crops(images, 3)
    shapes = {crops[step][0]["x"].shape[1:3] for step in range(40)}
    assert {s for shape in shapes for s in shape} >= {128, 144, 160, 208}


def test_pictures_too_small_for_crops_are_refused_in_words():
    with pytest.raises(ValueError, match="at least 208"):
        Crops([np.zeros((64, 64, 3), "uint8")], 0)


def test_statistics_order_channels_by_energy_behind_the_block_means(images):
    statistics = measure_statistics(images)
    assert len(statistics.order) == 256 + 2 * 144
    assert statistics.order[:3] == [0, 256, 400]
    assert (np.diff(statistics.std[3:]) <= 0).all()
    assert Statistics(**statistics.as_dict()).order == statistics.order


@pytest.mark.slow
def test_a_stopped_run_ends_where_an_uninterrupted_one_does(images, tmp_path, monkeypatch):
    monkeypatch.setattr(codec_training, "CROPS", ((2, 128, 128),))  # one shape is traced once
    run = CodecRun(steps=6, options=OPTIONS)
    statistics = measure_statistics(images)
    whole, _ = fit_codec(run, images, tmp_path / "whole", epoch_steps=2, statistics=statistics)

    class Stopped(Exception):
        pass

    def stop(step, means):
        if step == 4:
            raise Stopped

    with pytest.raises(Stopped):
        fit_codec(run, images, tmp_path / "parts", epoch_steps=2, statistics=statistics, report=stop)
    parts, _ = fit_codec(run, images, tmp_path / "parts", epoch_steps=2)

    def away(model, other):
        pairs = zip(model.trainable_variables, other.trainable_variables, strict=True)
        return np.sqrt(sum(np.sum((np.array(a.value) - np.array(b.value)) ** 2) for a, b in pairs))

    # Sums of several threads differ in their last bits, and Adam makes steps of gradients that are nearly nothing.
    assert away(whole, parts) < 0.005 * away(whole, run.build(statistics))


def test_settings_pictures_start_and_statistics_decide_a_run(images, tmp_path):
    def begun(**change):
        statistics = measure_statistics(images).as_dict()
        decides = {"run": CodecRun(), "pictures": digest_of_all(images), "start": None, "backend": "tensorflow"}
        with RunFolder(tmp_path / str(change), decides | change, lambda: {"statistics": statistics}):
            return tmp_path / str(change)

    for change, words in (
        ({"run": {"steps": 1}}, "run steps is 1 there"),
        ({"pictures": digest_of_all(images[:2])}, "pictures count is 2 there, 3 here"),
        ({"pictures": digest_of_all(images[::-1])}, "pictures digest"),
        ({"start": "aa"}, "start is 'aa' there, None here"),
        ({"backend": "another"}, "backend is 'another' there"),
    ):
        with pytest.raises(ValueError, match=f"another run: .*{words}"):
            fit_codec(CodecRun(), images, begun(**change))
    with pytest.raises(ValueError, match="other statistics"):
        fit_codec(CodecRun(), images, begun(), statistics=measure_statistics(images[:1]))


def test_pictures_that_are_refused_leave_nothing_behind(images, tmp_path):
    """Pictures below 16 x 16 pixels would have no statistics at all."""
    with pytest.raises(ValueError, match="at least 208"):
        fit_codec(CodecRun(), [images[0][:12, :12]], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_statistics_that_are_not_finite_are_refused_when_a_run_goes_on(images, tmp_path):
    decides = {"run": CodecRun(), "pictures": digest_of_all(images), "start": None, "backend": "tensorflow"}
    with RunFolder(tmp_path, decides, lambda: {"statistics": measure_statistics(images).as_dict()}):
        pass
    record = json.loads((tmp_path / "run.json").read_text())
    record["statistics"]["std"][7] = float("nan")
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=r"damaged.* delete"):
        fit_codec(CodecRun(), images, tmp_path)


def test_training_pictures_come_whole_and_halved(tmp_path):
    from aewidgets.images.reading import write_image

    write_image(np.zeros((140, 150, 3), "uint8"), tmp_path / "a.png")
    write_image(np.zeros((140, 150), "uint8"), tmp_path / "b.png")
    write_image(np.zeros((120, 150, 3), "uint8"), tmp_path / "c.png")
    with pytest.warns(Notice) as told:
        assert [i.shape for i in codec_images([str(tmp_path)])] == [(140, 150, 3), (70, 75, 3)]
    words = [str(each.message) for each in told]
    assert [word.split(": ")[1] for word in words] == [
        "1 of 3 pictures are gray and left out (b)",
        "1 of 3 pictures are smaller than 128 x 128 pixels and left out (c)",
    ]
    assert codec_training.CROPS[0] == (8, 128, 128)


@pytest.mark.slow
def test_a_run_can_start_from_a_models_weights(tmp_path):
    import keras
    import tiny

    from aewidgets.codec.model.export import to_arrays
    from aewidgets.codec.release import write_release

    write_release(tiny.trained(), tmp_path / "tiny.npz", {"family": "hyperprior"})
    run = CodecRun(start=str(tmp_path / "tiny.json"))
    model = run.build(codec_training.starting_statistics(run, []))
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    for name, array in to_arrays(tiny.model()).items():
        np.testing.assert_allclose(to_arrays(model)[name], array, atol=1e-2, err_msg=name)


@pytest.mark.slow
def test_training_for_ms_ssim_takes_crops_of_several_sizes(images, tmp_path):
    run = CodecRun(steps=4, options=OPTIONS, distortion="ms-ssim")
    crops = Crops(images, run.seed, codec_training.MS_SSIM_CROPS)
    assert len({crops[step][0]["x"].shape for step in range(1, 5)}) > 1  # TensorFlow then takes any size
    losses = []
    fit_codec(run, images, tmp_path, epoch_steps=2, report=lambda step, means: losses.append(means["loss"]))
    assert np.isfinite(losses).all()
