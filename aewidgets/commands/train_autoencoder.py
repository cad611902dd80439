"""Commands `aewidgets train FAMILY`, one for each family of autoencoders.

Options, defaults and help texts come from signatures and docstrings of the model and the recipe, so that they agree.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import progress_bar
from aewidgets.commands.numbers import FiniteRange, Literal
from aewidgets.commands.training import check_output, command_line, in_words

__all__ = ["command_for"]


def documented(docstring: str, section: str) -> dict[str, str]:
    """Return names and texts of a section of a docstring in Google style, without the last full stop."""
    text = inspect.cleandoc(docstring)
    found = re.search(rf"^{section}:\n((?:    .*\n?|\n)+)", text, re.M)
    entries = re.findall(r"^    (\w+): ((?:.*\n?)(?:^ {8}.*\n?)*)", found[1] if found else "", re.M)
    return {name: " ".join(words.split()).rstrip(".") for name, words in entries}


def _option(name: str, default: Any, words: str, choices: tuple[str, ...] = ()) -> click.Option:
    """Return the option of a parameter with this default and help text."""
    kind: Any = type(default) if type(default) in (int, str) else Literal(several=isinstance(default, tuple))
    kind = FiniteRange() if type(default) is float else kind
    return click.Option(
        [f"--{name.replace('_', '-')}"], type=click.Choice(choices) if choices else kind, default=default,
        show_default=default is not None, help=f"{_capital(words)}.",
    )  # fmt: skip


def _capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _recipe_options() -> list[click.Option]:
    """Return an option for each field of `Recipe`."""
    from aewidgets.training.fitting import records

    choices = {"loss": records.LOSSES, "optimizer": records.OPTIMIZERS, "schedule": records.SCHEDULES}
    choices |= {"precision": records.PRECISIONS}
    words, made = documented(records.Recipe.__doc__ or "", "Attributes"), []
    for field in fields(records.Recipe):
        if field.name == "augment":
            kinds, text = click.Choice(records.AUGMENTATIONS), words["augment"]
            made.append(
                click.Option(["--augment"], multiple=True, type=kinds, help=f"{_capital(text)}; repeat for more.")
            )
        elif field.name == "patience":
            made.append(click.Option(["--patience"], type=int, help=f"{_capital(words['patience'])}."))
        else:
            assert field.default is not MISSING
            made.append(_option(field.name, field.default, words[field.name], choices.get(field.name, ())))
    return made


def command_for(family: str) -> click.Command:
    """Return the command that trains a family of autoencoders."""
    from aewidgets.models.families import AUTOENCODERS

    model = AUTOENCODERS[family]
    words, recipe = documented(model.__doc__ or "", "Args"), _recipe_options()
    known = {option.name for option in recipe}
    signature = inspect.signature(model.__init__).parameters.values()
    own = [p for p in signature if p.default is not p.empty and p.name not in known]
    path = click.Path(file_okay=False, path_type=Path)
    params: list[click.Parameter] = [
        click.Option(
            ["--data"], required=True, metavar="NAME", help="A data set that `aewidgets data` lists, or a folder."
        ),
        click.Option(["--size"], type=int, help="Crop and resize pictures to squares of this side."),
        click.Option(["--limit"], type=click.IntRange(1), help="Use at most this many pictures of each part."),
        *[_option(p.name, p.default, words.get(p.name, "")) for p in own],
        *recipe,
        click.Option(["--from", "start"], metavar="NAME", help="Start from these weights, as far as their shapes fit."),
        click.Option(["--name"], help="Name of the weights. Default: DATA-FAMILY."),
        click.Option(
            ["--out"], type=path, default=Path(), help="Folder for NAME.npz and NAME.json. Default: the current folder."
        ),
        click.Option(["--checkpoint"], type=path, help="Folder that the run is saved in. Default: checkpoints/NAME."),
        click.Option(["--skip-bad"], is_flag=True, help="Leave out pictures that cannot be read; say which."),
        click.Option(["--test"], is_flag=True, help="Open the test pictures once, at the end, and print the error."),
    ]
    names = [p.name for p in own] + (["seed"] if "seed" in {p.name for p in signature} else [])
    text = f"Train a {family} autoencoder. Ctrl-C keeps the best weights; the same command goes on.\n\n"
    text += (inspect.getdoc(model) or "").split("\n\n")[0]

    def callback(**given: Any) -> None:
        options = {name: given[name] for name in names}
        _train(family, options, {name: given[name] for name in known if name}, given)

    return click.Command(family, callback=callback, params=params, help=text)


def _train(family: str, options: dict[str, Any], recipe_options: dict[str, Any], given: dict[str, Any]) -> None:
    """Load the data, build and train the model, print its figures and write its weights and card."""
    import keras

    from aewidgets.images.datasets import SPLITS
    from aewidgets.models.families import build_autoencoder
    from aewidgets.models.pretrained import autoencoder_card, load_autoencoder, save_pretrained, start_from
    from aewidgets.system.cards import chain_of
    from aewidgets.training.autoencoders import code_size, pca_error, test_error, train
    from aewidgets.training.data.splits import load_splits
    from aewidgets.training.fitting.records import Recipe

    name = given["name"]
    if name is None:  # "." and a last slash have a name too
        name = f"{Path(given['data']).resolve().name or 'pictures'}-{family}"
    folder, out = given["checkpoint"] or Path("checkpoints") / name, given["out"]
    check_output(out, name)
    with in_words(folder):
        splits = load_splits(given["data"], size=given["size"], limit=given["limit"], skip_bad=given["skip_bad"])
        recipe = Recipe(**recipe_options)
        keras.utils.set_random_seed(recipe.seed)
        model = build_autoencoder(family, splits.image_shape, **options)
        click.echo(f"{model.describe()}; {splits!r}")
        first = autoencoder_card(given["start"]) if given["start"] else {}
        begun = {"start": given["start"]} | ({"start_sha256": first["sha256"]} if first else {})
        if given["start"]:
            click.echo(start_from(model, given["start"]))
        with progress_bar() as progress:
            record = train(
                model, splits, recipe, folder=folder,
                report=lambda e: progress(
                    e["epoch"], recipe.epochs, f"loss {e['loss']:.5f}, validation error {e['validation']['error']:.5f}"
                ),
            )  # fmt: skip
        values = code_size(model)
        reference = pca_error(splits, values)
        figures: dict[str, Any] = {"validation_mse": record.error, "code_size": values}
        figures["pca_validation_mse"] = reference
        if record.kl_nats:
            figures["kl_nats"] = list(record.kl_nats)
        licence = SPLITS[splits.name].licence if splits.name in SPLITS else "yours"
        story = {
            "data": [{"name": splits.title, "licence": licence}], **begun, "chain": chain_of(first),
            "seed": recipe.seed, "recipe": asdict(recipe), "epochs": len(record.epochs), "best": record.best,
            "seconds": round(record.seconds), "date": date.today().isoformat(),
            "command": command_line("aewidgets", "train", family),
            "backend": record.backend,
        } | ({"notes": list(record.notes)} if record.notes else {})  # fmt: skip
        out.mkdir(parents=True, exist_ok=True)
        card = save_pretrained(model, out / f"{name}.npz", story | {"figures": figures})
        against = f"PCA with {values:,} values: {reference:.5f}" if reference is not None else "no PCA of that size"
        click.echo(f"{record.reason}: {len(record.epochs)} epochs, {record.seconds:.0f} s; epoch {record.best} is kept")
        if record.reason == "stopped":
            click.echo(f"the run is saved in {folder}; the same command goes on", err=True)
        click.echo(f"validation error {record.error:.5f}; {against}")
        if given["test"]:
            figures["test_mse"] = test_error(load_autoencoder(out / f"{name}.json"), splits)
            card = save_pretrained(model, out / f"{name}.npz", story | {"figures": figures})
            click.echo(f"test error {figures['test_mse']:.5f}, with the weights as stored; opened once")
    click.echo(f"{out / name}.npz: {card['bytes']:,} bytes; load_autoencoder('{out / name}.json')")
