"""A run that trains in a thread of its own. Knows no model."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aewidgets.training.fitting.records import Record
from aewidgets.training.watching import Controls

__all__ = ["Running"]


class Running:
    """A run in a thread of its own, for hosts that deliver no messages to widgets while a cell runs.

    Args:
        controls: the controls that `fit` follows.
        fit: trains and returns the record.

    Attributes:
        controls: pause, stop and learning rate of the run.
    """

    def __init__(self, controls: Controls, fit: Callable[[], Record]):
        self.controls = controls
        self._record: Record | None = None
        self._error: BaseException | None = None
        self._fit = fit
        self._thread = threading.Thread(target=self._work, name="aewidgets-training", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._record = self._fit()
        except BaseException as error:  # kept for `wait`: a thread has no caller to raise to
            self._error = error

    @property
    def running(self) -> bool:
        """True while the run trains."""
        return self._thread.is_alive()

    @property
    def record(self) -> Record | None:
        """The record of the run; None while it trains."""
        return self._record

    def wait(self, timeout: float | None = None) -> Record | None:
        """Wait for the end of the run.

        Args:
            timeout: seconds to wait at most; no limit when None.

        Returns:
            The record; None where the run still trains.

        Raises:
            Exception: the exception that ended the training, if one did.
        """
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error
        return self._record
