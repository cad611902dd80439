"""What DenoiseStudio asks of the studies, and how the answers come: both sides, then what there is time for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import traitlets

from aewidgets.studies.restoration.corrupted import checked_strength
from aewidgets.studies.restoration.levels import where_they_differ
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, DenoisePoint, label_of
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.denoise_studio import views
from aewidgets.widgets.denoise_studio.memory import DenoiseMemory, DenoiseQuestion, DenoiseResults
from aewidgets.widgets.denoise_studio.traits import SIDES, DenoiseTraits

__all__ = ["DenoiseAnswers"]


class DenoiseAnswers(DenoiseTraits):
    """Questions and answers of both sides of `self._subject`."""

    def __init__(self, subject: Subject, **traits: Any):
        self._subject, self._memory = subject, DenoiseMemory(subject)
        self._ready, self._trying = False, False
        super().__init__(**traits)
        self._ready = True
        self._offer()

    # What is asked

    @traitlets.observe("corruption")
    def _corruption_changed(self, change: Any) -> None:
        """Another corruption has another unit and other methods."""
        if not self._ready:
            return
        self._ready = False  # what follows from it asks nothing by itself
        try:
            if "strength" not in self._together:
                self.set_trait("strength", checked_strength(self.corruption, None))
            for side in SIDES:
                self.set_trait(side, self._fitting(side))
        finally:
            self._ready = True
        self._offer()

    @traitlets.observe("strength")
    def _strength_changed(self, change: Any) -> None:
        """None is the default, which is said."""
        if change["new"] is None and self._ready:
            self.set_trait("strength", checked_strength(self.corruption, None))

    def _offer(self) -> None:
        """Say what may be chosen now."""
        self._publish(choices=views.choices(self.corruption, self._subject))

    def _asked(self, change: Any = None) -> None:
        name = change["name"] if change else ""
        if not self._ready or name in ("view", "shows", "position"):
            return
        if name and name != "_ask" and self._publisher != threading.get_ident():
            self._trying = False  # another question: what was to be tried was tried for the one before
        super()._asked(change)

    def _question(self) -> DenoiseQuestion:
        setting = (self.corruption, self.strength, self.seed)
        return DenoiseQuestion(self._subject, setting, (self.left, self.right), bool(self._ask.get("draft")))

    def try_all(self) -> None:
        """Try all methods on this picture, one after the other, but for those that take minutes; `tried` fills."""
        self._trying = True
        self._asked()

    def cancel(self) -> None:
        """Stop what is being done; what has been answered stays. A method that has begun ends first."""
        self._trying = False
        super().cancel()

    # What is answered

    @property
    def results(self) -> DenoiseResults:
        """Both sides as they are asked for now, figures and pictures; waits until they are made."""
        question, memory = self._question(), self._memory
        left, right = (memory.point(question.setting, method) for method in question.methods)
        return DenoiseResults(
            self._subject,
            memory.corrupted(question.setting),
            left,
            right,
            memory.tried(question.setting),
            memory.curve(question.setting, self._curved(question)),
            where_they_differ(left.image, right.image),
        )

    def _answer(self, question: DenoiseQuestion) -> dict[str, Any]:
        memory, setting = self._memory, question.setting
        corrupted = memory.corrupted(setting)
        self._publish(**views.given(corrupted, preview=question.draft), curve=self._curve(question))
        made: list[DenoisePoint | None] = []
        errors, answer = [], dict[str, Any]()
        for number, (side, method) in enumerate(zip(SIDES, question.methods, strict=True)):
            if question.draft and not memory.quick(setting, method):
                continue  # the page says that the side is of another strength
            try:
                if not memory.quick(setting, method):
                    self._progress(2 * number + 1, 4, label_of(method))
                made.append(memory.point(setting, method, lambda *of: self._worker.checkpoint()))
            except ValueError as error:
                made.append(None)
                errors.append(f"{label_of(method)}: {self._words(error)}")
            if answer:
                self._publish(**answer)
            if question.subject is not self._subject:
                self._worker.checkpoint()  # another picture was opened meanwhile, and its question waits
            answer = views.point(side, setting, method, made[-1], preview=question.draft)
        if question.draft:
            return answer
        memory.point(setting, INPUT)  # what all the others are held against
        answer |= {"tried": views.tried(memory.tried(setting)), "differ": self._differ(made)}
        return answer | ({"error": "; ".join(errors)} if errors else {})

    def _differ(self, made: list[DenoisePoint | None]) -> list[list[int]]:
        left, right = made
        if left is None or right is None:
            return []
        return [[w.column, w.row, w.size] for w in where_they_differ(left.image, right.image)]

    def _curved(self, question: DenoiseQuestion) -> tuple[str, ...]:
        """What the curves are of: the methods of both sides, and the picture as methods are given it."""
        return tuple(dict.fromkeys((*(m for m in question.methods if m != ORIGINAL), INPUT)))

    def _curve(self, question: DenoiseQuestion) -> list[dict[str, Any]]:
        return views.curve(self._memory.curve(question.setting, self._curved(question)))

    def _further(self) -> Iterator[None]:
        """The picture itself, the methods that were to be tried, then the curves: whatever is missing now."""
        while not (question := self._question()).draft:
            memory, setting = self._memory, question.setting
            if not self.original and memory.corrupted(setting).original is not None:
                self._publish(original=pictures.original(question.subject))
            elif self._trying and (names := memory.untried(setting)):
                self._try(setting, names)
            elif missing := memory.unmeasured(setting, self._curved(question)):
                method, strength = missing[0]
                done = len(memory.curve(setting, self._curved(question)))
                text = f"measuring the curve of {label_of(method)}"
                self._publish(status=self._status(done + 1, done + len(missing) + 1, text))
                memory.measure(setting, method, strength)
                self._publish(curve=self._curve(self._question()))
            else:
                self._trying = False
                return
            yield

    def _try(self, setting: Any, names: list[str]) -> None:
        done = len(self._memory.tried(setting))
        self._publish(status=self._status(done + 1, done + len(names) + 1, f"trying {label_of(names[0])}"))
        try:
            self._memory.point(setting, names[0])
        except ValueError as error:
            self._trying = False
            self._publish(error=f"{label_of(names[0])}: {self._words(error)}")
        if setting == self._question().setting:
            self._publish(tried=views.tried(self._memory.tried(setting)))
