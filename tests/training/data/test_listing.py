"""Folders as people have them: parts by their names, small sets, odd files; nothing is mixed or left out in silence."""

import os
import resource
import signal
import warnings
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aewidgets.images.arrays import ImageError
from aewidgets.images.sets import load_images
from aewidgets.system.notices import Notice
from aewidgets.training.data import folders
from aewidgets.training.data.parts import keys_of
from aewidgets.training.data.splits import load_splits

SPELLINGS = {
    "train": ["train", "Train", "TRAINING"],
    "validation": ["val", "Valid", "validation"],
    "test": ["test", "Testing", "TEST"],
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AEWIDGETS_CACHE", str(tmp_path / "cache"))


def write(folder, *numbers, suffix=".png"):
    """Write small pictures that follow from their numbers into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 256, (6, 6, 3), "uint8")
        Image.fromarray(pixels).save(folder / f"{number}{suffix}")


def pixels(*numbers):
    """Return the hashes of these pictures."""
    return sorted(int(keys_of(np.random.default_rng(n).integers(0, 256, (1, 6, 6, 3), "uint8"))[0]) for n in numbers)


def read(folder, **options):
    """Return a folder's parts, as sorted hashes, its splits, and the notices."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        splits = load_splits(folder, **options)
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test.open()}
    hashes = {name: sorted(map(int, keys_of(part.images))) for name, part in parts.items()}
    return hashes, splits, " ".join(str(warning.message) for warning in told)


def together(parts):
    """Return the sorted hashes of all parts."""
    return sorted(chain.from_iterable(parts.values()))


@pytest.mark.parametrize("spelling", range(3))
@pytest.mark.parametrize("classes", [False, True])
def test_folders_named_like_parts_are_parts(tmp_path, spelling, classes):
    numbers = {"train": (1, 2, 3, 4), "validation": (5, 6), "test": (7, 8)}
    for part, names in SPELLINGS.items():
        for place, number in enumerate(numbers[part]):
            write(tmp_path / "mine" / names[spelling] / (("cat", "dog")[place % 2] if classes else ""), number)
    parts, splits, told = read(tmp_path / "mine")
    assert parts == {part: pixels(*those) for part, those in numbers.items()}
    assert splits.classes == (("cat", "dog") if classes else ())
    if classes:
        assert splits.train.labels.tolist() == [0, 0, 1, 1] and splits.test.open().labels.tolist() == [0, 1]
    assert f"{SPELLINGS['test'][spelling]}/ is held out" in told and "trained on" in told
    assert "parts by its folders" in repr(splits)
    assert splits.shared == 0


@pytest.mark.parametrize("missing", ["validation", "test", "both"])
def test_a_part_without_a_folder_is_set_aside_from_the_training_pictures(tmp_path, missing):
    write(tmp_path / "mine" / "train", *range(20))
    given = {"validation": (30, 31), "test": (40, 41)}
    for part in given:
        if missing not in (part, "both"):
            write(tmp_path / "mine" / part, *given[part])
    parts, _, told = read(tmp_path / "mine")
    aside = [part for part in given if missing in (part, "both")]
    for part in given:
        assert parts[part] if part in aside else parts[part] == pixels(*given[part])
    assert together({part: parts[part] for part in ("train", *aside)}) == pixels(*range(20))
    assert "set aside from train/" in told


@pytest.mark.parametrize(
    "names, words",
    [
        (["train", "test", "cats"], r"named like parts \(test, train\) and others with pictures \(cats\)"),
        (["test"], "no folder train"),
        (["val", "test"], "no folder train"),
    ],
)
def test_parts_beside_classes_and_parts_without_training_pictures_are_refused(tmp_path, names, words):
    for number, name in enumerate(names):
        write(tmp_path / "mine" / name, *range(10 * number, 10 * number + 5))
    with pytest.raises(ValueError, match=words):
        load_splits(tmp_path / "mine")


