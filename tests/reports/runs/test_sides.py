"""Two runs side by side: what differs, which is better where that is known, and a page that only shows."""

import io
import re

import numpy as np
import pytest
from page_elements import Elements
from PIL import Image
from run_folders import png
from sweep_record import EVIL

from aewidgets.reports.runs.pictures import pairs_of
from aewidgets.reports.runs.run import Run
from aewidgets.reports.runs.sides import ABSENT, Row, sides_of
from aewidgets.reports.runs.sides_page import change_text, percent_text, sides_page


def run(name: str, **more: object) -> Run:
    values = {"status": "completed", "notebook": "a.ipynb", "started": "2026-01-01T00:00:00+00:00"}
    return Run(name, **(values | more))  # type: ignore[arg-type]


BEFORE = {"psnr_db": 30.0, "bpp": 0.5, "success_rate": 0.5, "seconds": 3.0, "n": 4, "nested": {"loss": 2.0}, "w": "a"}
AFTER = {"psnr_db": 29.5, "bpp": 0.25, "success_rate": 0.6, "seconds": 4.0, "n": 4, "nested": {"loss": 1.0}, "new": 1}


def test_better_and_worse_stand_where_name_or_notebook_says_which_way():
    sides = sides_of(run("a"), run("b"), BEFORE, AFTER)
    better = {row.name: row.better for row in sides.figures}
    assert better == {
        "psnr_db": False, "bpp": True, "success_rate": None, "seconds": None, "n": None, "nested.loss": True,
        "new": None,
    }  # fmt: skip
    said = run("b", better={"success_rate": "higher", "nested": "higher", "seconds": "lower", "n": "sideways"})
    better = {row.name: row.better for row in sides_of(run("a"), said, BEFORE, AFTER).figures}
    assert (better["success_rate"], better["nested.loss"], better["seconds"], better["n"]) == (True, False, False, None)
    assert [(row.name, row.before, row.after) for row in sides.others] == [("w", "a", ABSENT)]


def test_the_other_way_round_better_is_worse_and_changes_have_the_other_sign():
    there = sides_of(run("a"), run("b"), BEFORE, AFTER).figures
    back = {row.name: row for row in sides_of(run("b"), run("a"), AFTER, BEFORE).figures}
    assert {row.name for row in there} == set(back)
    for row in there:
        other = back[row.name]
        assert (other.better is None) == (row.better is None) and (row.better is None or other.better != row.better)
        assert (row.change is None and other.change is None) or row.change == -(other.change or 0.0)


@pytest.mark.parametrize(
    ("row", "same", "change", "percent"),
    [
        (Row("x", 30, 30.0), True, "same", ""),
        (Row("x", 1, True), False, "–", ""),
        (Row("x", None, ABSENT), False, "–", ""),
        (Row("x", 0, 2), False, "+2", ""),
        (Row("x", -4.0, -5.0), False, "−1", "−25 %"),
        (Row("x", 0.3, 0.2), False, "−0.1", "−33 %"),
        (Row("x", 1e-9, 1e9), False, "+1e+09", ""),
        (Row("x", 0, 1234567), False, "+1,230,000", ""),
        (Row("x", 100000, 101000), False, "+1000", "+1 %"),
        (Row("x", 2e-5, 1e-5), False, "−1e−05", "−50 %"),
        (Row("x", 1, 10**400), False, "–", ""),
    ],
)
def test_changes_in_words(row: Row, same: bool, change: str, percent: str):
    assert (row.same, change_text(row), percent_text(row)) == (same, change, percent)


def test_pictures_are_paired_by_cell_and_number_and_what_is_no_picture_is_none():
    one, two = png(1), png(2)
    huge = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(huge, "PNG", compress_level=0)
    before = [("a", one), ("a", two), ("b", b"no picture"), ("c", one)]
    after = [("a", two), ("b", b"\x89PNG\r\n"), ("c", one), ("d", huge.getvalue())]
    pairs, left_out = pairs_of(before, after)
    assert left_out == 0
    there = [(bool(pair.before), bool(pair.after)) for pair in pairs]
    assert there == [(True, True), (True, False), (True, True), (False, True)]
    assert pairs[0].before != pairs[0].after and pairs[2].before == pairs[2].after
    assert pairs[0].before and pairs[0].before.uri.startswith("data:image/png;base64,")
    big = pairs[3].after
    assert big and (big.width, big.height, big.smaller) == (1500, 1200, True)
    assert pairs_of([], []) == ([], 0)


def test_what_runs_wrote_stays_text_on_a_page_without_a_script():
    texts = {name: {EVIL: EVIL} for name in ("parameters", "versions", "failure")}
    evil = run(EVIL, **texts, status=EVIL, notebook=f"{EVIL}.ipynb")
    pairs, _ = pairs_of([("a", png(1))], [])
    page = sides_page(sides_of(evil, run("b"), {EVIL: 1.5, "t": EVIL}, {EVIL: 2.5}), pairs, 3, {EVIL: f"./{EVIL}"})
    found = Elements(page)
    assert "script" not in {tag for tag, _ in found.tags}
    assert [a["src"][:11] for tag, a in found.tags if tag == "img"] == ["data:image/"]
    (policy,) = (a["content"] for tag, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not re.search(r"https?://", page) and "3 further pairs" in page


def test_the_page_says_better_and_worse_in_words_beside_the_colour():
    page = sides_page(sides_of(run("a"), run("b", status="threshold missed"), BEFORE, AFTER), [])
    assert '<td class="worse">✗ worse</td>' in page and '<td class="better">✓ better</td>' in page
    assert "b has status threshold missed" in page and "Neither run displayed a picture" in page
