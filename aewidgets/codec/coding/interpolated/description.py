"""What stands before the errors of coded planes: levels that samples take, predictors, tables, the coarsest grid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from aewidgets.codec.coding.interpolated.grids import NEAREST, NEIGHBOURS
from aewidgets.codec.coding.interpolated.models import CLASSES, ErrorCode, Predictor
from aewidgets.codec.coding.interpolated.tables import MAX_SHIFT

_ALL, _SOME = 0, 1  # samples are all levels from the least to the largest, or some that are listed


@dataclass
class Description:
    """Description of coded planes.

    Each channel's samples are replaced by their ranks among the levels that occur, where those are half of all or
    fewer: numbers of 12 bits spread over 16, and samples of near-lossless files. A channel of one level is not coded.

    In bytes, it is a sequence of 16-bit numbers. For each channel: 0 and the least and the largest level, or 1, the
    number of levels less one, the first one, and the steps to the next ones. For each coded channel: for each kind of
    pass the weights and the activities of its predictor, then shift, scale and shape of each class, then the coarsest
    grid. Last, twice 16 bits each, the numbers of samples with 1, 2, ... lowest bits.

    Attributes:
        levels: for each channel the levels that occur, (n,), ascending.
        predictors: by channel and kind of pass.
        codes: for each channel the codes of its classes.
        coarsest: for each coded channel the ranks on the coarsest grid, (n,).
        low: numbers of samples by their number of lowest bits.
    """

    levels: list[np.ndarray]
    predictors: dict[tuple[int, tuple[int, int]], Predictor] = field(default_factory=dict)
    codes: list[list[ErrorCode]] = field(default_factory=list)
    coarsest: list[np.ndarray] = field(default_factory=list)
    low: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.codes = self.codes or [[ErrorCode()] * CLASSES for _ in self.levels]

    @classmethod
    def of(cls, planes: np.ndarray) -> tuple[Description, np.ndarray]:
        """Return the description of uint16 (channels, H, W), as far as levels go, and the ranks of all samples."""
        levels, ranks = [], np.empty_like(planes)
        for plane, out in zip(planes, ranks, strict=True):
            seen = np.flatnonzero(np.bincount(plane.ravel(), minlength=1))
            every = np.arange(seen[0], seen[-1] + 1)
            levels.append(seen if 2 * len(seen) <= len(every) else every)
            ranked = np.zeros(int(seen[-1]) + 1, "uint16")
            ranked[levels[-1]] = np.arange(len(levels[-1]))
            out[:] = ranked[plane]
        return cls(levels), ranks

    @property
    def coded(self) -> list[int]:
        """Channels of more than one level."""
        return [channel for channel, levels in enumerate(self.levels) if len(levels) > 1]

    @property
    def counts(self) -> list[int]:
        """Number of levels of each channel."""
        return [len(levels) for levels in self.levels]

    def levels_of(self, ranks: np.ndarray) -> np.ndarray:
        """Return the samples of ranks, both uint16 (channels, H, W)."""
        return np.stack([levels.astype("uint16")[own] for levels, own in zip(self.levels, ranks, strict=True)])

    def pack(self) -> bytes:
        """Return the bytes of the description."""
        parts: list[np.ndarray] = []
        for levels in self.levels:
            if len(levels) == levels[-1] - levels[0] + 1:
                parts.append(np.array([_ALL, levels[0], levels[-1]]))
            else:
                parts.append(np.concatenate([[_SOME, len(levels) - 1, levels[0]], np.diff(levels)]))
        for channel, coarse in zip(self.coded, self.coarsest, strict=True):
            for kind in NEIGHBOURS:
                if predictor := self.predictors.get((channel, kind)):
                    parts += [predictor.weights.view("uint16"), predictor.activity]
                else:  # the picture has no sample of this kind
                    size = _size(kind, self.coded.index(channel))
                    parts.append(np.zeros(2 * size + 1))
            parts.append(np.array([[c.shift, c.scale, c.shape] for c in self.codes[channel]]).T.ravel())
            parts.append(coarse)
        low = np.array(self.low[1:])
        parts.append(np.stack([low & 0xFFFF, low >> 16], axis=1).ravel())
        return np.concatenate(parts).astype("<u2").tobytes()

    @classmethod
    def unpack(cls, data: bytes, channels: int, coarse: int) -> Description:
        """Return the description in bytes, given the number of channels and that of samples on the coarsest grid.

        Raises:
            ValueError: for bytes that `pack` does not give.
        """
        reader = _Reader(data)
        out = cls([reader.levels() for _ in range(channels)])
        for number, channel in enumerate(out.coded):
            for kind in NEIGHBOURS:
                size = _size(kind, number)
                weights = reader.take(size).view("<i2").astype("int16")
                out.predictors[channel, kind] = Predictor(weights, reader.take(size + 1))
            numbers = reader.take(3 * CLASSES).reshape(3, -1).T.tolist()
            out.codes[channel] = [ErrorCode(*each) for each in numbers]
            out.coarsest.append(reader.take(coarse))
            if out.coarsest[-1].max() >= out.counts[channel]:
                raise ValueError("the coarsest grid has levels that do not occur")
        low = reader.take(2 * MAX_SHIFT).astype("int64").reshape(-1, 2)
        out.low = [0, *(low[:, 0] + (low[:, 1] << 16)).tolist()]
        if reader.take(len(reader.numbers) - reader.at).size:
            raise ValueError("numbers follow where the description should end")
        return out


def _size(kind: tuple[int, int], before: int) -> int:
    """Return how much is known beside the base of a prediction, given the number of channels before."""
    return len(NEIGHBOURS[kind]) + before * (NEAREST + 1)


class _Reader:
    """Reader of 16-bit numbers."""

    def __init__(self, data: bytes):
        if len(data) % 2:
            raise ValueError("half a number")
        self.numbers, self.at = np.frombuffer(data, "<u2"), 0

    def take(self, count: int) -> np.ndarray:
        """Return the next numbers."""
        part = self.numbers[self.at : self.at + count]
        if len(part) < count:
            raise ValueError("the description is cut short")
        self.at += count
        return part

    def levels(self) -> np.ndarray:
        """Return the levels of a channel."""
        how, second, third = self.take(3).tolist()
        if how == _ALL and second <= third:
            return np.arange(second, third + 1)
        levels = np.cumsum(np.concatenate([[third], self.take(second)]), dtype="int64")
        if how != _SOME or levels[-1] > 65535 or (np.diff(levels) < 1).any():
            raise ValueError("the levels of a channel are none")
        return levels
