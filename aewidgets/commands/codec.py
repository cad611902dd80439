"""`aewidgets compress`, `decompress`, `info` and `models`: files in, files out. Computes nothing itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from aewidgets.commands import progress_bar, write_bytes

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_OUT = click.Path(path_type=Path)


def _target(source: Path, output: Path | None, suffix: str, count: int) -> Path:
    """Where the result of `source` goes: a file for one input, a folder for any number, else beside the input."""
    if output is None:
        return source.with_suffix(suffix)
    if output.is_dir() or count > 1:
        return output / (source.stem + suffix)
    return output


def _for_each(
    files: Iterable[Path], output: Path | None, suffix: str, overwrite: bool, work: Callable[[Path, Path], str]
) -> int:
    """Runs `work(source, target)` on every file, prints its line, names what failed; returns the exit code."""
    files = list(files)
    targets = [_target(f, output, suffix, len(files)) for f in files]
    doubles = {t for t in targets if targets.count(t) > 1}
    if doubles:
        raise click.UsageError(f"several inputs would become {min(doubles)}; rename one, or run them apart")
    if len(files) > 1 and output is not None:
        if output.is_file():
            raise click.UsageError(f"-o {output} is a file; with several inputs give a folder")
        output.mkdir(parents=True, exist_ok=True)
    elif output is not None and not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} is not there; make it first")
    failed = 0
    with progress_bar(len(files) > 1) as progress:
        for number, (source, target) in enumerate(zip(files, targets, strict=True)):
            progress(number, len(files), source.name)
            try:
                if target.exists() and not overwrite:
                    raise FileExistsError(f"{target} is there already; --overwrite replaces it")
                click.echo(work(source, target))
            except (ValueError, OSError) as error:  # BitstreamError and ImageError are ValueErrors
                failed += 1
                click.echo(f"failed: {source}: {error}", err=True)
    return 1 if failed else 0


@click.command()
@_FILES
@click.option("-o", "--output", type=_OUT, metavar="FILE.aew|DIR", help="Default: beside the picture.")
@click.option("--model", default="photo", show_default=True, help="A name of `aewidgets models`, or a card (.json).")
@click.option(
    "--quality", type=click.FloatRange(1, 100), default=50.0, show_default=True, help="1 small, 100 good; continuous."
)
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@click.pass_context
def compress(
    ctx: click.Context, files: tuple[Path, ...], output: Path | None, model: str, quality: float, overwrite: bool
) -> None:
    """Compress pictures FILES with a learned codec, each to one .aew file. The pictures are not touched."""
    from aewidgets import zoo
    from aewidgets.images import read_image

    try:
        codec = zoo.load(model)
    except (ValueError, OSError) as error:
        raise click.UsageError(f"--model: {error}") from error

    def work(source: Path, target: Path) -> str:
        image = read_image(source)
        data = codec.compress(image, quality)
        write_bytes(target, data)
        height, width = image.shape[:2]
        return f"{target}: {len(data):,} bytes, {8 * len(data) / (height * width):.3f} bpp, {width} x {height}"

    ctx.exit(_for_each(files, output, ".aew", overwrite, work))


@click.command()
@_FILES
@click.option("-o", "--output", type=_OUT, metavar="IMAGE|DIR", help="Default: a PNG beside the file.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@click.pass_context
def decompress(ctx: click.Context, files: tuple[Path, ...], output: Path | None, overwrite: bool) -> None:
    """Turn .aew FILES back into pictures; the suffix of the output chooses its format."""
    from aewidgets.codecs import decompress as decode
    from aewidgets.images import write_image

    def work(source: Path, target: Path) -> str:
        image = decode(source.read_bytes())
        write_image(image, target)
        return f"{target}: {image.shape[1]} x {image.shape[0]}"

    ctx.exit(_for_each(files, output, ".png", overwrite, work))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output, for machines.")
@click.pass_context
def info(ctx: click.Context, file: Path, as_json: bool) -> None:
    """What an .aew FILE says about itself, its checksum verified. Needs no Keras and decodes no picture."""
    from aewidgets import zoo
    from aewidgets.coding.container import BitstreamError, parse

    data = file.read_bytes()
    try:
        container = parse(data)
    except BitstreamError as error:
        click.echo(f"failed: {file}: {error}", err=True)
        ctx.exit(1)
    model = zoo.name_of(container.fingerprint)
    streams = [len(s) for s in container.streams]
    facts = {
        "file": str(file),
        "bytes": len(data),
        "bpp": 8 * len(data) / (container.height * container.width),
        "width": container.width,
        "height": container.height,
        "gray": container.gray,
        "quality": round(zoo.user_quality(container.quality), 3),
        "model": model,
        "fingerprint": container.fingerprint.hex(),
        "stream_bytes": streams,
        "header_bytes": len(data) - sum(streams),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    samples = "gray" if container.gray else "colour"
    click.echo(f"{file}: {container.width} x {container.height} {samples}, quality {facts['quality']:g}")
    click.echo(
        f"{len(data):,} bytes, {facts['bpp']:.4f} bpp: header {facts['header_bytes']}, "
        f"groups from low to high frequency {' + '.join(f'{s:,}' for s in streams)}"
    )
    click.echo(f"model {model or 'unknown here'} ({facts['fingerprint']})")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="JSON on standard output, for machines.")
def models(as_json: bool) -> None:
    """List the weights that are shipped: what they were trained on, and what they reach."""
    from aewidgets import zoo

    cards = zoo.cards()
    if as_json:
        click.echo(json.dumps(cards, indent=1))
        return
    for name, card in cards.items():
        sources = "; ".join(f"{d['name']} ({d.get('licence', 'yours')})" for d in card["data"])
        click.echo(
            f"{name:<18} {card['family']}, {card['bytes']:,} bytes, {card['steps']} steps, "
            f"fingerprint {card['sha256'][:8]}"
        )
        click.echo(f"  trained on {sources}")
        rates = card.get("figures", {}).get("bd_rate_psnr_29_38_percent", {})
        if rates:
            told = ", ".join(f"{anchor} {percent:+.1f} %" for anchor, percent in rates.items())
            click.echo(f"  BD-rate on {card['figures']['images']}: {told}")
