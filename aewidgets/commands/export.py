"""Command `aewidgets export`: a trained model as a file of another runtime, checked against Keras."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["export"]


@click.command()
@click.argument("card", metavar="CARD")
@click.option("--to", "format", type=click.Choice(["onnx", "litert", "keras"]), required=True, help="Kind of file.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE",
    help="Where to write it; ends in .onnx, .tflite or .keras. FILE.json, beside it, holds the check.",
)  # fmt: skip
@click.option(
    "--part", type=click.Choice(["whole", "encoder", "decoder"]), default="whole", show_default=True,
    help="Part of an autoencoder.",
)  # fmt: skip
@click.option("--pictures", type=click.IntRange(1, 1024), default=8, show_default=True, help="Pictures to check it on.")
def export(card: str, format: str, out: Path, part: str, pictures: int) -> None:
    """Write CARD, a shipped model's name or the path of a card (.json), as a file for ONNX, LiteRT or Keras.

    Both the file and Keras run on the same pictures, and the largest and mean difference of their outputs are printed
    and kept beside the file. A file that differs by more than rounding is not written. Needs the extra `edge`.
    """
    from aewidgets.commands.places import check_file
    from aewidgets.models.edge.exporting import export_checked
    from aewidgets.models.pretrained import load_any

    check_file(out, "--out")
    try:
        check = export_checked(load_any(card), format, out, part=part, pictures=pictures)
    except (ValueError, FileNotFoundError) as error:
        raise click.UsageError(str(error)) from error
    versions = ", ".join(f"{name} {version}" for name, version in check.versions.items())
    click.echo(f"{out}: {check.bytes:,} bytes; {versions}")
    click.echo(
        f"on {check.pictures} pictures at most {check.largest:.1e} from Keras, on average {check.mean:.1e}; "
        f"outputs up to {check.outputs:.3g}"
    )
