"""Commands `aewidgets info` and `models`, which describe a file and the shipped weights. Decodes no picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import words_of
from aewidgets.commands.batches import PIXEL_LIMIT
from aewidgets.commands.standard import FILE, bytes_from, check_input, shown

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output, for scripts.")


def facts_of(data: bytes, max_pixels: int) -> dict[str, Any]:
    """Return the facts that the bytes of an .aew file hold, in the types of JSON.

    Raises:
        BitstreamError: if `aewidgets.codec.coding.container.parse` refuses the bytes.
    """
    from aewidgets.codec import zoo
    from aewidgets.codec.coding.chunks import MAX_EXIF, MAX_ICC, MAX_XMP, deflate, inflate
    from aewidgets.codec.coding.container import ALPHA, EXIF, ICC, PICTURE, XMP, parse
    from aewidgets.codec.coding.quality import user_quality
    from aewidgets.images.whole_metadata import told_in

    container = parse(data, max_pixels)
    pixels = container.height * container.width
    streams = [len(s) for s in container.streams]
    chunks = {name.decode("latin-1"): len(content) for name, content in container.chunks}
    limits = {ICC: (MAX_ICC, "colour profile"), EXIF: (MAX_EXIF, "metadata"), XMP: (MAX_XMP, "XMP")}
    icc, exif, xmp = (inflate(container.chunk(n) or deflate(b""), *limit) for n, limit in limits.items())
    whole = container.chunk(PICTURE)
    in_chunks = len(container.pack()) - len(container.without_chunks().pack())
    header = len(data) - sum(streams) - in_chunks
    sizes = [header + sum(streams[:n]) for n in range(1, len(streams) + 1)]
    return {
        "bytes": len(data),
        "bpp": 8 * len(data) / pixels,
        "width": container.width,
        "height": container.height,
        "bits_per_sample": container.levels.depth,
        "gray": container.gray,
        "alpha": container.chunk(ALPHA) is not None or (whole or b"")[:1] in (b"\x02", b"\x04"),
        "lossless": container.lossless and not container.max_error,
        "max_error": container.max_error,
        "quality": None if container.lossless else round(user_quality(container.quality), 3),
        "model": None if container.lossless else zoo.name_of(container.fingerprint),
        "fingerprint": container.fingerprint.hex(),
        "header_bytes": header,
        "stream_bytes": streams,
        "prefixes": [{"groups": n, "bytes": s, "bpp": 8 * s / pixels} for n, s in enumerate(sizes, 1)],
        "chunk_bytes": chunks,
        "icc_profile_bytes": len(icc),
        "metadata_bytes": len(exif),
        "xmp_bytes": len(xmp),
        "metadata_tell": told_in(exif, xmp),
    }


@click.command()
@click.argument("file", type=FILE)
@PIXEL_LIMIT
@_JSON
@click.pass_context
def info(ctx: click.Context, file: Path, max_pixels: int | None, as_json: bool) -> None:
    """Describe an .aew FILE, or "-" for standard input: size, quality, model, and where its bytes go.

    The checksum is verified. No picture is decoded and Keras is not needed.
    """
    from aewidgets.codec.coding.container import MAX_PIXELS, BitstreamError
    from aewidgets.codec.files.near_lossless import exactness

    check_input(file)
    name = shown(file, "standard input")
    try:
        facts = {"file": name} | facts_of(bytes_from(file), max_pixels or MAX_PIXELS)
    except BitstreamError as error:
        click.echo(f"failed: {name}: {error}", err=True)
        ctx.exit(1)
    except OSError as error:
        raise click.UsageError(words_of(error)) from error
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    samples = ("gray" if facts["gray"] else "colour") + (" and alpha" if facts["alpha"] else "")
    samples += f" of {facts['bits_per_sample']} bits" if facts["bits_per_sample"] > 8 else ""
    exact = facts["max_error"] is not None
    kind = exactness(facts["max_error"]) if exact else f"quality {facts['quality']:g}"
    click.echo(f"{name}: {facts['width']} x {facts['height']} {samples}, {kind}")
    click.echo(f"{facts['bytes']:,} bytes, {facts['bpp']:.4f} bpp: header {facts['header_bytes']}")
    for prefix, size in zip(facts["prefixes"], facts["stream_bytes"], strict=True):
        click.echo(
            f"  --groups {prefix['groups']}: {prefix['bytes']:,} bytes, {prefix['bpp']:.4f} bpp "
            f"(group {prefix['groups']} has {size:,})"
        )
    content = {"Alph": "alpha", "Pict": f"the picture, {kind}"}
    content |= {"iccp": f"colour profile, {facts['icc_profile_bytes']:,} unpacked"}
    content |= {"exif": f"metadata, {facts['metadata_bytes']:,} unpacked"}
    content |= {"xmp ": f"XMP, {facts['xmp_bytes']:,} unpacked"}
    for name, size in facts["chunk_bytes"].items():
        click.echo(f"  chunk {name.strip()}: {size:,} bytes ({content.get(name, 'unknown here, and not needed')})")
    if facts["metadata_tell"]:
        click.echo(f"the metadata tell: {', '.join(facts['metadata_tell'])}")
    if not exact:
        click.echo(f"model {facts['model'] or 'unknown here'} ({facts['fingerprint']})")


@click.command()
@_JSON
def models(as_json: bool) -> None:
    """List the shipped weights with their training data and their figures."""
    from aewidgets.codec import zoo
    from aewidgets.models.pretrained import autoencoder_cards

    cards, autoencoders = zoo.cards(), autoencoder_cards()
    if as_json:
        click.echo(json.dumps(cards | autoencoders, indent=1))
        return
    for name, card in autoencoders.items():
        sources = "; ".join(f"{d['name']} ({d['licence']})" for d in card["data"])
        figures = ", ".join(f"{figure} {value:.5g}" for figure, value in card["figures"].items() if value is not None)
        click.echo(f"{name:<24} {card['describe']}, {card['bytes']:,} bytes\n  trained on {sources}\n  {figures}")
    for name, card in cards.items():
        sources = "; ".join(f"{d['name']} ({d.get('licence', 'yours')})" for d in card["data"])
        click.echo(
            f"{name:<18} {card['family']}, {card['bytes']:,} bytes, {card['steps']} steps, "
            f"fingerprint {card['sha256'][:8]}"
        )
        click.echo(f"  trained on {sources}")
        known = card.get("figures", {})
        for measure, name in (("PSNR", "bd_rate_psnr_29_38_percent"), ("MS-SSIM", "bd_rate_ms_ssim_12_20_db_percent")):
            if rates := known.get(name):
                against = ", ".join(f"{anchor} {percent:+.1f} %" for anchor, percent in rates.items())
                click.echo(f"  BD-rate in {measure} on {known['images']}: {against}")
