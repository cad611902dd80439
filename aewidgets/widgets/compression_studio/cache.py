"""Questions that the studio is asked, and the cache of operating points that answers them. No traits, no browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aewidgets.studies.rate.equal_size import Progress
from aewidgets.studies.rate.following import estimated_quality, nearest_point
from aewidgets.studies.rate.operating_points import ORIGINAL, OperatingPoint, judged, match, operating_point
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base.cache import ResultCache

__all__ = ["PointCache", "Question", "Results"]

_LARGE = 6_000_000  # samples above which SSIM takes seconds
_KEPT, _FEWEST = 128_000_000, 4  # bytes of operating points, and how many are kept even where they have more


@dataclass(frozen=True)
class Results:
    """Subject and both sides as the studio shows them.

    Attributes:
        subject: the picture.
        left, right: operating points, see `aewidgets.studies.rate.operating_points.OperatingPoint`.
    """

    subject: Subject
    left: OperatingPoint
    right: OperatingPoint


class Question(NamedTuple):
    """Question about both sides.

    Attributes:
        subject: the picture.
        codecs: names of those of the left side and the right.
        qualities: of the left side and the right, each in its codec's unit.
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
        """Return whether the other side takes its quality from the leader."""
        return self.match != "off" and ORIGINAL not in self.codecs


class PointCache:
    """Operating points of one subject, made when they are first asked for. One thread at a time makes any.

    Args:
        given: codecs by name, as `aewidgets.get_codec` takes them, where the name alone does not say which one it is.
    """

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = {} if given is None else given
        self._computing = threading.RLock()  # both a cell that reads results and the worker may ask
        self._points: ResultCache[tuple[str, float | None], OperatingPoint] = ResultCache(_bytes_of, _KEPT, _FEWEST)
        self._matches: dict[tuple, float | None] = {}

    def __len__(self) -> int:
        return len(self._points)

    def sides(self, question: Question, progress: Progress | None = None) -> Iterator[tuple[int, OperatingPoint]]:
        """Yield side and point: first the leader, then the other side.

        During a drag the other side comes only where something is known of it already. A side may come twice, the
        second time with more figures.

        Args:
            question: the question to answer.
            progress: called during a search for an equal size or PSNR; an exception that it raises ends the search.
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
        """Yield a point; one of a large picture first without SSIM, so that it can be looked at meanwhile."""
        if question.subject.image.size > _LARGE and not question.draft:
            yield self._made(question._replace(draft=True), side, quality)
        yield self._made(question, side, quality)

    def closer(self, question: Question, curve: Sequence[OperatingPoint]) -> OperatingPoint:
        """Estimate from its curve where the other side follows, and return that point: for a pause in a drag.

        At most one file is encoded.
        """
        leader = self._made(question, question.leader, question.qualities[question.leader])
        other = 1 - question.leader
        codec = self._codec(question.codecs[other])
        return self._made(question, other, estimated_quality(codec, curve, leader, question.match))

    def keep(self, point: OperatingPoint) -> None:
        """Keep a point that was made elsewhere, unless there is one in its place already."""
        key = point.codec, point.quality
        with self._computing:
            if key not in self._points:
                self._points.put(key, point)

    def _codec(self, name: str) -> Any:
        """Return what `aewidgets.get_codec` takes for the codec of a name."""
        return self._given.get(name, name)

    def _nearest(self, question: Question, side: int, leader: OperatingPoint) -> OperatingPoint | None:
        known = [point for (codec, _), point in self._points.items() if codec == question.codecs[side]]
        return nearest_point(known, leader, question.match)

    def _followed(
        self, question: Question, side: int, leader: OperatingPoint, progress: Progress | None
    ) -> float | None:
        key = (question.codecs[side], leader.codec, leader.quality, question.match)
        with self._computing:
            if key not in self._matches:
                codec = self._codec(question.codecs[side])
                self._matches[key] = match(question.subject, codec, leader, question.match, progress)
            return self._matches[key]

    def _made(self, question: Question, side: int, quality: float | None) -> OperatingPoint:
        """Return a point from the cache, or make it; with SSIM unless a drag is going on."""
        key = question.codecs[side], quality
        with self._computing:
            made = self._points.get(key) or operating_point(question.subject, self._codec(key[0]), quality)
            if made.ssim is None and not question.draft:
                made = judged(question.subject, made)
            self._points.put(key, made)
            return made


def _bytes_of(point: OperatingPoint) -> int:
    return point.image.nbytes + len(point.data)
