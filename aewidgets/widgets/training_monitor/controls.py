"""Controls of a run that report every use."""

from __future__ import annotations

from collections.abc import Callable

from aewidgets.training.watching import Controls

__all__ = ["ReportingControls"]


class ReportingControls(Controls):
    """Controls that call back when something is asked, in the thread that asked it.

    Args:
        asked: called with "pause", "resume", "stop" or "rate", and the learning rate or None.
    """

    def __init__(self, asked: Callable[[str, float | None], None]):
        super().__init__()
        self._asked = asked

    def pause(self) -> None:
        """See `Controls`."""
        super().pause()
        self._asked("pause", None)

    def resume(self) -> None:
        """See `Controls`."""
        super().resume()
        self._asked("resume", None)

    def stop(self) -> None:
        """See `Controls`."""
        super().stop()
        self._asked("stop", None)

    def set_learning_rate(self, rate: float) -> None:
        """See `Controls`."""
        super().set_learning_rate(rate)
        self._asked("rate", float(rate))
