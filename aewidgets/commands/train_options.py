"""Options of both `aewidgets train codec` and `aewidgets train denoiser`. Reads no pictures."""

from __future__ import annotations

from pathlib import Path

import click

from aewidgets.commands.numbers import FiniteRange

__all__ = ["checkpoint", "evaluate", "learning_rate", "name", "out", "precision", "seed", "skip_bad"]

_FOLDER = click.Path(file_okay=False, path_type=Path)

learning_rate = click.option(
    "--learning-rate",
    type=FiniteRange(min=0, min_open=True),
    help="Peak of Adam's learning rate, which then falls along a cosine. Default: 1e-3; 3e-4 with --from.",
)
checkpoint = click.option(
    "--checkpoint", type=_FOLDER, metavar="DIR", help="Folder that the run is saved in. Default: checkpoints/NAME."
)

skip_bad = click.option(
    "--skip-bad", is_flag=True, help="Leave out pictures that cannot be read, and say which; else they are an error."
)


def seed(words: str):
    """Return the option --seed with a help text."""
    return click.option("--seed", type=int, default=1, show_default=True, help=words)


def precision(words: str):
    """Return the option --precision with a help text."""
    kinds = click.Choice(["float32", "mixed_bfloat16"])
    return click.option("--precision", type=kinds, default="float32", show_default=True, help=words)


def name(default: str):
    """Return the option --name, the name of the weights."""
    return click.option("--name", default=default, show_default=True, help="Name of the weights.")


def out(words: str):
    """Return the option --out, the folder of weights and card, with a help text."""
    return click.option("--out", type=_FOLDER, metavar="DIR", default=Path(), help=words)


def evaluate(words: str):
    """Return the option --evaluate, pictures for the card's figures, with a help text."""
    return click.option("--evaluate", metavar="SOURCE", help=words)
