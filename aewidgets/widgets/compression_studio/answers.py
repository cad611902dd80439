"""What CompressionStudio asks of the studies, and how the answers come: both sides, then what there is time for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import traitlets

from aewidgets.studies.rate.operating_points import OperatingPoint, codec_choice, curve, curve_plan
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.compression_studio import views
from aewidgets.widgets.compression_studio.memory import Memory, Question, Results
from aewidgets.widgets.compression_studio.traits import SIDES, StudioTraits

__all__ = ["StudioAnswers"]

_PAUSE = 0.1  # seconds without a question in which a drag counts as paused


class StudioAnswers(StudioTraits):
    """Questions and answers of both sides of `self._subject`."""

    def __init__(self, subject: Subject, **traits: Any):
        self._subject, self._memory = subject, Memory()
        self._curves: dict[str, list[OperatingPoint]] = {}
        self._leader, self._ready = 0, False
        super().__init__(**traits)
        for side in SIDES:
            self._begin(side)
        self._leader, self._ready = 0, True

    # What is asked

    @traitlets.observe("left", "right")
    def _codec_changed(self, change: Any) -> None:
        """Another codec means another unit: it begins at its usual quality, or follows the other side."""
        if self._ready and f"{change['name']}_quality" not in self._together:
            self.set_trait(f"{change['name']}_quality", None)
            self._begin(change["name"])

    def _begin(self, side: str) -> None:
        if getattr(self, f"{side}_quality") is None:
            self.set_trait(f"{side}_quality", codec_choice(getattr(self, side)).usual)

    def _asked(self, change: Any = None) -> None:
        name = change["name"] if change else ""
        if name in ("view", "shows", "position"):
            return
        if name.removesuffix("_quality") in SIDES and self._publisher != threading.get_ident():
            # A side whose codec was chosen follows the other; one whose quality was moved leads.
            side = SIDES.index(name.removesuffix("_quality"))
            self._leader = side if name.endswith("_quality") else 1 - side
        super()._asked(change)

    def _question(self) -> Question:
        return Question(
            self._subject,
            (self.left, self.right),
            (self.left_quality, self.right_quality),
            self.match,
            self._leader,
            bool(self._ask.get("draft")),
        )

    # What is answered

    @property
    def results(self) -> Results:
        """Both sides as they are asked for now, figures, files and pictures; waits until they are made."""
        question = self._question()._replace(draft=False)
        made = dict(self._memory.sides(question))
        other = 1 - question.leader
        if question == self._question()._replace(draft=False):
            self._publish(**{f"{SIDES[other]}_quality": made[other].quality})
        return Results(self._subject, made[0], made[1])

    def _answer(self, question: Question) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for index, point in self._memory.sides(question, self._progress):
            if question.draft:
                answer |= self._told(question, index, point)
                continue
            if answer:
                self._publish(**answer)
            if question.subject is not self._subject:
                self._worker.checkpoint()  # another picture was opened meanwhile, and its question waits
            answer = self._told(question, index, point)
        return answer

    def _closer(self, question: Question) -> dict[str, Any]:
        """While a drag pauses, the side that follows comes closer than what was known of it."""
        other = 1 - question.leader
        measured = self._curves.get(question.codecs[other])
        if not (question.draft and question.follows and measured):
            return {}
        self._worker.checkpoint(_PAUSE)
        return self._told(question, other, self._memory.closer(question, measured))

    def _told(self, question: Question, index: int, point: OperatingPoint) -> dict[str, Any]:
        """A side's answered traits, and the quality of the one that follows; nothing where it is shown already."""
        side = SIDES[index]
        if question.draft and index != question.leader:
            shown = getattr(self, f"{side}_point")
            if (shown.get("codec"), shown.get("quality")) == (point.codec, point.quality):
                return {}
        told = views.point(side, point, preview=question.draft)
        return told if index == question.leader else {**told, f"{side}_quality": point.quality}

    def _further(self) -> Iterator[None]:
        """The picture itself, where the bits go, and the curves."""
        subject, memory = self._subject, self._memory
        if not self.original:
            self._publish(original=pictures.original(subject))
            yield
        codecs, count = curve_plan(subject, (self.left, self.right))
        for number, codec in enumerate(codecs):
            if codec in self._curves:
                continue
            points: list[OperatingPoint] = []
            try:
                for point in curve(subject, codec, count):
                    memory.keep(point)
                    points.append(point.bare())
                    text = f"measuring the curve of {point.label}"
                    self._publish(status=self._status(number * count + len(points), len(codecs) * count, text))
                    yield
            except Exception as error:  # the other codecs can still be measured
                self._publish(error=f"{codec_choice(codec).label}: {self._words(error)}")
            if subject is self._subject:
                self._curves[codec] = points
                self._publish(curves=views.curves(self._curves))
