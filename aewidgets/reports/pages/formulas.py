"""Formulas as MathML, which browsers draw by themselves.

A page that makes no request cannot load MathJax, so formulas are converted where the page is made.
"""

from __future__ import annotations

import html
import re
from typing import Any
from xml.etree import ElementTree

from aewidgets.reports.pages.mime import text_of

__all__ = ["draw_latex", "latex_output", "mathml"]

_INNER = re.compile(r"\\(begin|end)\{(?:aligned|gathered)\}")  # drawn as their like outside of a formula
_UNNUMBERED = re.compile(r"\\label\{[^{}]*\}|\\(?:nonumber|notag)(?![a-zA-Z])")  # formulas have no numbers here
_PARTS = re.compile(
    r"(?<!\\)\$\$(?P<two>.+?)(?<!\\)\$\$|(?<!\\)\$(?P<one>.+?)(?<!\\)\$|\\\[(?P<square>.+?)\\\]|\\\((?P<round>.+?)\\\)"
    r"|(?P<all>\\begin\{(?P<name>[a-zA-Z]+\*?)\}(?P<body>.*?)\\end\{(?P=name)\})",
    re.DOTALL,
)
_NORM = {"‖", "&#x02016;"}  # a bar of a norm, as the converter may write it


def mathml(latex: str, display: str) -> str | None:
    """Return a formula as a `math` element, or None for LaTeX that cannot be converted, which is then shown as it is.

    Args:
        latex: the formula without its dollar signs.
        display: "block" for a line of its own, "inline" within a sentence.
    """
    from latex2mathml.converter import convert_to_element

    known = _UNNUMBERED.sub("", _INNER.sub(r"\\\1{align*}", latex))
    try:
        element = convert_to_element(known.strip(), display=display)
    except Exception:  # LaTeX is a language of its own: besides its own errors the converter meets its limits as any
        return None
    if any("\\" in (part.text or "") or part.text == "&" for part in element.iter()):
        return None  # a command or an alignment that it does not know is passed on as text
    for part in element.iter():
        _space(part)
    element.set("alttext", latex.strip())
    # The converter writes symbols as character references, which must stay such; all else is escaped.
    return ElementTree.tostring(element, encoding="unicode").replace("&amp;#x", "&#x")


def _space(row: ElementTree.Element) -> None:
    """Put a thin space between a function such as log and its neighbours, as TeX does, and let norms not stretch."""
    for place, part in reversed(list(enumerate(row))):
        if part.tag == "mo" and part.text in _NORM:
            part.set("stretchy", "false")
        base = part[0] if part.tag in ("msub", "msup", "msubsup") else part
        if row.tag not in ("math", "mrow") or base.tag != "mi" or len(base.text or "") < 2 or "&" in (base.text or ""):
            continue
        for after in (1, 0):  # signs and brackets have spaces of their own
            beside = place + 1 if after else place - 1
            if 0 <= beside < len(row) and row[beside].tag not in ("mo", "mspace"):
                row.insert(place + after, ElementTree.Element("mspace", width="0.17em"))


def draw_latex(cell: Any) -> None:
    """Give every output of a cell that is LaTeX an HTML form, unless it has one, or one in Markdown, of its own."""
    for output in cell.get("outputs", ()):
        data = output.get("data") or {}
        text = text_of(data.get("text/latex"))
        if text is not None and not {"text/html", "text/markdown"} & data.keys():
            data["text/html"] = f'<div class="latex">{latex_output(text)}</div>'


def latex_output(text: str) -> str:
    """Return an output of type text/latex, as `Math`, `Latex` and SymPy make it, as HTML.

    Formulas between dollar signs, in \\[ \\], \\( \\) or an environment become MathML, and the words between them text.
    What cannot be converted is shown as it was written.
    """
    made, place, alone = [], 0, not _PARTS.sub("", text).strip()
    for part in _PARTS.finditer(text):
        made.append(html.escape(text[place : part.start()], quote=False))
        body = part["two"] or part["one"] or part["square"] or part["round"] or part["all"]
        if part["name"] and part["name"].rstrip("*") in ("equation", "displaymath", "math"):
            body = part["body"]
        block = alone or part["two"] or part["square"] or part["all"]
        drawn = mathml(body.replace("\\displaystyle", "", 1), "block" if block else "inline")
        made.append(drawn or f"<code>{html.escape(part[0], quote=False)}</code>")
        place = part.end()
    rest = text[place:]
    formula = mathml(rest, "block") if not made and _bare(rest) else None
    made.append(formula or html.escape(rest, quote=False))
    return "".join(made)


def _bare(text: str) -> bool:
    """Return True for a formula without any sign of where it begins and ends, as `Latex(r"\\frac{1}{2}")` has it."""
    return bool(re.match(r"\s*\\[a-zA-Z]", text))
