"""A clock that leaves pauses out."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Seconds that an epoch has taken so far, without pauses.

    Args:
        time_of: returns the present time in seconds.
    """

    def __init__(self, time_of: Callable[[], float] = time.monotonic):
        self._time = time_of
        self._held: float | None = None
        self._start = time_of()

    def restart(self) -> None:
        """Begin another epoch."""
        self._start, self._held = self._time(), None

    def hold(self) -> None:
        """Begin a pause."""
        self._held = self._time() if self._held is None else self._held

    def go_on(self) -> None:
        """End the pause, if there is one."""
        if self._held is not None:
            self._start += self._time() - self._held
            self._held = None

    @property
    def seconds(self) -> float:
        """Seconds since the epoch began."""
        return (self._time() if self._held is None else self._held) - self._start
