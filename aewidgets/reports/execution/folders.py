"""Finds the folder in which a notebook runs, and says where a relative path among its parameters leads elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aewidgets.reports.stores.store import PlaceError

__all__ = ["NOTEBOOK", "elsewhere", "working_folder"]

#: The word for the folder of the notebook.
NOTEBOOK = "notebook"


def working_folder(notebook: str | os.PathLike[str], cwd: str | os.PathLike[str] = NOTEBOOK) -> Path:
    """Return the absolute path of the folder in which a notebook runs.

    Args:
        notebook: path or fsspec URL of the notebook.
        cwd: `notebook` for the folder of its file, as in JupyterLab; the current folder if it comes from a URL. Any
            other text is the path of a folder (`./notebook` of one that is called so).

    Raises:
        PlaceError: if there is no such folder.
    """
    if os.fspath(cwd) != NOTEBOOK:
        folder = Path(cwd)
        if not folder.is_dir():
            raise PlaceError(f"expected {NOTEBOOK} or a folder to run in, got {os.fspath(cwd)!r:.200}: there is none")
        return folder.absolute()
    text = os.fspath(notebook)
    return Path.cwd() if isinstance(notebook, str) and "://" in text else Path(text).absolute().parent


def elsewhere(given: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield a note for each given text that names a file, or a folder with a slash, in the current folder alone."""
    here = Path.cwd()
    for name, value in given.items():
        if not isinstance(value, str) or not 0 < len(value) < 1_000 or not value.isprintable():
            continue
        try:
            found = here / value
            there = found.is_file() or ("/" in value and found.is_dir())
            strays = there and not Path(value).is_absolute() and not (folder / value).exists()
        except (OSError, ValueError):
            continue
        if strays:
            yield (f"{name}: {value} is in the current folder, but the notebook runs in {folder}; give its "
                   "absolute path, or --cwd .")  # fmt: skip
