"""Finds the notebooks of this installation and copies them out. Runs no notebook and loads no model.

A wheel contains the repository's `notebooks/` folder as `aewidgets/_notebooks`; a checkout (or an editable
install) has the folder itself beside the package. Both are found by path, and both are only read.
"""

import os
import shutil
from pathlib import Path

from aewidgets.system.writing import whole_file

SUFFIXES = (".ipynb", ".md", ".yaml")
APPS = "apps"


def notebooks_folder() -> Path:
    """Return the folder that holds the notebooks of this installation.

    Returns:
        `aewidgets/_notebooks` in an installed wheel, `notebooks` in a checkout.

    Raises:
        FileNotFoundError: if neither exists, which means that the installation is damaged.
    """
    package = Path(__file__).resolve().parents[1]
    candidates = (package / "_notebooks", package.parent / "notebooks")
    for folder in candidates:
        if any(folder.glob("*.ipynb")):
            return folder
    raise FileNotFoundError(
        f"expected notebooks in {candidates[0]} (a wheel) or {candidates[1]} (a checkout), found none; "
        "install aewidgets again"
    )


def copy_notebooks(folder: str | os.PathLike[str], overwrite: bool = False) -> tuple[Path, ...]:
    """Copy the notebooks, their reading order, their long-run parameters and apps/ into a folder.

    Nothing is written if a file would be replaced and `overwrite` is false. Each file appears whole or not
    at all.

    Args:
        folder: target folder; created if it does not exist.
        overwrite: whether files of the same name are replaced.

    Returns:
        The paths written, sorted.

    Raises:
        FileExistsError: if files of the same name exist and `overwrite` is false; the message names them all.
        NotADirectoryError: if `folder` is a file.
    """
    source, target = notebooks_folder(), Path(folder)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"expected a folder for the notebooks, {target} is a file; name another one")
    files = [
        path.relative_to(source)
        for path in sorted([*source.iterdir(), *(source / APPS).glob("*")])
        if path.is_file() and path.suffix in SUFFIXES
    ]
    taken = [str(name) for name in files if (target / name).exists()]
    if taken and not overwrite:
        raise FileExistsError(
            f"{target} already holds {', '.join(taken)}; nothing was copied. Name another folder, or overwrite them"
        )
    (target / APPS).mkdir(parents=True, exist_ok=True)
    return tuple(_copy_whole(source / name, target / name) for name in files)


def _copy_whole(source: Path, target: Path) -> Path:
    """Copy one file under a temporary name in the same folder, then move it into place."""
    with source.open("rb") as original, whole_file(target) as file:
        shutil.copyfileobj(original, file)
    return target
