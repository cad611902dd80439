"""What a folder of pictures holds: pictures, files like pictures that are not read, folders. Decodes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from aewidgets.images.reading import IMAGE_SUFFIXES
from aewidgets.system.notices import named

__all__ = ["folders_in", "left_in", "may_be_read", "pictures_in"]

#: Suffixes of pictures in formats that `read_image` does not read.
UNREAD_SUFFIXES = frozenset(
    (
        ".heic", ".heif", ".hif", ".jxl", ".svg", ".psd", ".xcf", ".exr", ".hdr", ".pfm", ".cr2", ".cr3", ".nef",
        ".arw", ".dng", ".orf", ".rw2", ".raf", ".pef", ".srw", ".raw",
    )
)  # fmt: skip


def pictures_in(folder: Path) -> list[Path]:
    """Return the files of a folder with a suffix of pictures, in natural order (2 before 10); [] without a folder.

    Links to files are followed; a link without a suffix has that of its file. A link to nothing is returned, and cannot
    be read. Hidden files, folders, pipes and devices are left out.
    """
    return [path for path in _visible(folder) if _is_picture(path)]


def folders_in(folder: Path) -> list[Path]:
    """Return the folders of a folder that hold pictures themselves, in natural order; hidden ones are left out."""
    return [path for path in _visible(folder) if path.is_dir() and any(map(_is_picture, path.iterdir()))]


def left_in(folder: Path) -> str:
    """Return in words which files of a folder are pictures that are not read, "" where there are none."""
    left = [p.name for p in _visible(folder) if _suffix(p) in UNREAD_SUFFIXES and may_be_read(p)]
    if not left:
        return ""
    return f"{len(left)} of a format that is not read ({named(left)}), convert to PNG or JPEG first"


def _is_picture(path: Path) -> bool:
    """Return whether a path has a suffix of pictures, is a file or a link, and is not hidden."""
    return not path.name.startswith(".") and _suffix(path) in IMAGE_SUFFIXES and may_be_read(path)


def _visible(folder: Path) -> list[Path]:
    """Return what a folder holds and does not hide, in natural order; [] without a folder."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=_natural)


def _suffix(path: Path) -> str:
    """Return the suffix of a file in small letters, or of the file that it links to where it has none."""
    if path.suffix or not path.is_symlink():
        return path.suffix.lower()
    return path.resolve().suffix.lower()


def may_be_read(path: Path) -> bool:
    """Return whether a path is a file, or a link to nothing: an error then names it."""
    return path.is_file() or not path.exists()


def _natural(path: Path) -> list[tuple[int, str]]:
    """Return a sort key by which numbers in names are compared as numbers."""
    return [(int(part or 0), part) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path.name)]
