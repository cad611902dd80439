"""What commands ask about a picture's metadata and frames, and the words where a scale was not kept."""

import click

__all__ = ["FRAME", "KEEP_METADATA", "SCALE_LOST"]

KEEP_METADATA = click.option(
    "--keep-metadata",
    is_flag=True,
    help="Keep the scale (resolution, ImageJ's, OME's) and EXIF entries, except those that could reveal the place.",
)
FRAME = click.option(
    "--frame",
    type=click.IntRange(0),
    help="Frame of an animation or page of a document, from 0. A name may end in it instead: pages.tif[2].",
)
SCALE_LOST = "without its scale (--keep-metadata keeps it)"
