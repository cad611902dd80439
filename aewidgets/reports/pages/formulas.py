"""Pages of notebooks whose formulas are MathML, which browsers draw by themselves.

A page that makes no request cannot load MathJax, so formulas are converted where the page is made.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["FormulaExporter", "mathml"]

_NORM = {"‖", "&#x02016;"}  # a bar of a norm, as the converter may write it


def mathml(latex: str, display: str) -> str | None:
    """Return a formula as a `math` element, or None for LaTeX that cannot be converted, which is then shown as it is.

    Args:
        latex: the formula without its dollar signs.
        display: "block" for a line of its own, "inline" within a sentence.
    """
    from latex2mathml.converter import convert_to_element

    try:
        element = convert_to_element(latex.strip(), display=display)
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


class _Renderer(IPythonRenderer):
    """Renderer of Markdown as HTML, as nbconvert's, with formulas as MathML."""

    def block_math(self, body: str) -> str:
        """Return a formula on a line of its own."""
        return mathml(body, "block") or super().block_math(body)

    def inline_math(self, body: str) -> str:
        """Return a formula within a sentence; "$5 and $6" are prices, as blanks inside the dollar signs show."""
        formula = mathml(body, "inline") if body == body.strip() else None
        return formula or super().inline_math(body)

    def block_html(self, html: str) -> str:
        """Return HTML as it is, unless it holds pictures to embed, for which each block is parsed by itself.

        Parsing closes what a block opens, such as a fold around the blocks that follow.
        """
        return super().block_html(html) if "<img" in html.lower() else html

    def latex_environment(self, name: str, body: str) -> str:
        """Return a formula in an environment such as `equation` or `align`."""
        latex = body if name.rstrip("*") == "equation" else f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return mathml(latex, "block") or super().latex_environment(name, body)


class FormulaExporter(HTMLExporter):
    """Exporter to HTML, as nbconvert's, with formulas in Markdown cells and outputs as MathML."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return Markdown as HTML."""
        renderer = _Renderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
            **self.lexer_options,
        )
        return MarkdownWithMath(renderer=renderer).render(source)
