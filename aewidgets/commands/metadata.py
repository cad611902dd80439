"""What commands ask about a picture's frames, metadata and colour profile, and the words where a scale was not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["FRAME", "SCALE_LOST", "travelling", "with_travelling"]

FRAME = click.option(
    "--frame",
    type=click.IntRange(0),
    help="Frame of an animation or page of a document, from 0. A name may end in it instead: pages.tif[2].",
)
SCALE_LOST = "without its scale (--keep-metadata keeps it)"
_TRAVELLING = (
    click.option(
        "--metadata",
        type=click.Choice(["none", "safe", "all"]),
        help="What is kept. safe: the scale (resolution, ImageJ's, OME's) and EXIF entries, except those that could "
        "reveal the place. all: EXIF as it is, with the place and a thumbnail, which may show what was cropped since, "
        "and XMP. [default: none]",
    ),
    click.option("--keep-metadata", is_flag=True, help="Short for --metadata safe."),
    click.option("--no-profile", is_flag=True, help="Leave the colour profile out; the samples stay as they are."),
    click.option(
        "--to-srgb", is_flag=True, help="Convert the samples to sRGB through the colour profile, rounded to 8 bits."
    ),
)


def with_travelling(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of what travels along with the samples; `travelling` reads them."""
    for option in reversed(_TRAVELLING):
        command = option(command)
    return command


def travelling(options: dict[str, Any]) -> dict[str, str]:
    """Take these options from all of a command's, and return the choices as `read_picture` names them.

    Raises:
        click.UsageError: for two that exclude each other.
    """
    from aewidgets.images.metadata import chosen_metadata

    no_profile, to_srgb = options.pop("no_profile"), options.pop("to_srgb")
    if no_profile and to_srgb:
        raise click.UsageError("--no-profile and --to-srgb exclude each other; give one")
    metadata, keep = options.pop("metadata"), options.pop("keep_metadata")
    if keep and metadata not in (None, "safe"):
        raise click.UsageError("--metadata and --keep-metadata exclude each other; give one")
    profile = "drop" if no_profile else "srgb" if to_srgb else "keep"
    return {"metadata": chosen_metadata(metadata, keep), "profile": profile}
