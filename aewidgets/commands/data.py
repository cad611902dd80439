"""Command `aewidgets data`, which lists the image sets known by name. Opens no picture and fetches none."""

from __future__ import annotations

import json

import click

_TRAINING = "training, in three parts: `aewidgets train FAMILY --data NAME`"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for scripts.")
def data(as_json: bool) -> None:
    """List the image sets with content, licence and permitted use, and say whether they are on this machine.

    Sets are searched for in the folder that AEWIDGETS_DATA names and in the cache folder (AEWIDGETS_CACHE).
    """
    from dataclasses import asdict
    from textwrap import fill

    from aewidgets.images.datasets import IMAGES, SPLITS
    from aewidgets.images.sets import find_images
    from aewidgets.training.data.named import place_of

    found = {name: _where(find_images(name), dataset) for name, dataset in IMAGES.items()}
    places = {name: place_of(dataset) for name, dataset in SPLITS.items()}
    if as_json:
        presence = {name: {"present": place is not None, "path": place} for name, place in found.items()}
        rows = [asdict(dataset) | presence[name] for name, dataset in IMAGES.items()]
        for row in rows:
            del row["pixels"]  # checksums
        rows += [
            {"name": name, "content": s.content, "licence": s.licence, "use": _TRAINING, "present": bool(places[name])}
            for name, s in SPLITS.items()
        ]
        click.echo(json.dumps(rows, indent=1))
        return
    for name, dataset in IMAGES.items():
        here = found[name] or ("downloaded on first use" if name == "kodak" else f"not here: {dataset.address}")
        click.echo(f"{name:<16} {dataset.count:>3} images  {here}")
        for line in (dataset.content, f"licence: {dataset.licence}", f"use: {dataset.use}"):
            click.echo(fill(line, 78, initial_indent="  ", subsequent_indent="    "))
    click.echo("\nTo train on, in three parts (`aewidgets train FAMILY --data NAME`):")
    for s in SPLITS.values():
        click.echo(f"{s.name:<16} {places[s.name] or 'downloaded by Keras on first use'}")
        for line in (s.content, f"licence: {s.licence}"):
            click.echo(fill(line, 78, initial_indent="  ", subsequent_indent="    "))


def _where(files, dataset) -> str | None:
    """Return the folder of a set, or words for a set inside other packages; None for a set that is not here."""
    if not dataset.folders:
        return "inside installed packages"
    return str(files[0].parents[dataset.folders[0].count("/")]) if files else None
