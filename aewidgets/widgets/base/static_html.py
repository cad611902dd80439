"""Widgets as HTML without a kernel or a network: a picture, and a script that replaces it by the live widget.

The script is the same ES module that runs in JupyterLab; a host of about a kilobyte takes the kernel's place.
"""

from __future__ import annotations

import base64
import html
from importlib import resources
from string import Template
from typing import Any

from aewidgets.images.displays import json_in_html

__all__ = ["fallback", "page", "upgraded"]


def fallback(png: bytes | None, words: str) -> str:
    """Return a picture with its description, or the description alone."""
    text = html.escape(words)
    if png is None:
        return f'<p style="overflow-wrap:anywhere">{text}</p>'
    source = base64.b64encode(png).decode()
    return (
        f'<figure style="margin:0;overflow-wrap:anywhere"><img alt="{text}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{source}"><figcaption style="font-size:.85em">{text}</figcaption></figure>'
    )


def upgraded(png: bytes, words: str, module: str, offline: dict[str, Any]) -> str:
    """Return the picture, and the scripts that replace it by the live widget where scripts run.

    Args:
        png: the picture.
        words: what it shows.
        module: source of an ES module whose default export has `render` and `offline`.
        offline: the module's data; it may hold bytes at any depth.
    """
    return (
        f'<div class="aewidgets-offline">{fallback(png, words)}'
        f'<script type="application/json">{json_in_html(_plain(offline))}</script>'
        f'<script type="text/plain">{json_in_html(module)}</script>'
        f"<script>{_file('static/host.js')}</script></div>"
    )


def page(title: str, body: str) -> str:
    """Return a whole HTML file around `body`. It forbids the browser any request."""
    return Template(_file("page.html")).substitute(title=html.escape(title), body=body)


def _file(name: str) -> str:
    return (resources.files("aewidgets") / "widgets" / name).read_text(encoding="utf-8")


def _plain(value: Any) -> Any:
    """Replace bytes at any depth by {"$bytes": base64}, so that all of it is JSON."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
