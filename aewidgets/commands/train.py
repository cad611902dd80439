"""Commands `aewidgets train` and `train codec`; `train_autoencoder` and `train_denoiser` hold the others."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import click

from aewidgets.commands import progress_bar, train_options
from aewidgets.commands.training import check_apart, check_output, in_words, opened

LARGE = {
    "codec": "A learned codec with real bytes.",
    "denoiser": "A network that removes noise or damage from photographs.",
}
# Written out so that `--help` need not import Keras; a test compares them with the models' own list.
FAMILIES = {
    "dense": "Fully connected layers.",
    "convolutional": "Strided convolutions; for pictures of any size with --latent-channels.",
    "sparse": "A wide code with few active units: top-k, L1 or KL.",
    "contractive": "A code that changes little when the picture does.",
    "denoising": "Trained to remove corruption.",
    "variational": "A code with a prior that pictures can be drawn from; beta-VAE.",
    "recurrent": "Rows or patches of a picture as a sequence.",
}


class Models(click.Group):
    """Group of the codec, the denoiser and a command for each family of autoencoders, made on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "denoiser", *FAMILIES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "denoiser":
            from aewidgets.commands.train_denoiser import denoiser

            return denoiser
        if cmd_name not in FAMILIES:
            return super().get_command(ctx, cmd_name)
        from aewidgets.commands.train_autoencoder import command_for

        return command_for(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*LARGE.items(), *FAMILIES.items()])


@click.group(cls=Models)
def train() -> None:
    """Train a model. You may stop it at any time; the same command goes on where it stopped."""


@train.command()
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--family",
    type=click.Choice(["hyperprior", "factorised"]),
    default="hyperprior",
    show_default=True,
    help="Architecture of the model.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=10),
    help="Number of training steps, each on about eight crops of 128 x 128. Default: 16000; 3000 with --from.",
)
@train_options.learning_rate
@click.option(
    "--from",
    "start",
    metavar="NAME",
    help="Start from these weights, a name listed by `aewidgets models` or a card, and their architecture. One in "
    "eight pictures of SOURCE is then held out, and BD-rates on those are printed before and after.",
)
@click.option(
    "--distortion",
    type=click.Choice(["mse", "ms-ssim"]),
    default="mse",
    show_default=True,
    help="Distortion to minimise: mse for PSNR, or ms-ssim.",
)
@train_options.seed("Seed of crops, initial weights and noise.")
@train_options.precision(
    "Precision of the convolutional paths; mixed_bfloat16 is faster on processors that support it."
)
@train_options.checkpoint
@train_options.name("codec")
@train_options.out(
    "Folder for NAME.npz and NAME.json; use them with --model DIR/NAME.json. Default: the current folder."
)
@train_options.evaluate(
    "Pictures to measure BD-rates against Pillow's codecs on, for the card. They must not be training pictures."
)
@click.option(
    "--curves",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Curves of other codecs on the pictures of --evaluate, as `aewidgets rd --json` writes them. "
    "Default: they are measured.",
)
@train_options.skip_bad
def codec(
    source, family, steps, learning_rate, start, distortion, seed, precision, checkpoint, name, out, evaluate, curves,
    skip_bad,
) -> None:  # fmt: skip
    """Train a learned codec on SOURCE: names of data sets, folders, or files.

    The run is saved every 250 steps, and on Ctrl-C. At the end the probability tables are fitted, and weights and card
    are written.
    """
    from aewidgets.codec.zoo import card_path, load
    from aewidgets.studies.rate.curve_files import read_curves
    from aewidgets.system.cards import chain_of, read_card
    from aewidgets.training.codecs import CodecRun, codec_images, fit_codec
    from aewidgets.training.data.pictures import without

    if evaluate and evaluate in source:  # other names of the same pictures are found once they are read
        raise click.UsageError(f"--evaluate {evaluate}: these pictures are trained on; choose others")
    steps = steps or (3000 if start else 16000)
    learning_rate = learning_rate or (3e-4 if start else 1e-3)
    folder = checkpoint or Path("checkpoints") / name
    check_output(out, name)
    if curves and not evaluate and not start:
        raise click.UsageError("--curves needs --evaluate, or --from, which holds pictures out")
    with in_words(folder):
        known = load(start).fingerprint.hex() if start else None
        before = chain_of(read_card(card_path(start))) if start else []
        given = read_curves(curves.read_text(encoding="utf-8")) if curves else []
        run = CodecRun(family, steps, learning_rate, seed, precision, start=start, distortion=distortion)
        sets, judges = opened(source, skip_bad), opened([evaluate], skip_bad)[0] if evaluate else None
        if judges is not None:
            check_apart(evaluate, judges, [i for _, i in judges], [image for each in sets for _, image in each])
            judged = list(judges)
        elif start:
            halves = [pictures.hold_out() for pictures in sets]
            judged = [picture for _, held in halves for picture in held]
            sets = [without(learn, [image for _, image in judged]) for learn, _ in halves]
        else:
            judged = []
        images = codec_images(sets, distortion)
        with progress_bar() as progress:
            model, seconds = fit_codec(
                run,
                images,
                folder,
                report=lambda step, means: progress(step, steps, f"bpp {means['bpp']:.3f}, mse {means['mse']:.6f}"),
            )
        options = f"--steps {steps} --learning-rate {learning_rate} --seed {seed} --precision {precision}"
        options += f" --distortion {distortion}" if distortion != "mse" else ""
        options += f" --from {start}" if start else f" --family {family}"
        options += " --skip-bad" if skip_bad else ""
        story = {
            "start": {"name": start, "fingerprint": known} if start else None,
            "seed": seed,
            "steps": steps,
            "seconds": round(seconds),
            "date": date.today().isoformat(),
            "command": shlex.join(["aewidgets", "train", "codec", *source, *options.split()]),
            "chain": before,
        }
        path = out / f"{name}.npz"
        images_of = evaluate or f"{len(judged)} held out of {' '.join(source)}"
        card = _released(
            model, images, path, source, story,
            lambda card: _figures(card, judged, images_of, given if curves else None, start) if judged else None,
        )  # fmt: skip
    click.echo(f"{path}: {card['bytes']:,} bytes, {steps} steps, {seconds:.0f} s")


