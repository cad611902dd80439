"""What commands say about metadata: the option that keeps them, and the words where a scale was not kept."""

import click

__all__ = ["KEEP_METADATA", "SCALE_LOST"]

KEEP_METADATA = click.option(
    "--keep-metadata",
    is_flag=True,
    help="Keep the scale (resolution, ImageJ's, OME's) and EXIF entries, except those that could reveal the place.",
)
SCALE_LOST = "without its scale (--keep-metadata keeps it)"
