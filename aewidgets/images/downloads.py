"""Pictures downloaded from public addresses, and the folders where they are kept. Knows no data set.

Pixels are checked, not files: a mirror may have packed the same picture again.
"""

from __future__ import annotations

import hashlib
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

from aewidgets.images.arrays import ImageError
from aewidgets.images.reading import image_from_bytes
from aewidgets.system.writing import write_bytes

__all__ = ["DownloadError", "cache_folder", "fetch_picture", "mirror_folder", "pixel_sha256"]

_TIMEOUT_S = 30


class DownloadError(OSError):
    """A picture or data set that could not be fetched, or is not the one that was expected."""


def mirror_folder() -> Path | None:
    """Return the folder of data sets that AEWIDGETS_DATA names, None where it names none."""
    mirror = os.environ.get("AEWIDGETS_DATA")
    return Path(mirror).expanduser() if mirror else None


def cache_folder() -> Path:
    """Return the folder for downloads: the one that AEWIDGETS_CACHE names, else the platform's cache for aewidgets."""
    if chosen := os.environ.get("AEWIDGETS_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "aewidgets"


def pixel_sha256(image: np.ndarray) -> str:
    """Return the SHA-256 of a uint8 image's shape, as Python prints it, followed by its samples row by row."""
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()


def fetch_picture(address: str, path: Path, sha256: str) -> Path:
    """Download a picture unless it is already there, check its pixels, and keep the file.

    Args:
        address: http or https.
        path: path of the kept file, which appears whole or not at all; an existing file is taken as it is.
        sha256: `pixel_sha256` of the right picture.

    Raises:
        DownloadError: when the address does not answer, or answers with anything else.
    """
    if path.exists():
        return path
    request = urllib.request.Request(address, headers={"User-Agent": "aewidgets"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            data = answer.read()
        got = pixel_sha256(image_from_bytes(data, address))
    except (urllib.error.URLError, TimeoutError, ConnectionError, ImageError) as error:
        raise DownloadError(
            f"could not fetch {address} ({error}); fetch it yourself and put it at {path}"
        ) from error
    if got != sha256:
        raise DownloadError(
            f"{address} holds another picture: expected pixels with SHA-256 {sha256}, got {got}; "
            "nothing was kept"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data)
    return path
