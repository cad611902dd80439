"""Questions that the studio is asked, and the cache of results that answers them. No traits, no browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from aewidgets.studies.restoration.corrupted import CorruptedSubject, corrupt_subject
from aewidgets.studies.restoration.levels import LevelPoint, levels_of, measure_level
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.studies.restoration.points import (
    INPUT,
    ORIGINAL,
    DenoisePoint,
    MethodChoice,
    denoise_point,
    method_choices,
    with_flip,
)
from aewidgets.studies.subjects import Subject, Window
from aewidgets.widgets.base.cache import ResultCache

__all__ = ["DenoiseCache", "DenoiseQuestion", "DenoiseResults"]

_QUICK = 0.3  # seconds that a method may take while a slider is dragged
_FIGURES = 2000  # points whose figures are kept
_KEPT, _FEWEST = 128_000_000, 4  # bytes of pictures, and how many are kept even where they have more

Setting = tuple[str, float | None, int]


@dataclass(frozen=True, eq=False)
class DenoiseResults:
    """Subject, its corruption and both sides as the studio shows them.

    Attributes:
        subject: the picture as it was opened, or the middle of it.
        corrupted: what methods were given, see `aewidgets.studies.restoration.corrupted.CorruptedSubject`.
        left, right: both sides, see `aewidgets.studies.restoration.points.DenoisePoint`.
        tried: figures of the input and of all methods that were tried on it, without pictures, the best first.
        curve: PSNR of the middle of the picture, by strength, as far as it has been measured.
        differ: where both sides differ most.
    """

    subject: Subject
    corrupted: CorruptedSubject
    left: DenoisePoint
    right: DenoisePoint
    tried: tuple[DenoisePoint, ...]
    curve: tuple[LevelPoint, ...]
    differ: tuple[Window, ...]


class DenoiseQuestion(NamedTuple):
    """Question about both sides.

    Attributes:
        subject: the picture.
        setting: corruption, strength and seed.
        methods: of the left side and the right.
        draft: whether a drag is going on: methods that take long are left out of the answer.
    """

    subject: Subject
    setting: Setting
    methods: tuple[str, str]
    draft: bool


class DenoiseCache:
    """Results on one subject, made when they are first asked for. One thread at a time makes any.

    Args:
        subject: the picture.
        own: methods of one's own, which may become more.
    """

    def __init__(self, subject: Subject, own: OwnMethods) -> None:
        self._subject, self._own = subject, own
        self._computing = threading.RLock()  # both a cell that reads results and the worker may ask
        self._corrupted: tuple[Setting, CorruptedSubject] | None = None
        self._points: ResultCache[tuple[Setting, str], DenoisePoint] = ResultCache(_bytes_of, _KEPT, _FEWEST)
        self._figures: ResultCache[tuple[Setting, str], DenoisePoint] = ResultCache(lambda figures: 1, _FIGURES)
        self._seconds: dict[str, float] = {}
        self._levels: dict[tuple[str, int, str, float], LevelPoint] = {}

    def __len__(self) -> int:
        return len(self._points)

    def corrupted(self, setting: Setting) -> CorruptedSubject:
        """Return the subject corrupted; only the latest one is kept."""
        with self._computing:
            if self._corrupted is None or self._corrupted[0] != setting:
                self._corrupted = setting, corrupt_subject(self._subject.image, *setting)
            return self._corrupted[1]

    def point(
        self,
        setting: Setting,
        method: str,
        progress: Callable[[int, int], None] | None = None,
        *,
        draft: bool = False,
    ) -> DenoisePoint:
        """Return a point from the cache, or make it; a draft lacks the figure that takes longest.

        Raises:
            ValueError: for what the method cannot do.
        """
        key = setting, method
        with self._computing:
            made = self._points.get(key) or denoise_point(self.corrupted(setting), self._own.named(method), progress)
            made = made if draft else with_flip(self.corrupted(setting), made)
            self._points.put(key, made)
            if made.seconds is not None:
                self._seconds[method] = made.seconds
            if method != ORIGINAL:
                self._figures.put(key, made.bare())
            return made

    def quick(self, setting: Setting, method: str) -> bool:
        """Return whether a point is in the cache, or its method was quick when it was used last."""
        itself = method in (INPUT, ORIGINAL)
        return itself or (setting, method) in self._points or self._seconds.get(method, _QUICK) < _QUICK

    def tried(self, setting: Setting) -> tuple[DenoisePoint, ...]:
        """List figures of the input and of all methods tried, the best first; the quickest first without PSNR."""
        own = [point for (of, _), point in self._figures.items() if of == setting]
        return tuple(sorted(own, key=lambda p: (-(p.psnr_db or 0), p.seconds or 0)))

    def choices(self, corruption: str) -> tuple[MethodChoice, ...]:
        """List what a side may show of this subject under a corruption."""
        return method_choices(corruption, 1 if self._subject.image.ndim == 2 else 3, self._own)

    def untried(self, setting: Setting) -> list[str]:
        """List methods that have not been tried, except for those that take minutes."""
        able = [c.name for c in self.choices(setting[0]) if c.does and not c.slow]
        return [name for name in able if (setting, name) not in self._figures]

    def curve(self, setting: Setting, methods: tuple[str, ...]) -> tuple[LevelPoint, ...]:
        """Return the points measured so far of the curves of some methods."""
        corruption, _, seed = setting
        places = [(corruption, seed, method, level) for method in methods for level in levels_of(corruption)]
        return tuple(self._levels[place] for place in places if place in self._levels)

    def unmeasured(self, setting: Setting, methods: tuple[str, ...]) -> list[tuple[str, float]]:
        """List (method, strength) of the points that these curves lack; methods that take minutes have no curve."""
        corruption, _, seed = setting
        slow = {c.name for c in self.choices(corruption) if c.slow or c.name == ORIGINAL}
        wanted = [(m, level) for level in levels_of(corruption) for m in dict.fromkeys(methods) if m not in slow]
        return [(m, level) for m, level in wanted if (corruption, seed, m, level) not in self._levels]

    def measure(self, setting: Setting, method: str, strength: float) -> None:
        """Measure a point of a curve and keep it."""
        corruption, _, seed = setting
        with self._computing:
            point = measure_level(self._subject.image, corruption, strength, self._own.named(method), seed)
            self._levels[corruption, seed, method, strength] = point


def _bytes_of(point: DenoisePoint) -> int:
    return point.image.nbytes
