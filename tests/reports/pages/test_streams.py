"""Printed texts of cells: pieces joined, long ones folded, and a note for every line that has no room."""

import html
import re

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from nbformat.v4 import new_output  # noqa: E402

from aewidgets.reports.pages.losses import Losses  # noqa: E402
from aewidgets.reports.pages.streams import PrintedText, merged  # noqa: E402


def out(text: str, name: str = "stdout"):
    return new_output("stream", name=name, text=text)


def texts(shown: str) -> list[str]:
    """Return the lines in all `pre` elements."""
    blocks = re.findall(r"<pre[^>]*>(.*?)</pre>", shown, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", line)) for block in blocks for line in block.split("\n")]


def test_pieces_are_joined_up_to_the_next_picture_and_messages_are_one():
    shown = new_output("display_data", {"text/plain": "x"})
    given = [out("a"), out("w1\n", "stderr"), out("b\n"), out("w2", "stderr"), shown, out("c"), out("w3", "stderr")]
    before = nbformat.from_dict(given)
    made = merged(given)
    assert [one.get("text") for one in made] == ["ab\n", "w1\nw2w3", None, "c"]
    assert given == before


@pytest.mark.parametrize("count", [1, 60, 61, 5000])
def test_a_fold_loses_no_line(count: int):
    losses = Losses()
    lines = [f"line {number} <&>" for number in range(count)]
    shown = PrintedText(losses).printed("\n".join(lines), 1)
    assert texts(shown) == lines and losses.told() == ()
    assert ("<details" in shown) == (count > 60)
    if count > 60:
        assert f"{count - 30:,} more lines" in shown


def test_megabytes_of_text_make_a_small_page_that_says_what_it_left_out():
    losses = Losses()
    drawn = PrintedText(losses)
    text = "\n".join(f"{number:08d} {'x' * 990}" for number in range(1000))
    shown = [drawn.printed(text, cell) for cell in range(1, 40)]
    assert sum(map(len, shown)) < 7e6
    for one in shown:
        assert texts(one)[0].startswith("00000000") and texts(one)[-1].startswith("00000999")
    left_out = int(re.match(r"([\d,]+) of 1,000 printed lines", losses.told()[0].words)[1])
    assert len(texts(shown[0])) == 1000 - left_out
    assert [loss.cell for loss in losses.told()] == [*range(1, 40)]


def test_a_line_without_end_is_cut_and_says_so():
    losses = Losses()
    shown = PrintedText(losses).printed("y" * 1_000_000, 3)
    assert len(shown) < 30_000 and losses.told()[0].words.startswith("980,000 of the 1,000,000 characters")


@pytest.mark.parametrize(
    ("text", "summary"),
    {
        "one line": "Messages: 1 line: one line", "a\nb": "Messages: 2 lines", "\n \n": "",
        "x.py:1: UserWarning: old\n  warn()": "Messages: 2 lines, 1 of a warning", "bar\r    \r": "",
        "INFO a\nERROR:root:disk <full>": "Messages: 2 lines, ▲ an error: ERROR:root:disk <full>",
        "\x1b[31mTraceback (most recent call last)\x1b[0m:\n x":
            "Messages: 2 lines, ▲ an error: Traceback (most recent call last):",
    }.items(),
)  # fmt: skip
def test_messages_say_how_many_they_are_and_never_hide_an_error(text: str, summary: str):
    shown = PrintedText(Losses()).messages(text, 1)
    found = re.findall(r"<summary>(.*?)</summary>", shown)
    assert html.unescape(re.sub(r"<[^>]+>", "", found[0] if found else "")) == summary


@pytest.mark.parametrize("trace", [["\x1b[31mValueError\x1b[0m", "at <line> 1"], [], "text", None, [1]])
def test_an_exception_is_named_even_without_a_traceback(trace):
    shown = PrintedText(Losses()).raised({"ename": "ValueError", "evalue": "a <b>\nand c", "traceback": trace}, 1)
    assert "<strong>ValueError</strong>: a &lt;b&gt;" in shown
    assert "at &lt;line&gt; 1" in shown if trace and len(trace) == 2 else "<pre" in shown


def test_the_end_of_a_long_traceback_is_in_view():
    shown = PrintedText(Losses()).raised({"ename": "E", "evalue": "m", "traceback": list(map(str, range(200)))}, 1)
    assert texts(shown.partition("</details>")[2]) == [str(number) for number in range(170, 200)]


def test_an_empty_first_line_is_kept():
    assert PrintedText(Losses()).printed("\nx", 1) == "<pre>\n\nx</pre>"
