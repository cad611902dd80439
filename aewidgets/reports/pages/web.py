"""Reads HTML that others wrote: what it asks from the network, which files beside the notebook it shows, and whether it
keeps to itself. Draws nothing.

A page makes no request. Files are made part of it, and each picture, film or style that needs the network is told.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["Web", "data_url", "local_file"]

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
#: Attributes whose address a browser loads, by element. Others, such as links that a reader follows, load nothing.
_LOADS = {
    "audio": ("src",), "embed": ("src",), "iframe": ("src",), "image": ("href", "xlink:href"), "img": ("src", "srcset"),
    "input": ("src",), "link": ("href",), "object": ("data",), "script": ("src",), "source": ("src", "srcset"),
    "track": ("src",), "use": ("href", "xlink:href"), "video": ("src", "poster"),
}  # fmt: skip
_NAMES = {
    "audio": "a sound", "embed": "content", "iframe": "a page", "image": "a picture", "img": "a picture",
    "input": "a picture", "link": "a style", "object": "content", "script": "a script", "source": "media",
    "style": "a style", "track": "subtitles", "use": "a picture", "video": "a film",
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
_OWN = '<div class="aewidgets-offline">'  # begins a live widget of this package, whose scripts are known
_LARGEST = 50_000_000  # bytes of a file that becomes part of a page


class Web(HTMLParser):
    """A piece of HTML that was read.

    Args:
        text: the HTML.
        folders: folders in which relative addresses of files begin, best first.

    Attributes:
        missing: what needs the network or is not found, as pairs of words and whether the output needs it to work.
        contained: False for HTML that would change the page around it: with tags that are not closed or were never
            opened, styles for any element, or scripts that reach for the page.
        only_style: whether there is nothing to see but styles.
    """

    def __init__(self, text: str, folders: Sequence[Path] = ()):
        super().__init__(convert_charrefs=True)
        self.text, self._folders = text, folders
        self.missing: list[tuple[str, bool]] = []
        self.contained, self.only_style = True, "<style" in text.lower()
        self._own = _OWN in text
        self._open: list[str] = []
        self._changes: list[tuple[int, int, Callable[[Callable[[str], str]], str]]] = []
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
        """Return the HTML with files embedded and with notes, which `note` makes of words, where something is missing.

        If the output cannot work without what is missing, the notes stand in its place.
        """
        if self.needs_network:
            return note(self._why())
        notes: dict[str, None] = {}
        parts, end = [], 0
        for start, stop, change in self._changes:
            parts += [self.text[end:start], change(note)]
            end = stop
        placed = {words for _, _, change in self._changes for words in getattr(change, "words", ())}
        for words, _ in self.missing:
            if words not in placed:
                notes[note(words)] = None
        return "".join(notes) + "".join([*parts, self.text[end:]])

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
        elif inside == "script" and not self._own:
            if len(data) < _LIBRARY:
                for address in re.finditer(_SCRIPT_URL, data):
                    self._lacks("script", address[1] or address[2], True)
            self.contained = self.contained and not (len(data) < _LIBRARY and _REACHES.search(data))
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
        self._style(values.get("style", ""))
        if any(name.startswith("on") and _REACHES.search(value) for name, value in values.items()):
            self.contained = False
        if tag == "iframe" and "srcdoc" in values:
            self._inside(values["srcdoc"], self._folders)
            return
        if tag == "link" and not re.search(r"stylesheet|icon|preload", values.get("rel", ""), re.IGNORECASE):
            return
        found: dict[str, str] = {}
        for name in _LOADS.get(tag, ()):
            address = values.get(name, "").strip()
            if name == "srcset":
                address = address.split(" ")[0].rstrip(",")
            if not address or address.startswith(("#", "data:", "blob:", "about:", "javascript:")):
                continue
            file = local_file(address, self._folders)
            if isinstance(file, Path):
                found[values[name]] = self._frame_of(file) if tag == "iframe" else data_url(file)
            elif self._is_known(tag, address):
                self._replace(lambda _: "")
            else:
                self._lacks(tag, address, tag in _ESSENTIAL, file)
                return
        if found:
            self._replace(lambda _: _with_addresses(tag, attrs, found))

    def _inside(self, text: str, folders: Sequence[Path]) -> None:
        """Remember what is missing in a page inside the output."""
        self.missing += Web(text, folders).missing

    def _frame_of(self, file: Path) -> str:
        """Return the content of a frame: the text of an HTML file, or any other file as a URL."""
        if file.suffix.lower() not in (".html", ".htm"):
            return data_url(file)
        text = file.read_text(encoding="utf-8", errors="replace")
        self._inside(text, (file.parent,))
        return f"srcdoc:{text}"

    def _is_known(self, tag: str, address: str) -> bool:
        """Return whether the page does without an address: matplotlib's players take nothing but signs from it."""
        return tag == "link" and "font-awesome" in address and "anim-buttons" in self.text

    def _lacks(self, tag: str, address: str, essential: bool, why: str | Path | None = None) -> None:
        """Remember something that is missing; a picture or a film is replaced by the note."""
        what = _NAMES.get(tag, "a script")
        if isinstance(why, str):
            words = f"{what} {why}"
        elif essential:
            words = f"this output needs the network ({what} from {_short(address)})"
        else:
            words = f"{what} from {_short(address)} needs the network"
        if (words, essential) not in self.missing:
            self.missing.append((words, essential))
        if tag == "img":
            self._replace(lambda note: note(words), words)
        elif tag == "link":
            self._replace(lambda _: "")

    def _replace(self, change: Callable[[Callable[[str], str]], str], *words: str) -> None:
        """Remember to replace the tag that is being read; `words` are the losses that this tells."""
        line, column = self.getpos()
        start = self._lines[line - 1] + column

        def changed(note: Callable[[str], str]) -> str:
            return change(note)

        changed.words = words  # type: ignore[attr-defined]
        self._changes.append((start, start + len(self.get_starttag_text() or ""), changed))

    def _style(self, css: str) -> None:
        """Read the addresses in a style."""
        for address in re.finditer(_CSS_URL, css):
            scheme = address[1] or "https:"
            if scheme.lower() in ("http:", "https:"):
                self._lacks("style", f"{scheme}//{address[2]}", False)


