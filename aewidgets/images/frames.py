"""Frames of animations and pages of documents: which one is meant, by a number or by the name of a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from aewidgets.images.arrays import ImageError

__all__ = ["check_frame", "check_frame_of", "file_and_frame", "frame_in_name", "turn_to_frame"]


def turn_to_frame(picture: Image.Image, frame: int | None, name: str) -> None:
    """Turn a Pillow image to the frame that is asked for.

    Raises:
        ImageError: for a frame that there is not, and where none is chosen of several.
    """
    count = getattr(picture, "n_frames", 1)
    if frame is None and picture.format == "MPO":  # its further pictures are previews or other views
        return
    check_frame_of(count, frame, name)
    if count > 1 and frame is not None:
        picture.seek(frame)


def check_frame_of(count: int, frame: int | None, name: str) -> None:
    """Refuse a frame that there is not, and none where there are several to choose from.

    Args:
        count: number of frames or pages.
        frame: the one that is asked for, from 0; None for the only one.
        name: name of the picture in error messages.

    Raises:
        ImageError: as said.
    """
    if frame is None and count > 1:
        raise ImageError(
            f"{name}: holds {count} frames or pages; choose one, 0 to {count - 1}: frame=0 in Python, --frame 0 in a "
            "command, or [0] behind the file's name"
        )
    if frame is not None and frame >= count:
        there = "is 1 frame" if count == 1 else f"are {count} frames"
        raise ImageError(f"{name}: frame {frame} was asked for, and there {there}, counted from 0")


def check_frame(frame: Any) -> None:
    """Raise ValueError for a number of a frame that is none."""
    whole = isinstance(frame, int | np.integer) and not isinstance(frame, bool)
    if frame is not None and not (whole and frame >= 0):
        raise ValueError(f"frame: expected a whole number from 0 on, got {frame!r}")


def frame_in_name(source: str | os.PathLike) -> tuple[Path, int | None]:
    """Return the path of a file and the frame that its name chooses, as "pages.tif[2]"; a file so called goes first."""
    path = Path(source)
    found = re.fullmatch(r"(.+)\[(\d{1,9})\]", path.name)
    if not found or os.path.lexists(path):
        return path, None
    return path.with_name(found[1]), int(found[2])


def file_and_frame(source: str | os.PathLike, frame: int | None) -> tuple[Path, int | None]:
    """Return the path of a file, and the frame that is asked for or that the name chooses.

    Raises:
        ImageError: where both are given.
    """
    path, named = frame_in_name(source)
    if None not in (frame, named):
        raise ImageError(f"{source}: the name chooses frame {named}, and frame {frame} is asked for; give one of them")
    return path, named if frame is None else frame
