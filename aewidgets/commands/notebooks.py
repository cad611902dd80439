"""Command `aewidgets notebooks`, which copies the notebooks out of the installation. Runs none of them."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace files of the same name.")
def notebooks(folder: Path, overwrite: bool) -> None:
    """Copy the bundled notebooks, their reading order and their parameter files into FOLDER."""
    from aewidgets.reports.notebooks import copy_notebooks

    try:
        written = copy_notebooks(folder, overwrite)
    except FileExistsError as error:
        raise click.UsageError(f"{error} with --overwrite") from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    for path in written:
        click.echo(path)
