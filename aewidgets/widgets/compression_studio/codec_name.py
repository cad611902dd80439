"""Trait of a codec's name that takes a codec of one's own too. It knows no codec."""

from __future__ import annotations

from typing import Any

import traitlets

__all__ = ["CodecName"]


class CodecName(traitlets.Unicode):
    """Trait of a codec's name, which takes a codec too, and keeps its name.

    The widget has a method `_named`, which returns the name of what is given, and remembers the codec behind it.
    """

    info_text = "the name of a codec, or a codec of one's own"

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the name of what is given."""
        return super().validate(obj, obj._named(value))
