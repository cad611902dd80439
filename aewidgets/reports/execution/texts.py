"""Reads notebooks that are kept as text, scripts and Markdown, through Jupytext. Runs nothing, and writes no text.

Jupytext decides what is a cell, as it does in JupyterLab. Of its metadata only the kernel, tags and plain values are
kept: the file is somebody's, and YAML can make a gigabyte of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aewidgets.reports.stores.store import TEXTS

__all__ = ["LONGEST_TEXT", "TextNotebook", "ending_of", "notebook_in"]

#: Bytes of the largest text that is read; it holds no outputs.
LONGEST_TEXT = 1_000_000
_LONGEST_VALUE = 1_000  # characters of metadata that are kept
# Where Jupytext reads YAML: in a header between two lines `---`, also in comments, and in the options of a MyST cell.
_YAML = re.compile(
    r"\A(?:#![^\n]*\n)?(?:[^\n]*coding[:=][^\n]*\n)?\s*(?:<!--\s*)?(?:# ?)?---[ \t]*\r?\n.*?^(?:# ?)?---"
    r"|^[ \t>]*(?:`{3,}|~{3,}|:{3,})[ \t]*\{[^\n]*\n[\s>]*"
    r"(?:---.*?(?:^[ \t>]*(?:---|```|~~~|:::)|\Z)|(?:[ \t>]*:[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
_ANCHOR, _ALIAS = (re.compile(r"(?:^|[\s\[{,:-])" + mark + r"[^\s,\[\]{}]", re.MULTILINE) for mark in ("&", r"\*"))
_LOST = "incorrectly_encoded_metadata"  # where Jupytext puts what it could not read in a cell's first line


class TextNotebook(NamedTuple):
    """A notebook in a text: a notebook of nbformat 4 as JSON has it, and what a reader should know, in words."""

    notebook: dict[str, Any]
    notes: tuple[str, ...]


def ending_of(name: str) -> str | None:
    """Return the ending of a file's name if Jupytext reads such files as notebooks in Python, else None."""
    return next((one for one in TEXTS if name.endswith(one)), None)


def notebook_in(text: str, ending: str) -> TextNotebook:
    """Return the notebook in a text.

    Args:
        text: content of the file.
        ending: one of `TEXTS`.

    Raises:
        ImportError: if Jupytext is not installed.
        ValueError: if Jupytext cannot read the text, or it is not Python.
    """
    import jupytext

    if any(_ANCHOR.search(yaml) and _ALIAS.search(yaml) for yaml in _YAML.findall(text)):
        raise ValueError("expected YAML without anchors and aliases (&a and *a), which can make a gigabyte of a line")
    try:
        read = jupytext.reads(text, fmt={"extension": ending})
    except Exception as error:  # of YAML, of Quarto, of Jupytext itself, whatever somebody wrote into the file
        raise ValueError(f"Jupytext: {' '.join(str(error).split()) or type(error).__name__}") from error
    about = read.metadata.get("jupytext")
    about = about if isinstance(about, Mapping) else {}
    language = about.get("main_language") or "python"
    if language != "python":
        raise ValueError(f"expected cells in Python, got {language!r:.40}")
    kernel = read.metadata.get("kernelspec")
    cells = [
        {"cell_type": cell.cell_type, "source": cell.source, "metadata": _plain(cell.metadata)} for cell in read.cells
    ]
    metadata = {"kernelspec": _plain(kernel)} if isinstance(kernel, Mapping) else {}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return TextNotebook(notebook, tuple(_notes(read, about, text)))


def _notes(read: Any, about: Mapping[str, Any], text: str) -> Iterator[str]:
    """Yield what a reader should know about how the text was read."""
    form = about.get("text_representation")
    form = form.get("format_name") if isinstance(form, Mapping) else None
    header = about.get("notebook_metadata_filter") != "-all"
    if form == "light" and not header and not re.search(r"^# ?\+", text, re.MULTILINE):
        yield "the script has no cell markers (# %%): its paragraphs are its cells, comments between them its text"
    for number, cell in enumerate(read.cells, 1):
        if lost := cell.metadata.get(_LOST):
            yield f'cell {number}: {str(lost)[:100]!r} is not read; expected tags as in # %% tags=["parameters"]'


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of metadata that are short texts, numbers or true and false, or lists or mappings of these."""

    def flat(value: Any) -> bool:
        return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _LONGEST_VALUE)

    kept: dict[str, Any] = {}
    for name, value in metadata.items():
        if isinstance(value, list) and len(value) <= _LONGEST_VALUE:
            kept[name] = [one for one in value if flat(one)]
        elif isinstance(value, Mapping) and len(value) <= _LONGEST_VALUE:
            kept[name] = {key: one for key, one in value.items() if isinstance(key, str) and flat(one)}
        elif flat(value):
            kept[name] = value
    dropped = (_LOST, "lines_to_next_cell", "lines_to_end_of_cell_marker")
    return {name: value for name, value in kept.items() if isinstance(name, str) and name not in dropped}