def local_file(address: str, folders: Sequence[Path]) -> Path | str | None:
    """Return the file that an address means, or words why it cannot be shown, or None if it is on the network.

    Args:
        address: a relative path, as in HTML or Markdown, or a `file:` URL.
        folders: folders in which relative paths begin, best first.
    """
    if re.match(r"[a-zA-Z]:[\\/]", address):  # a drive of Windows
        path = address
    else:
        parts = urlsplit(address)
        path = unquote(parts.path)
        if parts.scheme not in ("", "file") or (parts.netloc and parts.scheme != "file"):
            return None
    for file in (Path(path),) if Path(path).is_absolute() else (folder / path for folder in folders):
        try:
            size = file.stat().st_size if file.is_file() else -1
        except (OSError, ValueError):
            continue
        if size > _LARGEST:
            return f"in the file {_short(path)} is too large for a page ({size / 1e6:.0f} MB)"
        if size >= 0:
            return file
    return f"in the file {_short(path)} was not found beside the notebook"


def data_url(file: Path) -> str:
    """Return a file as a `data:` URL of the type that its name says."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _with_addresses(tag: str, attrs: Sequence[tuple[str, str | None]], found: dict[str, str]) -> str:
    """Return the start of an element with other addresses; a page in a frame cannot reach the page around it."""
    made = []
    for name, value in attrs:
        new = found.get(value or "") if name in _LOADS[tag] else None
        if new is not None and new.startswith("srcdoc:"):
            made += [("srcdoc", new.removeprefix("srcdoc:")), ("sandbox", "allow-scripts")]
        else:
            made.append((name, value if new is None else new))
    texts = [name if value is None else f'{name}="{html.escape(value)}"' for name, value in made]
    return f"<{' '.join([tag, *texts])}>"


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
