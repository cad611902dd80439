"""ImageCompare: two or more given pictures, a handle between them, and how close they are. No arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import traitlets

from aewidgets.studies.comparison import FittedPicture, PairFigures, fit_pictures
from aewidgets.studies.subjects import Subject, open_subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.subjects import SubjectWidget
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.image_compare import views
from aewidgets.widgets.image_compare.cache import PairCache

__all__ = ["ImageCompare"]

_MOST = 16  # pictures, of which there are 120 pairs


@dataclass(frozen=True)
class Compared:
    """Both sides as they are set now.

    Attributes:
        reference, left, right: pictures as they are compared, see `aewidgets.studies.FittedPicture`.
        left_figures, right_figures: how close each side is to the reference; None where it is the reference itself.
        between: how close both sides are to each other; None where both show one picture.
    """

    reference: FittedPicture
    left: FittedPicture
    right: FittedPicture
    left_figures: PairFigures | None
    right_figures: PairFigures | None
    between: PairFigures | None


class _Question(NamedTuple):
    """Which pairs are shown: of these pictures, the numbers of the reference and of both sides."""

    cache: PairCache
    reference: int
    sides: tuple[int, int]


class ImageCompare(SubjectWidget):
    """Two or more pictures of one thing beside each other.

    Args:
        pictures: the pictures, each one a path, the bytes of a picture or of an .aew file, a Pillow image, an array
            (uint8, or floats in [0, 1]) or a subject; or all of them in one list, one array (N, H, W, C), or one
            dictionary from names to pictures. Two at least, 16 at most.
        names: a name for each; by default the files' names, or "picture 1" and so on.
        left, right: what both sides show first, by name or by number from 0; the first two pictures by default.
        reference: what figures and error maps compare with, by name or by number; the first picture by default.
        background: colour that transparent pictures are laid on, as Pillow names colours.
        traits: others of those below, such as `view="all"`.

    Raises:
        ValueError: for fewer or more pictures, for one that cannot be taken, for names that do not fit, and for sizes
            that differ by neither a crop nor a scale; the message says what to do.
        traitlets.TraitError: for the name of a picture that is not there.

    Pictures of other sizes are brought to the size of the first one, see `aewidgets.studies.fit_pictures`; `notes` say
    what was done to each. Figures are of the pictures as they are shown. `results` waits for them, and `look_at` adds a
    picture.
    """

    _esm = built("compare.js")
    ASKED: ClassVar[tuple[str, ...]] = ("left", "right", "reference", "view", "shows", "position")

    left = traitlets.Unicode("", help="Name of the picture on the left side.").tag(sync=True)
    right = traitlets.Unicode("", help="Name of the picture on the right side.").tag(sync=True)
    reference = traitlets.Unicode("", help="Name of the picture that the others are compared with.").tag(sync=True)
    view = traitlets.Enum(("swipe", "side", "all"), "swipe", help="One picture under a handle, two, or all.").tag(
        sync=True
    )
    shows = traitlets.Enum(("picture", "error"), "picture", help="What is drawn of the pictures.").tag(sync=True)
    position = traitlets.Float(0.5, min=0, max=1, help="Of the handle, from the left.").tag(sync=True)

    names: traitlets.List[Any] = traitlets.List(read_only=True, help="Names of the pictures.").tag(sync=True)
    notes: traitlets.List[Any] = traitlets.List(read_only=True, help="What was done to each picture.").tag(sync=True)
    subject = traitlets.Dict(read_only=True, help="Names together, and the size that is compared.").tag(sync=True)
    pictures: traitlets.List[Any] = traitlets.List(read_only=True, help="The pictures as PNG.").tag(sync=True)
    figures: traitlets.List[Any] = traitlets.List(read_only=True, help="How close every pair is.").tag(sync=True)

    _cache: PairCache

    def __init__(
        self,
        *pictures: Any,
        names: Sequence[str] | None = None,
        left: str | int = 0,
        right: str | int = 1,
        reference: str | int = 0,
        background: str = "white",
        **traits: Any,
    ):
        self._background = background
        self._cache = _fitted(_subjects(*_apart(pictures, names)), background)
        known = self._cache.names
        asked = {"left": left, "right": right, "reference": reference}
        super().__init__(**{side: _named(side, asked[side], known) for side in asked}, **traits)
        self._publish(**views.described(self._cache))

    # Questions

    @traitlets.validate("left", "right", "reference")
    def _known_picture(self, proposal: Any) -> str:
        value = proposal["value"]
        if value not in self._cache.names:
            there = ", ".join(self._cache.names)
            raise traitlets.TraitError(f"{proposal['trait'].name}: expected one of {there}; got {value[:40]!r}")
        return value

    def _question(self) -> _Question:
        cache = self._cache
        reference, *sides = (cache.names.index(name) for name in (self.reference, self.left, self.right))
        return _Question(cache, reference, (sides[0], sides[1]))

    def look_at(self, source: Any, name: str | None = None) -> None:
        """Add a picture, and show it on the right side: anything that the constructor takes, or a bundled one's name.

        Raises:
            ValueError: for a picture that cannot be taken, of another size than fits, and beyond 16 pictures.
        """
        super().look_at(source, name)

    def _look(self, opened: Subject) -> None:
        subjects = self._cache.subjects
        if len(subjects) >= _MOST:
            raise ValueError(f"expected at most {_MOST} pictures; make another ImageCompare of those that matter")
        cache = _fitted(_unique([*subjects, opened]), self._background)
        self._cache = cache
        self._worker.forget()
        self._publish(**views.described(cache), right=cache.names[-1], pictures=[], figures=[], error="")
        self._asked()

    # Answers

    @property
    def results(self) -> Compared:
        """Both sides, as they are set now, against the reference; waits until they are measured."""
        cache, reference, (left, right) = self._question()

        def figures(one: int, other: int) -> PairFigures | None:
            return None if one == other else cache.pair(one, other)

        return Compared(
            cache.pictures[reference],
            cache.pictures[left],
            cache.pictures[right],
            figures(reference, left),
            figures(reference, right),
            figures(left, right),
        )

    def table(self) -> list[PairFigures]:
        """List the figures of all pairs; waits until they are measured."""
        for one, other in self._cache.missing():
            self._cache.pair(one, other)
        return [figures for _, _, figures in self._cache.known()]

    def _answer(self, question: _Question) -> dict[str, Any]:
        cache, reference, (left, right) = question
        if not self.pictures:
            self._progress(0, 2, "sending the pictures")
            packed = views.pictures(cache.pictures)
            if cache is self._cache:
                self._publish(pictures=packed)
        for one, other in ((reference, left), (reference, right), (left, right)):
            if one != other:
                self._progress(1, 2, "measuring")
                cache.pair(one, other)
        return {"figures": views.figures(cache)} if cache is self._cache else {}

    def _further(self) -> Iterator[None]:
        """Measure all other pairs."""
        cache = self._cache
        while cache is self._cache and (pair := next(cache.missing(), None)):
            cache.pair(*pair)
            if cache is self._cache:
                self._publish(figures=views.figures(cache))
            yield

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        cache, reference, sides = self._question()
        left, right = (cache.pictures[side].image for side in sides)
        return pictures.still(left, right), views.words(cache, reference, sides)

    def _title(self) -> str:
        return f"{self.left} and {self.right}"

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        self.table()
        return views.offline(self._cache, {**self._asked_traits(), **views.described(self._cache)}, max_bytes)

    def __repr__(self) -> str:
        count = len(self._cache.names)
        return f"ImageCompare({self.left!r} | {self.right!r}, {count} pictures, reference {self.reference!r})"


def _apart(given: tuple[Any, ...], names: Sequence[str] | None) -> tuple[list[Any], list[str | None]]:
    """Return sources and names out of the forms that the constructor takes.

    Raises:
        ValueError: for too few or too many pictures, and for names that do not fit.
    """
    sources = list(given)
    if len(sources) == 1:
        (only,) = sources
        if isinstance(only, Mapping):
            if names is not None:
                raise ValueError("names: expected none beside a dictionary, whose keys are the names")
            sources, names = list(only.values()), list(only)
        elif isinstance(only, list | tuple) or (isinstance(only, np.ndarray) and only.ndim == 4):
            sources = list(only)
    if not 2 <= len(sources) <= _MOST:
        raise ValueError(
            f"expected two pictures, or up to {_MOST}, got {len(sources)}: ImageCompare(a, b), ImageCompare([a, b, c])"
        )
    if names is None:
        return sources, [None] * len(sources)
    if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"names: expected a list of texts, one for each picture, got {names!r}")
    if len(names) != len(sources):
        raise ValueError(f"names: expected one for each of {len(sources)} pictures, got {len(names)}")
    return sources, list(names)


def _subjects(sources: Sequence[Any], names: Sequence[str | None]) -> list[Subject]:
    """Open pictures under names that differ."""
    opened = []
    for number, (source, name) in enumerate(zip(sources, names, strict=True), start=1):
        try:
            subject = open_subject(source, name, alpha=True)
        except ValueError as error:
            raise ValueError(f"picture {number}: {error}") from error
        if name is not None:
            subject = replace(subject, name=name)
        elif subject.name == "picture":
            subject = replace(subject, name=f"picture {number}")
        opened.append(subject)
    return _unique(opened)


def _unique(subjects: Sequence[Subject]) -> list[Subject]:
    """Give pictures whose name another one has already a number of their own."""
    taken: set[str] = set()
    made = []
    for subject in subjects:
        name, number = subject.name, 2
        while name in taken:
            name, number = f"{subject.name} ({number})", number + 1
        taken.add(name)
        made.append(replace(subject, name=name))
    return made


def _fitted(subjects: Sequence[Subject], background: str) -> PairCache:
    return PairCache(subjects, fit_pictures(subjects, background))


def _named(side: str, given: str | int, names: Sequence[str]) -> str:
    """Return the name of a picture that is given by name or by number.

    Raises:
        ValueError: for a number that no picture has.
    """
    if isinstance(given, str):
        return given
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < len(names):
        raise ValueError(f"{side}: expected a name, or a number from 0 to {len(names) - 1}, got {given!r}")
    return names[given]