def _released(model, images, path: Path, source, story: dict, figures: Callable[[Path], dict | None]) -> dict:
    """Write weights and card, then measure their figures and write the card again with these; return it."""
    from aewidgets.codec.release import with_fitted_tables, write_release
    from aewidgets.images.datasets import IMAGES

    fitted = with_fitted_tables(model, images[:: max(1, len(images) // 270)])
    known = [{"licence": IMAGES[s].licence, "content": IMAGES[s].content} if s in IMAGES else {} for s in source]
    data = [{"name": s, **more} for s, more in zip(source, known, strict=True)]
    story = {"family": fitted.config["family"], "data": data} | story
    path.parent.mkdir(parents=True, exist_ok=True)
    card = write_release(fitted, path, story)
    if found := figures(path.with_suffix(".json")):
        card = write_release(fitted, path, story | {"figures": found})
    return card


def _figures(card: Path, judges, images_of: str, curves: Sequence | None, start: str | None) -> dict:
    """Measure BD-rates of the new weights on pictures that they were not trained on; print and return them."""
    from aewidgets.codec.registry import get_codec
    from aewidgets.codec.zoo import card_path
    from aewidgets.commands.batches import all_codecs
    from aewidgets.studies.rate.rate_distortion import rate_distortion

    extra = [curve for curve in curves or [] if len(curve.points) > 1]
    names = ["jpeg", "jpeg2000", "webp", "avif"] if curves is None else []
    first = card_path(start) if start else card
    # Curves are known by the names of the cards, which must differ
    cards = {"before": first, "after": card} if first.stem != card.stem else {"after": card}
    codecs = [*(get_codec(str(card)) for card in cards.values()), *(all_codecs(names) if names else ())]
    with progress_bar() as progress:
        result = rate_distortion(judges, codecs, extra=extra, progress=progress)
    for failure in result.failures:
        click.echo(f"{failure.image} could not be measured and counts for no codec: {failure.reason}", err=True)
    for measure, rates_in in (
        ("PSNR on {}, 29 to 38 dB (or over all that two curves share, if they share nothing there)", _in_psnr),
        ("MS-SSIM on {}, 12 to 20 dB", _in_ms_ssim),
    ):
        click.echo(f"BD-rate in {measure.format(images_of)}:")
        for when, path in cards.items():
            rates = ", ".join(f"{rate:+.1f} % against {anchor}" for anchor, rate in rates_in(result, path.stem).items())
            click.echo(f"  {when} ({path.stem}): {rates or 'nothing in common'}")
    return {
        "images": images_of,
        "bd_rate_psnr_29_38_percent": _in_psnr(result, card.stem),
        "bd_rate_ms_ssim_12_20_db_percent": _in_ms_ssim(result, card.stem),
        "points": [
            {"quality": p.quality, "bpp": round(p.bpp, 4), "psnr_db": round(p.psnr_db, 3)}
            | ({"ms_ssim": round(p.ms_ssim, 5)} if p.ms_ssim is not None else {})
            for p in result.curve(card.stem).points
        ],
    }


def _in_psnr(result, test: str) -> dict[str, float]:
    """Return the BD-rates in PSNR of a codec against every other, in percent."""
    mine = [r for r in result.bd_rates if r.test == test]
    found = {r.anchor: r.percent if r.percent is not None else r.full and r.full.percent for r in mine}
    return {anchor: round(rate, 2) for anchor, rate in found.items() if rate is not None}


def _in_ms_ssim(result, test: str) -> dict[str, float]:
    """Return the BD-rates in MS-SSIM of a codec against every other that has them, in percent."""
    return {r.anchor: round(r.ms_ssim.percent, 2) for r in result.bd_rates if r.test == test and r.ms_ssim}
