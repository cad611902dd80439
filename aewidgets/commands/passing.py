"""Writes the options of one command line as words for another. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["words_of"]


def words_of(ctx: click.Context, options: Iterable[click.Option]) -> list[str]:
    """Return options that were given as words: `["--retries", "2", "--no-head"]`, in the order of `options`.

    Args:
        ctx: context of the command that got them.
        options: the options that are written; those that were not given are left out.
    """
    words: list[str] = []
    for option in options:
        if not option.name or ctx.get_parameter_source(option.name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[option.name]
        long = max(option.opts, key=len)
        if option.is_flag:
            if option.secondary_opts and not value:
                words.append(max(option.secondary_opts, key=len))
            elif value:
                words.append(long)
            continue
        for one in value if option.multiple else (value,):
            words += [long, *(map(_text, one) if isinstance(one, tuple) else (_text(one),))]
    return words


def _text(value: Any) -> str:
    """Return a value as a command line has it."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
