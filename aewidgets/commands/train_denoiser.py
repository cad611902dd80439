"""Command `aewidgets train denoiser`, which trains and evaluates the residual network, for noise or other damage."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from aewidgets.commands import progress_bar, train_options
from aewidgets.commands.training import check_apart, check_output, in_words, opened


@click.command()
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--colour/--gray",
    default=False,
    show_default=True,
    help="Train for colour or for gray pictures; --gray converts colour pictures.",
)
@click.option(
    "--restore",
    is_flag=True,
    help="Train for JPEG artefacts, blur, lost pixels and low light instead of noise; needs --colour.",
)
@click.option(
    "--noise",
    type=click.Choice(["white", "camera"]),
    default="white",
    show_default=True,
    help="Noise to train for: white, or as cameras leave it in the pictures that they save, which needs --colour.",
)
@click.option(
    "--without-clean",
    type=click.Choice(["recorrupted", "masked"]),
    help="Train on noisy pictures alone, without clean ones. recorrupted: for Gaussian noise of equal strength "
    "everywhere; masked: for any noise that is independent from pixel to pixel.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=10),
    default=40000,
    show_default=True,
    help="Number of training steps, each on sixteen crops of 64 x 64.",
)
@train_options.learning_rate
@click.option(
    "--from", "start", metavar="NAME", help="Start from these weights: name of a shipped denoiser, or a card."
)
@train_options.seed("Seed of crops, noise and initial weights.")
@train_options.precision("Precision of the layers; mixed_bfloat16 is faster on processors that support it.")
@train_options.checkpoint
@train_options.name("denoiser")
@train_options.out("Folder for NAME.npz and NAME.json. Default: the current folder.")
@train_options.evaluate("Pictures to measure the card's figures on. They must not be training pictures.")
@train_options.skip_bad
def denoiser(
    source, colour, restore, noise, without_clean, steps, learning_rate, start, seed, precision, checkpoint, name, out,
    evaluate, skip_bad,
) -> None:  # fmt: skip
    """Train a denoiser of photographs on SOURCE: names of data sets, folders, or files.

    The network learns all noise levels up to 75 of 255, with and without the level as an input; with --restore it
    learns four other tasks. With --noise camera it learns noise that sensors make and cameras process: mosaics, noise
    reduction, tone curves and JPEG. With --without-clean SOURCE holds noisy pictures: those that you want to denoise,
    or more of their kind. Use that network with `aewidgets denoise --model NAME.json --method blind`. The run is saved
    every 250 steps, and on Ctrl-C.
    """
    from aewidgets.images.datasets import IMAGES
    from aewidgets.models.pretrained import denoiser_card, load_denoiser, save_pretrained
    from aewidgets.system.cards import chain_of
    from aewidgets.training.camera_noise import CameraRun
    from aewidgets.training.restorers import RestorationRun, fit_restoration, training_images
    from aewidgets.training.self_supervised import SelfSupervisedRun

    if evaluate and evaluate in source:  # other names of the same pictures are found once they are read
        raise click.UsageError(f"--evaluate {evaluate}: these pictures are trained on; choose others")
    if restore and not colour:
        raise click.UsageError("--restore works on colour pictures only; add --colour")
    if restore and without_clean:
        raise click.UsageError("--without-clean works for noise only; leave --restore out")
    camera = noise == "camera"
    if camera and not colour:
        raise click.UsageError("--noise camera works on colour pictures only; add --colour")
    if camera and (restore or without_clean):
        raise click.UsageError("--noise camera works without --restore and --without-clean; leave them out")
    check_output(out, name)
    folder = checkpoint or Path("checkpoints") / name
    channels, learning_rate = 3 if colour else 1, learning_rate or (3e-4 if start else 1e-3)
    common = {"steps": steps, "learning_rate": learning_rate, "seed": seed, "precision": precision, "start": start}
    with in_words(folder):
        run: RestorationRun | CameraRun | SelfSupervisedRun
        if without_clean:
            run = SelfSupervisedRun(without_clean, channels, **common)
        else:
            run = CameraRun(**common) if camera else RestorationRun(channels, restore=restore, **common)
        first = denoiser_card(start) if start else {}
        begun = {"start": start, "start_sha256": first["sha256"]} if start else {"start": None}
        judges = []
        images = training_images(source, channels, least=run.crops.least_side(), skip_bad=skip_bad)
        if evaluate:
            (judged,) = opened([evaluate], skip_bad)
            judges = training_images([judged], channels)
            judged = judged.select(i for i, (_, image) in enumerate(judged) if channels == 1 or image.ndim == 3)
            if not judges:
                raise click.UsageError(f"--evaluate {evaluate}: expected pictures in colour, got gray ones alone")
            check_apart(evaluate, judged, judges, images)
        with progress_bar() as progress:
            model, seconds = fit_restoration(
                run, images, folder, report=lambda step, means: progress(step, steps, f"loss {means['loss']:.2f}")
            )
        options = f"--{'colour' if colour else 'gray'}{' --restore' if restore else ''}"
        options += " --noise camera" if camera else ""
        options += f" --without-clean {without_clean}" if without_clean else ""
        options += f" --steps {steps}"
        options += f" --learning-rate {learning_rate} --seed {seed} --precision {precision}"
        options += f" --from {start}" if start else ""
        options += " --skip-bad" if skip_bad else ""
        licences = {s: IMAGES[s].licence if s in IMAGES else "yours" for s in source}
        story = {
            "data": [{"name": s, "licence": licence} for s, licence in licences.items()],
            **begun,
            "recipe": asdict(run),
            "seed": seed,
            "seconds": round(seconds),
            "date": date.today().isoformat(),
            "command": shlex.join(["aewidgets", "train", "denoiser", *source, *options.split()]),
            "chain": chain_of(first),
        }
        out.mkdir(parents=True, exist_ok=True)
        card = save_pretrained(model, out / f"{name}.npz", story | {"figures": {}})
        if judges:
            network = load_denoiser(out / f"{name}.json")
            if restore or camera:
                figures = (restorer_figures if restore else camera_figures)(network, judges)
            else:
                figures = figures_of(network, judges, bool(without_clean))
            for figure, value in figures.items():
                click.echo(f"{figure.replace('_', ' ')}: {value:.2f} dB on the middles of {len(judges)} of {evaluate}")
            card = save_pretrained(model, out / f"{name}.npz", story | {"figures": figures, "images": evaluate})
    click.echo(f"{out / name}.npz: {card['bytes']:,} bytes, {steps} steps, {seconds:.0f} s")


def figures_of(model, judges, blind_alone: bool = False) -> dict[str, float]:
    """Return the mean PSNR in dB at each noise level, with and without that level as an input; keys of the card."""
    from aewidgets.restoration.learned import through_network
    from aewidgets.restoration.restoring import level_map
    from aewidgets.studies.restoration.denoisers import NOISY, compare_denoisers
    from aewidgets.studies.restoration.levels import middle_crop

    ways = {
        "told": lambda noisy, level: through_network(model, noisy, level_map(noisy, level)),
        "blind": lambda noisy, level: through_network(model, noisy, level_map(noisy, None)),
    }
    if blind_alone:
        del ways["told"]
    results = compare_denoisers([middle_crop(i) for i in judges], ways)
    return {f"psnr_db_{r.method}_{r.noise_level:g}": round(r.mean_psnr_db, 3) for r in results if r.method != NOISY}


def camera_figures(model, judges) -> dict[str, float]:
    """Return the mean PSNR in dB at each shot noise, told `TOLD` times the coarse level and blind; keys of the card."""
    from aewidgets.images.arrays import to_float
    from aewidgets.restoration.learned import through_network
    from aewidgets.restoration.restoring import level_map
    from aewidgets.studies.restoration.cameras import SHOTS, coarse_level, mean_psnr
    from aewidgets.studies.restoration.levels import middle_crop
    from aewidgets.training.camera_noise import TOLD

    def through(noisy, level):
        return through_network(model, to_float(noisy), level_map(noisy, level))

    ways = {
        "told": lambda noisy, clean: through(noisy, TOLD * coarse_level(noisy, clean)),
        "blind": lambda noisy, clean: through(noisy, None),
    }
    middles = [middle_crop(i) for i in judges]
    return {
        f"psnr_db_{name}_shot_{shot:g}": round(mean_psnr(middles, shot, way), 3)
        for shot in SHOTS
        for name, way in ways.items()
    }


def restorer_figures(model, judges) -> dict[str, float]:
    """Return the mean PSNR in dB for each corruption of the tables; keys of the card."""
    from aewidgets.restoration.restoring import LEARNED
    from aewidgets.studies.restoration.levels import middle_crop
    from aewidgets.studies.restoration.restorers import CORRUPTED, compare_restorers

    results = compare_restorers([middle_crop(i) for i in judges], methods=[LEARNED], network=model)
    return {f"psnr_db_{r.corruption}": round(r.mean_psnr_db, 3) for r in results if r.method != CORRUPTED}
