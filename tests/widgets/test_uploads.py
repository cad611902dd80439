"""Files arrive from a page whole or not at all, in parts that are checked; paths stay below the working folder."""

import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="aewidgets.widgets wants anywidget, of the lab and report extras")

from aewidgets.widgets.base.uploads import LARGEST, PART, Uploads, inside


class Page:
    """The page's half: what it sends, and what it was answered."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.opened: list[tuple[bytes, str]] = []
        self.uploads = Uploads(lambda m: self.answers.append(m["next"]), lambda *file: self.opened.append(file))

    def part(self, data: bytes, start: int, stop: int, **other: Any) -> None:
        content = {"id": "a", "name": "C:/x/photo.png", "size": len(data), "offset": start}
        content |= {"crc": zlib.crc32(data[:stop])} | other
        self.uploads.take(content, [memoryview(data[start:stop])])


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def data() -> bytes:
    return np.random.default_rng(0).bytes(1000)


@pytest.mark.parametrize("cuts", [(0, 1000), (0, 1, 1000), (0, 400, 800, 1000)])
def test_the_parts_of_a_file_make_the_file(page: Page, data: bytes, cuts: tuple[int, ...]):
    for start, stop in pairwise(cuts):
        page.part(data, start, stop)
    assert page.opened == [(data, "photo.png")]
    assert page.answers == [*cuts[1:-1], None]


@pytest.mark.parametrize(
    ("parts", "other", "words"),
    [
        ([(0, 400)], {"crc": 1}, "damaged"),
        ([(0, 400), (500, 600)], {}, "missing"),
        ([(400, 500)], {}, "missing"),
        ([(0, 400), (0, 400), (800, 1000)], {}, "missing"),
        ([(0, 400)], {"size": 399}, "inside the file"),
        ([(0, 400)], {"size": LARGEST + 1}, "look_at"),
        ([(0, 400)], {"size": "all"}, "size"),
        ([(0, 0)], {}, "1 to"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_words_and_ends_the_upload(
    page: Page, data: bytes, parts: list[tuple[int, int]], other: dict, words: str
):
    *good, last = parts
    for start, stop in good:
        page.part(data, start, stop)
    with pytest.raises(ValueError, match=rf"photo\.png: .*{words}"):
        page.part(data, *last, **other)
    assert page.answers[-1] is None
    with pytest.raises(ValueError, match="missing"):
        page.part(data, 400, 1000)
    assert page.opened == []


def test_a_part_is_smaller_than_what_servers_take(page: Page):
    assert PART < 9_000_000 < LARGEST
    with pytest.raises(ValueError, match="expected a part"):
        page.part(bytes(PART + 1), 0, PART + 1)


def test_a_new_file_takes_the_place_of_one_that_is_not_whole(page: Page, data: bytes):
    page.part(data, 0, 400)
    page.part(data[::-1], 0, 1000, id="b")
    assert page.opened == [(data[::-1], "photo.png")]
    with pytest.raises(ValueError, match="missing"):
        page.part(data, 400, 1000)


def test_another_files_part_is_not_taken(page: Page, data: bytes):
    page.part(data, 0, 400)
    with pytest.raises(ValueError, match="missing"):
        page.part(data, 400, 1000, id="b")


def test_stopping_forgets_what_has_come(page: Page, data: bytes):
    page.part(data, 0, 400)
    page.uploads.stop()
    with pytest.raises(ValueError, match="missing"):
        page.part(data, 400, 1000)


def test_an_error_in_opening_is_that_of_the_upload_and_the_page_waits_no_longer(data: bytes):
    def refuse(*_: Any) -> None:
        raise ValueError("no picture")

    answers: list[Any] = []
    uploads = Uploads(answers.append, refuse)
    with pytest.raises(ValueError, match="no picture"):
        uploads.take({"size": 1000, "offset": 0, "crc": zlib.crc32(data)}, [data])
    assert answers == [{"kind": "upload", "id": None, "next": None}]


def test_paths_stay_below_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert inside(" a/b.png ") == tmp_path / "a" / "b.png"
    for path in ("../x.png", "/etc/passwd", "", "a/../../x.png"):
        with pytest.raises(ValueError, match="below"):
            inside(path)
