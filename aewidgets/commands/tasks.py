"""Which results a command makes of its arguments, and which of them may be written. Does no work on a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from aewidgets.commands.standard import STANDARD
from aewidgets.system.writing import is_stream

__all__ = ["OUTPUT", "Task", "allowed", "file_of", "plan"]

#: Type of `-o`. A string, for a path that ends in a slash is a folder, and `Path` drops the slash.
OUTPUT = click.Path()


@dataclass(frozen=True)
class Task:
    """One file to work on.

    Attributes:
        source: the file to read.
        target: the file to write; its folder is made before the work begins.
        found: True if the source was found in a folder, False if the user named it.
        trouble: why the source cannot be read, where this is known already; "" elsewhere.
    """

    source: Path
    target: Path
    found: bool
    trouble: str = ""


@dataclass(frozen=True)
class _Source:
    """A file to read; its place below a folder of results; the folder where it was found, None where it was named."""

    path: Path
    place: Path
    folder: Path | None = None
    trouble: str = ""


def plan(
    inputs: Sequence[Path],
    output: str | os.PathLike | None,
    suffix: str | Callable[[Path], str],
    suffixes: tuple[str, ...],
    endings: tuple[str, ...] = (),
    append: bool = False,
) -> list[Task]:
    """Return the tasks of a command's arguments.

    Args:
        inputs: files, taken as they are, and folders, searched to the bottom for `suffixes`; hidden files are left out.
        output: a file for one file; a folder for anything else, which is made and takes the shape of the folders
            searched. A path that ends in a slash is a folder too. None puts each result beside its source.
        suffix: suffix of the results, such as ".aew", or a function that returns it for a source.
        suffixes: suffixes of the files that folders are searched for.
        endings: suffixes that a result may have whose file is named by `output`; any if empty.
        append: put the suffix of the results behind that of the source instead of in its place.

    Raises:
        click.UsageError: for a folder without such files, a name that is that of a result, and an output that does
            not fit the inputs or whose results a second run would take for inputs.
    """
    sources: list[_Source] = []
    _check_order(inputs, output, suffix)
    for path in inputs:
        inside = _found(path, suffixes) if path.is_dir() else [_Source(path, Path(_named(path).name))]
        if not inside:
            raise click.UsageError(f"{path}: no file in this folder ends in {', '.join(suffixes)}")
        sources += inside

    def task(source: _Source, place: Path) -> Task:
        if source.trouble:
            return Task(source.path, source.path, True, source.trouble)
        if source.path == STANDARD and place == STANDARD:
            return Task(STANDARD, STANDARD, False)
        ending = suffix(file_of(source.path)) if callable(suffix) else suffix
        target = place.with_name(place.name + ending) if append else place.with_suffix(ending)
        return Task(source.path, target, source.folder is not None)

    if output is None:
        return [task(source, _named(source.path)) for source in sources]
    if output == "-":
        return [Task(sources[0].path, STANDARD, False)]
    given = Path(output)
    says_folder = given.is_dir() or os.fspath(output).endswith(("/", "/.", os.sep))
    if says_folder and sources[0].path == STANDARD:
        raise click.UsageError(f"-o {output} is a folder, and standard input has no name; give the name of a file")
    if says_folder or len(sources) > 1 or sources[0].folder:
        if given.exists() and not given.is_dir():
            raise click.UsageError(f"-o {output} is a file; with several inputs give a folder")
        if not says_folder and given.suffix.lower() in endings:
            raise click.UsageError(
                f"-o {output} is the name of a file, and there may be several results; give a folder, or {output}/ "
                "if that is its name"
            )
        if callable(suffix) or suffix in suffixes:
            sources = _without_results(sources, given)
        return [task(source, given / source.place) for source in sources]
    if not given.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {given.parent} does not exist; make it first")
    any_name = not endings or (len(endings) == 1 and is_stream(given))  # a pipe need not tell the only format there is
    if not any_name and given.suffix.lower() not in endings:
        raise click.UsageError(
            f"-o {output}: expected a file that ends in {' or '.join(endings)}, or a folder: one that exists, or a "
            "name that ends in /"
        )
    return [Task(sources[0].path, given, False)]


def file_of(source: Path) -> Path:
    """Return the file of a source, which may name a frame of it: "pages.tif[2]"."""
    if "[" not in source.name:  # what follows loads NumPy and Pillow
        return source
    from aewidgets.images.frames import frame_in_name

    return frame_in_name(source)[0]


def _named(source: Path) -> Path:
    """Return the path that a result is named after: "pages-2.tif" for "pages.tif[2]"."""
    file = file_of(source)
    return source if file == source else file.with_stem(f"{file.stem}-{source.name[len(file.name) + 1 : -1]}")


def _check_order(inputs: Sequence[Path], output: object, suffix: object) -> None:
    """Refuse `INPUT OUTPUT`, an order of other commands, where the last input is missing and looks like a result."""
    last = inputs[-1]
    if output is not None or len(inputs) < 2 or callable(suffix) or file_of(last) != last or last.exists():
        return
    if file_of(inputs[0]).exists():
        first = "FILES" if len(inputs) > 2 else str(inputs[0])
        if last.suffix.lower() == suffix or len(inputs) == 2:
            raise click.UsageError(f"{last}: no such file; the result is named by -o: {first} -o {last}")


def allowed(tasks: Sequence[Task], overwrite: bool) -> tuple[list[Task], int]:
    """Return the tasks whose results may be written, and the number of those that fail; print a line for the rest.

    A pipe or a device, which writing does not replace, needs no `overwrite`.
    """
    originals = {os.path.realpath(file_of(task.source)) for task in tasks}
    targets = [os.path.realpath(task.target) for task in tasks]
    kept, refused = [], 0
    for task, target in zip(tasks, targets, strict=True):
        trouble = task.trouble
        if trouble or task.target == STANDARD:
            pass
        elif target in originals:
            trouble = f"{task.target} is itself an input, and inputs are never replaced; choose another output"
        elif targets.count(target) > 1:
            trouble = f"another input would become {task.target} too; rename one, or run them apart"
        elif task.target.is_dir():
            trouble = f"{task.target} is a folder; choose another output"
        elif task.target.exists() and not overwrite and not is_stream(task.target):
            if task.found:
                click.echo(f"kept: {task.target} exists; --overwrite replaces it", err=True)
                continue
            trouble = f"{task.target} exists; --overwrite replaces it"
        if trouble:
            refused += 1
            click.echo(f"failed: {task.source}: {trouble}", err=True)
        else:
            kept.append(task)
    return kept, refused


def _found(folder: Path, suffixes: tuple[str, ...]) -> list[_Source]:
    """Return the files in a folder, in order, and what of it cannot be searched; links to folders are named and left.

    A link that leads nowhere is among the files, since it stands for one that is missing.
    """
    from aewidgets.images.folders import left_in, may_be_read
    from aewidgets.images.reading import IMAGE_SUFFIXES

    found: list[Path] = []
    troubles: list[OSError] = []
    for place, names, files in os.walk(folder, onerror=troubles.append):
        names[:] = [name for name in names if not name.startswith(".")]
        for link in sorted(Path(place, name) for name in names if Path(place, name).is_symlink()):
            click.echo(f"left out: {link} is a link to a folder; name it to have it searched", err=True)
        if set(IMAGE_SUFFIXES) & set(suffixes) and (words := left_in(Path(place))):
            click.echo(f"left out: {place}: {words}", err=True)
        paths = [Path(place, name) for name in files if not name.startswith(".")]
        found += [p for p in paths if p.suffix.lower() in suffixes and may_be_read(p)]
    sources = [_Source(p, p.relative_to(folder), folder) for p in sorted(found)]
    for error in troubles:
        path = Path(os.fsdecode(error.filename))
        sources.append(_Source(path, path, folder, f"cannot be searched: {error.strerror}"))
    return sources


def _without_results(sources: Sequence[_Source], output: Path) -> list[_Source]:
    """Return the sources less those below the output, which are results of an earlier run.

    Raises:
        click.UsageError: where the output is a folder that is searched, or every source lies below it.
    """
    place = Path(os.path.realpath(output))
    kept = list(_outside(sources, place, output))
    if missing := len(sources) - len(kept):
        click.echo(f"left out: {missing} below {output}, where the results are", err=True)
    if not kept:
        raise click.UsageError(f"every picture lies below {output}, where the results are; give another folder")
    return kept


def _outside(sources: Sequence[_Source], place: Path, output: Path) -> Iterator[_Source]:
    """Yield the sources that are not below `place`, the real path of the output, in a folder that holds `place`."""
    for source in sources:
        searched = source.folder and Path(os.path.realpath(source.folder))
        if searched == place:
            raise click.UsageError(
                f"-o {output}: the results would lie among the pictures they are made from, and a second run would "
                "take them for inputs; give another folder"
            )
        holds = searched and place.is_relative_to(searched)
        if not (holds and Path(os.path.realpath(source.path)).is_relative_to(place)):
            yield source
