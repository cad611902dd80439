"""Reads HTML that others wrote: which scripts, pages and styles it loads, and whether it keeps to itself.

A page makes no request. Files beside the notebook become part of it, and what needs the network is told.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from urllib.parse import urlsplit

from aewidgets.reports.pages.pictures import Pictures, Unreachable

__all__ = ["Web"]

_VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
))  # fmt: skip
_OPTIONAL = frozenset((
    "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup",
    "caption", "rt", "rp",
))  # fmt: skip
#: Elements that a browser would take for the page's own, or after which it reads no more tags.
_OF_A_PAGE = frozenset((
    "html", "head", "body", "base", "title", "meta", "frameset", "frame", "plaintext", "noframes", "xmp",
))  # fmt: skip
#: Attributes whose address a browser loads, by element. Pictures, films and sounds are the business of `pictures.py`;
#: links that a reader follows load nothing.
_LOADS = {
    "embed": ("src",), "iframe": ("src",), "image": ("href", "xlink:href"), "link": ("href",), "object": ("data",),
    "script": ("src",), "use": ("href", "xlink:href"),
}  # fmt: skip
_NAMES = {
    "embed": "a document", "iframe": "a page", "image": "a picture", "link": "a style", "object": "a document",
    "script": "a script", "style": "a style", "use": "a picture",
}  # fmt: skip
#: Without these nothing of the output can be expected to work.
_ESSENTIAL = frozenset(("script", "iframe", "embed", "object"))
_CSS_URL = re.compile(r"""(?:url\(\s*|@import\s+)["']?([a-z]+:)?//([^"')\s;]+)""", re.IGNORECASE)
#: Addresses in scripts of what they load: a library, or an argument of a call that loads.
_SCRIPT_URL = re.compile(
    r"""["'`](https?://[^"'`\s]+?(?:\.m?js|\.css)(?:[?#][^"'`]*)?|https?://(?:cdn|unpkg|esm)\.[^"'`\s]+)["'`]"""
    r"""|\b(?:fetch|import|json|csv|open)\s*\(\s*(?:["']GET["']\s*,\s*)?["'`](https?://[^"'`\s]+)"""
)
_LIBRARY = 150_000  # characters from which on a script is a library, which names many addresses and loads none of them
#: Scripts that reach for what is not theirs.
_REACHES = re.compile(
    r"\bdocument\s*\.\s*(?:body|write(?:ln)?|open|documentElement|head|title|cookie)\b"
    r"|\bwindow\s*\.\s*(?:top|parent)\b|\blocation\s*(?:=[^=]|\.(?:href|assign|replace|reload)\b)|\balert\s*\("
)
#: Scripts that call what classic notebooks had, and pages have not.
_CLASSIC = re.compile(r"\b(?:require|requirejs)\s*(?:\.config\s*)?\(\s*[\[{]|\b(?:Jupyter|IPython)\.notebook\b")
_GUARD = re.compile(r"typeof\s*\(?\s*(?:window\.)?(?:require|requirejs|Jupyter|IPython)\b|window\.require")
_OWN = '<div class="aewidgets-offline">'  # begins a live widget of this package, whose scripts are known


class Web(HTMLParser):
    """A piece of HTML that was read.

    Args:
        text: the HTML.
        pictures: reads files beside the notebook; None if there is no notebook.

    Attributes:
        missing: what needs the network or is not found, as pairs of words and whether the output needs it to work.
        contained: False for HTML that would change the page around it: with tags that are not closed or were never
            opened, styles for any element, or scripts that reach for the page.
        only_style: whether there is nothing to see but styles.
    """

    def __init__(self, text: str, pictures: Pictures | None = None):
        super().__init__(convert_charrefs=True)
        self.text, self._pictures = text, pictures
        self.missing: list[tuple[str, bool]] = []
        self.contained, self.only_style = True, "<style" in text.lower()
        self._own = _OWN in text
        self._open: list[str] = []
        self._runs = False  # whether the script that is being read is one, and not data
        self._changes: list[tuple[int, int, str]] = []
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)
        if self.cdata_elem or re.search(r"<[a-zA-Z!/?]", self.rawdata):
            self.contained = False
        if text.rfind("<!--") > text.rfind("-->"):
            self.contained = False
        self.close()
        if any(tag not in _OPTIONAL for tag in self._open):
            self.contained = False

    @property
    def needs_network(self) -> bool:
        """Return whether the output cannot work without something that is missing."""
        return any(essential for _, essential in self.missing)

    def shown(self, note: Callable[[str], str]) -> str:
        """Return the HTML with files embedded, after notes, which `note` makes of words, of what is missing.

        If the output cannot work without what is missing, the notes stand in its place.
        """
        if self.needs_network:
            return note(self._why())
        parts, end = [note(words) for words, _ in self.missing], 0
        for start, stop, text in self._changes:
            parts += [self.text[end:start], text]
            end = stop
        return "".join([*parts, self.text[end:]])

    def _why(self) -> str:
        """Return in words why the output cannot work."""
        found = [words for words, essential in self.missing if essential]
        if len(found) == 1:
            return found[0]
        hosts = list(dict.fromkeys(host for words in found for host in re.findall(r"https?://([^/\s)]+)", words)))
        more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
        return f"this output needs the network (it loads from {', '.join(hosts[:3])}{more})" if hosts else found[0]

    # What the parser of the standard library calls.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read a tag that opens an element."""
        drawn = "svg" in self._open or "math" in self._open
        self._element(tag, attrs, drawn)
        if tag not in _VOID or drawn:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read a tag that closes itself, which it does in drawings and formulas alone."""
        drawn = tag in ("svg", "math") or "svg" in self._open or "math" in self._open
        self._element(tag, attrs, drawn)
        if tag not in _VOID and not drawn:
            self._open.append(tag)
            if tag in ("script", "style"):
                self.set_cdata_mode(tag)

    def handle_endtag(self, tag: str) -> None:
        """Read a tag that closes an element."""
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                if last not in _OPTIONAL:
                    self.contained = False
        elif tag not in ("p", "br") and tag not in _VOID:
            self.contained = False

    def handle_data(self, data: str) -> None:
        """Read text, also that of a style or a script."""
        inside = self._open[-1] if self._open else ""
        if inside == "style":
            self._style(data)
            self.contained = self.contained and not _for_any_element(data)
        elif inside == "script" and (self._own or not self._runs):
            pass
        elif inside == "script":
            if len(data) < _LIBRARY:
                for address in re.finditer(_SCRIPT_URL, data):
                    self._lacks("script", f"a script from {_short(address[1] or address[2])}")
                if _CLASSIC.search(data) and not _GUARD.search(data) and not self.needs_network:
                    self._lacks("script", "this output needs scripts of the classic notebook (RequireJS)", known=True)
                self.contained = self.contained and not _REACHES.search(data)
        elif data.strip():
            self.only_style = False

    def handle_decl(self, decl: str) -> None:
        """Read a declaration, which only whole documents have."""
        self.contained = False

    def _element(self, tag: str, attrs: Sequence[tuple[str, str | None]], drawn: bool) -> None:
        """Read the attributes of an element."""
        if tag in _OF_A_PAGE and not drawn:
            self.contained = False
        if tag not in ("style", "div", "span", *_OF_A_PAGE):
            self.only_style = False
        values = {name: value or "" for name, value in attrs}
        if tag == "script":
            kind = values.get("type", "").strip().lower()
            self._runs = bool(re.fullmatch(r"|module|.*/(?:java|ecma)script\b.*", kind))
        self._style(values.get("style", ""))
        if any(name.startswith("on") and _REACHES.search(value) for name, value in values.items()):
            self.contained = False
        if tag == "iframe" and "srcdoc" in values:
            self._inside(values["srcdoc"])
            return
        if tag == "link" and not re.search(r"stylesheet|icon|preload", values.get("rel", ""), re.IGNORECASE):
            return
        for name in _LOADS.get(tag, ()):
            address = values.get(name, "").strip()
            if not address or address.startswith(("#", "data:", "blob:", "about:", "javascript:")):
                continue
            if tag == "link" and "font-awesome" in address and "anim-buttons" in self.text:
                self._replace("")  # of matplotlib's player, for which the page has signs of its own
            elif urlsplit(address).scheme in ("http", "https") or address.startswith("//"):
                self._lacks(tag, f"{_NAMES[tag]} from {_short(address)}")
            else:
                self._embed(tag, attrs, address)

    def _embed(self, tag: str, attrs: Sequence[tuple[str, str | None]], address: str) -> None:
        """Make a file beside the notebook part of the HTML."""
        try:
            if self._pictures is None or tag not in ("iframe", "script", "link"):
                raise Unreachable(f"{_NAMES[tag]} in the file {_short(address)}, of a kind that this page cannot hold")
            text = self._pictures.text(address, _NAMES[tag].removeprefix("a "))
        except Unreachable as error:
            self._lacks(tag, str(error), known=True)
            return
        if tag == "iframe":
            self._inside(text)
            kept = [(name, value) for name, value in attrs if name not in ("src", "srcdoc", "sandbox")]
            self._replace(_tag(tag, [*kept, ("srcdoc", text), ("sandbox", "allow-scripts")]))
        elif tag == "script":
            self._replace(_tag(tag, [(n, v) for n, v in attrs if n != "src"]) + re.sub("</(?=script)", "<\\\\/", text))
        else:
            self._style(text)
            self._replace(f"<style>{re.sub('</(?=style)', '', text)}</style>")
            self.contained = self.contained and not _for_any_element(text)

    def _inside(self, text: str) -> None:
        """Remember what is missing in a page inside the output."""
        self.missing += Web(text, self._pictures).missing

    def _lacks(self, tag: str, what: str, known: bool = False) -> None:
        """Remember something that is missing; a style that cannot be loaded is taken out."""
        if known:
            words, essential = what, tag in _ESSENTIAL
        elif essential := tag in _ESSENTIAL:
            words = f"this output needs the network ({what})"
        else:
            words = f"{what} needs the network"
        if (words, essential) not in self.missing:
            self.missing.append((words, essential))
        if tag == "link":
            self._replace("")

    def _replace(self, text: str) -> None:
        """Remember to replace the tag that is being read."""
        line, column = self.getpos()
        start = self._lines[line - 1] + column
        self._changes.append((start, start + len(self.get_starttag_text() or ""), text))

    def _style(self, css: str) -> None:
        """Read the addresses in a style."""
        for address in re.finditer(_CSS_URL, css):
            scheme = address[1] or "https:"
            if scheme.lower() in ("http:", "https:"):
                self._lacks("style", f"a style from {_short(f'{scheme}//{address[2]}')}")


def _tag(name: str, attrs: Sequence[tuple[str, str | None]]) -> str:
    """Return the start of an element."""
    texts = [key if value is None else f'{key}="{html.escape(value)}"' for key, value in attrs]
    return f"<{' '.join([name, *texts])}>"


def _for_any_element(css: str) -> bool:
    """Return whether a style sheet has a rule for elements of any class."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{", plain):
        if selectors.strip().startswith("@"):
            continue
        for one in selectors.split(","):
            words = one.rpartition(";")[2].strip()
            if words and not re.search(r"[.#\[]", words) and not re.fullmatch(r"from|to|[\d.]+%", words):
                return True
    return False


def _short(address: str) -> str:
    """Return an address without its query, at most 100 characters."""
    return re.split(r"[?#]", address, maxsplit=1)[0][:100]
