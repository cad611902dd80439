"""What codecs that someone else wrote have in common: a name, qualities, a range that is checked. No encoding."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ClassicalCodec", "Quality"]

Quality = float | None


@dataclass(frozen=True)
class ClassicalCodec:
    """Name and qualities of a codec that someone else wrote.

    Attributes:
        name, label, qualities: as in `aewidgets.codec.registry.Codec`.
        unit: what the quality means, for messages.
        limits: smallest and largest quality, inclusive.
        whole: whether the quality is a whole number.
    """

    name: str
    label: str
    qualities: tuple[Quality, ...]
    unit: str
    limits: tuple[float, float]
    whole: bool = field(default=False, kw_only=True)

    def missing(self) -> str:
        """Return what the codec lacks to work here, and what to do, in words; an empty text where it lacks nothing."""
        return ""

    def require(self) -> None:
        """Check that the codec works here.

        Raises:
            ValueError: where it does not; the message says why and what to do.
        """
        if lack := self.missing():
            raise ValueError(f"{self.name}: {lack}")

    def check(self, quality: Quality) -> None:
        """Check a quality.

        Raises:
            ValueError: for a quality outside `limits`, and for any at all if the codec has none.
        """
        if (quality is None) != (None in self.qualities):
            wanted = "none, for there is no choice" if quality is not None else f"one: {self.unit}"
            raise ValueError(f"{self.name}: expected as quality {wanted}; got {quality}")
        if quality is not None and not self.limits[0] <= quality <= self.limits[1]:
            low, high = self.limits
            raise ValueError(f"{self.name}: expected {self.unit} from {low:g} to {high:g}, got {quality:g}")
        if quality is not None and self.whole and quality != int(quality):
            raise ValueError(f"{self.name}: expected {self.unit} as a whole number, got {quality:g}")
