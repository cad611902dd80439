"""Fills templates of HTML pages that need no network: with a script of their own, or still. Knows no runs.

The data are part of the page, as JSON. A Content-Security-Policy allows no other script and no other style.
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

__all__ = ["FOLDER", "scripted_page", "source", "still_page"]

#: Folder of style sheets, scripts and HTML templates.
FOLDER = Path(str(resources.files("aewidgets.reports.pages") / "template"))


def source(name: str) -> str:
    """Return the text of a file among the templates."""
    return (FOLDER / name).read_text(encoding="utf-8").strip()


def scripted_page(name: str, scripts: Sequence[str], data: Any, **texts: str) -> str:
    """Return a page as HTML.

    Args:
        name: the page is made of NAME.html and NAME.css among the templates.
        scripts: names of scripts among the templates, in order. They share one scope, with elements.js before them.
        data: value that the scripts draw; JSON must be able to hold it.
        texts: texts for the further places in NAME.html, by name of the place; they are escaped.
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


def still_page(name: str, body: str, **texts: str) -> str:
    """Return a page without scripts as HTML.

    Args:
        name: the page is made of NAME.html and NAME.css among the templates.
        body: HTML for the place "body"; whoever makes it escapes what others wrote.
        texts: as in `scripted_page`.
    """
    style = "\n".join(source(file) for file in ("report.css", "elements.css", f"{name}.css"))
    places = {place: html.escape(text) for place, text in texts.items()}
    return Template(source(f"{name}.html")).substitute(places, style=style, style_hash=_csp_hash(style), body=body)


def _csp_hash(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
