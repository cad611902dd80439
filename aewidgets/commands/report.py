"""`aewidgets report`: one notebook, run headless with checked parameters. Runs nothing itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from aewidgets.commands import progress_bar

_EXIT_USAGE, _EXIT_FILES = 2, 5


@click.command()
@click.argument("notebook")
@click.option(
    "-p",
    "--parameter",
    "given",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Set a parameter of the notebook; repeat for more. Lists: a,b,c or YAML.",
)
@click.option(
    "-f",
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.yaml",
    help="Parameters as YAML; -p wins over it.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    metavar="DIR",
    show_default=True,
    help="Where the run gets a folder of its own.",
)
@click.option(
    "--cell-timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop a cell that takes longer. Default: no limit.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_context
def report(
    ctx: click.Context,
    notebook: str,
    given: tuple[tuple[str, str], ...],
    file: Path | None,
    out: Path,
    cell_timeout: float | None,
    quiet: bool,
) -> None:
    """Run NOTEBOOK, a file or the name of a bundled one (04-compression), and write it as one HTML page.

    Parameters are checked before anything runs. The path of the page is printed; beside it lie the executed
    notebook, metrics.json and run.json. A failed run is kept too, in a folder that says so.

    Exit codes: 0 fine, 1 a cell failed, 2 usage or parameters, 3 a cell took too long, 4 Python died, 5 files
    could not be read or written, 130 interrupted.
    """
    # Kernels inherit this: TensorFlow greets with a page of text otherwise.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from aewidgets.reports.parameters import ParameterError
        from aewidgets.reports.runner import run_report

        path = _find(notebook)
        with progress_bar(not quiet) as progress:
            result = run_report(
                path, _parameters(file, given), out, cell_timeout=cell_timeout, progress=progress
            )
    except ParameterError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_USAGE)
    except ImportError as error:
        raise click.UsageError(f"reports need more packages: pip install 'aewidgets[report]' ({error})") from None
    except OSError as error:
        click.echo(f"Error: {error}", err=True)
        ctx.exit(_EXIT_FILES)
    click.echo(result.page)
    if result.failure:
        where = "" if result.failure.cell is None else f" in cell {result.failure.cell + 1}"
        click.echo(
            f"Error: {result.status}{where}: {result.failure.name}: {result.failure.message}", err=True
        )
    ctx.exit(result.exit_code)


def _find(notebook: str) -> Path:
    """A file, or a bundled notebook by its name with or without .ipynb."""
    path = Path(notebook)
    if path.is_file():
        return path
    from difflib import get_close_matches

    from aewidgets.notebook_files import notebooks_folder

    try:
        bundled = {p.stem: p for p in sorted(notebooks_folder().glob("*.ipynb"))}
    except FileNotFoundError:
        bundled = {}
    if notebook.removesuffix(".ipynb") in bundled:
        return bundled[notebook.removesuffix(".ipynb")]
    near = get_close_matches(path.stem, bundled, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"bundled ones: {', '.join(bundled) or 'none'}"
    raise click.UsageError(f"no notebook {notebook}; {hint}")


def _parameters(file: Path | None, given: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if file:
        import yaml

        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise click.UsageError(f"{file}: not YAML ({error})") from error
        if not isinstance(document or {}, dict):
            raise click.UsageError(f"{file}: expected `name: value` lines, got {type(document).__name__}")
        values |= {str(name): value for name, value in (document or {}).items()}
    return values | dict(given)
