"""`aewidgets train denoiser`: trains the residual network, for noise or for the other tasks, and judges it."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from aewidgets.commands import progress_bar, train_options


@click.command()
@click.argument("source", nargs=-1, required=True)
@click.option(
    "--colour/--gray", default=False, show_default=True, help="Of the pictures; for gray, colour ones are made gray."
)
@click.option(
    "--restore", is_flag=True, help="JPEG artefacts, blur, lost pixels and low light in place of noise; with --colour."
)
@click.option(
    "--without-clean",
    type=click.Choice(["recorrupted", "masked"]),
    help="The pictures are noisy themselves, and there are no clean ones. recorrupted: the noise is Gaussian, alike "
    "everywhere; masked: of any kind, but independent from pixel to pixel.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=10),
    default=40000,
    show_default=True,
    help="Batches of sixteen crops of 64 x 64.",
)
@train_options.learning_rate
@click.option("--from", "start", metavar="NAME", help="Start from these weights: a shipped denoiser's name, or a card.")
@train_options.seed("Of crops, noise and initial weights.")
@train_options.precision("mixed_bfloat16 is faster where the processor has it.")
@train_options.checkpoint
@train_options.name("denoiser")
@train_options.out("Where NAME.npz and NAME.json go. Default: here.")
@train_options.evaluate("Pictures that the card's figures are of; they must not be among the training pictures.")
def denoiser(
    source, colour, restore, without_clean, steps, learning_rate, start, seed, precision, checkpoint, name, out,
    evaluate,
) -> None:  # fmt: skip
    """Train a denoiser of photographs on SOURCE: data sets by name, folders, or files.

    One network for all noise levels up to 75 of 255, told the level or not; with --restore one for four other tasks.
    With --without-clean SOURCE is noisy, as the pictures that it is for: themselves, or more of their kind;
    `aewidgets denoise --model NAME.json --method blind` then uses it. Checkpoints every 250 steps.
    """
    from aewidgets.images.datasets import IMAGES
    from aewidgets.images.sets import load_images
    from aewidgets.models.pretrained import denoiser_card, load_denoiser, save_pretrained
    from aewidgets.training.restorers import RestorationRun, fit_restoration, training_images
    from aewidgets.training.self_supervised import SelfSupervisedRun

    if evaluate and evaluate in source:
        raise click.UsageError(f"--evaluate {evaluate}: these pictures are trained on; choose others")
    if restore and not colour:
        raise click.UsageError("--restore: its low light is of colour pictures; add --colour")
    if restore and without_clean:
        raise click.UsageError("--without-clean: noise alone can be learnt so; leave --restore out")
    channels, learning_rate = 3 if colour else 1, learning_rate or (3e-4 if start else 1e-3)
    common = {"steps": steps, "learning_rate": learning_rate, "seed": seed, "precision": precision, "start": start}
    run = (
        SelfSupervisedRun(without_clean, channels, **common)
        if without_clean
        else RestorationRun(channels, restore=restore, **common)
    )
    try:
        begun = {"start": start, "start_sha256": denoiser_card(start)["sha256"]} if start else {"start": None}
        judges = training_images([load_images(evaluate)], channels) if evaluate else []
        images = training_images(source, channels)
        with progress_bar() as progress:
            model, seconds = fit_restoration(
                run,
                images,
                checkpoint or Path("checkpoints") / name,
                report=lambda step, means: progress(step, steps, f"loss {means['loss']:.2f}"),
            )
    except (ValueError, FileNotFoundError) as error:
        raise click.UsageError(str(error)) from error
    options = f"--{'colour' if colour else 'gray'}{' --restore' if restore else ''}"
    options += f" --without-clean {without_clean}" if without_clean else ""
    options += f" --steps {steps}"
    options += f" --learning-rate {learning_rate} --seed {seed} --precision {precision}"
    options += f" --from {start}" if start else ""
    licences = {s: IMAGES[s].licence if s in IMAGES else "yours" for s in source}
    story = {
        "data": [{"name": s, "licence": licence} for s, licence in licences.items()],
        **begun,
        "recipe": asdict(run),
        "seed": seed,
        "seconds": round(seconds),
        "date": date.today().isoformat(),
        "command": shlex.join(["aewidgets", "train", "denoiser", *source, *options.split()]),
    }
    out.mkdir(parents=True, exist_ok=True)
    card = save_pretrained(model, out / f"{name}.npz", story | {"figures": {}})
    if judges:
        network = load_denoiser(out / f"{name}.json")
        figures = restorer_figures(network, judges) if restore else figures_of(network, judges, bool(without_clean))
        for told, value in figures.items():
            click.echo(f"{told.replace('_', ' ')}: {value:.2f} dB on the middles of {len(judges)} of {evaluate}")
        card = save_pretrained(model, out / f"{name}.npz", story | {"figures": figures, "images": evaluate})
    click.echo(f"{out / name}.npz: {card['bytes']:,} bytes, {steps} steps, {seconds:.0f} s")


def figures_of(model, judges, blind_alone: bool = False) -> dict[str, float]:
    """Mean PSNR in dB at each noise level, told it and not, of weights as they are kept."""
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


def restorer_figures(model, judges) -> dict[str, float]:
    """Mean PSNR in dB of each case of the tables, of weights as they are kept."""
    from aewidgets.restoration.restoring import LEARNED
    from aewidgets.studies.restoration.levels import middle_crop
    from aewidgets.studies.restoration.restorers import CORRUPTED, compare_restorers

    results = compare_restorers([middle_crop(i) for i in judges], methods=[LEARNED], network=model)
    return {f"psnr_db_{r.corruption}": round(r.mean_psnr_db, 3) for r in results if r.method != CORRUPTED}
