"""Samples of 8 to 16 bits in the units that a codec's transforms count in, and back. No bytes, no transforms.

The transforms count in 1/255 of the way from black to white, whatever these are. Of more than 8 bits, a picture's black
and white are its least and its largest sample: cameras often use a small part of the numbers that their files have room
for, and a quality should mean the same error beside what is seen there.
"""

from dataclasses import dataclass

import numpy as np

DEPTHS = range(8, 17)  # bits per sample


@dataclass(frozen=True)
class Levels:
    """What the samples of a picture count.

    Args:
        depth: bits per sample, 8 to 16.
        black, white: samples that the transforms see as 0 and 255; 0 and 255 for 8 bits.
    """

    depth: int = 8
    black: int = 0
    white: int = 255

    @classmethod
    def of(cls, samples: np.ndarray, depth: int) -> "Levels":
        """Return the levels for samples of a picture with `depth` bits: for more than 8, between the extremes."""
        if depth == 8:
            return cls()
        black, white = int(samples.min()), int(samples.max())
        if white == black:
            black, white = (black, black + 1) if black < peak_of(depth) else (black - 1, black)
        return cls(depth, black, white)

    @property
    def span(self) -> int:
        """Levels from black to white, at least 1."""
        return self.white - self.black

    @property
    def peak(self) -> int:
        """Largest sample."""
        return peak_of(self.depth)

    @property
    def dtype(self) -> np.dtype:
        """Type of the samples: uint8 or uint16."""
        return dtype_of(self.depth)

    def to_units(self, samples: np.ndarray) -> np.ndarray:
        """Return samples as the transforms count, where black is 0 and white 255: those of 8 bits as they are.

        Args:
            samples: of `dtype`.

        Returns:
            uint8, or float32.
        """
        if self.depth == 8:
            return samples
        units = samples.astype("float32")
        units -= np.float32(self.black)
        units *= np.float32(255 / self.span)
        return units

    def from_units(self, units: np.ndarray) -> np.ndarray:
        """Return samples of float32 values, which are changed: rounded, and clipped to what the depth has."""
        if self.depth > 8:
            units *= np.float32(self.span / 255)
            units += np.float32(self.black)
        np.clip(np.rint(units, out=units), 0, self.peak, out=units)
        return units.astype(self.dtype)


BYTES = Levels()


def peak_of(depth: int) -> int:
    """Return the largest sample of a number of bits."""
    return (1 << depth) - 1


def dtype_of(depth: int) -> np.dtype:
    """Return the type of samples with a number of bits: uint8 up to 8, else uint16."""
    return np.dtype("uint8" if depth == 8 else "uint16")
