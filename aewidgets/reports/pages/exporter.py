"""Exporter of nbconvert with the filters of a report page. Each draws one kind of content, in a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert import HTMLExporter

from aewidgets.reports.pages.colours import brings_colours, themed
from aewidgets.reports.pages.losses import NUMBER, Losses
from aewidgets.reports.pages.markdown import markdown_html
from aewidgets.reports.pages.pictures import Pictures
from aewidgets.reports.pages.scripted import FOLDER
from aewidgets.reports.pages.streams import PrintedText

__all__ = ["ReportExporter"]


class ReportExporter(HTMLExporter):
    """Exporter of one notebook to one page.

    Args:
        losses: gathers what the page cannot show.
        folders: where relative paths of pictures start.
    """

    def __init__(self, losses: Losses, folders: Iterable[Path] = ()):
        self._pictures = Pictures(folders, losses)
        self._texts = PrintedText(losses)
        super().__init__(template_name="template", extra_template_basedirs=[str(FOLDER.parent)])
        self.exclude_input_prompt = self.exclude_output_prompt = True

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Yield the filters of nbconvert and those of this page."""
        yield from super().default_filters()
        for one in (self.printed, self.messages, self.raised, self.with_pictures):
            yield one.__name__, one
        yield "brings_colours", brings_colours
        yield "themed", themed

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return Markdown as HTML."""
        cell = context.get("cell", {})
        return markdown_html(source, _number(context), cell.get("attachments") or {}, self._pictures)

    @pass_context
    def printed(self, context: Any, text: str) -> str:
        """Return printed text as HTML."""
        return self._texts.printed(text, _number(context))

    @pass_context
    def messages(self, context: Any, text: str) -> str:
        """Return text on standard error as HTML."""
        return self._texts.messages(text, _number(context))

    @pass_context
    def raised(self, context: Any, output: Any) -> str:
        """Return an exception as HTML."""
        return self._texts.raised(output, _number(context))

    @pass_context
    def with_pictures(self, context: Any, text: str) -> str:
        """Return HTML with the pictures that it names."""
        return self._pictures.in_html(text, _number(context))


def _number(context: Any) -> int:
    """Return the number of the cell that is being drawn."""
    return context.get("cell", {}).get("metadata", {}).get(NUMBER, 0)
