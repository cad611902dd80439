"""Every colour that a program prints can be read on a light and on a dark page: 4.5 to 1, as WCAG asks."""

import itertools
import re

import pytest

from aewidgets.reports.pages.colours import brings_colours, contrast, css_of, themed
from aewidgets.reports.pages.scripted import source
from aewidgets.reports.pages.terminal import PLAIN, Style

CUBE = [*range(16), *itertools.product((0, 51, 128, 204, 255), repeat=3)]


def variables() -> dict[str, tuple[str, str]]:
    """Return the colours of the page's sheet in the light and the dark theme, by name."""
    light, dark = re.findall(r":root \{([^}]*)\}", source("report.css"))[:2]
    found = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", rules)) for rules in (light, dark)]
    return {name: (found[0][name], found[1][name]) for name in found[0]}


def in_theme(value: str, theme: int) -> tuple[int, int, int]:
    """Return a CSS colour in a theme: 0 for light, 1 for dark."""
    value = re.sub(r"var\(--(\w+)\)", lambda name: variables()[name[1]][theme], value)
    value = re.sub(r"light-dark\((#\w+),(#\w+)\)", lambda both: both[theme + 1], value)
    return tuple(bytes.fromhex(value.strip()[1:]))


def colours(style: Style, theme: int) -> tuple:
    rules = dict(rule.split(":", 1) for rule in css_of(style).split(";") if rule)
    return (in_theme(rules.get("color", "var(--ink)"), theme), in_theme(rules.get("background", "var(--panel)"), theme))


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("inverse", [False, True])
def test_a_printed_colour_can_be_read(theme: int, inverse: bool):
    for colour in CUBE:
        for style in (Style(colour), Style(None, colour), Style(0, colour), Style(colour, 7), Style(dim=True)):
            ink, paper = colours(style._replace(inverse=inverse), theme)
            assert contrast(ink, paper) >= 4.5, (style, ink, paper)


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert colours(Style(foreground=(120, 0, 0)), 0)[0] == (120, 0, 0)
    assert css_of(PLAIN) == ""


def test_contrast_has_the_ends_of_its_definition():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21) and contrast((9, 9, 9), (9, 9, 9)) == 1


@pytest.mark.parametrize(
    ("text", "own"),
    {
        "<b style='color: navy'>x</b>": True, "<style>#T_1 td {background-color: #fff}</style>": True,
        "<td bgcolor=red>": True, '<font color="blue">': True, "<p>color: red</p>": False, "<p>plain</p>": False,
        "<script>const a = {color: 'red'}</script><div></div>": False,
        "<style>@media (prefers-color-scheme: dark) {p {color: red}}</style>": False,
        '<table border="1" class="dataframe"><style>.dataframe th {vertical-align: top}</style>': False,
    }.items(),
)  # fmt: skip
def test_html_with_colours_of_its_own_gets_white_paper(text: str, own: bool):
    assert brings_colours(text) == own


def test_text_of_rich_gets_colours_for_both_themes():
    text = (
        "<pre style=\"white-space:pre;overflow-x:auto;line-height:normal;font-family:Menlo\">"
        '<span style="color: #000080; text-decoration-color: #000080; font-weight: bold">navy</span>'
        '<span style="background-color: #ffff00; text-decoration: underline">marked</span></pre>'
    )  # fmt: skip
    made = themed(text)
    assert "light-dark(#000080," in made and "font-weight:bold" in made and "underline" in made
    assert "color:#1d2126;background:#ffff00" in made and not brings_colours(made.replace("background:", ""))
    around = '<i>{}</i> and <span style="color: #000080">'
    assert themed(around.format(text)) == around.format(made)
    assert themed("<b style='color: #000080'>") == "<b style='color: #000080'>"
