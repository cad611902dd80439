"""The record of a run: numbers of every epoch, pictures of a bounded number. Knows no traits and no browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aewidgets.training.watching import Ended, Plan, Snapshot

__all__ = ["KEPT", "KEPT_BYTES", "RunRecord", "RunRecorder", "numbers", "record_of"]

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
    """Return the figures of an epoch: all of a snapshot except reconstructions and units."""
    return {
        "epoch": snapshot.epoch,
        "losses": dict(snapshot.losses),
        "validation": dict(snapshot.validation),
        "learning_rate": snapshot.learning_rate,
        "seconds": snapshot.seconds,
        "watching": snapshot.watching,
        "best": snapshot.best,
        "steps": snapshot.steps,
    }


def record_of(plan: Plan, epochs: Iterable[Snapshot], ended: Ended | None) -> RunRecord:
    """Return the record of a run whose snapshots are all known."""
    recorder = RunRecorder(plan)
    for snapshot in epochs:
        recorder.add(snapshot)
    recorder.ended = ended
    return recorder.record


class RunRecorder:
    """Makes the record of a run that goes on. Numbers take a few hundred bytes an epoch; pictures are bounded.

    Args:
        plan: what is trained.
        kept: epochs whose pictures are kept, at most.
        kept_bytes: bytes of pixels that are kept, at most.
    """

    def __init__(self, plan: Plan, kept: int = KEPT, kept_bytes: int = KEPT_BYTES):
        self.plan = plan
        self.ended: Ended | None = None
        self.epochs: list[dict[str, Any]] = []
        self.best = 0  # epoch
        self._snapshots: dict[int, Snapshot] = {}
        self._kept, self._kept_bytes = kept, kept_bytes
        self._stride = 1

    @classmethod
    def of(cls, record: RunRecord) -> RunRecorder:
        """Return the recorder of a run that is over.

        Raises:
            ValueError: for the record of no run.
        """
        if record.plan is None:
            raise ValueError("expected the record of a run, got one of none")
        made = cls(record.plan)
        made.epochs = [dict(epoch) for epoch in record.epochs]
        made._snapshots = {snapshot.epoch: snapshot for snapshot in record.snapshots}
        made.best = next((epoch["epoch"] for epoch in reversed(made.epochs) if epoch["best"]), 0)
        made.ended = record.ended
        return made

    def add(self, snapshot: Snapshot) -> tuple[int, ...]:
        """Add an epoch; return the epochs whose pictures are given up for it."""
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
        """Give up pictures of epochs that are neither on the stride nor the best nor the last; return the epochs."""
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
        """Epochs whose pictures are kept, by number, in order."""
        return dict(self._snapshots)

    @property
    def record(self) -> RunRecord:
        """The run so far."""
        return RunRecord(self.plan, tuple(self.epochs), tuple(self._snapshots.values()), self.ended)
