"""The traits of LatentExplorer: what can be asked, with what is refused, and what is answered. No work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
import traitlets

from aewidgets.widgets.base.questions import AnsweringWidget

__all__ = ["ExplorerTraits"]

COLOURS = ("label", "error", "distance", "value", "none")


def _to_bytes(selection: tuple[int, ...], widget: Any) -> bytes:
    """As it travels: uint32, little-endian."""
    return np.asarray(selection, "<u4").tobytes()


def _from_bytes(data: Any, widget: Any) -> tuple[int, ...]:
    return tuple(np.frombuffer(bytes(data), "<u4").tolist()) if isinstance(data, bytes | memoryview) else data


def _with_texts(notes: Mapping[int, str], widget: Any) -> dict[str, str]:
    """JSON has no numbers as keys."""
    return {str(index): text for index, text in notes.items()}


class Selection(traitlets.TraitType):
    """Numbers of pictures, each once, in order; whatever NumPy indexes by is taken, also True and False for all."""

    default_value = ()
    info_text = "whole numbers, one for each selected picture, or True and False for all of them"

    def validate(self, obj: Any, value: Any) -> tuple[int, ...]:
        """A sorted tuple of different numbers."""
        try:
            found = np.asarray(list(value) if isinstance(value, Iterable) else value)
        except (TypeError, ValueError):
            self.error(obj, value)
        if found.ndim != 1 or (found.size and found.dtype.kind not in "iub"):
            self.error(obj, value)
        return tuple((np.flatnonzero(found) if found.dtype.kind == "b" else np.unique(found.astype("int64"))).tolist())


class ExplorerTraits(AnsweringWidget):
    """Asked and answered traits; `help` says what each is."""

    ASKED: ClassVar[tuple[str, ...]] = ("selection", "notes", "colour", "position")

    selection = Selection(help="Numbers of the selected pictures, in order.").tag(
        sync=True, to_json=_to_bytes, from_json=_from_bytes
    )
    notes: traitlets.Dict[Any, Any] = traitlets.Dict(help="Words on pictures, by their numbers.").tag(
        sync=True, to_json=_with_texts
    )
    colour = traitlets.Enum(COLOURS, "label", help="What the points' colours say.").tag(sync=True)
    position = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 0.0), help="The place that is decoded."
    ).tag(sync=True)

    about = traitlets.Dict(read_only=True, help="What the map is of.").tag(sync=True)
    plane = traitlets.Bytes(read_only=True, help="Places of all points, uint16 between the bounds.").tag(sync=True)
    classes = traitlets.Bytes(read_only=True, help="Which class each point is of, uint8.").tag(sync=True)
    space = traitlets.Dict(read_only=True, help="The plane among the codes.").tag(sync=True)
    decoder = traitlets.Dict(read_only=True, help="The decoder, or why it cannot travel.").tag(sync=True)
    atlas = traitlets.Dict(read_only=True, help="Decoded tiles, where the decoder cannot travel.").tag(sync=True)
    anchors = traitlets.Dict(read_only=True, help="Pictures and codes of some points.").tag(sync=True)
    errors = traitlets.Dict(read_only=True, help="Reconstruction errors of all points.").tag(sync=True)
    distances = traitlets.Dict(read_only=True, help="Distances of all codes from the plane.").tag(sync=True)
    values = traitlets.Dict(read_only=True, help="The numbers to colour by.").tag(sync=True)
    mixture = traitlets.Dict(read_only=True, help="Gaussians fitted to the codes.").tag(sync=True)

    #: Pictures that there are.
    _count = 0

    @traitlets.validate("selection")
    def _inside(self, proposal: Any) -> tuple[int, ...]:
        chosen = proposal["value"]
        if chosen and not 0 <= chosen[0] <= chosen[-1] < self._count:
            raise traitlets.TraitError(f"selection: expected numbers from 0 to {self._count - 1}, got {chosen[-1]}")
        return chosen

    @traitlets.validate("notes")
    def _noted(self, proposal: Any) -> dict[int, str]:
        try:
            notes = {int(index): text for index, text in proposal["value"].items()}
        except (TypeError, ValueError):
            notes = {-1: ""}
        if not all(0 <= index < self._count and isinstance(text, str) for index, text in notes.items()):
            raise traitlets.TraitError(f"notes: expected texts by numbers of pictures, from 0 to {self._count - 1}")
        return notes
