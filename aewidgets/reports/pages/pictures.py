"""Pictures, films and sounds that the text of a notebook names, as part of the page; a note where there is none.

Pictures beside the notebook are embedded, as Jupyter would show them. Only files in the folder of the notebook, in
folders below it, or in its repository are read, and only those that are pictures, films or sounds.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aewidgets.reports.pages.losses import Losses

__all__ = ["Pictures", "Unreachable"]

_LARGEST = 30_000_000  # bytes of a file that becomes part of a page
_REMOTE = ("http", "https", "ftp")
_TAG = re.compile(
    r"""<(img|video|audio|source|iframe|embed|object)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>""", re.IGNORECASE
)
_SETS = re.compile(r"""\s(?:srcset|sizes)\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)  # addresses for other widths
_SOURCE = re.compile(r"""(?<![\w-])(src|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SCRIPT = re.compile(r"(<(script|style|textarea|pre|code)\b.*?</\2\s*>|<!--.*?-->)", re.IGNORECASE | re.DOTALL)
_NAMES = {"video": "film", "audio": "sound", "source": "film or sound", "iframe": "page", "embed": "document",
          "object": "document"}  # fmt: skip
#: The first bytes of pictures that browsers show. Others are known by their names.
_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)  # fmt: skip


class Unreachable(Exception):
    """Raised for a picture that a page cannot show; the text says what and why."""


class Pictures:
    """The pictures of one notebook's page.

    Args:
        folders: where the notebook lies, and where it ran: relative paths start there. None of them for a notebook
            that was read from elsewhere.
        losses: gathers what cannot be shown.
    """

    def __init__(self, folders: Iterable[Path], losses: Losses):
        self._folders = list(dict.fromkeys(folder.resolve() for folder in folders))
        self._losses = losses

    def source(self, url: str, attachments: Mapping[str, Any] | None = None, what: str = "picture") -> str:
        """Return the `data:` URL of a picture.

        Args:
            url: what the notebook names: a path, also an escaped one, an address, or `attachment:NAME`.
            attachments: those of its cell.
            what: word for it: picture, film or sound.

        Raises:
            Unreachable: if the page cannot show it.
        """
        url = html.unescape(url).strip()
        shown = url if len(url) <= 120 else f"{url[:119]}…"
        scheme = urlsplit(url).scheme.lower() if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+:", url) else ""
        if scheme in ("data", "blob"):
            return url
        if scheme == "attachment":
            return _attached(url.partition(":")[2], attachments or {}, what)
        if scheme in _REMOTE or url.startswith("//"):
            raise Unreachable(f"the {what} {shown} needs the network")
        if scheme or not url or url.startswith(("/", "\\", "~")) or url[1:2] == ":":
            raise Unreachable(f"the {what} {shown or 'without an address'} is not named by a path beside the notebook")
        return _embedded(self._found(url, shown, what), shown, what)

    def text(self, url: str, what: str) -> str:
        """Return the text of a page, a script or a style beside the notebook; raise Unreachable if there is none."""
        path = self._found(url, url[:120], what)
        try:
            if path.stat().st_size > _LARGEST:
                raise Unreachable(f"the {what} {url[:120]} has {path.stat().st_size / 1e6:,.0f} MB, too much")
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise Unreachable(f"the {what} {url[:120]} cannot be read: {error.strerror}") from error

    def note(self, cell: int, error: Unreachable, words: str = "") -> str:
        """Return the note that stands in the place of a picture, as HTML, with its alternative text if it has one."""
        about = f" ({words})" if words.strip() else ""
        return self._losses.note(cell, f"{error}{about}")

    def in_html(self, text: str, cell: int, attachments: Mapping[str, Any] | None = None) -> str:
        """Return HTML with the pictures, films and sounds that it names embedded, or notes in their places.

        Args:
            text: HTML, also a part that opens an element and does not close it. Scripts, styles and code stay as
                they are.
            cell: number of the cell.
            attachments: those of the cell.
        """
        parts = _SCRIPT.split(text) if "<" in text else [text]
        # The pattern has two groups, so that text, what is skipped, and its name take turns.
        made = [
            _TAG.sub(lambda tag: self._tag(tag, cell, attachments), part) if place % 3 == 0 else part * (place % 3 == 1)
            for place, part in enumerate(part or "" for part in parts)
        ]
        return "".join(made)

    def _tag(self, tag: re.Match[str], cell: int, attachments: Mapping[str, Any] | None) -> str:
        """Return one element with its source embedded, or the note that stands in its place."""
        name = tag[1].lower()
        wanted = "data" if name == "object" else "src"
        found = next((one for one in _SOURCE.finditer(tag[2]) if one[1].lower() == wanted), None)
        if found is None:  # of the sources of a `picture` element the image behind them is the one that is embedded
            return "" if name == "source" and "srcset" in tag[2].lower() else tag[0]
        url = next(value for value in found.groups()[1:] if value is not None)
        try:
            if name in ("iframe", "embed", "object") and url.strip().lower().startswith(("data:", "about:", "#")):
                return tag[0]
            source = self.source(url, attachments, _NAMES.get(name, "picture"))
        except Unreachable as error:
            alt = re.search(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag[2], re.IGNORECASE)
            note = self.note(cell, error, html.unescape(alt[1] or alt[2] or "") if alt else "")
            if name == "source":  # within a player nothing is shown but the player
                return f"</video></audio>{note}"
            return f"{note}<{name} hidden>" if name in ("video", "audio") else note
        before, after = (_SETS.sub("", part) for part in (tag[2][: found.start()], tag[2][found.end() :]))
        return f'<{tag[1]}{before}{found[1]}="{html.escape(source)}"{after}>'

    def _found(self, url: str, shown: str, what: str) -> Path:
        """Return the file that a relative path names."""
        if not self._folders:
            raise Unreachable(f"the {what} {shown} lies beside a notebook that was read from elsewhere")
        bare = re.split(r"[?#]", url, maxsplit=1)[0]
        names = dict.fromkeys([unquote(bare), url, bare, unquote(bare).replace("\\", "/"),
                               unquote(bare).removeprefix("files/")])  # fmt: skip
        outside = False
        for folder in self._folders:
            root = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
            for name in filter(None, names):
                try:
                    path = (folder / name).resolve()
                    there = path.is_file()
                except (OSError, ValueError):
                    continue
                if there and path.is_relative_to(root):
                    return path
                outside |= there
        if outside:
            raise Unreachable(f"the {what} {shown} lies outside the folder of the notebook")
        raise Unreachable(f"the {what} {shown} is missing: there is no such file beside the notebook")


def _attached(name: str, attachments: Mapping[str, Any], what: str) -> str:
    """Return an attachment of a cell as a `data:` URL: a drawing before a bitmap, JPEG last."""
    forms = next((attachments[one] for one in (unquote(name), name) if one in attachments), None)
    if not isinstance(forms, Mapping) or not forms:
        raise Unreachable(f"the {what} {unquote(name)} is missing: it is not attached to its cell")
    preferred = ("image/svg+xml", "image/png", "image/jpeg")
    kind = next((kind for kind in preferred if kind in forms), next(iter(forms)))
    data = forms[kind] if isinstance(forms[kind], str) else "".join(forms[kind])
    if kind == "image/svg+xml" and data.lstrip().startswith("<"):  # some programs attach it as it is
        data = base64.b64encode(data.encode()).decode()
    return f"data:{kind};base64,{''.join(data.split())}"


def _embedded(path: Path, shown: str, what: str) -> str:
    """Return a file as a `data:` URL."""
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise Unreachable(f"the {what} {shown} has {size / 1e6:,.0f} MB, too much for a page")
        data = path.read_bytes()
    except OSError as error:
        raise Unreachable(f"the {what} {shown} cannot be read: {error.strerror or type(error).__name__}") from error
    kind = _kind(data[:1000], path.name)
    if kind is None:
        raise Unreachable(f"the {what} {shown} is of a kind that browsers do not show")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _kind(start: bytes, name: str) -> str | None:
    """Return the MIME type of a file that a browser shows; None for any other."""
    for begin, kind in _STARTS:
        if start.startswith(begin):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    if b"<svg" in start.lower():
        return "image/svg+xml"
    guessed = mimetypes.guess_type(name)[0] or ""
    return guessed if guessed.startswith(("video/", "audio/")) else None
