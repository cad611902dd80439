"""Printed text stands on a page as a terminal shows it: moves of the cursor carried out, nothing else changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aewidgets.reports.pages.terminal import PLAIN, Style, screen_lines


def shown(text: str) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in screen_lines(text)]


def styles(text: str) -> list[tuple[str, Style]]:
    return [piece for line in screen_lines(text) for piece in line]


@pytest.mark.parametrize(
    ("text", "lines"),
    {
        "10%\r 20%\r100%\n": ["100%"], "loss 0.123456\rloss 0.1\n": ["loss 0.1"], "a\r\nb\r\n": ["a", "b"],
        "abc\b\bX": ["aXc"], "1/9 ##\b\b\b\b\b\b\r9/9\nnext": ["9/9", "next"],
        "outer 1\n\rinner 1\x1b[A\n\rinner 2\x1b[A\n\r\x1b[2K\x1b[Aouter 2": ["outer 2"],
        "outer 1\n\rinner 1\x1b[A\router 2\n": ["outer 2", "inner 1"],
        "a\x1b[2Jb": [" b"], "\x1b[2;3Hx\x1b[1;1Hy": ["y", "  x"], "gone\x1b[1K\x1b[4Dkept": ["kept"],
        "page\fbreak\vdown": ["page", "break", "down"], "bell\a zero\0 end": ["bell zero\\x00 end"],
        "\x1b]0;title\a\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\": ["link"],
        "\x1b[?25lhidden cursor\x1b[?25h": ["hidden cursor"],
        "": [], "\n\n": [], "\n\nx\n\n": ["", "", "x"], "tab\there": ["tab\there"], "\x1b": [],
        "a\x1b[31": ["a31"], "\x1b]0;a title without an end\nnext": ["0;a title without an end", "next"],
    }.items(),
)  # fmt: skip
def test_what_a_terminal_shows(text: str, lines: list[str]):
    assert shown(text) == lines


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_text_without_moves_is_not_changed_also_where_a_colour_stands_in_it(lines: list[str]):
    assert shown("\n".join(lines)) == lines
    assert shown("\x1b[31m" + "\x1b[0m\n\x1b[1m".join(lines)) == lines


@given(st.text(st.sampled_from("ab \r\b\n\t\x1b[;0123mAHJKCDG\x07\x00\x9b")))
def test_no_text_is_too_odd_and_no_control_is_left(text: str):
    assert not any(ord(c) < 32 and c != "\t" for line in shown(text) for c in line)


def test_lines_that_scrolled_away_are_kept_and_the_cursor_reaches_the_last():
    text = "\n".join(map(str, range(1000))) + "\x1b[5A\rhere"
    lines = shown(text)
    assert len(lines) == 1000 and lines[994] == "here" and lines[:10] == list("0123456789")


@pytest.mark.parametrize(
    ("numbers", "style"),
    {
        "31": Style(foreground=1), "1;92": Style(foreground=10, bold=True), "43;30": Style(0, 3),
        "107": Style(background=15), "38;5;9": Style(foreground=9), "38;5;226": Style(foreground=(255, 255, 0)),
        "48;5;232": Style(background=(8, 8, 8)), "38;2;1;2;3": Style(foreground=(1, 2, 3)),
        "38:2::1:2:3": Style(foreground=(1, 2, 3)), "31;39": PLAIN, "1;4;22;24": PLAIN, "31;": PLAIN, "": PLAIN,
        "1;2;3;4;7;9": Style(None, None, True, True, True, True, True, True),
        "38;5;999": PLAIN, "38;2;1": PLAIN, "31;38;9;1": Style(foreground=1, bold=True), "77": PLAIN,
    }.items(),
)  # fmt: skip
def test_a_colour_of_any_kind_is_read(numbers: str, style: Style):
    assert styles(f"\x1b[{numbers}mx\x1b[0m") == [("x", style)]


def test_colours_last_over_lines_and_over_what_is_overwritten():
    assert styles("\x1b[31ma\nb\x1b[0m\rc") == [("a", Style(foreground=1)), ("c", PLAIN)]
