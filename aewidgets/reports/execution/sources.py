"""Reads a notebook from a path or a URL, checks it, and finds its parameters. Runs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aewidgets.reports.execution.texts import LONGEST_TEXT, ending_of, notebook_in
from aewidgets.reports.parameters.cell import Parameter, declared_by, tags_of
from aewidgets.reports.stores.opening import read_url
from aewidgets.reports.stores.store import PlaceError, stem_of

__all__ = ["NotebookError", "Source", "load_notebook"]

_LONGEST = 200_000_000  # bytes of the largest notebook that is read
_OWN_METADATA = ("papermill", "execution", "ExecuteTime")  # what an earlier run wrote into cells
_ERROR_MARK = "papermill-error-cell-tag"  # cells with which papermill points at an error of an earlier run


class NotebookError(OSError):
    """A notebook that cannot be read; the message says why."""


@dataclass(frozen=True)
class Source:
    """A notebook that can be run.

    Attributes:
        name: file name.
        stem: file name without its ending, with which the folders of its runs begin.
        data: bytes of the file.
        sha256: SHA-256 of `data`, in hexadecimal digits.
        place: short hash of the notebook's place, which keeps notebooks of one file name apart and names nobody.
        document: the notebook as nbformat reads it, without outputs; copy it before you change it.
        parameters: parameters that its parameters cell declares.
        notes: what a reader should know about the parameters, in words.
    """

    name: str
    stem: str
    data: bytes = field(repr=False)
    sha256: str
    document: Any
    parameters: tuple[Parameter, ...]
    notes: tuple[str, ...] = ()
    place: str = ""

    @property
    def file_name(self) -> str:
        """A name for a copy of the file, as every system accepts it, with the ending by which it is read."""
        return f"{self.stem}{ending_of(self.name) or '.ipynb'}"


def load_notebook(
    notebook: str | os.PathLike[str], place: str | None = None, kernel: str | None = None
) -> Source:
    """Read and check a notebook; its file is not changed.

    Args:
        notebook: a path, or an fsspec URL (`s3://bucket/04.ipynb`); .py, .md, .Rmd and .qmd are read by Jupytext.
        place: `Source.place` of the notebook of which this file is a copy; None for the place of the file itself.
        kernel: name of the kernel that runs it; None for the one that it names.

    Raises:
        NotebookError: if the file is not a notebook, or its kernel is not installed, or Jupytext would be needed and
            is not.
        ParameterError: if its parameters cell is not Python.
        OSError: if the file cannot be read.
        PlaceError: for a URL of an unknown kind.
    """
    text = os.fspath(notebook)
    name = re.split(r"[/\\]" if os.name == "nt" else "/", text)[-1]
    try:
        data = read_url(notebook, LONGEST_TEXT if ending_of(name) else _LONGEST)
    except PlaceError:
        raise
    except ValueError as error:
        raise NotebookError(str(error)) from error
    document, notes = _parsed(data, text, kernel)
    declared = declared_by(document)
    sha256 = hashlib.sha256(data).hexdigest()
    place = _place_of(notebook) if place is None else place
    return Source(name, stem_of(name), data, sha256, document, declared.parameters, (*notes, *declared.notes), place)


def _place_of(notebook: str | os.PathLike[str]) -> str:
    """Return a short hash of a notebook's place: that in its repository or package, else its path or URL."""
    text = os.fspath(notebook)
    if isinstance(notebook, os.PathLike) or "://" not in text:
        path = Path(text).resolve()
        root = next((folder for folder in path.parents if (folder / ".git").exists()), None)
        if path.parent.name == "_notebooks":  # of an installed package, whose path changes with Python's version
            text = f"aewidgets/{path.name}"
        else:
            text = path.as_posix() if root is None else f"{root.name}/{path.relative_to(root).as_posix()}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _parsed(data: bytes, path: str, wanted: str | None) -> tuple[Any, tuple[str, ...]]:
    """Return the nbformat document in a file's bytes, without outputs, and notes; raise NotebookError if there is none.

    The kernel that is wanted takes the place of the one that the document names.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    notes: tuple[str, ...] = ()
    try:
        text = data.decode("utf-8-sig")
        if ending := ending_of(path):
            raw, notes = notebook_in(text, ending)
        else:
            raw = json.loads(text)
        if isinstance(raw, dict) and raw.get("nbformat") == 4:
            document = nbformat.from_dict(_tidied(raw))
        else:
            document = nbformat.from_dict(_tidied(nbformat.convert(nbformat.reader.reads(text), 4)))
        if document.nbformat_minor < 5:
            document = nbformat.v4.upgrade(document)
        _number_cells(document)
        document = _valid(document)
    except ImportError:
        raise NotebookError(f"{path}: Jupytext reads such files, and is not installed: pip install jupytext") from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        said = " ".join(str(error).split())[:300]
        raise NotebookError(f"{path}: not a notebook that Jupyter reads ({said})") from error
    kernel = wanted or str(document.metadata.get("kernelspec", {}).get("name", "python3"))
    specs = KernelSpecManager()
    try:
        language = specs.get_kernel_spec(kernel).language
    except (NoSuchKernel, ValueError):
        known = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        needs = "--kernel" if wanted else f"{path}: needs the kernel"
        what = "name one of these" if wanted else "save it with python3, or name another with --kernel"
        raise NotebookError(f"{needs} {kernel!r}, which is not installed; {what} (there are: {known})") from None
    if language and language.lower() != "python":
        raise NotebookError(f"{path}: expected a notebook in Python, got one for the kernel {kernel!r} ({language})")
    if wanted:
        shown = specs.get_kernel_spec(kernel).display_name
        document.metadata["kernelspec"] = nbformat.from_dict({"name": kernel, "display_name": shown})
        document.metadata.pop("language_info", None)  # of the other kernel; the run writes its own
    return document, notes


def _valid(document: Any) -> Any:
    """Return a document without the metadata that nbformat does not allow; raise ValidationError if more is wrong.

    nbconvert would refuse to draw the page of such a notebook, after it has run.
    """
    import nbformat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, document = nbformat.validator.normalize(document, strip_invalid_metadata=True)
    nbformat.validate(document)
    return document


def _tidied(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook of format 4 with odd metadata put right, and without anything that an earlier run wrote.

    Results of an earlier run must not look like results of the next one.

    Raises:
        ValueError: if there are no cells.
    """
    cells = raw.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("expected a list of cells")
    kept = [_tidied_cell(cell) for cell in cells if _ERROR_MARK not in tags_of(cell)]
    minor = raw.get("nbformat_minor")
    metadata = {k: v for k, v in _given(raw.get("metadata")).items() if k not in ("papermill", "widgets")}
    for name in ("kernelspec", "language_info"):
        if not isinstance(metadata.get(name), dict) or not isinstance(metadata[name].get("name"), str):
            metadata.pop(name, None)
    if "kernelspec" in metadata:  # `display_name` may not be missing
        shown = metadata["kernelspec"].get("display_name")
        named = shown if isinstance(shown, str) else metadata["kernelspec"]["name"]
        metadata["kernelspec"] = metadata["kernelspec"] | {"display_name": named}
    return {
        "cells": kept,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": minor if isinstance(minor, int) else 5,
    }


