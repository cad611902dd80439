"""CompressionStudio: two codecs on one picture, a handle between them, real bytes on both sides. No arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aewidgets.studies.rate.operating_points import codec_choice, codec_menu
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.subjects import SubjectWidget, first_subject
from aewidgets.widgets.base.widget import STATIC
from aewidgets.widgets.compression_studio import views
from aewidgets.widgets.compression_studio.answers import StudioAnswers
from aewidgets.widgets.compression_studio.memory import Memory

__all__ = ["CompressionStudio"]


class CompressionStudio(SubjectWidget, StudioAnswers):
    """Two codecs on one picture.

    Args:
        image: a path, the bytes of a picture or of an .aew file, a Pillow image, or an array; a photograph that
            comes with the packages if None.
        left, right: codecs: "original", "learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", "png",
            or the path of a model's card.
        quality: of the left side, in its codec's unit, or a pair for both sides.
        match: what the other side follows: "size" (as many bytes), "quality" (the same PSNR) or "off"; by default
            "size", or "off" where both qualities are given.
        name: of the picture, for captions; the file's name if None.
        traits: others of those below, such as `view="side"`.

    Raises:
        ValueError: for a picture that cannot be taken; the message says why.
        traitlets.TraitError: for a codec or a quality that does not exist.

    Setting `left_quality` and its kin asks anew; `results` waits for the answer, and `observe` on "left_point" and
    "right_point" tells of new ones.
    """

    _esm = STATIC / "studio.js"

    def __init__(
        self,
        image: Any = None,
        left: str = "learned",
        right: str = "avif",
        quality: float | Sequence[float | None] | None = None,
        *,
        match: str | None = None,
        name: str | None = None,
        **traits: Any,
    ):
        pair = tuple(quality) if isinstance(quality, Sequence) else (quality, None)
        if len(pair) != 2:
            raise ValueError(f"quality: expected a number, or a pair for left and right, got {quality!r}")
        subject = first_subject(image, name)
        match = match or ("off" if None not in pair else "size")
        sides = {"left": left, "right": right, "left_quality": pair[0], "right_quality": pair[1]}
        super().__init__(subject, match=match, **sides, **traits)
        self._publish(subject=pictures.subject(subject), choices=[c._asdict() for c in codec_menu(left, right)])

    def _look(self, opened: Subject) -> None:
        self._memory = Memory()  # what is still being made for the old picture goes with the old one
        self._curves, self._subject = {}, opened
        self._worker.forget()
        self._publish(subject=pictures.subject(opened), original=b"", curves=[], left_bits={}, right_bits={}, error="")
        self._asked()

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        results = self.results
        return pictures.still(results.left.image, results.right.image), views.words(self._subject, results)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        results = self.results
        return views.offline(self._subject, results, self._state(), max_bytes)

    def _state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.ASKED}

    def _title(self) -> str:
        left, right = (codec_choice(name).label for name in (self.left, self.right))
        return f"{self._subject.name}: {left} and {right}"

    def __repr__(self) -> str:
        qualities = [f" {q:g}" if q is not None else "" for q in (self.left_quality, self.right_quality)]
        return f"CompressionStudio({self._subject.name!r}, {self.left}{qualities[0]} | {self.right}{qualities[1]})"
