"""Markdown as HTML for a page that makes no request: formulas as MathML, pictures embedded, notes where that fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from aewidgets.reports.pages.formulas import mathml
from aewidgets.reports.pages.pictures import Pictures, Unreachable

__all__ = ["markdown_html"]


def markdown_html(text: str, cell: int, attachments: Mapping[str, Any], pictures: Pictures) -> str:
    """Return Markdown as HTML.

    Args:
        text: Markdown of a cell or of an output.
        cell: number of the cell.
        attachments: pictures that are part of the cell.
        pictures: those of the page.
    """
    renderer = _Renderer(escape=False, anchor_link_text="¶")
    renderer.cell, renderer.attached, renderer.pictures = cell, attachments, pictures
    return MarkdownWithMath(renderer=renderer).render(text)


class _Renderer(IPythonRenderer):
    """Renderer of Markdown as HTML, as nbconvert's, with formulas as MathML and notes for what is missing."""

    cell: int
    attached: Mapping[str, Any]
    pictures: Pictures

    def block_math(self, body: str) -> str:
        """Return a formula on a line of its own."""
        return mathml(body, "block") or super().block_math(body)

    def inline_math(self, body: str) -> str:
        """Return a formula within a sentence; "$5 and $6" are prices, as blanks inside the dollar signs show."""
        formula = mathml(body, "inline") if body == body.strip() else None
        return formula or super().inline_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        """Return a formula in an environment such as `equation` or `align`."""
        latex = body if name.rstrip("*") == "equation" else f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return mathml(latex, "block") or super().latex_environment(name, body)

    def block_html(self, html: str) -> str:
        """Return HTML with its pictures; what it opens, such as a fold around the blocks that follow, stays open."""
        return self.pictures.in_html(html, self.cell, self.attached)

    def inline_html(self, html: str) -> str:
        """Return an element within a sentence."""
        return self.pictures.in_html(html, self.cell, self.attached)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture, or the note that stands in its place."""
        try:
            source = self.pictures.source(url, self.attached)
        except Unreachable as error:
            return self.pictures.note(self.cell, error, text)
        return super().image(text, source, title)
