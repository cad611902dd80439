"""What the studio is asked, and the operating points that answer it, remembered. Knows no traits and no browser."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aewidgets.studies.rate.equal_size import Progress
from aewidgets.studies.rate.following import estimated_quality, nearest_point
from aewidgets.studies.rate.operating_points import ORIGINAL, OperatingPoint, judged, match, operating_point
from aewidgets.studies.subjects import Subject

__all__ = ["Memory", "Question", "Results"]

_LARGE = 6_000_000  # samples above which SSIM takes seconds
_KEPT, _FEWEST = 128_000_000, 4  # bytes of operating points, and how many are kept though they have more


@dataclass(frozen=True)
class Results:
    """What the studio shows: the picture, and either side as an `aewidgets.studies.rate.operating_points.OperatingPoint`."""

    subject: Subject
    left: OperatingPoint
    right: OperatingPoint


class Question(NamedTuple):
    """What is asked.

    Attributes:
        subject: the picture.
        codecs: of the left side and the right.
        qualities: likewise.
        match: "off", "size" or "quality".
        leader: the side, 0 or 1, that the other one follows.
        draft: whether a drag is going on: the leader without SSIM, and the nearest known point that follows it, are
            answer enough.
    """

    subject: Subject
    codecs: tuple[str, str]
    qualities: tuple[float | None, float | None]
    match: str
    leader: int
    draft: bool

    @property
    def follows(self) -> bool:
        """Whether the other side takes its quality from the leader."""
        return self.match != "off" and ORIGINAL not in self.codecs


class Memory:
    """Operating points of one picture, made when they are first asked for. One thread at a time makes any."""

    def __init__(self) -> None:
        self._computing = threading.RLock()  # results asked for by a cell, and the worker
        self._points: OrderedDict[tuple, OperatingPoint] = OrderedDict()
        self._matches: dict[tuple, float | None] = {}

    def __len__(self) -> int:
        return len(self._points)

    def sides(self, question: Question, progress: Progress | None = None) -> Iterator[tuple[int, OperatingPoint]]:
        """The side that leads, then the other; during a drag only what is known of that one already, if anything. A
        side may come twice, the second time with more figures.

        Args:
            question: what is asked.
            progress: of a search for an equal size or PSNR; what it raises ends the search.
        """
        for first in self._steps(question, question.leader, question.qualities[question.leader]):
            yield question.leader, first
        other = 1 - question.leader
        if question.draft:
            known = self._nearest(question, other, first) if question.follows else None
            if known is not None:
                yield other, known
            return
        quality = question.qualities[other]
        if question.follows:
            quality = self._followed(question, other, first, progress)
        for point in self._steps(question, other, quality):
            yield other, point

    def _steps(self, question: Question, side: int, quality: float | None) -> Iterator[OperatingPoint]:
        """A point; of a large picture first without SSIM, so that it can be looked at meanwhile."""
        if question.subject.image.size > _LARGE and not question.draft:
            yield self._made(question._replace(draft=True), side, quality)
        yield self._made(question, side, quality)

    def closer(self, question: Question, curve: Sequence[OperatingPoint]) -> OperatingPoint:
        """The other side as its curve says that it follows, with one file made at most: for a pause in a drag."""
        leader = self._made(question, question.leader, question.qualities[question.leader])
        other = 1 - question.leader
        return self._made(question, other, estimated_quality(curve, leader, question.match))

    def keep(self, point: OperatingPoint) -> None:
        """Remember a point that was made elsewhere."""
        with self._computing:
            self._points.setdefault((point.codec, point.quality), point)
            self._forget()

    def _nearest(self, question: Question, side: int, leader: OperatingPoint) -> OperatingPoint | None:
        with self._computing:
            known = [point for (codec, _), point in self._points.items() if codec == question.codecs[side]]
        return nearest_point(known, leader, question.match)

    def _followed(
        self, question: Question, side: int, leader: OperatingPoint, progress: Progress | None
    ) -> float | None:
        key = (question.codecs[side], leader.codec, leader.quality, question.match)
        with self._computing:
            if key not in self._matches:
                codec = question.codecs[side]
                self._matches[key] = match(question.subject, codec, leader, question.match, progress)
            return self._matches[key]

    def _made(self, question: Question, side: int, quality: float | None) -> OperatingPoint:
        """A point from memory, or made now; with SSIM unless a drag is going on."""
        key = question.codecs[side], quality
        with self._computing:
            made = self._points.pop(key, None) or operating_point(question.subject, *key)
            if made.ssim is None and not question.draft:
                made = judged(question.subject, made)
            self._points[key] = made
            self._forget()
            return made

    def _forget(self) -> None:
        """The points that were not asked for the longest."""
        size = sum(point.image.nbytes + len(point.data) for point in self._points.values())
        while size > _KEPT and len(self._points) > _FEWEST:
            _, point = self._points.popitem(last=False)
            size -= point.image.nbytes + len(point.data)
