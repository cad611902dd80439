"""Outputs of cells that are renewed in place, so that a saved notebook or a report shows how a run ended."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from typing import Any

__all__ = ["Outputs"]


class Outputs:
    """Outputs that show one object in IPython; without IPython they do nothing."""

    def __init__(self) -> None:
        self._name = {"display_id": uuid.uuid4().hex}
        self._shown = False

    @property
    def wanted(self) -> bool:
        """Return whether a cell runs, and no cell shows the object yet."""
        ipython = sys.modules.get("IPython")
        return not self._shown and ipython is not None and ipython.get_ipython() is not None

    def show(self, bundle: Any) -> None:
        """Show a bundle, with its metadata if it has some, in the cell that runs."""
        self._shown = True
        self._send(bundle)

    def update(self, bundle: Callable[[], Any]) -> None:
        """Show what `bundle` returns instead, in all cells where the object was shown."""
        if self._shown:
            self._send(bundle(), update=True)

    def _send(self, bundle: Any, **options: bool) -> None:
        from IPython.display import publish_display_data

        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, None)
        publish_display_data(data, metadata, transient=self._name, **options)
