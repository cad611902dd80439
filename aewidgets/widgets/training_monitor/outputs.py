"""Outputs of cells that are renewed in place, so that a saved notebook or a report shows how things ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

__all__ = ["Outputs"]


class Outputs:
    """The outputs that show one object, in IPython; does nothing elsewhere."""

    def __init__(self) -> None:
        self._name = {"display_id": uuid.uuid4().hex}
        self._shown = False

    def show(self, bundle: dict[str, Any]) -> None:
        """Show it in the cell that runs."""
        from IPython.display import publish_display_data

        self._shown = True
        publish_display_data(bundle, transient=self._name)

    def update(self, bundle: Callable[[], dict[str, Any]]) -> None:
        """Show what is given instead, wherever it was shown."""
        if self._shown:
            from IPython.display import publish_display_data

            publish_display_data(bundle(), transient=self._name, update=True)