def _tidied_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell of format 4 with the keys that its type has, each of the right type, and without outputs."""
    source, kind = cell.get("source", ""), cell.get("cell_type")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str) or not isinstance(kind, str):
        raise ValueError("a cell without source or type")
    metadata = {k: v for k, v in _given(cell.get("metadata")).items() if k not in _OWN_METADATA}
    made: dict[str, Any] = {"cell_type": kind if kind in ("code", "markdown") else "raw", "source": source}
    made["metadata"] = metadata | {"tags": list(dict.fromkeys(tag.replace(",", " ") for tag in tags_of(cell) if tag))}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    elif isinstance(cell.get("attachments"), dict):
        made["attachments"] = cell["attachments"]
    return made | ({"id": cell["id"]} if isinstance(cell.get("id"), str) else {})


def _number_cells(document: Any) -> None:
    """Give every cell an id of its own, of the form that nbformat 4.5 asks for."""
    seen: set[str] = set()
    for index, cell in enumerate(document.cells):
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell.get("id") or "") or cell.id in seen:
            cell["id"] = next(name for n in range(len(seen) + 1) if (name := f"cell-{index + 1}-{n}") not in seen)
        seen.add(cell.id)


def _given(metadata: Any) -> dict[str, Any]:
    """Return metadata without those that are null; none for anything but a dictionary."""
    found = metadata if isinstance(metadata, dict) else {}
    return {k: v for k, v in found.items() if v is not None}
