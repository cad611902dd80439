"""Command `aewidgets rd`, which prints measured codecs as tables, JSON, curves or a chart. Computes nothing itself."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from aewidgets.commands import progress_bar
from aewidgets.commands.batches import SCHEDULER, absolute_card, all_codecs, cluster_errors
from aewidgets.commands.places import check_file, check_folder
from aewidgets.system.writing import write_text

if TYPE_CHECKING:
    from aewidgets.codec.registry import Codec
    from aewidgets.studies.rate.rate_distortion import CodecCurve, RateDistortion


class _File(click.Path):
    """Type of the path of a file to write, which is not that of a folder or of a picture."""

    def convert(self, value, param, ctx):
        from aewidgets.images.reading import IMAGE_SUFFIXES

        if str(value).endswith(("/", os.sep)):  # `Path` drops the slash
            self.fail(f"expected a file, got the name of a folder, {value!r}", param, ctx)
        if Path(value).suffix.lower() in IMAGE_SUFFIXES:
            self.fail(f"expected a file of results, got the name of a picture, {value!r}", param, ctx)
        return super().convert(value, param, ctx)


_FILE = _File(dir_okay=False, path_type=Path)


@click.command()
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--codec",
    "codecs",
    multiple=True,
    metavar="NAME",
    help="A codec, the card (.json) of a learned codec, or a codec of your own, MODULE:OBJECT or FILE.py:OBJECT, which "
    "is imported; repeat for more. Default: all that can be used here.",
)
@click.option(
    "--quality",
    "qualities",
    multiple=True,
    metavar="[NAME=]Q",
    help="A quality in the codec's own unit, for all codecs or for the one that is named; repeat for more. "
    "Default: a ladder of qualities for each codec.",
)
@click.option(
    "--effort",
    "efforts",
    type=click.IntRange(0, 9),
    multiple=True,
    help="Effort of the learned codecs, as in `aewidgets compress`; repeat to compare several efforts.",
)
@click.option("--anchor", metavar="NAME", help="The codec that BD-rates are relative to. Default: jpeg.")
@click.option("--limit", type=click.IntRange(min=1), help="Use only this many images, from the first on.")
@click.option(
    "--json", "json_file", type=_FILE, metavar="FILE", help="Write all results as JSON; - for standard output."
)
@click.option("--plot", "plot_file", type=_FILE, metavar="FILE", help="Draw the curves on one HTML page.")
@click.option(
    "--curve",
    "curve_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Compare with curves of the same images, in CompressAI's JSON format or from an earlier --json; "
    "repeat for more.",
)
@click.option(
    "--curves-out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each codec's curve into DIR, in CompressAI's JSON format.",
)
@SCHEDULER
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
@click.pass_context
def rd(
    ctx: click.Context,
    source: tuple[str, ...],
    codecs: tuple[str, ...],
    qualities: tuple[str, ...],
    efforts: tuple[int, ...],
    anchor: str | None,
    limit: int | None,
    json_file: Path | None,
    plot_file: Path | None,
    curve_files: tuple[Path, ...],
    curves_out: Path | None,
    scheduler: str | None,
    quiet: bool,
) -> None:
    """Measure rate and distortion of codecs on SOURCE: an image set, a folder, or files.

    All bytes of the files count, for every codec. BD-rates are in PSNR from 29 to 38 dB and in MS-SSIM; a negative rate
    is a saving. The exit code is 1 if some images could not be measured; they are named, and count for no codec.
    """
    from aewidgets.codec.registry import get_codec
    from aewidgets.images.sets import load_images
    from aewidgets.studies.rate.curve_files import read_curves, to_compressai, to_json
    from aewidgets.studies.rate.rate_distortion import rate_distortion

    for path, option in ((json_file, "--json"), (plot_file, "--plot")):
        if path and path != Path("-"):
            check_file(path, option)
    if curves_out:
        check_folder(curves_out, "--curves-out")
    if plot_file and json_file == plot_file:
        raise click.UsageError(f"--json and --plot are both {plot_file}; give each a file of its own")
    if plot_file:
        _plots()  # a missing package is reported before minutes of measuring
    try:
        wanted = [get_codec(absolute_card(name)) for name in dict.fromkeys(codecs)] or all_codecs()
        chosen = _at_efforts(wanted, efforts)
        ladders = _ladders(qualities, chosen)
        extra = [curve for path in curve_files for curve in read_curves(path.read_text(encoding="utf-8"))]
        names = [c.name for c in chosen] + [c.codec for c in extra]
        if anchor and anchor not in names:
            raise ValueError(f"--anchor: {anchor!r} is not among the codecs: {', '.join(names)}")
        if len(set(names)) < len(names):
            raise ValueError(f"--curve: two curves of one name among {', '.join(names)}; rename one")
        images = load_images(source[0] if len(source) == 1 else source, limit)
    except (ValueError, FileNotFoundError) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    try:
        with cluster_errors(), progress_bar(not quiet) as progress:
            result = rate_distortion(
                images, chosen, ladders, anchor=anchor, extra=extra, progress=progress, spread=_spread(scheduler)
            )
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if json_file == Path("-"):
        click.echo(to_json(result), nl=False)
    else:
        _print_tables(result)
        if json_file:
            write_text(json_file, to_json(result))
    if plot_file:
        write_text(plot_file, _plots().rate_distortion_page(result, images.source))
    if curves_out:
        curves_out.mkdir(parents=True, exist_ok=True)
        for curve in result.curves:
            if len(curve.points) > 1:
                write_text(curves_out / f"{curve.codec}.json", to_compressai(curve))
            else:
                click.echo(f"no curve of {curve.codec} is written: one takes two qualities or more", err=True)
    if anchor and (missing := _without_rate(result)):
        click.echo(f"no BD-rate against {anchor} of {', '.join(missing)}: it takes two qualities or more, with an "
                   "error, of both", err=True)  # fmt: skip
    for failure in result.failures:
        click.echo(f"failed: {failure.reason}", err=True)
    ctx.exit(1 if result.failures else 0)


def _without_rate(result: RateDistortion) -> list[str]:
    """Return the names of the codecs that have no BD-rate against the anchor."""
    known = {rate.test for rate in result.bd_rates if rate.anchor == result.anchor}
    return [c.codec for c in result.curves if c.codec not in {result.anchor, *known}]


def _spread(scheduler: str | None):
    """Return a function that spreads pictures over a cluster, or None without one.

    Each worker has one picture at a time, since seconds are measured.
    """
    if scheduler is None:
        return None
    from functools import partial

    from aewidgets.system.spreading import spread

    return partial(spread, scheduler=scheduler, one_at_a_time=True)


def _at_efforts(codecs: Sequence[Codec], efforts: tuple[int, ...]) -> list[Codec]:
    """Return the codecs, with each learned one once for every effort that is given."""
    from aewidgets.codec.registry import LearnedCodec

    if efforts and not any(isinstance(codec, LearnedCodec) for codec in codecs):
        raise ValueError("--effort: no learned codec is measured, and others have no effort; leave it out")
    return [
        codec.at_effort(effort) if isinstance(codec, LearnedCodec) else codec
        for codec in codecs
        for effort in (dict.fromkeys(efforts or (0,)) if isinstance(codec, LearnedCodec) else (0,))
    ]


def _plots() -> ModuleType:
    """Import the plots, or say what to install."""
    try:
        from aewidgets.studies import plots
    except ImportError as error:
        raise click.UsageError("--plot needs plotly: pip install 'aewidgets[report]'") from error
    return plots


def _ladders(qualities: Iterable[str], chosen: Iterable[Codec]) -> dict[str, tuple[float, ...]] | None:
    """Read qualities such as `50` for all codecs or `webp=75` for one; return a ladder for each codec that has any."""
    ladders: dict[str, list[float]] = {}
    codecs = [codec.name for codec in chosen if None not in codec.qualities]
    for text in qualities:
        if (name := text.rpartition("=")[0]) in {codec.name for codec in chosen} - {*codecs}:
            raise ValueError(f"--quality {text}: {name} has no choice of quality; leave it out")
    if qualities and not codecs:
        raise ValueError("--quality: no codec that is measured has one; leave it out")
    for text in qualities:
        name, _, number = text.rpartition("=")
        if name and name not in codecs:
            raise ValueError(f"--quality {text}: {name!r} is not among the codecs: {', '.join(codecs)}")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"--quality {text}: expected a number, or NAME=number")
        for codec in [name] if name else codecs:
            ladders.setdefault(codec, []).append(value)
    return {name: tuple(dict.fromkeys(values)) for name, values in ladders.items()} or None


def _print_tables(result: RateDistortion) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.width = max(console.width, 100)  # where there is no terminal, rich assumes 80 and cuts names
    console.print(_points_table(result.curves))
    if result.bd_rates:
        console.print(_rates_table(result))
    worst = [(a.codec, a.worst) for a in result.against if a.worst]
    for codec, image in worst:
        console.print(f"worst image of {codec} against {result.anchor}: {image.image}, {image.percent:+.1f} %")
    console.print(f"{len(result.images)} images, all bytes counted; percent of the anchor's rate, negative is a saving")


def _points_table(curves: Iterable[CodecCurve]):
    titles = ("quality", "bpp", "ideal\nbpp", "PSNR\ndB", "SSIM", "MS-SSIM", "encode\ns", "decode\ns")
    table = _table("codec", titles)
    for curve in curves:
        for p in curve.points:
            numbers = (p.bpp, p.bpp_ideal), (p.psnr_db,), (p.ssim, p.ms_ssim), (p.encode_s, p.decode_s)
            cells = [_cell(v, d) for values, d in zip(numbers, (4, 2, 4, 3), strict=True) for v in values]
            table.add_row(curve.codec, _cell(p.quality, None), *cells)
        table.add_section()
    return table


def _rates_table(result: RateDistortion):
    titles = (
        "percent",
        "95 % over\nimages",
        "over\ndB",
        "29-32\ndB",
        "32-35\ndB",
        "35-38\ndB",
        "full\nrange",
        "MS-SSIM\n12-20 dB",
    )
    table = _table(f"BD-rate against\n{result.anchor}", titles)
    for rate in (r for r in result.bd_rates if r.anchor == result.anchor):
        table.add_row(
            rate.test,
            _cell(rate.percent, 1),
            f"{rate.low:.1f}..{rate.high:.1f}" if rate.low is not None else "-",
            f"{rate.interval[0]:.1f}-{rate.interval[1]:.1f}" if rate.interval else "-",
            *(_cell(part.percent, 1) if part else "-" for part in (*rate.parts, rate.full, rate.ms_ssim)),
        )
    return table


def _table(first: str, titles: Iterable[str]):
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(first, no_wrap=True)
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _cell(value: float | None, digits: int | None) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if digits is None else f"{value:.{digits}f}"
