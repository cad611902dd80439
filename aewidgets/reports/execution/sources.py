"""Reads a notebook from a path or a URL, checks it, and finds its parameters. Runs nothing."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Any

from aewidgets.reports.parameters.cell import Parameter, parameters_of
from aewidgets.reports.stores.opening import read_url
from aewidgets.reports.stores.store import PlaceError

__all__ = ["NotebookError", "Source", "load_notebook"]

_LONGEST = 200_000_000  # bytes of the largest notebook that is read


class NotebookError(OSError):
    """A notebook that cannot be read; the message says why."""


@dataclass(frozen=True)
class Source:
    """A notebook that can be run.

    Attributes:
        name: file name.
        stem: file name without .ipynb, with which the folders of its runs begin.
        data: bytes of the file.
        sha256: SHA-256 of `data`, in hexadecimal digits.
        document: the notebook as nbformat reads it; copy it before you change it.
        parameters: parameters that its parameters cell declares.
    """

    name: str
    stem: str
    data: bytes = field(repr=False)
    sha256: str
    document: Any
    parameters: tuple[Parameter, ...]


def load_notebook(notebook: str | os.PathLike[str]) -> Source:
    """Read and check a notebook; its file is not changed.

    Args:
        notebook: a path, or an fsspec URL (`s3://bucket/04.ipynb`).

    Raises:
        NotebookError: if the file is not a notebook, or its kernel is not installed.
        ParameterError: if its parameters cell holds more than assignments of literals, or contradicts itself.
        OSError: if the file cannot be read.
        PlaceError: for a URL of an unknown kind.
    """
    text = os.fspath(notebook)
    name = re.split(r"[/\\]" if os.name == "nt" else "/", text)[-1]
    try:
        data = read_url(notebook, _LONGEST)
    except PlaceError:
        raise
    except ValueError as error:
        raise NotebookError(str(error)) from error
    document = _parsed(data, text)
    # Every store must accept the name: not hidden, and free of characters with a meaning in shells and URLs.
    stem = re.sub(r"[^\w.,+@=()\[\] -]", "_", name.removesuffix(".ipynb")).lstrip(".")[:100].strip() or "notebook"
    return Source(name, stem, data, hashlib.sha256(data).hexdigest(), document, parameters_of(document))


def _parsed(data: bytes, path: str):
    """Return the nbformat document in a file's bytes, checked; raise NotebookError if there is none."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        document = nbformat.reads(data.decode("utf-8"), as_version=4)
        if not all(isinstance(c.source, str) and c.cell_type and c.metadata is not None for c in document.cells):
            raise ValueError("a cell without source")
        kernel = str(document.metadata.get("kernelspec", {}).get("name", "python3"))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        said = " ".join(str(error).split())[:300]
        raise NotebookError(f"{path}: not a notebook that Jupyter reads ({said})") from error
    try:
        KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        raise NotebookError(
            f"{path}: needs the kernel {kernel!r}, which is not installed; save it with python3"
        ) from None
    return document