def test_a_share_is_refused_where_a_folder_decides(tmp_path):
    for number, name in enumerate(("train", "val")):
        write(tmp_path / "mine" / name, *range(10 * number, 10 * number + 5))
    with pytest.raises(ValueError, match="leave the share out"):
        read(tmp_path / "mine", validation=0.2)


def test_a_picture_in_two_parts_stays_where_it_is_held_out(tmp_path):
    write(tmp_path / "mine" / "train", *range(8))
    write(tmp_path / "mine" / "val", 8, 1)
    write(tmp_path / "mine" / "test", 9, 0)
    parts, splits, told = read(tmp_path / "mine")
    assert parts == {"train": pixels(*range(2, 8)), "validation": pixels(1, 8), "test": pixels(0, 9)}
    assert splits.shared == 0 and "2 pictures of the train part are in another part too" in told


@pytest.mark.parametrize("count", range(3, 13))
def test_no_part_of_a_small_set_is_empty(tmp_path, count):
    """Whatever the pictures: thirty sets of each size, of which many would have an empty part by chance."""
    for start in range(30):
        keys = {"test": [], "validation": [], "train": []}
        for key in np.random.default_rng((count, start)).integers(0, 2**64, count, "uint64"):
            keys[folders.PARTS[int(key >= 2**61) + int(key >= 2**62)]].append(int(key))
        moved = folders._moved(keys, set())
        sizes = {part: sum(moved.get(k, p) == part for p in keys for k in keys[p]) for part in keys}
        assert all(sizes.values()) and sum(sizes.values()) == count
        assert not moved or len(moved) == sum(not each for each in keys.values())
    write(tmp_path / "mine", *range(count))
    parts, splits, _ = read(tmp_path / "mine")
    assert together(parts) == pixels(*range(count)) and splits.shared == 0
    assert read(tmp_path / "mine")[0] == parts


def test_copies_count_once(tmp_path):
    write(tmp_path / "mine", 1, 2)
    for name in ("a", "b", "c"):
        (tmp_path / "mine" / f"{name}.png").write_bytes((tmp_path / "mine" / "1.png").read_bytes())
    with pytest.raises(ValueError, match="at least three different pictures"):
        load_splits(tmp_path / "mine")
    write(tmp_path / "mine", 3)
    parts, splits, _ = read(tmp_path / "mine")
    assert splits.shared == 0 and sorted(map(len, parts.values())) == [1, 1, 4]


def test_the_parts_of_larger_sets_are_as_they_always_were(tmp_path):
    """The eighths of the hashes' range, from the lowest on, are test and validation pictures."""
    write(tmp_path / "mine", *range(60))
    parts, _, told = read(tmp_path / "mine")
    keys = pixels(*range(60))
    assert parts["test"] == [k for k in keys if k < 2**61]
    assert parts["validation"] == [k for k in keys if 2**61 <= k < 2**62]
    assert told == ""


def bad_ones(folder):
    """Write a transparent and a damaged picture, and a link to nothing."""
    Image.fromarray(np.full((6, 6, 4), 9, "uint8")).save(folder / "alpha.png")
    (folder / "damaged.jpg").write_bytes(b"no picture")
    (folder / "lost.png").symlink_to(folder / "nowhere.png")
    return ["alpha.png", "damaged.jpg", "lost.png"]


@pytest.mark.parametrize("memory", [2**29, 1])
def test_pictures_that_cannot_be_read_are_all_named_or_left_out(tmp_path, memory, monkeypatch):
    monkeypatch.setattr(folders.load_folder, "__defaults__", (memory,))
    write(tmp_path / "mine", *range(9))
    names = bad_ones(tmp_path / "mine")
    for _ in range(2):  # the second time from the files on disk
        with pytest.raises(ImageError, match=r"3 of 12 pictures cannot be read.*--skip-bad") as error:
            load_splits(tmp_path / "mine")
        assert all(name in str(error.value) for name in names)
        parts, _, told = read(tmp_path / "mine", skip_bad=True)
        assert together(parts) == pixels(*range(9))
        assert all(name in told for name in names)


