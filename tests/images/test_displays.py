"""Displays are exact, escaped, and need no network."""

import base64
import re

import numpy as np
import pytest

from aewidgets.images.displays import Pictures, Table, brightness, thumbnail
from aewidgets.images.reading import image_from_bytes


def test_pictures_are_lossless_and_inside(photo: np.ndarray):
    shown = Pictures([photo, photo[..., 0]], ["one", "<two>"], zoom=2)._repr_html_()
    sources = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    for source, image in zip(sources, (photo, photo[..., 0]), strict=True):
        np.testing.assert_array_equal(image_from_bytes(base64.b64decode(source), "shown"), image)
    assert "http" not in shown and "<two>" not in shown
    assert f"width:{2 * photo.shape[1]}px" in shown


def test_each_picture_has_a_caption(photo: np.ndarray):
    with pytest.raises(ValueError, match="each of 2 pictures, got 1"):
        Pictures([photo, photo], ["one"])


def test_reprs_hold_no_addresses(photo: np.ndarray):
    assert repr(Pictures([photo], ["one"])) == "Pictures(1)"
    assert repr(Table(["codec", "PSNR"], [["a", 31.234], ["long", None]])) == (
        "codec   PSNR\na      31.23\nlong       -"
    )


def test_tables_escape_and_round_by_column():
    table = Table(["<a>", "bytes", "x"], [["<b>", 12345, 0.5]], digits=[0, 0, 3])
    shown = table._repr_html_()
    assert "&lt;a&gt;" in shown and "&lt;b&gt;" in shown and "12,345" in shown and "0.500" in shown


def test_rows_are_as_wide_as_the_heading():
    with pytest.raises(ValueError, match="zip"):
        Table(["a", "b"], [["only one"]])


def test_thumbnails_keep_the_proportions_and_never_grow(photo: np.ndarray):
    assert thumbnail(photo, 96).shape == (64, 96, 3)
    np.testing.assert_array_equal(thumbnail(photo, 1000), photo)


def test_brightness_runs_from_nothing_to_the_largest():
    values = np.array([[0.0, 1.0], [2.0, 4.0]])
    np.testing.assert_array_equal(brightness(values), [[0, 64], [128, 255]])
    np.testing.assert_array_equal(brightness(values, 2), [[0, 128], [255, 255]])
    np.testing.assert_array_equal(brightness(np.zeros((1, 2))), [[0, 0]])


def test_a_column_without_a_heading_has_no_empty_header_cell():
    table = Table(["", "bytes"], [["one", 1]])._repr_html_()
    assert table.count("<th ") == 1
    assert table.count("<td ") == 3
