"""DenoiseStudio: a picture corrupted or noisy already, two methods on it, a handle between them. No arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from aewidgets.studies.restoration.corrupted import checked_strength, middle
from aewidgets.studies.restoration.points import label_of, method_choices
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.subjects import SubjectWidget, first_subject
from aewidgets.widgets.base.widget import STATIC
from aewidgets.widgets.denoise_studio import views
from aewidgets.widgets.denoise_studio.answers import DenoiseAnswers
from aewidgets.widgets.denoise_studio.memory import DenoiseMemory
from aewidgets.widgets.denoise_studio.offline import offline
from aewidgets.widgets.denoise_studio.traits import SIDES

__all__ = ["DenoiseStudio"]


class DenoiseStudio(SubjectWidget, DenoiseAnswers):
    """Two ways of restoring one picture.

    Args:
        image: a path, the bytes of a picture or of an .aew file, a Pillow image, or an array; a photograph that
            comes with the packages if None. Of more than a megapixel the middle is looked at.
        corruption: what is done to it, a name of `aewidgets.restoration.corruptions.CORRUPTIONS`; "as-is" for a picture that is
            noisy already, of which nobody has the original.
        strength: in the corruption's unit; 25 of 255 for "gaussian", its default for others, if None.
        left, right: "noisy", "original", or a method that is able: `aewidgets.restoration.restoring.denoising_methods()` and
            `aewidgets.restoration.restoring.restoring_methods(task)` tell. The right side begins with the first of them if None.
        seed: of the noise.
        name: of the picture, for captions; the file's name if None.
        traits: others of those below, such as `view="side"`.

    Raises:
        ValueError: for a picture that cannot be taken, an unknown corruption, and a strength out of range.
        traitlets.TraitError: for a method that is not able.

    Setting `strength` and its kin asks anew; `results` waits for the answer, `result` is the right side's picture, and
    `observe` on "left_point" and "right_point" tells of new ones.
    """

    _esm = STATIC / "denoise.js"

    def __init__(
        self,
        image: Any = None,
        corruption: str = "gaussian",
        strength: float | None = None,
        left: str = "noisy",
        right: str | None = None,
        seed: int = 0,
        *,
        name: str | None = None,
        **traits: Any,
    ):
        subject = middle(first_subject(image, name))
        strength = checked_strength(corruption, strength)
        right = right or self._first(corruption, subject)
        asked = {"corruption": corruption, "strength": strength, "left": left, "right": right, "seed": seed}
        super().__init__(subject, **asked, **traits)
        self._publish(subject=pictures.subject(subject), corruptions=views.corruptions())

    @staticmethod
    def _first(corruption: str, subject: Subject) -> str:
        channels = 1 if subject.image.ndim == 2 else 3
        return next(choice.name for choice in method_choices(corruption, channels) if choice.does)

    @property
    def result(self) -> np.ndarray:
        """The right side's picture, uint8 in the shape of the one that is looked at; waits until it is made."""
        return self.results.right.image

    def _look(self, opened: Subject) -> None:
        subject = middle(opened)
        self._memory = DenoiseMemory(subject)  # what is still being made for the old picture goes with the old one
        self._subject, self._trying = subject, False
        self._worker.forget()
        for side in SIDES:
            self._publish(**{side: self._fitting(side)})
        self._publish(subject=pictures.subject(subject), original=b"", tried=[], curve=[], differ=[], error="")
        self._offer()
        self._asked()

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind == "try-all":
            self.try_all()
        else:
            super()._message(kind, content, buffers)

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        results = self.results
        words = views.words(self._subject.name, results.corrupted, results.left, results.right)
        return pictures.still(results.left.image, results.right.image), words

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        return offline(self._subject, {name: getattr(self, name) for name in self.ASKED}, max_bytes)

    def _title(self) -> str:
        return f"{self._subject.name}: {label_of(self.left)} and {label_of(self.right)}"

    def __repr__(self) -> str:
        told = self.corruption if self.strength is None else f"{self.corruption} {self.strength:g}"
        return f"DenoiseStudio({self._subject.name!r}, {told}, {self.left} | {self.right})"
