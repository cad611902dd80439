"""Data sets in three parts: no picture on two sides, held-out pictures opened on purpose, folders in little memory."""

import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from skimage.data import astronaut

from aewidgets.images.datasets import SPLITS
from aewidgets.images.downloads import DownloadError
from aewidgets.images.reading import write_image
from aewidgets.training.data import folders
from aewidgets.training.data.named import PATCH, place_of
from aewidgets.training.data.parts import HeldOut, Part, Splits, keys_of, shares_of
from aewidgets.training.data.splits import load_splits

pytestmark = pytest.mark.long

BUNDLED = [name for name, known in SPLITS.items() if not known.files]


def write_crops(folder, count, seed=0, side=48):
    """Write different crops of a photograph into a folder as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, photograph = np.random.default_rng(seed), astronaut()
    for k in range(count):
        i, j = rng.integers(0, 512 - side, 2)
        write_image(photograph[i : i + side, j : j + side], folder / f"{k}.png")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AEWIDGETS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("name", BUNDLED)
def test_no_picture_is_in_two_parts(name):
    splits = load_splits(name)
    assert splits.shared == 0
    assert not np.isin(keys_of(splits.validation.images), keys_of(splits.test.open().images)).any()


@pytest.mark.parametrize("name", SPLITS)
def test_named_sets_are_what_they_say(name, data_root):
    splits = load_splits(name)
    assert splits.train.images.dtype == np.uint8
    assert set(np.unique(splits.train.labels)) <= set(range(len(splits.classes)))
    assert splits.licence and place_of(SPLITS[name])


def test_mnist_keeps_the_test_part_that_figures_are_published_on(data_root):
    splits = load_splits("mnist")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (50000, 10000, 10000)
    original = np.load(data_root / SPLITS["mnist"].files[0])
    np.testing.assert_array_equal(splits.test.open().images[..., 0], original["x_test"])


def test_a_part_of_cifar_is_called_one(data_root):
    assert "first 4,000 of 50,000" in repr(load_splits("cifar10"))


def test_patches_are_divided_by_photograph():
    splits = load_splits("patches")
    held = {splits.classes[label] for label in splits.test.open().labels}
    assert held == {"chelsea", "coffee"}
    assert not set(splits.train.labels) & set(splits.validation.labels)
    assert splits.image_shape == (*PATCH, 3)


def test_the_seed_decides_what_is_set_aside():
    first, again, other = (load_splits("digits", seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.validation.images, again.validation.images)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_pictures_are_resized_and_limited():
    splits = load_splits("digits", size=(12, 10), limit=50)
    assert splits.image_shape == (12, 10, 1)
    assert len(splits.train) == len(splits.validation) == len(splits.test) == 50


@pytest.mark.parametrize("validation, count", [(100, 100), (0.5, 719)])
def test_validation_is_a_number_or_a_share(validation, count):
    assert len(load_splits("digits", validation=validation).validation) == count


@pytest.mark.parametrize(
    "options, words",
    [
        ({"source": "mnits"}, "did you mean 'mnist'"),
        ({"source": "digits", "limit": 0}, "at least 1"),
        ({"source": "digits", "validation": -1}, "above 0"),
        ({"source": "digits", "validation": 1800}, "expected pictures for 2 parts"),
        ({"source": "patches", "validation": 8}, "fewer than the 8 photographs"),
        ({"source": "patches", "size": 5000}, "patches that fit"),
    ],
)
def test_impossible_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        load_splits(**options)


def test_held_out_pictures_are_opened_and_counted():
    held = load_splits("digits").test
    assert isinstance(held.open(), Part) and held.opened == 1
    assert "opened 1 times" in repr(held)


@pytest.mark.parametrize("use", [lambda t: t[0], list, np.asarray], ids=["index", "loop", "array"])
def test_held_out_pictures_cannot_be_used_by_accident(use):
    with pytest.raises(TypeError, match="held out"):
        use(load_splits("digits").test)


def test_floats_are_bytes_by_255():
    part = Part(np.array([0, 51, 255], "uint8").reshape(3, 1, 1, 1))
    np.testing.assert_array_equal(part.floats([2, 1]).ravel(), np.float32([1, 0.2]))
    assert part.floats().dtype == np.float32


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((2, 4, 4, 1), "float64"), "uint8, uint16, or float32"),
        (np.full((2, 4, 4, 1), 1.5, "float32"), r"floats in \[0, 1\]"),
        (np.full((2, 4, 4, 1), np.nan, "float32"), r"floats in \[0, 1\]"),
        (np.zeros((2, 4, 4), "uint8"), "of shape"),
        (np.zeros((0, 4, 4, 1), "uint8"), "of shape"),
        (np.zeros((2, 4, 4, 4), "uint8"), "of shape"),
    ],
)
def test_parts_take_pictures_only(images, words):
    with pytest.raises(ValueError, match=words):
        Part(images)


def test_parts_of_one_set_have_one_shape():
    small, large = (Part(np.zeros((1, side, side, 1), "uint8")) for side in (4, 5))
    with pytest.raises(ValueError, match="one shape"):
        Splits("mine", small, small, HeldOut(large))


def test_copies_of_a_picture_come_to_one_part():
    keys = np.repeat(np.arange(10, dtype="uint64"), 3)
    parts = shares_of(keys, (7, 8))
    assert [len(part) for part in parts] == [9, 9, 12]
    assert sorted(np.concatenate(parts)) == list(range(30))
    assert len({*keys[parts[0]]} & {*keys[parts[1]]}) == 0


def test_pictures_in_two_parts_are_counted():
    splits = load_splits("digits")
    mixed = replace(splits, validation=splits.train.take(slice(5, 15)))
    assert mixed.shared == 10


def test_every_picture_decides_the_fingerprint():
    """One picture in 5,000 is changed by one level."""
    images = np.random.default_rng(0).integers(0, 256, (5000, 2, 2, 1), "uint8")
    splits = Splits("mine", Part(images), Part(images[:1]), HeldOut(Part(images[:1])))
    for changed in (1, 2, 4999):
        other = images.copy()
        other[changed] ^= 1
        assert replace(splits, train=Part(other)).fingerprint != splits.fingerprint
    assert replace(splits, train=Part(images.copy())).fingerprint == splits.fingerprint


def test_pixels_are_checked(tmp_path, monkeypatch):
    blank = {f"{v}_{p}": np.zeros((9, 28, 28) if v == "x" else 9, "uint8") for v in "xy" for p in ("train", "test")}
    (tmp_path / "mnist").mkdir()
    np.savez(tmp_path / SPLITS["mnist"].files[0], **blank)
    monkeypatch.setenv("AEWIDGETS_DATA", str(tmp_path))
    with pytest.raises(DownloadError, match="not the pictures that were expected"):
        load_splits("mnist")


def test_offline_the_answer_says_what_to_do(tmp_path):
    """Keras really tries to connect, through a port where nobody listens."""
    code = "from aewidgets.training.data.splits import load_splits; load_splits('mnist')"
    environment = os.environ | {"KERAS_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    environment.pop("AEWIDGETS_DATA", None)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    last = run.stderr.strip().splitlines()[-1]
    assert "DownloadError: mnist is not on this machine and could not be fetched" in last
    assert "set AEWIDGETS_DATA to a folder with mnist/mnist.npz" in last


def test_a_folder_is_divided_by_its_pixels(tmp_path, cache):
    write_crops(tmp_path / "mine", 60)
    before = load_splits(tmp_path / "mine", size=16)
    for k in range(60):  # a copy of every picture, under another name
        (tmp_path / "mine" / f"copy{k}.png").write_bytes((tmp_path / "mine" / f"{k}.png").read_bytes())
    splits = load_splits(tmp_path / "mine", size=16)
    assert [len(p) for p in (splits.train, splits.validation, splits.test)] == [
        2 * len(p) for p in (before.train, before.validation, before.test)
    ]
    assert splits.shared == 0
    assert splits.image_shape == (16, 16, 3)


def test_folders_of_a_folder_are_classes(tmp_path, cache):
    for number, name in enumerate(("cats", "dogs")):
        write_crops(tmp_path / "mine" / name, 40, seed=number)
    splits = load_splits(tmp_path / "mine")
    assert splits.classes == ("cats", "dogs")
    labels = np.concatenate([splits.train.labels, splits.validation.labels, splits.test.open().labels])
    assert np.bincount(labels).tolist() == [40, 40]


def test_a_folder_with_more_than_memory_holds_stays_on_disk(tmp_path, cache, monkeypatch):
    """Reading 60 pictures of 0.2 MB each, 12 MB together, takes a few MB."""
    (tmp_path / "mine").mkdir()
    for k in range(60):
        write_image(np.roll(astronaut(), 7 * k, axis=0)[:256, :256], tmp_path / "mine" / f"{k}.bmp")
    monkeypatch.setattr(folders.load_folder, "__defaults__", (2**20,))
    tracemalloc.start()
    try:
        splits = load_splits(tmp_path / "mine")
        batch = splits.train.floats(np.arange(4))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    total = 60 * 256 * 256 * 3
    assert isinstance(splits.train.images, np.memmap)
    assert batch.shape == (4, 256, 256, 3)
    assert peak < total / 2


def test_a_folder_on_disk_is_decoded_once(tmp_path, cache, monkeypatch):
    write_crops(tmp_path / "mine", 30)
    monkeypatch.setattr(folders.load_folder, "__defaults__", (1,))
    first = load_splits(tmp_path / "mine")
    read = []
    monkeypatch.setattr(folders, "_write", lambda *_: read.append(1))
    again = load_splits(tmp_path / "mine")
    assert read == []
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_what_an_interrupted_reading_left_is_read_again(tmp_path, cache, monkeypatch):
    write_crops(tmp_path / "mine", 30)
    monkeypatch.setattr(folders.load_folder, "__defaults__", (1,))
    whole = np.array(load_splits(tmp_path / "mine").train.images)
    (counts,) = cache.rglob("counts.json")
    counts.unlink()
    (counts.parent / "train.pixels").write_bytes(b"half")
    np.testing.assert_array_equal(load_splits(tmp_path / "mine").train.images, whole)


def test_pictures_of_several_sizes_need_one(tmp_path, cache):
    write_crops(tmp_path / "mine", 20)
    write_image(astronaut()[:20, :30], tmp_path / "mine" / "other.png")
    with pytest.raises(ValueError, match="give a size"):
        load_splits(tmp_path / "mine")
    assert load_splits(tmp_path / "mine", size=16).image_shape == (16, 16, 3)


def test_gray_folders_stay_gray(tmp_path, cache):
    write_crops(tmp_path / "mine", 20)
    for file in (tmp_path / "mine").iterdir():
        write_image(astronaut()[int(file.stem) :, :, 0][:16, :16], file)
    assert load_splits(tmp_path / "mine").image_shape == (16, 16, 1)


@pytest.mark.parametrize("count, words", [(0, "no picture here"), (1, "three different"), (2, "three different")])
def test_folders_with_too_little_are_refused(tmp_path, cache, count, words):
    write_crops(tmp_path / "mine", count)
    with pytest.raises(ValueError, match=words):
        load_splits(tmp_path / "mine")


def test_the_middle_is_kept_when_shapes_differ():
    image = np.zeros((10, 30, 3), "uint8")
    image[:, 10:20] = 255
    assert (folders.fit_to(image, 10, 10) == 255).all()
