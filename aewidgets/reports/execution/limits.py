"""Time limits of cells and runs. Stops nothing itself."""

from __future__ import annotations

import math
import time
from typing import Any

__all__ = ["Limits"]


class Limits:
    """Time limits of one run, which starts now.

    Args:
        cell: seconds that one cell may take; None for no limit.
        run: seconds that the whole run may take; None for no limit.
    """

    def __init__(self, cell: float | None = None, run: float | None = None):
        self.cell, self.run = cell, run
        self._until = math.inf if run is None else time.monotonic() + run

    @property
    def left(self) -> float:
        """Seconds that are left for the run; infinity without a limit, negative after the limit."""
        return self._until - time.monotonic()

    def of_a_cell(self, _cell: Any = None) -> float | None:
        """Return the seconds that the next cell may take, None for no limit. nbclient calls this before each cell."""
        least = min(math.inf if self.cell is None else self.cell, self.left)
        return None if least == math.inf else max(least, 0.01)

    def reason(self) -> tuple[str, str]:
        """Return name and message of the limit that a run has exceeded."""
        if self.left <= 0:
            return "RunTimeoutError", f"the run took more than {self.run:g} s"
        return "CellTimeoutError", f"a cell took more than {self.cell or 0:g} s"