def test_a_full_disk_is_named_with_its_folder(tmp_path, monkeypatch):
    """A process may write files of a few bytes only, which a system reports as it does a full disk."""
    monkeypatch.setattr(folders.load_folder, "__defaults__", (1,))
    write(tmp_path / "mine", *range(30))
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as error:
            load_splits(tmp_path / "mine")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert str(error.value.filename).startswith(str(tmp_path / "cache"))
    assert len(load_splits(tmp_path / "mine").train) > 0


def test_a_set_is_read_whole_with_all_bad_pictures_named(tmp_path):
    write(tmp_path / "mine", 1, 2)
    names = bad_ones(tmp_path / "mine")
    with pytest.raises(ImageError, match="3 of 5 pictures cannot be read") as error:
        load_images(tmp_path / "mine").read_all()
    assert all(name in str(error.value) for name in names)
    with pytest.warns(Notice, match="left out"):
        good = load_images(tmp_path / "mine").read_all(skip_bad=True)
    assert good.names == ("1", "2") and good.source == str(tmp_path / "mine")
    for name in ("1", "2"):
        (tmp_path / "mine" / f"{name}.png").unlink()
    assert len([image for _, image in good]) == 2
    with pytest.raises(ImageError, match="3 of 3"):
        load_images(tmp_path / "mine").read_all(skip_bad=True)


@pytest.mark.parametrize("suffix", [".gif", ".tga", ".jfif", ".jpe", ".JPG", ".dib", ".qoi", ".pcx", ".J2K"])
def test_what_pillow_reads_is_taken(tmp_path, suffix):
    write(tmp_path / "mine", *range(4), suffix=suffix)
    assert len(load_images(tmp_path / "mine").read_all()) == 4
    assert sum(map(len, read(tmp_path / "mine")[0].values())) == 4


def test_links_are_followed(tmp_path):
    write(tmp_path / "store", 1, 2, 3)
    (tmp_path / "mine").mkdir()
    for number, name in enumerate(("plain", "named.png", "other"), 1):
        (tmp_path / "mine" / name).symlink_to(tmp_path / "store" / f"{number}.png")
    assert len(load_images(tmp_path / "mine")) == 3
    assert together(read(tmp_path / "mine")[0]) == pixels(1, 2, 3)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    assert len(load_images(tmp_path / "link")) == 3


@pytest.mark.parametrize("load", [load_images, load_splits])
def test_what_is_left_out_is_said(tmp_path, load):
    write(tmp_path / "mine", *range(6))
    (tmp_path / "mine" / "IMG_1.HEIC").write_bytes(b"")
    (tmp_path / "mine" / "notes.txt").write_text("no picture")
    write(tmp_path / "mine" / "old", 7)
    os.mkfifo(tmp_path / "mine" / "pipe.png")
    (tmp_path / "mine" / "folder.png").mkdir()
    with pytest.warns(Notice) as told:
        load(tmp_path / "mine")
    words = " ".join(str(each.message) for each in told)
    assert "IMG_1.HEIC" in words and "old" in words
    assert not any(name in words for name in ("notes", "pipe", "folder.png"))


def test_loose_pictures_beside_classes_are_left_out_in_words(tmp_path):
    for number, name in enumerate(("cats", "dogs")):
        write(tmp_path / "mine" / name, *range(10 * number, 10 * number + 5))
    write(tmp_path / "mine" / "dogs" / "more", 98)
    write(tmp_path / "mine", 99)
    parts, splits, told = read(tmp_path / "mine")
    assert splits.classes == ("cats", "dogs")
    assert together(parts) == pixels(*range(5), *range(10, 15))
    assert "1 picture beside the folders cats/, dogs/" in told and "99.png" in told and "more" in told


def test_a_folder_of_folders_is_no_set_of_pictures_and_says_which_it_has(tmp_path):
    write(tmp_path / "mine" / "train", 1)
    write(tmp_path / "mine" / "test", 2)
    with pytest.raises(ValueError, match=r"no picture here.*2 folders below \(test, train\), give one of these"):
        load_images(tmp_path / "mine")
    assert Path(load_images(tmp_path / "mine" / "train").source).name == "train"
