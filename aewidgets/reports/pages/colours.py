"""Colours of printed text as CSS that can be read on a light and on a dark page. Knows no outputs.

A program prints colours for a terminal that it does not see. Each is moved towards black or white, as little as is
needed, until its contrast with the paper is 4.5 to 1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import functools
import re

from aewidgets.reports.pages.terminal import PLAIN, Style

__all__ = ["brings_colours", "contrast", "css_of", "readable", "themed"]

_SCRIPTS = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_COLOURED = re.compile(
    r"""(?:[;"'{\s](?:background-)?color|[;"'{\s]background|\bbgcolor|<font[^>]*\scolor)\s*[:=]""", re.IGNORECASE
)
_THEMED = re.compile(r"prefers-color-scheme|light-dark\(|color-scheme:")
#: Text of rich, and Keras' summaries with it, also inside the still of a widget.
_RICH = re.compile(r'<pre( style="white-space:pre;overflow-x:auto;line-height:normal[^>]*>.*?</pre>)', re.DOTALL)
_RICH_STYLE = re.compile(r'(<span style=)"([^"]*)"')
_RGB = tuple[int, int, int]
_LIGHT: _RGB = (0xF4, 0xF6, 0xF8)  # --panel of report.css in its two themes, and --ink
_DARK: _RGB = (0x1F, 0x24, 0x29)
_INK_LIGHT: _RGB = (0x1D, 0x21, 0x26)
_INK_DARK: _RGB = (0xE4, 0xE7, 0xEA)
_ENOUGH = 4.5
#: The sixteen colours of a terminal, as xterm and most of its successors draw them.
_SIXTEEN: tuple[_RGB, ...] = (
    (0, 0, 0), (205, 49, 49), (13, 148, 78), (160, 128, 0), (36, 114, 200), (188, 63, 188), (17, 148, 180),
    (204, 204, 204), (102, 102, 102), (241, 76, 76), (35, 185, 101), (214, 186, 20), (59, 142, 234), (214, 112, 214),
    (41, 184, 219), (255, 255, 255),
)  # fmt: skip


def contrast(one: _RGB, other: _RGB) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@functools.cache
def readable(colour: _RGB, paper: _RGB) -> _RGB:
    """Return the colour nearest to a given one, on the way to black or white, that can be read on a paper."""
    end = max((0, 0, 0), (255, 255, 255), key=lambda one: contrast(one, paper))
    for step in range(21):
        red, green, blue = (round(a + (b - a) * step / 20) for a, b in zip(colour, end, strict=True))
        made = red, green, blue
        if contrast(made, paper) >= _ENOUGH:
            return made
    return end


@functools.cache
def css_of(style: Style) -> str:
    """Return a style as CSS declarations for a page with `color-scheme: light dark`; no text for a plain one."""
    if style == PLAIN:
        return ""
    front, back = (_SIXTEEN[c] if isinstance(c, int) else c for c in (style.foreground, style.background))
    rules = []
    if style.inverse:
        rules.append(_inverse(front, back))
    elif back is not None:
        ink = max(_INK_LIGHT, (255, 255, 255), key=lambda one: contrast(one, back)) if front is None else front
        rules.append(f"color:{_hex(readable(ink, back))};background:{_hex(back)}")
    elif front is not None:
        rules.append(f"color:{_in_both(front, _LIGHT, _DARK)}")
    elif style.dim:
        rules.append("color:var(--soft)")
    rules += [
        rule
        for rule, asked in (("font-weight:700", style.bold), ("font-style:italic", style.italic))
        if asked
    ]  # fmt: skip
    lines = [line for line, asked in (("underline", style.underline), ("line-through", style.struck)) if asked]
    return ";".join([*rules, *([f"text-decoration:{' '.join(lines)}"] if lines else [])])


def _inverse(front: _RGB | None, back: _RGB | None) -> str:
    """Return the rules of text whose two colours have changed places."""
    if front is not None and back is not None:
        return f"color:{_hex(readable(back, front))};background:{_hex(front)}"
    if front is not None:
        return f"color:var(--panel);background:{_in_both(front, _LIGHT, _DARK)}"
    ink = "var(--panel)" if back is None else _in_both(back, _INK_LIGHT, _INK_DARK)
    return f"color:{ink};background:var(--ink)"


def _in_both(colour: _RGB, light: _RGB, dark: _RGB) -> str:
    """Return a colour that can be read on two papers: that of the light page, and that of the dark one."""
    return f"light-dark({_hex(readable(colour, light))},{_hex(readable(colour, dark))})"


def _hex(colour: _RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _luminance(colour: _RGB) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def brings_colours(text: str) -> bool:
    """Return True for HTML that sets colours of its own and does not know of dark pages.

    Tables of pandas' Styler and of rich are such: colours chosen for white paper, which they need on a dark page, too.
    """
    bare = _SCRIPTS.sub("", text)
    return bool(_COLOURED.search(bare)) and not _THEMED.search(text)


def themed(text: str) -> str:
    """Return HTML in which texts of rich have colours as `css_of` has them, which need no white paper."""

    def drawn(text: re.Match[str]) -> str:
        # With a tab stop, so that the keyboard can scroll it.
        return '<pre tabindex="0"' + _RICH_STYLE.sub(lambda one: f'{one[1]}"{_of_rich(one[2])}"', text[1])

    return _RICH.sub(drawn, text)


def _of_rich(css: str) -> str:
    """Return the declarations of a piece of rich's text with colours for both themes."""
    rules = dict(part.strip().split(": ", 1) for part in css.split(";") if ": " in part)
    rules.pop("text-decoration-color", None)
    front, back = (_of_hex(rules.pop(name, "")) for name in ("color", "background-color"))
    lines = rules.pop("text-decoration", "")
    drawn = css_of(Style(front, back, underline="underline" in lines, struck="line-through" in lines))
    return ";".join(filter(None, [drawn, *(f"{name}:{value}" for name, value in rules.items())]))


def _of_hex(text: str) -> _RGB | None:
    """Return the colour that `#rrggbb` means; None for any other text."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        return None
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
