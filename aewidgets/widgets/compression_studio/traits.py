"""The traits of CompressionStudio: what can be asked, with what is refused, and what is answered. No work."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets

from aewidgets.studies.rate.operating_points import codec_choice
from aewidgets.widgets.base.questions import AnsweringWidget

__all__ = ["SIDES", "StudioTraits"]

SIDES = ("left", "right")


class StudioTraits(AnsweringWidget):
    """Asked and answered traits of both sides; `help` says what each is."""

    ASKED: ClassVar[tuple[str, ...]] = (
        "left", "right", "left_quality", "right_quality", "match", "view", "shows", "position",
    )  # fmt: skip

    left = traitlets.Unicode("learned", help="Codec of the left side.").tag(sync=True)
    right = traitlets.Unicode("avif", help="Codec of the right side.").tag(sync=True)
    left_quality = traitlets.Float(None, allow_none=True, help="In the codec's unit.").tag(sync=True)
    right_quality = traitlets.Float(None, allow_none=True, help="In the codec's unit.").tag(sync=True)
    match = traitlets.Enum(
        ("off", "size", "quality"), "size", help="What the side that was not touched last follows."
    ).tag(sync=True)
    view = traitlets.Enum(("swipe", "side"), "swipe", help="One picture under a handle, or two.").tag(sync=True)
    shows = traitlets.Enum(("picture", "error", "bits"), "picture", help="What is drawn of both sides.").tag(sync=True)
    position = traitlets.Float(0.5, min=0, max=1, help="Of the handle, from the left.").tag(sync=True)

    subject = traitlets.Dict(read_only=True, help="Name, size and bytes of the picture.").tag(sync=True)
    original = traitlets.Bytes(read_only=True, help="The picture itself, as PNG.").tag(sync=True)
    left_point = traitlets.Dict(read_only=True, help="Figures of the left side's file.").tag(sync=True)
    right_point = traitlets.Dict(read_only=True, help="Figures of the right side's file.").tag(sync=True)
    left_picture = traitlets.Bytes(read_only=True, help="What the left side decodes to.").tag(sync=True)
    right_picture = traitlets.Bytes(read_only=True, help="What the right side decodes to.").tag(sync=True)
    left_file = traitlets.Bytes(read_only=True, help="The file, where that is not what is shown.").tag(sync=True)
    right_file = traitlets.Bytes(read_only=True, help="The file, where that is not what is shown.").tag(sync=True)
    left_bits = traitlets.Dict(read_only=True, help="Where a learned codec's bits go.").tag(sync=True)
    right_bits = traitlets.Dict(read_only=True, help="Where a learned codec's bits go.").tag(sync=True)
    curves: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Rate and distortion of this picture, by codec."
    ).tag(sync=True)
    choices: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Codecs, and what their sliders run over."
    ).tag(sync=True)

    @traitlets.validate("left", "right")
    def _known(self, proposal: Any) -> str:
        try:
            codec_choice(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    @traitlets.validate("left_quality", "right_quality")
    def _within(self, proposal: Any) -> float | None:
        side = proposal["trait"].name.removesuffix("_quality")
        about, value = codec_choice(getattr(self, side)), proposal["value"]
        if value is None or about.usual is None:
            return None
        low, high = sorted((about.worst, about.best))
        if not low <= value <= high:
            raise traitlets.TraitError(f"{about.label}: expected {about.unit} from {low:g} to {high:g}, got {value:g}")
        return value
