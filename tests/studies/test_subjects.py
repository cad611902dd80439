"""Subjects open from files, bytes and arrays; anything else is refused in words."""

from pathlib import Path

import numpy as np
import pytest

import aewidgets
from aewidgets.images.arrays import ImageError
from aewidgets.studies.subjects import bundled_names, bundled_subject, open_subject


def test_an_aew_file_opens_as_the_picture_in_it(photo: np.ndarray, tmp_path: Path):
    path = tmp_path / "face.aew"
    path.write_bytes(aewidgets.compress(photo, 40))
    subject = open_subject(path)
    assert np.array_equal(subject.image, aewidgets.decompress(path.read_bytes()))
    assert "decoded from face.aew" in subject.source


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"AEW", b"AEW\x01" + bytes(60), b"\x89PNG\r\n\x1a\n" + bytes(9)]
)
def test_bytes_that_are_no_picture_are_refused_in_words(data: bytes):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        open_subject(data, "x.png")


def test_transparency_is_refused_in_words(photo: np.ndarray):
    with pytest.raises(ImageError, match="transparent"):
        open_subject(np.dstack([photo, photo[..., 0]]))


def test_a_subject_stays_as_it_is(photo: np.ndarray):
    subject = open_subject(photo, "face")
    assert open_subject(subject) is subject


def test_pictures_held_out_of_training_come_first():
    assert bundled_names()[:2] == ("chelsea", "coffee")
    assert bundled_subject("coffee").image.shape == (400, 600, 3)
    with pytest.raises(ValueError, match="chelsea"):
        bundled_subject("chelsie")
