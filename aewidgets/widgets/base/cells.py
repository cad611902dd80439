"""Cells that widgets are shown in, so that a cell that is run again does not leave its last widget behind for good.

ipywidgets keeps every widget until it is closed, and IPython keeps what a cell returned: a hundred runs of a cell with
a widget are a hundred widgets, with their pictures. The output of a cell is cleared when it is run again. A widget that
was shown there alone is then put aside: it leaves both lists, and lives on only where a name of the user's holds it.
"""

from __future__ import annotations

import re
import sys
import weakref
from typing import Any, Protocol

import ipywidgets

__all__ = ["ShownCells", "shown_cells"]

_OF_OUTPUTS = re.compile(r"_{1,3}|_\d+")  # names that IPython gives to what cells returned


class _Shown(Protocol):
    def put_aside(self) -> None:
        """Leave ipywidgets' list of widgets."""


class ShownCells:
    """Widgets by the cells they are shown in.

    A host that names no cells, such as a script that runs a notebook, keeps every widget, as ipywidgets does.

    Args:
        shell: IPython's shell.
    """

    def __init__(self, shell: Any):
        self._shell = shell
        self._cells: dict[str, weakref.WeakSet[_Shown]] = {}  # shown before the run that goes on
        self._now: dict[str, weakref.WeakSet[_Shown]] = {}  # shown in it
        shell.events.register("post_run_cell", self._cell_has_run)

    def add(self, widget: _Shown) -> None:
        """Note that a widget is shown in the cell that runs."""
        cell = self._running()
        if cell:
            self._now.setdefault(cell, weakref.WeakSet()).add(widget)

    def _running(self) -> str:
        """Return the name of the running cell; "" where the host names none, or an Output widget takes its outputs."""
        try:
            parent = self._shell.kernel.get_parent("shell")
        except (AttributeError, TypeError):  # no kernel
            return ""
        if any(isinstance(widget, ipywidgets.Output) and widget.msg_id for widget in _widgets()):
            return ""
        return str((parent.get("metadata") or {}).get("cellId") or "")

    def _cell_has_run(self, result: Any = None) -> None:
        cell = self._running()
        before, now = self._cells.pop(cell, ()), self._now.pop(cell, weakref.WeakSet())
        if not cell:
            return
        self._cells[cell] = now
        elsewhere = [widget for shown in self._cells.values() for widget in shown]
        elsewhere += [child for widget in _widgets() for child in getattr(widget, "children", ())]
        for widget in [widget for widget in before if not any(widget is other for other in elsewhere)]:
            widget.put_aside()
            self._forget(widget)

    def _forget(self, widget: Any) -> None:
        """Take a widget out of what IPython keeps of earlier cells: Out, the names _, __, ___ and _7, and outputs."""
        outputs, hook = self._shell.user_ns.get("_oh", {}), self._shell.displayhook
        for number in [number for number, value in outputs.items() if value is widget]:
            del outputs[number]
        for names in (self._shell.user_ns, self._shell.user_ns_hidden, vars(hook)):
            for name in [name for name, value in names.items() if value is widget and _OF_OUTPUTS.fullmatch(name)]:
                names[name] = ""
        history = getattr(self._shell.history_manager, "outputs", {})  # IPython 9 and later
        for number in [number for number, kept in history.items() if any(_shows(output, widget) for output in kept)]:
            history[number] = [output for output in history[number] if not _shows(output, widget)]


def _widgets() -> list[Any]:
    """Return all widgets that ipywidgets keeps."""
    return list(ipywidgets.widgets.widget._instances.values())


def _shows(output: Any, widget: Any) -> bool:
    """Return whether an output that IPython keeps is a view of a widget."""
    view = output.bundle.get("application/vnd.jupyter.widget-view+json")
    return isinstance(view, dict) and view.get("model_id") == widget._model_id


_known: weakref.WeakKeyDictionary[Any, ShownCells] = weakref.WeakKeyDictionary()


def shown_cells() -> ShownCells | None:
    """Return the cells of the IPython that runs; None outside IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        return None
    if shell not in _known:
        _known[shell] = ShownCells(shell)
    return _known[shell]
