"""What the studio is asked, and the operating points that answer it, remembered. Knows no traits and no browser."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from aewidgets.studies.equal_size import Progress
from aewidgets.studies.operating_points import ORIGINAL, OperatingPoint, Subject, judged, match, operating_point

__all__ = ["Memory", "Question", "Results"]

_KEPT = 24  # operating points


@dataclass(frozen=True)
class Results:
    """What the studio shows: the picture, and either side as an `aewidgets.studies.operating_points.OperatingPoint`."""

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
        draft: whether a drag is going on: the leader alone, without SSIM, is answer enough.
    """

    subject: Subject
    codecs: tuple[str, str]
    qualities: tuple[float | None, float | None]
    match: str
    leader: int
    draft: bool


class Memory:
    """Operating points of one picture, made when they are first asked for. One thread at a time makes any."""

    def __init__(self) -> None:
        self._computing = threading.RLock()  # results asked for by a cell, and the worker
        self._points: OrderedDict[tuple, OperatingPoint] = OrderedDict()
        self._matches: dict[tuple, float | None] = {}

    def __len__(self) -> int:
        return len(self._points)

    def sides(self, question: Question, progress: Progress | None = None) -> Iterator[tuple[int, OperatingPoint]]:
        """The side that leads, then the other; only the first during a drag.

        Args:
            question: what is asked.
            progress: of a search for an equal size or PSNR; what it raises ends the search.
        """
        first = self._made(question, question.leader, question.qualities[question.leader])
        yield question.leader, first
        if question.draft:
            return
        other = 1 - question.leader
        quality = question.qualities[other]
        if question.match != "off" and ORIGINAL not in question.codecs:
            quality = self._followed(question, other, first, progress)
        yield other, self._made(question, other, quality)

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
            while len(self._points) > _KEPT:
                self._points.popitem(last=False)
            return made
