"""How long cells and runs may take. Stops nothing itself."""

from __future__ import annotations

import math
import time
from typing import Any

__all__ = ["Limits"]


class Limits:
    """How long things may take.

    Args:
        cell: seconds for one cell; None for no limit.
        run: seconds for everything, from now on.
    """

    def __init__(self, cell: float | None = None, run: float | None = None):
        self.cell, self.run = cell, run
        self._until = math.inf if run is None else time.monotonic() + run

    @property
    def left(self) -> float:
        """Seconds that are left for the run; infinity without a limit, negative after it."""
        return self._until - time.monotonic()

    def of_a_cell(self, _cell: Any = None) -> float | None:
        """Seconds that the next cell may take, as nbclient asks for them."""
        least = min(math.inf if self.cell is None else self.cell, self.left)
        return None if least == math.inf else max(least, 0.01)

    def reason(self) -> tuple[str, str]:
        """Which limit a run that took too long has passed."""
        if self.left <= 0:
            return "RunTimeoutError", f"the run took more than {self.run:g} s"
        return "CellTimeoutError", f"a cell took more than {self.cell or 0:g} s"
