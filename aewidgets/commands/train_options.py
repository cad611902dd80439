"""Options that `aewidgets train codec` and `aewidgets train denoiser` share. Reads nothing."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["checkpoint", "evaluate", "learning_rate", "name", "out", "precision", "seed"]

_FOLDER = click.Path(file_okay=False, path_type=Path)

learning_rate = click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Peak of Adam's rate; it falls along a cosine. Default: 1e-3, and 3e-4 with --from.",
)
checkpoint = click.option(
    "--checkpoint", type=_FOLDER, metavar="DIR", help="Where the run is kept. Default: checkpoints/NAME."
)


def seed(words: str):
    """--seed, of what `words` say."""
    return click.option("--seed", type=int, default=1, show_default=True, help=words)


def precision(words: str):
    """--precision, in the words of the command."""
    kinds = click.Choice(["float32", "mixed_bfloat16"])
    return click.option("--precision", type=kinds, default="float32", show_default=True, help=words)


def name(default: str):
    """--name of the weights."""
    return click.option("--name", default=default, show_default=True, help="Of the weights.")


def out(words: str):
    """--out, the folder of weights and card."""
    return click.option("--out", type=_FOLDER, metavar="DIR", default=Path(), help=words)


def evaluate(words: str):
    """--evaluate, pictures to judge by."""
    return click.option("--evaluate", metavar="SOURCE", help=words)
