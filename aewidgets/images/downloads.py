"""Pictures fetched from public addresses, checked by their pixels. Knows no data set but Kodak.

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

__all__ = ["KODAK_ADDRESS", "KODAK_PIXELS", "DownloadError", "cache_folder", "fetch_picture", "pixel_sha256"]

KODAK_ADDRESS = "https://r0k.us/graphics/kodak/kodak"
_TIMEOUT_S = 30


class DownloadError(OSError):
    """A picture that could not be fetched, or is not the one that was expected."""


def cache_folder() -> Path:
    """Where fetched pictures stay: AEWIDGETS_CACHE, else `aewidgets` in the platform's cache folder."""
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
    """SHA-256 of a uint8 image's shape, as Python prints it, followed by its samples row by row."""
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()


def fetch_picture(address: str, path: Path, sha256: str) -> Path:
    """Fetch a picture once, check its pixels and keep the file; it appears whole or not at all.

    Args:
        address: where it lies, http or https.
        path: where it is kept; a file already there is taken as it is.
        sha256: what `pixel_sha256` gives for the right picture.

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


#: kodim01 to kodim24.
KODAK_PIXELS = (
    "f3f0309aa82da62830b5baa1c6222cd0263529e2f52dc538752204ef34e3e6ee",
    "efb3a142b9fd1213659057e60a23bdc9cb941629196c61d8cd587bb704092a5c",
    "f382c9f19db1032ddea11365b2f78e23ab255e1841435ef615c5c0bb7954cc0d",
    "e8bc6d66578eedbed6d8478a5ed004e63bb3801d1e60b26a531877da77c3f2ba",
    "e0ca3db383cb31b2e890665e09c0399b0a84d4a7d106692fb8c35517aafc4cb8",
    "59d983a73c75219e39793ad3cbbd55da25dc968a344aeb077b9b5c0b000d70f7",
    "913a2babd7ba1bc89216c7664f10f505b2313e81e113b2b2d95190f09a12669c",
    "787d712e7dd5332bf201eeef24c590b409e19e1802bb7de293ded84a63768b7b",
    "711cfad450f4c0032fb007bea531f721dedd8caab9d494d01fa37b9f7b104cbf",
    "8536a6eff5385ff17124514ddbef225460211ece8bc967a13f9127bef13f53cb",
    "a63d9315d4c9fbdecaa9cf95ea6c481a0e3472e8ab3c8b7afa174b876b90bade",
    "dfd9eff8cb44974bcbea9acfe03eef3d68c059fad876679913b0a781c6dc8f71",
    "fa612a130b13e5a250e58df0810dc7ef249087f7e0c13c62102aa961fa1037c7",
    "88dc670efb9ef12a5a75f0b6781f840912d738d434bf7933a10c9f66c3bf68f1",
    "55e07516f03ccc4c1254db958a818dd8c87ba3f3919fbbb4d00b2db3cfe85542",
    "46f26938118cc23081c49f2a92b22cd2a3271acea38a1aba80cc98940b8e2b01",
    "b59939091397b95494c77b73bc62cfef45df645da851adaf77d72f5496c60eb9",
    "6cfe860b5f410d67239f77141b17228341f2d5640d235844c5b128c700d63647",
    "be1ad9833b5eb9dadb8ee9e1c6c5747fa4da991d78275434b198b461d2b5e00f",
    "65a7dc4950dffc7b1c3a4caa4a7c86727b8daba72788bbb338a4cdfa32a23d78",
    "cb12e2a4186d58f12d22e9e91dc027fbf07c760066da2bdcb5ddcfc30c9ae8e7",
    "7aa6307b6d32ebdae6be7fafe2e70902f63f50b3afebcf1da777f7b8f40beb40",
    "84278e4abfd7eb4a9c0170f2ca7cf8ab954bb7c7793eae4253a0aa64a9d15146",
    "3fa80499f14cf6d98cb9877fc59008d693f7a1396e1a7c0f512535bfd6b391df",
)
