"""Runs the cells of a notebook in this process, as a kernel would, and gives back what they showed."""

from __future__ import annotations

import json
import types
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from aewidgets.reports.parameters.cell import checked, parameters_of

__all__ = ["load", "run", "shell"]


class Shell(InteractiveShell):
    """A shell that keeps what goes wrong, also while a value is displayed, where IPython would go on."""

    wrong: BaseException | None = None

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Keep the error in place of printing it."""
        import sys

        self.wrong = (exc_tuple or sys.exc_info())[1]

    showsyntaxerror = showtraceback


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """Make the shell that `display` and widgets write to, with its files in a folder; one at a time."""
    quiet = Config({"HistoryManager": {"enabled": False}})
    made = Shell.instance(config=quiet, ipython_dir=str(folder), user_module=types.ModuleType("notebook"))
    try:
        yield made
    finally:
        Shell.clear_instance()


def load(path: Path) -> dict[str, Any]:
    """Read a notebook."""
    return json.loads(path.read_text(encoding="utf-8"))


def run(
    made: Shell, notebook: Mapping[str, Any], values: Mapping[str, Any], cells: Collection[str] | None = None
) -> dict[str, str]:
    """Run the cells of a notebook with some parameters, each checked by its rule first, and return their texts.

    Args:
        made: shell, emptied before.
        notebook: the notebook.
        values: parameters by name; defaults for the others.
        cells: ids of the cells to run; all if None.

    Returns:
        What each code cell printed and displayed as text, by the cell's id.

    Raises:
        ParameterError: for values that a rule refuses.
        Exception: the first error of a cell, or of what it displays, with the cell's id as a note.
    """
    given = checked(parameters_of(notebook), values)
    made.reset(new_session=False)
    shown = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or (cells is not None and cell["id"] not in cells):
            continue
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", ()):
            source += "".join(f"\n{name} = {value!r}" for name, value in given.items())
        made.wrong = None
        with capture_output() as captured:
            made.run_cell(source, store_history=False)
        if made.wrong is not None:
            made.wrong.add_note(f"in cell {cell['id']}, with {dict(values)}")
            raise made.wrong
        displayed = [output.data.get("text/plain", "") for output in captured.outputs]
        shown[cell["id"]] = "\n".join([captured.stdout, *displayed])
    return shown
