"""The moment at which Keras' fit is left, in whatever way: Keras itself says nothing of an exception or of Ctrl-C."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["Leaving"]


class Leaving:
    """Calls once when the fit that runs is left without a word.

    In IPython that is when the cell ends in an exception. Elsewhere it is when Keras' list of callbacks, which lives as
    long as the fit, is dropped: at once, or when the exception is.

    Args:
        left: called with the exception in words, or what is known of it.

    Make it in a callback's `on_train_begin`, and `close` it in `on_train_end`.
    """

    def __init__(self, left: Callable[[str], None]):
        self._left: Callable[[str], None] | None = left
        self._shell = _shell() if threading.current_thread() is threading.main_thread() else None
        self._finalizer: weakref.finalize | None = None
        if self._shell:
            self._shell.events.register("post_run_cell", self._cell_ended)
        elif (callbacks := _callbacks_in_use()) is not None:
            self._finalizer = weakref.finalize(callbacks, self._tell, None)
            self._finalizer.atexit = False

    def close(self) -> None:
        """Call no more."""
        self._left = None
        if self._finalizer:
            self._finalizer.detach()
        if self._shell:
            self._shell.events.unregister("post_run_cell", self._cell_ended)
            self._shell = None

    def _cell_ended(self, result: Any) -> None:
        """Take the result of a cell, as IPython reports it."""
        error = result.error_in_exec or result.error_before_exec
        self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        left = self._left
        self.close()
        if left:
            error = error or sys.exc_info()[1]
            left("fit was left by an exception or by Ctrl-C" if error is None else said_of(error))


def said_of(error: BaseException) -> str:
    """Return an exception in words."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted by Ctrl-C"
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _shell() -> Any:
    """Return IPython's shell where code runs in one, else None."""
    found = sys.modules.get("IPython")
    return found.get_ipython() if found else None


def _callbacks_in_use() -> Any:
    """Return the list of callbacks that Keras has made for the fit that runs, None where it is not found."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if type(owner).__name__ == "CallbackList":
            return owner
        frame = frame.f_back
    return None
