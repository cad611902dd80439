"""The traits of DenoiseStudio: what can be asked, with what is refused, and what is answered. No work."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets

from aewidgets.studies.restoration.corrupted import CORRUPTION_NAMES, checked_strength
from aewidgets.studies.restoration.points import method_choices
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base.questions import AnsweringWidget

__all__ = ["SIDES", "DenoiseTraits"]

SIDES = ("left", "right")


class DenoiseTraits(AnsweringWidget):
    """Asked and answered traits of `self._subject` and both sides; `help` says what each is."""

    ASKED: ClassVar[tuple[str, ...]] = (
        "left", "right", "corruption", "strength", "seed", "view", "shows", "position",
    )  # fmt: skip
    _subject: Subject

    left = traitlets.Unicode("noisy", help="A method, or 'noisy' or 'original'.").tag(sync=True)
    right = traitlets.Unicode("nlm", help="A method, or 'noisy' or 'original'.").tag(sync=True)
    corruption = traitlets.Unicode("gaussian", help="What is done to the picture, or 'as-is'.").tag(sync=True)
    strength = traitlets.Float(
        None, allow_none=True, help="In the corruption's unit; None where nothing is done."
    ).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**32 - 1, help="Of the noise.").tag(sync=True)
    view = traitlets.Enum(("swipe", "side"), "swipe", help="One picture under a handle, or two.").tag(sync=True)
    shows = traitlets.Enum(
        ("picture", "error", "residual"), "picture", help="The picture, what it lacks, or what was taken out."
    ).tag(sync=True)
    position = traitlets.Float(0.5, min=0, max=1, help="Of the handle, from the left.").tag(sync=True)

    subject = traitlets.Dict(read_only=True, help="Name, size and bytes of the picture.").tag(sync=True)
    original = traitlets.Bytes(read_only=True, help="The picture itself, as PNG; empty if none has it.").tag(sync=True)
    given = traitlets.Bytes(read_only=True, help="What methods are given, in 8 bits.").tag(sync=True)
    noise = traitlets.Dict(read_only=True, help="What was done, and the noise level told and found.").tag(sync=True)
    left_point = traitlets.Dict(read_only=True, help="Figures of the left side.").tag(sync=True)
    right_point = traitlets.Dict(read_only=True, help="Figures of the right side.").tag(sync=True)
    left_picture = traitlets.Bytes(read_only=True, help="The left side, where it is a method's.").tag(sync=True)
    right_picture = traitlets.Bytes(read_only=True, help="The right side, where it is a method's.").tag(sync=True)
    tried: traitlets.List[Any] = traitlets.List(read_only=True, help="Figures of all methods tried.").tag(sync=True)
    differ: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Where both sides differ: column, row and size of squares."
    ).tag(sync=True)
    curve: traitlets.List[Any] = traitlets.List(read_only=True, help="PSNR by strength and method.").tag(sync=True)
    choices: traitlets.List[Any] = traitlets.List(read_only=True, help="What a side may show.").tag(sync=True)
    corruptions: traitlets.List[Any] = traitlets.List(
        read_only=True, help="What may be done, and what its slider runs over."
    ).tag(sync=True)

    def _able(self) -> list[str]:
        """What a side may show of this picture under this corruption."""
        channels = 1 if self._subject.image.ndim == 2 else 3
        return [choice.name for choice in method_choices(self.corruption, channels)]

    def _fitting(self, side: str) -> str:
        """What a side shows already, or what comes nearest to it where it cannot be shown any more."""
        able, now = self._able(), getattr(self, side)
        if now in able:
            return now
        return able[0] if now == "original" or side == "left" else able[able.index("noisy") + 1]

    @traitlets.validate("corruption")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in CORRUPTION_NAMES:
            names = ", ".join(CORRUPTION_NAMES)
            raise traitlets.TraitError(f"corruption: expected one of {names}, got {proposal['value'][:40]!r}")
        return proposal["value"]

    @traitlets.validate("strength")
    def _within(self, proposal: Any) -> float | None:
        if self.corruption not in CORRUPTION_NAMES:  # which is told of the corruption
            return proposal["value"]
        try:
            return checked_strength(self.corruption, proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None

    @traitlets.validate("left", "right")
    def _able_to(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        if self.corruption in CORRUPTION_NAMES and value not in self._able():
            able = ", ".join(self._able())
            raise traitlets.TraitError(f"{name}: expected for {self.corruption} one of {able}, got {value[:40]!r}")
        return value
