"""Command `aewidgets denoise`, on files and folders. Computes nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import progress_bar, trusted_pixels
from aewidgets.commands.batches import JOBS, OVERWRITE, PIXEL_LIMIT, run
from aewidgets.commands.metadata import FRAME, SCALE_LOST, travelling, with_travelling
from aewidgets.commands.numbers import FiniteRange
from aewidgets.commands.standard import FILE, check_standard, format_option, opened, put, result_of, shown
from aewidgets.commands.tasks import OUTPUT, plan


class NoiseLevel(click.ParamType):
    """Type of a noise level: "auto", or a number from 0 to 255."""

    name = "auto|0..255"

    def convert(self, value, param, ctx):
        if value == "auto":
            return value
        try:
            level = float(value)
        except ValueError:
            level = -1.0
        if not 0 <= level <= 255:
            self.fail(f"expected auto, or a number from 0 to 255, got {value!r}", param, ctx)
        return level


@dataclass(frozen=True)
class _Denoising:
    """The work of `denoise` on one picture, in a form that can be sent to other processes."""

    noise_level: float | str
    noise: str
    strength: float
    method: str | None
    model: str | None
    metadata: str
    profile: str
    max_pixels: int | None
    suffix: str | None
    frame: int | None
    alone: bool

    def __call__(self, source: Path, target: Path) -> str:
        from aewidgets.codec.files.picture import left_out, picture_bytes, read_picture
        from aewidgets.images.deep import camera_left_out, deep_bytes, is_deep, read_deep
        from aewidgets.images.frames import file_and_frame

        file, frame = file_and_frame(source, self.frame)
        given = opened(file, name := shown(source, "standard input"))
        path, result_name = result_of(target, f".{self.suffix or 'png'}")
        kept: dict[str, Any] = {"metadata": self.metadata, "profile": self.profile}
        written: dict[str, Any] = {"suffix": path.suffix.lower(), "name": result_name}
        if is_deep(given.getvalue()):
            with trusted_pixels(self.max_pixels) as most:
                deep = read_deep(given.getvalue(), name, **kept, max_pixels=most, frame=frame)
            result, scale_lost = self._denoise(deep.colour, name), deep.scale_lost
            put(target, deep_bytes(deep.with_colour(result.image), **written))
            lost = camera_left_out(deep, path)
        else:
            with trusted_pixels(self.max_pixels) as most:
                picture = read_picture(given, **kept, max_pixels=most, frame=frame)
            result, scale_lost = self._denoise(picture.colour, name), picture.scale_lost
            put(target, picture_bytes(replace(picture, colour=result.image), **written))
            lost = left_out(picture, path)
        height, width = result.image.shape[:2]
        level = "no noise level given" if result.noise_level is None else f"noise level {result.noise_level:.1f}"
        line = f"{result_name}: {width} x {height}, {result.noise or level}, {result.method}, {result.seconds:.1f} s"
        return ", ".join(filter(None, [line, lost, SCALE_LOST if scale_lost else ""]))

    def _denoise(self, image, name: str):
        from aewidgets.restoration.learned import shipped
        from aewidgets.restoration.restoring import LEARNED, denoise, denoising_methods

        network = shipped(self.model) if self.model else None
        channels = image.shape[2] if image.ndim == 3 else 1
        method = _method(self.method) or (LEARNED if network else denoising_methods(channels)[0])
        with progress_bar(self.alone) as bar:
            return denoise(
                image, self.noise_level, method, noise=self.noise, strength=self.strength, network=network,
                progress=lambda done, total: bar(done, total, name),
            )  # fmt: skip


@click.command("denoise")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    metavar="IMAGE|DIR/",
    required=True,
    help="File of the result, whose suffix chooses PNG, TIFF, WebP, BMP or PPM; a folder for several pictures.",
)
@click.option(
    "--noise-level",
    type=NoiseLevel(),
    default="auto",
    show_default=True,
    help="Standard deviation of the noise, where white is 255; auto estimates it for each picture.",
)
@click.option(
    "--noise",
    type=click.Choice(["auto", "white", "camera"]),
    default="auto",
    show_default=True,
    help="Kind of the noise: camera for pictures that a camera has processed and saved, as JPEG above all; auto looks.",
)
@click.option(
    "--strength",
    type=FiniteRange(0, 3),
    default=1.0,
    show_default=True,
    help="Factor on the noise level: less takes less away, more takes more.",
)
@click.option(
    "--method",
    metavar="NAME|MODULE:OBJECT",
    help="Method to use; --methods lists them. Default: the network if there is one for the picture, else nlm. A "
    "function image -> image or a Keras model of your own is named by module:object or path/to/file.py:object; its "
    "code is run.",
)
@click.option(
    "--model", metavar="NAME|CARD.json", help="A network that you have trained with `aewidgets train denoiser`."
)
@click.option("--methods", is_flag=True, is_eager=True, expose_value=False, callback=lambda *a: _list_methods(*a),
              help="List the methods and exit.")  # fmt: skip
@format_option("Format of the result on standard output (-o -).")
@FRAME
@with_travelling
@JOBS
@PIXEL_LIMIT
@OVERWRITE
@click.pass_context
def denoise_command(
    ctx: click.Context, files: tuple[Path, ...], output: str, overwrite: bool, jobs: int, **options
) -> None:
    """Remove noise from FILES. A folder stands for all pictures in it.

    "-" stands for standard input, and as -o for standard output. The pictures themselves are not changed. Large
    pictures are processed in tiles. Alpha and colour profiles are kept, and so are the 16 bits of gray PNG and of TIFF
    files.
    """
    from aewidgets.images.reading import IMAGE_SUFFIXES, LOSSLESS_SUFFIXES
    from aewidgets.restoration.restoring import BLIND, NETWORKS, denoising_methods, takes_noise_level

    check_standard(output, files)
    options |= travelling(options)
    if options["suffix"] and output != "-":
        raise click.UsageError(f"--format is for standard output (-o -); the suffix of {output} names the format")
    try:
        method = _method(options["method"])
    except ValueError as error:
        raise click.UsageError(f"--method: {error}") from error
    known = (None, *(NETWORKS if options["model"] else ()), *denoising_methods())
    if isinstance(method, str) and method not in known:
        names = ", ".join(denoising_methods())
        raise click.UsageError(f"--method: expected one of {names}, or module:object, got {options['method']}")
    if options["noise_level"] != "auto" and method and not takes_noise_level(method):
        raise click.UsageError(f"--noise-level: method {options['method']} makes no use of one; leave out one of them")
    if options["noise"] == "camera" and (options["model"] or method not in (None, *NETWORKS)):
        raise click.UsageError(f"--noise camera: only {', '.join(NETWORKS)} have a network for it; leave out --model "
                               "and other methods")  # fmt: skip
    if options["strength"] != 1 and method == BLIND:
        raise click.UsageError("--strength: method blind is given no noise level to multiply; leave out one of them")
    if options["model"]:
        _check_model(options["model"], options["method"])

    def suffix(path: Path) -> str:
        return path.suffix if path.suffix.lower() in LOSSLESS_SUFFIXES else ".png"

    tasks = plan(files, output, suffix, IMAGE_SUFFIXES, LOSSLESS_SUFFIXES)
    ctx.exit(run(tasks, _Denoising(**options, alone=len(tasks) == 1), overwrite, jobs))


@cache
def _method(name: str | None) -> Any:
    """Return the name of a method, or the method of one's own that "module:object" names, loaded once.

    Raises:
        ValueError: for an object that cannot be loaded, or is no method.
    """
    from aewidgets.restoration.own_methods import own_method
    from aewidgets.system.objects import is_object_name, load_object

    return own_method(load_object(name)) if name and is_object_name(name) else name


def _check_model(name: str, method: str | None) -> None:
    """Refuse a network that cannot be loaded, or a method without a network, before any picture is read."""
    from aewidgets.models.pretrained import PretrainedError
    from aewidgets.restoration.learned import shipped
    from aewidgets.restoration.restoring import NETWORKS

    if method not in (None, *NETWORKS):
        raise click.UsageError(f"--model: method {method} uses no network; give --method {' or '.join(NETWORKS)}")
    try:
        shipped(name)
    except (PretrainedError, OSError) as error:
        raise click.UsageError(f"--model: {error}") from error


def _list_methods(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    """Print the methods and exit, if asked to."""
    if not asked or ctx.resilient_parsing:
        return
    from aewidgets.classical import classical_methods
    from aewidgets.restoration.restoring import BLIND, EIGHT, LEARNED, denoising_methods

    labels = {LEARNED: "the trained network, which is given the noise level"}
    labels[BLIND] = "the trained network without a noise level, which it then estimates itself"
    labels[EIGHT] = "the mean of the trained network's results in eight orientations: better, at eight times the work"
    labels |= {method.name: f"{method.label}: {method.reference}" for method in classical_methods("noise")}
    for name in denoising_methods():
        click.echo(f"{name:<10} {labels[name]}")
    ctx.exit()
