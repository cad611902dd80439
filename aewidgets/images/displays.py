"""Pictures side by side and tables, as a notebook shows them: HTML that needs no network. Measures nothing."""

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

#: Set in the environment of a kernel whose notebook becomes an HTML page: no kernel will be there to answer.
REPORT_VARIABLE = "AEWIDGETS_REPORT"


def in_report() -> bool:
    """Whether what is shown now is for a page without a kernel."""
    return bool(os.environ.get(REPORT_VARIABLE))


def json_in_html(value: Any) -> str:
    """JSON that may stand inside a script element, whatever its texts hold."""
    text = json.dumps(value, separators=(",", ":"), default=list)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def thumbnail(image: np.ndarray, side: int = 240) -> np.ndarray:
    """A uint8 image whose longer side is at most `side` pixels: for finding one's way, not for judging."""
    scale = min(1, side / max(image.shape[:2]))
    width, height = (max(1, round(n * scale)) for n in (image.shape[1], image.shape[0]))
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))


def brightness(values: np.ndarray, largest: float | None = None) -> np.ndarray:
    """Numbers (H, W), not negative, as a gray uint8 picture: 0 is black, `largest` (of all, if None) white."""
    top = float(np.max(values)) if largest is None else largest
    return np.clip(np.rint(np.asarray(values) / (top or 1) * 255), 0, 255).astype(np.uint8)


@dataclass(frozen=True, repr=False)
class Pictures:
    """Pictures with captions in as many columns as fit; lossless, since artefacts are what one looks for.

    Attributes:
        images: uint8, (H, W) or (H, W, 3).
        captions: one each; lines are kept.
        zoom: screen pixels per pixel at most; above 1, pixels are shown as squares.
    """

    images: Sequence[np.ndarray]
    captions: Sequence[str]
    zoom: float = 1

    def __post_init__(self) -> None:
        if len(self.images) != len(self.captions):
            raise ValueError(f"expected a caption each, got {len(self.captions)} for {len(self.images)} pictures")

    def _repr_html_(self) -> str:
        figures = "".join(
            self._figure(image, caption) for image, caption in zip(self.images, self.captions, strict=True)
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:14px 12px;align-items:flex-start">{figures}</div>'

    def _figure(self, image: np.ndarray, caption: str) -> str:
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
    """A table of texts and numbers; the first column is text, the others stand to the right.

    Args:
        columns: headings.
        rows: cells, None for what is not known; floats are shown with `digits` decimals.
        digits: one number for all columns, or one a column.
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence], digits: int | Sequence[int] = 2):
        self.columns = tuple(columns)
        places = [digits] * len(self.columns) if isinstance(digits, int) else list(digits)
        self.rows = tuple(
            tuple(_text(value, place) for value, place in zip(row, places, strict=True)) for row in rows
        )

    def _repr_html_(self) -> str:
        # A heading that says nothing is none to a screen reader either.
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
    side = "left" if number == 0 else "right"
    return f'<{tag} style="text-align:{side};padding:.25em .8em .25em 0">{html.escape(text)}</{tag}>'


def _text(value, digits: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
