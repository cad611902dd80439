"""Puts HTML of which a page cannot be sure into frames of its own, which cannot change the page around them.

A frame is as high as its content, says a script in it, and as the page, it makes no request: it inherits the page's
Content-Security-Policy.
"""

from __future__ import annotations

import html

__all__ = ["LISTENER", "framed"]

_HEAD = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>
body { margin: 0; font: 17px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
.lost { border: 1px dashed; border-radius: 6px; padding: .5em .9em; font-size: .9em; overflow-wrap: anywhere }
</style><script>
(() => {
  const tell = () => {
    const { body, documentElement: all } = document;
    parent.postMessage({ frame: Math.max(body ? body.scrollHeight : 0, all.getBoundingClientRect().height) }, "*");
  };
  addEventListener("load", tell);
  addEventListener("DOMContentLoaded", () => { tell(); new ResizeObserver(tell).observe(document.documentElement); });
})();
</script><body>"""

#: Script of the page that gives each frame the height that it asks for.
LISTENER = """addEventListener("message", ({ source, data }) => {
  const height = Math.min(Math.ceil(data?.frame), 20000);
  for (const frame of document.querySelectorAll("iframe.apart"))
    if (frame.contentWindow === source && height > 0) frame.style.height = `${height}px`;
});"""


def framed(text: str, title: str) -> str:
    """Return HTML in a frame of its own.

    Args:
        text: the HTML, of any kind; also one with tags that are never closed.
        title: what is in the frame, for screen readers.
    """
    return (
        f'<iframe class="apart" sandbox="allow-scripts" title="{html.escape(title)}" '
        f'srcdoc="{html.escape(_HEAD + text)}"></iframe>'
    )
