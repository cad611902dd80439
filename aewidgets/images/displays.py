"""Pictures side by side and tables for notebooks, as HTML that needs no network. Measures nothing."""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.reading import png_bytes

__all__ = ["REPORT_VARIABLE", "Pictures", "Table", "brightness", "in_report", "json_in_html", "thumbnail"]

#: Environment variable of a kernel whose notebook becomes an HTML page, where no kernel will answer.
REPORT_VARIABLE = "AEWIDGETS_REPORT"


def in_report() -> bool:
    """Return whether outputs are made for a page without a kernel."""
    return bool(os.environ.get(REPORT_VARIABLE))


def json_in_html(value: Any) -> str:
    """Return a value as JSON that is safe inside a script element, whatever its strings hold."""
    text = json.dumps(value, separators=(",", ":"), default=list)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def thumbnail(image: np.ndarray, side: int = 240) -> np.ndarray:
    """Return a uint8 image reduced to at most `side` pixels on the longer side (Lanczos), for orientation only."""
    scale = min(1, side / max(image.shape[:2]))
    width, height = (max(1, round(n * scale)) for n in (image.shape[1], image.shape[0]))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def brightness(values: np.ndarray, largest: float | None = None) -> np.ndarray:
    """Return non-negative values (H, W) as a gray uint8 image: 0 is black, `largest` (their maximum if None) white."""
    top = float(np.max(values)) if largest is None else largest
    return np.clip(np.rint(np.asarray(values) / (top or 1) * 255), 0, 255).astype(np.uint8)


@dataclass(frozen=True, repr=False)
class Pictures:
    """Pictures with captions in as many columns as fit, lossless so that artefacts show.

    Attributes:
        images: uint8, (H, W) or (H, W, 3).
        captions: one for each image; line breaks are kept.
        zoom: largest number of screen pixels per pixel; above 1, pixels are shown as squares.

    Raises:
        ValueError: unless there is one caption for each image.
    """

    images: Sequence[np.ndarray]
    captions: Sequence[str]
    zoom: float = 1

    def __post_init__(self) -> None:
        if len(self.images) != len(self.captions):
            raise ValueError(f"expected one caption for each of {len(self.images)} pictures, got {len(self.captions)}")

    def _repr_html_(self) -> str:
        figures = "".join(
            self._figure(image, caption) for image, caption in zip(self.images, self.captions, strict=True)
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:14px 12px;align-items:flex-start">{figures}</div>'

    def _figure(self, image: np.ndarray, caption: str) -> str:
        """Return one picture with its caption as HTML."""
        width = round(image.shape[1] * self.zoom)
        source = base64.b64encode(png_bytes(image)).decode()
        pixels = ";image-rendering:pixelated" if self.zoom > 1 else ""
        text = html.escape(caption)
        return (
            f'<figure style="margin:0;width:{width}px;max-width:100%">'
            f'<img alt="{text}" style="display:block;width:100%;height:auto{pixels}" '
            f'src="data:image/png;base64,{source}">'
            f'<figcaption style="font-size:.85em;line-height:1.35;white-space:pre-line;padding-top:.3em">{text}'
            f"</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f"Pictures({len(self.images)})"


class Table:
    """A table of strings and numbers; the first column is aligned to the left, the others to the right.

    Args:
        columns: headings.
        rows: cells; None is shown as "-", floats with `digits` decimals.
        digits: number of decimals, for all columns or for each.
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence], digits: int | Sequence[int] = 2):
        self.columns = tuple(columns)
        places = [digits] * len(self.columns) if isinstance(digits, int) else list(digits)
        self.rows = tuple(
            tuple(_text(value, place) for value, place in zip(row, places, strict=True)) for row in rows
        )

    def _repr_html_(self) -> str:
        # An empty heading must not be a heading for screen readers.
        head = "".join(_cell("th" if text else "td", text, number) for number, text in enumerate(self.columns))
        body = "".join(
            "<tr>" + "".join(_cell("td", text, number) for number, text in enumerate(row)) + "</tr>"
            for row in self.rows
        )
        return (
            f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        )

    def __repr__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        return "\n".join(
            "  ".join(
                text.ljust(w) if i == 0 else text.rjust(w)
                for i, (text, w) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )


def _cell(tag: str, text: str, number: int) -> str:
    """Return a cell of the table as HTML; column 0 is aligned to the left."""
    side = "left" if number == 0 else "right"
    return f'<{tag} style="text-align:{side};padding:.25em .8em .25em 0">{html.escape(text)}</{tag}>'


def _text(value, digits: int) -> str:
    """Return the text of a cell."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
