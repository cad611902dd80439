"""Commands `aewidgets compress` and `decompress`, on files and folders. Computes nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import progress_bar, stoppable, trusted_pixels
from aewidgets.commands.batches import JOBS, OVERWRITE, PIXEL_LIMIT, SCHEDULER, absolute_card, run
from aewidgets.commands.metadata import FRAME, SCALE_LOST, travelling, with_travelling
from aewidgets.commands.numbers import FiniteRange
from aewidgets.commands.standard import (
    FILE,
    STANDARD,
    bytes_from,
    check_standard,
    format_option,
    opened,
    put,
    result_of,
    shown,
)
from aewidgets.commands.tasks import OUTPUT, plan
from aewidgets.commands.times import KEEP_TIMES, pass_times

_FILES = click.argument("files", nargs=-1, required=True, type=FILE)
_APPEND_AEW = click.option(
    "--append-suffix", is_flag=True, help="Put the new suffix behind the old one: cat.jpg becomes cat.jpg.aew."
)

_TO_8_BIT = click.option("--to-8-bit", is_flag=True, help="Round more than 8 bits per sample to 8.")

# Options that exclude each other, and the names of their parameters
_EXACT = {"lossless": "lossless", "max-error": "max_error"}
_TARGETS = {**_EXACT, "quality": "quality", "bytes": "num_bytes", "bpp": "bpp", "psnr": "psnr_db"}


@dataclass(frozen=True)
class _Compressing:
    """The work of `compress` on one picture, in a form that can be sent to other processes."""

    model: str
    lossless: bool
    max_error: int | None
    quality: float
    num_bytes: int | None
    bpp: float | None
    psnr_db: float | None
    metadata: str
    profile: str
    max_pixels: int | None
    effort: int
    roi: Path | None
    keep_times: bool
    frame: int | None
    bit_depth: int | None
    to_8_bit: bool
    alone: bool

    def __call__(self, source: Path, target: Path) -> str:
        if not self.effort:
            return self._compress(source, target, None, None)
        with stoppable() as stopped, progress_bar(self.alone) as bar:
            line = self._compress(source, target, lambda done, total: bar(done, total, source.name), stopped)
        if not stopped():
            return line
        line += ", stopped: the best so far"
        if self.alone:
            return line
        click.echo(line)
        raise KeyboardInterrupt

    def _picture(self, source, max_pixels):
        """Read a picture; ValueError for an .aew file, of which a second lossy generation would be made unsaid."""
        from aewidgets.codec.coding.container import MAGIC
        from aewidgets.codec.files.picture import read_picture
        from aewidgets.images.frames import file_and_frame

        file, frame = file_and_frame(source, self.frame)
        given = opened(file, shown(source, "standard input"))
        if given.getbuffer()[: len(MAGIC)] == MAGIC:
            raise ValueError(
                "this is an .aew file already; for another quality compress the picture it was made of, or decode it "
                "first: aewidgets decompress"
            )
        kept: dict[str, Any] = {"metadata": self.metadata, "profile": self.profile}
        depth: dict[str, Any] = {"bit_depth": self.bit_depth, "to_8_bit": self.to_8_bit}
        return read_picture(given, **kept, **depth, max_pixels=max_pixels, frame=frame)

    def _compress(self, source, target, progress, stop):
        from aewidgets.codec import zoo
        from aewidgets.codec.coding.container import parse
        from aewidgets.codec.coding.quality import stored_quality, user_quality
        from aewidgets.codec.compression import encode_options, pack_exactly
        from aewidgets.codec.files.near_lossless import exactness
        from aewidgets.codec.files.packing import Packer
        from aewidgets.codec.files.targets import Target, search

        with trusted_pixels(self.max_pixels) as most:
            picture = self._picture(source, most)
            options = encode_options(picture, self.effort, self.roi, progress, stop)
        exact = self.lossless or self.max_error is not None
        packer = Packer(picture, None if exact else zoo.load(self.model), options)
        if exact:
            data, found = pack_exactly(packer, self.max_error), ""
        elif (self.num_bytes, self.bpp, self.psnr_db) == (None, None, None):
            data, found = packer.pack(stored_quality(self.quality)), ""
        else:
            result = search(packer, Target(self.num_bytes, self.bpp, self.psnr_db))
            data, found = result.data, f", {result.encodings} encodings"
            if result.quality is not None:
                found = f", quality {user_quality(result.quality):.2f}" + found
            if result.psnr_db is not None:
                found = f", {result.psnr_db:.2f} dB" + found
        put(target, data)
        if self.keep_times:
            pass_times(source, target)
        height, width = picture.colour.shape[:2]
        container = parse(data, most)
        kind = "" if picture.depth == 8 else f", {picture.depth} bits"
        kind += "" if container.max_error is None else f", {exactness(container.max_error)}"
        bpp = 8 * len(data) / (height * width)
        lost = f", {SCALE_LOST}" if picture.scale_lost else ""
        name = shown(target, "standard output")
        return f"{name}: {len(data):,} bytes, {bpp:.3f} bpp, {width} x {height}{kind}{found}{lost}"


@click.command()
@_FILES
@click.option(
    "-o", "--output", type=OUTPUT, metavar="FILE.aew|DIR/", help="File, or folder. Default: beside the picture."
)
@click.option(
    "--model",
    default="photo",
    show_default=True,
    help="Weights: a name listed by `aewidgets models`, or a card (.json).",
)
@click.option("--lossless", is_flag=True, help="Keep every sample exactly; no model is used.")
@click.option(
    "--max-error",
    type=click.IntRange(1, 4096),
    metavar="LEVELS",
    help="Keep every sample within 1 to 16 levels of 255, or 1 to 4096 of 65535, and alpha exactly; no model is used.",
)
@click.option(
    "--quality", type=FiniteRange(1, 100), help="From 1 (small file) to 100 (good picture). [default: 50]"
)
@click.option(
    "--bytes",
    "num_bytes",
    type=click.IntRange(1),
    help="Find the best quality whose file has at most this many bytes; 98 % of them are used where possible.",
)
@click.option(
    "--bpp", type=FiniteRange(0, min_open=True), help="Like --bytes, but the limit is in bits per pixel."
)
@click.option(
    "--psnr",
    "psnr_db",
    type=FiniteRange(0, min_open=True),
    help="Find the lowest quality that reaches this PSNR in dB, to within 0.05 dB.",
)
@click.option(
    "--effort",
    type=click.IntRange(0, 9),
    default=0,
    show_default=True,
    help="Search longer for a smaller file. Ctrl-C keeps the best result so far.",
)
@click.option(
    "--roi",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="MASK",
    help="A gray picture of the same size, white in the region of interest; bits are saved where it is black.",
)
@click.option(
    "--bit-depth",
    type=click.IntRange(9, 16),
    metavar="BITS",
    help="Bits per sample that the picture's numbers have, where its file has room for more: 12 of many cameras.",
)
@_TO_8_BIT
@FRAME
@with_travelling
@KEEP_TIMES
@_APPEND_AEW
@JOBS
@SCHEDULER
@PIXEL_LIMIT
@OVERWRITE
@click.pass_context
def compress(
    ctx: click.Context,
    files: tuple[Path, ...],
    output: str | None,
    overwrite: bool,
    jobs: int,
    scheduler: str | None,
    append_suffix: bool,
    **options,
) -> None:
    """Compress FILES to .aew files, one for each picture. A folder stands for all pictures in it.

    "-" stands for standard input, and as -o for standard output. The pictures themselves are not changed. Colour
    profiles, alpha and up to 16 bits per sample (PNG, TIFF, PPM, PGM) are kept. If a lossless file is no
    larger than the lossy one, the lossless file is written; a near-lossless one where colours alternate from pixel to
    pixel, which the model cannot show.
    """
    from aewidgets.codec import zoo
    from aewidgets.images.reading import IMAGE_SUFFIXES

    check_standard(output, files, scheduler, options["keep_times"])
    options |= travelling(options)
    wanted = [f"--{n}" for n, o in _TARGETS.items() if options[o] not in (None, False)]
    exact = any(options[o] not in (None, False) for o in _EXACT.values())
    wanted += [f"--{name}" for name in ("effort", "roi") if exact and options[name]]
    if len(wanted) > 1:
        raise click.UsageError(f"{' and '.join(wanted)} exclude each other; give one")
    options["quality"] = 50.0 if options["quality"] is None else options["quality"]
    try:
        zoo.load(options["model"])
    except (ValueError, OSError) as error:
        raise click.UsageError(f"--model: {error}") from error
    tasks = plan(files, output, ".aew", IMAGE_SUFFIXES, (".aew",), append_suffix)
    options["model"] = absolute_card(options["model"])
    options["roi"] = options["roi"] and options["roi"].absolute()
    ctx.exit(run(tasks, _Compressing(**options, alone=len(tasks) == 1), overwrite, jobs, scheduler))


def _decompress(
    source: Path, target: Path, suffix: str, groups: int | None, max_pixels: int | None, model: str | None,
    keep_times: bool, to_8_bit: bool,
) -> str:  # fmt: skip
    """Decode one file and return the line to print."""
    from aewidgets.codec.files.near_lossless import exactness
    from aewidgets.codec.files.picture import eight_bits, left_out, picture_bytes
    from aewidgets.codec.registry import open_aew

    with trusted_pixels(max_pixels) as most:
        picture = open_aew(bytes_from(source), groups=groups, max_pixels=most, model=model)
    if to_8_bit:
        picture = eight_bits(picture, shown(source, "standard input"))
    path, name = result_of(target, suffix)
    put(target, picture_bytes(picture, path.suffix.lower(), name=name))
    if keep_times:
        pass_times(source, target)
    height, width = picture.colour.shape[:2]
    notes = [] if picture.depth == 8 else [f"{picture.depth} bits"]
    if picture.max_error is not None:
        notes.append(exactness(picture.max_error) + ", so that --groups changes nothing" * bool(groups))
    notes += filter(None, [left_out(picture, path)])
    return ", ".join([f"{name}: {width} x {height}", *notes])


@click.command()
@_FILES
@click.option(
    "-o", "--output", type=OUTPUT, metavar="IMAGE|DIR/", help="File, or folder. Default: a PNG beside the file."
)
@click.option("--groups", type=click.IntRange(1), help="Decode only this many groups of frequencies, the lowest first.")
@click.option("--model", help="The card (.json) of weights that do not come with the package.")
@format_option("Format of results that -o names no file for, as on standard output.")
@_TO_8_BIT
@KEEP_TIMES
@JOBS
@SCHEDULER
@PIXEL_LIMIT
@OVERWRITE
@click.pass_context
def decompress(
    ctx: click.Context,
    files: tuple[Path, ...],
    output: str | None,
    suffix: str | None,
    overwrite: bool,
    jobs: int,
    scheduler: str | None,
    **options,
) -> None:
    """Decode .aew FILES to pictures. A folder stands for all .aew files in it.

    The suffix of the output chooses its format. "-" stands for standard input, and as -o for standard output.
    """
    from aewidgets.images.reading import LOSSLESS_SUFFIXES

    check_standard(output, files, scheduler, options["keep_times"])
    ending = f".{suffix or 'png'}"
    tasks = plan(files, output, ending, (".aew",), LOSSLESS_SUFFIXES)
    if suffix and tasks[0].target != STANDARD and tasks[0].target.suffix.lower() != ending:
        raise click.UsageError(f"--format {suffix} and -o {output} name two formats; leave one of them out")
    options["suffix"] = ending
    options["model"] = options["model"] and absolute_card(options["model"])
    ctx.exit(run(tasks, partial(_decompress, **options), overwrite, jobs, scheduler))
