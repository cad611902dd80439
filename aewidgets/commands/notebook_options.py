"""Options of the commands that run notebooks: the notebook and its parameters. Runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["BETTER", "BY", "PARAMETERS", "PARAMETER_FILE", "default_folder", "find_notebook", "given_parameters",
           "parameter_rows"]  # fmt: skip

_LARGEST = 1_000_000  # bytes of a file of parameters, at most

PARAMETERS = click.option(
    "-p",
    "--parameter",
    "given",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Set a parameter of the notebook; repeat for more. Write a list as a,b,c or in YAML.",
)
BY = click.option(
    "--by", metavar="AMOUNT", help="How much worse figures may be: 0.2 in their unit, or 2%. Default: 0."
)
BETTER = click.option(
    "--better",
    "better",
    multiple=True,
    metavar="NAME=higher|lower",
    help="Which way a figure is better, for --no-worse-than, if its name does not say; repeat for more.",
)
PARAMETER_FILE = click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.yaml",
    help="Read parameters from a YAML file; -p overrides them.",
)


def find_notebook(notebook: str) -> Path | str:
    """Return the path of a file or of a bundled notebook, named with or without .ipynb, or a URL as it is.

    Raises:
        click.UsageError: if there is no such notebook; names the nearest one.
    """
    path = Path(notebook)
    if "://" in notebook:
        return notebook
    if path.is_file():
        return path
    from difflib import get_close_matches

    from aewidgets.reports.notebooks import notebooks_folder

    try:
        bundled = {p.stem: p for p in sorted(notebooks_folder().glob("*.ipynb"))}
    except FileNotFoundError:
        bundled = {}
    if notebook.removesuffix(".ipynb") in bundled:
        return bundled[notebook.removesuffix(".ipynb")]
    near = get_close_matches(path.stem, bundled, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"bundled ones: {', '.join(bundled) or 'none'}"
    raise click.UsageError(f"no notebook {notebook}; {hint}")


def default_folder(notebook: str) -> str:
    """Return where a notebook runs if nothing is said: `notebook`, or the current folder for a bundled one."""
    return "notebook" if "://" in notebook or Path(notebook).is_file() else "."


def given_parameters(file: Path | None, given: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return the values of a YAML file, overridden by those of the command line; not checked yet.

    Raises:
        click.UsageError: if the file is no YAML mapping, or too large, or a name is given twice.
    """
    from aewidgets.reports.parameters.dates import mended
    from aewidgets.reports.parameters.types import Word
    from aewidgets.reports.parameters.yaml_values import yaml_value

    names = [name for name, _ in given]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise click.UsageError(f"-p {twice} is given twice; give it once")
    values: dict[str, Any] = {}
    if file:
        try:
            if file.stat().st_size > _LARGEST:
                raise ValueError(f"more than {_LARGEST:,} bytes")
            document = yaml_value(file.read_bytes())
        except ValueError as error:
            raise click.UsageError(f"{file}: not YAML ({error})") from error
        if not isinstance(document or {}, dict):
            raise click.UsageError(f"{file}: expected `name: value` lines, got {type(document).__name__}")
        values |= mended({str(name): value for name, value in (document or {}).items()})
    return values | {name: Word(text) for name, text in given}


def parameter_rows(notebook: Path | str) -> list[tuple[str, str]]:
    """Return the parameters of a notebook for `--help`: name and type; help, range or choices, and default.

    Raises:
        OSError: if the notebook cannot be read.
        ValueError: if the notebook or its parameters cell is not valid.
    """
    from aewidgets.reports.execution.sources import load_notebook

    rows = []
    for parameter in load_notebook(notebook).parameters:
        rule = parameter.rule
        unit = f"in {rule.unit}" if rule.unit and not rule.text else ""
        stuck = f"cannot be given: {parameter.stuck}" if parameter.stuck else ""
        parts = [rule.help, stuck, rule.items, rule.text or unit, f"default: {parameter.default_text}"]
        rows.append((f"{parameter.name} ({parameter.kind})", "; ".join(part for part in parts if part)))
    return rows
