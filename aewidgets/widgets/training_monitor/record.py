"""What a monitor keeps of a run: numbers of every epoch, pictures of at most so many. Knows no traits, no browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aewidgets.training.watching import Controls, Ended, Plan, Snapshot

__all__ = ["KEPT", "KEPT_BYTES", "Clock", "RunMemory", "RunRecord", "ToldControls", "numbers"]

KEPT = 200  # epochs whose reconstructions are kept
KEPT_BYTES = 32_000_000  # of their pixels


@dataclass(frozen=True)
class RunRecord:
    """A run as it was watched.

    Attributes:
        plan: what was trained; None before anything was.
        epochs: numbers of every epoch, as `numbers` gives them.
        snapshots: the epochs whose pictures are kept, at most `KEPT` and `KEPT_BYTES`, evenly spread; the best and
            the last are among them.
        ended: how it ended; None while it goes on.
    """

    plan: Plan | None = None
    epochs: tuple[Mapping[str, Any], ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    ended: Ended | None = None


def numbers(snapshot: Snapshot) -> dict[str, Any]:
    """The figures of an epoch: all of a snapshot except reconstructions and units."""
    return {
        "epoch": snapshot.epoch,
        "losses": dict(snapshot.losses),
        "validation": dict(snapshot.validation),
        "learning_rate": snapshot.learning_rate,
        "seconds": snapshot.seconds,
        "watching": snapshot.watching,
        "best": snapshot.best,
    }


class RunMemory:
    """A run while it grows. Numbers take a few hundred bytes an epoch; pictures are bounded."""

    def __init__(self, plan: Plan, kept: int = KEPT, kept_bytes: int = KEPT_BYTES):
        self.plan = plan
        self.ended: Ended | None = None
        self.epochs: list[dict[str, Any]] = []
        self.best = 0  # epoch
        self._snapshots: dict[int, Snapshot] = {}
        self._kept, self._kept_bytes = kept, kept_bytes
        self._stride = 1

    def add(self, snapshot: Snapshot) -> tuple[int, ...]:
        """Take an epoch in; the epochs whose pictures are given up for it."""
        self.epochs.append(numbers(snapshot))
        self._snapshots[snapshot.epoch] = snapshot
        if snapshot.best or not self.best:
            self.best = snapshot.epoch
        dropped = self._thin()
        while len(self._snapshots) > max(2, self._kept) or self._too_large():
            self._stride *= 2
            dropped += self._thin()
        return dropped

    def _thin(self) -> tuple[int, ...]:
        """Give up what is neither on the stride nor the best nor the last."""
        last = next(reversed(self._snapshots))
        gone = tuple(e for e in self._snapshots if (e - 1) % self._stride and e not in (self.best, last))
        for epoch in gone:
            del self._snapshots[epoch]
        return gone

    def _too_large(self) -> bool:
        size = sum(s.reconstructions.nbytes for s in self._snapshots.values())
        return size > self._kept_bytes and len(self._snapshots) > 3

    @property
    def snapshots(self) -> dict[int, Snapshot]:
        """Those that are kept, by epoch, in order."""
        return dict(self._snapshots)

    @property
    def record(self) -> RunRecord:
        """The run so far."""
        return RunRecord(self.plan, tuple(self.epochs), tuple(self._snapshots.values()), self.ended)


class Clock:
    """Seconds that an epoch has taken so far, pauses left out."""

    def __init__(self, time_of: Callable[[], float] = time.monotonic):
        self._time = time_of
        self._held: float | None = None
        self._start = time_of()

    def restart(self) -> None:
        """An epoch begins."""
        self._start, self._held = self._time(), None

    def hold(self) -> None:
        """A pause begins."""
        self._held = self._time() if self._held is None else self._held

    def go_on(self) -> None:
        """The pause is over, if there was one."""
        if self._held is not None:
            self._start += self._time() - self._held
            self._held = None

    @property
    def seconds(self) -> float:
        """Since the epoch began."""
        return (self._time() if self._held is None else self._held) - self._start


class ToldControls(Controls):
    """Controls that tell when something is asked, from whichever thread that was."""

    def __init__(self, told: Callable[[str, float | None], None]):
        super().__init__()
        self._told = told

    def pause(self) -> None:
        """See `Controls`."""
        super().pause()
        self._told("pause", None)

    def resume(self) -> None:
        """See `Controls`."""
        super().resume()
        self._told("resume", None)

    def stop(self) -> None:
        """See `Controls`."""
        super().stop()
        self._told("stop", None)

    def set_learning_rate(self, rate: float) -> None:
        """See `Controls`."""
        super().set_learning_rate(rate)
        self._told("rate", float(rate))
