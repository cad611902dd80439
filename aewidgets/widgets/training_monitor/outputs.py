"""Outputs of cells that are renewed in place, so that a saved notebook or a report shows how a run ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

__all__ = ["Outputs"]


class Outputs:
    """Outputs that show one object in IPython; without IPython they do nothing."""

    def __init__(self) -> None:
        self._name = {"display_id": uuid.uuid4().hex}
        self._shown = False

    def show(self, bundle: dict[str, Any]) -> None:
        """Show a bundle in the cell that runs."""
        from IPython.display import publish_display_data

        self._shown = True
        publish_display_data(bundle, transient=self._name)

    def update(self, bundle: Callable[[], dict[str, Any]]) -> None:
        """Show what `bundle` returns instead, in all cells where the object was shown."""
        if self._shown:
            from IPython.display import publish_display_data

            publish_display_data(bundle(), transient=self._name, update=True)
