"""An HTML page that draws itself from data by a script of its own, and needs no network. Knows no runs.

The data travel as JSON; a Content-Security-Policy lets no other script or style run.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from aewidgets.images.displays import json_in_html

__all__ = ["FOLDER", "scripted_page", "source"]

FOLDER = Path(str(resources.files("aewidgets.reports.pages") / "template"))


def scripted_page(name: str, scripts: Sequence[str], data: Any, **texts: str) -> str:
    """The page.

    Args:
        name: of NAME.html and NAME.css among the templates.
        scripts: files there, which see each other's names and those of elements.js, and nobody else's.
        data: what JSON holds.
        texts: for the places that NAME.html has beside style, script and data; they are escaped.
    """
    style = "\n".join(source(file) for file in ("report.css", "elements.css", f"{name}.css"))
    script = "(() => {\n" + "\n".join(source(file) for file in ("elements.js", *scripts)) + "\n})();"
    return Template(source(f"{name}.html")).substitute(
        {place: html.escape(text) for place, text in texts.items()},
        style=style,
        style_hash=_csp_hash(style),
        script=script,
        script_hash=_csp_hash(script),
        data=json_in_html(data),
    )


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def source(name: str) -> str:
    """The text of a file there."""
    return (FOLDER / name).read_text(encoding="utf-8").strip()
