"""DenoiseStudio: two methods on one corrupted or noisy picture, a handle between them. No arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import traitlets

from aewidgets.images.arrays import with_alpha
from aewidgets.studies.restoration.corrupted import CORRUPTION_NAMES, checked_strength, middle
from aewidgets.studies.restoration.levels import where_they_differ
from aewidgets.studies.restoration.methods import OwnMethods
from aewidgets.studies.restoration.points import INPUT, ORIGINAL, DenoisePoint, label_of
from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.comparison import SIDES, ComparisonWidget
from aewidgets.widgets.base.subjects import first_subject
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.denoise_studio import views
from aewidgets.widgets.denoise_studio.cache import DenoiseCache, DenoiseQuestion, DenoiseResults
from aewidgets.widgets.denoise_studio.offline import offline

__all__ = ["DenoiseStudio"]


class _MethodName(traitlets.Unicode[str, Any]):
    """Name of what a side shows. A method of one's own may be set, and becomes its name."""

    def validate(self, obj: Any, value: Any) -> str:
        return super().validate(obj, value if isinstance(value, str) else obj._taken(value))


class DenoiseStudio(ComparisonWidget):
    """Two ways of restoring one picture.

    Args:
        image: a path, the bytes of a picture or of an .aew file, a Pillow image, or an array; a photograph that
            comes with the packages if None. Of more than a megapixel the middle is looked at. Of a transparent
            picture the colours are restored, and `result` has its transparency as it was.
        corruption: what is done to it, a name of `aewidgets.restoration.corruptions.CORRUPTIONS`; "as-is" for a
            picture that is noisy already, of which nobody has the original.
        strength: in the corruption's unit; 25 of 255 for "gaussian", its default for others, if None.
        left, right: "noisy", "original", or a method that can do it, as
            `aewidgets.restoration.restoring.denoising_methods()` and
            `aewidgets.restoration.restoring.restoring_methods(task)` list them; or a method of your own, a function
            image -> image or a Keras model, as `aewidgets.denoise` takes it, whose name the trait then has:
            `DenoiseStudio(image, left="nlm", right=mine)`, `studio.left = {"twice": other}`. It stays in the menus,
            beside ours. The right side begins with the first method if None.
        seed: of the noise.
        name: of the picture, for captions; the file's name if None.
        traits: others of those below, such as `view="side"`.

    Raises:
        ValueError: for a picture that cannot be taken, an unknown corruption, and a strength out of range.
        traitlets.TraitError: for a method that cannot do it, or is none. What a method of your own raises when it runs
            is shown in the widget.

    Setting `strength` or any other asked trait asks anew. `results` waits for the answer, `result` is the right side's
    picture, and `observe` on "left_point" and "right_point" hears of every new one. `settings` are all settings, to be
    kept and given again.
    """

    _esm = built("denoise.js")
    TRANSPARENCY: ClassVar[str] = "its colours are restored, its transparency stays as it is"
    ASKED: ClassVar[tuple[str, ...]] = (
        "left", "right", "corruption", "strength", "seed", "view", "shows", "position",
    )  # fmt: skip

    left = _MethodName("noisy", help="A method, or 'noisy' or 'original'.").tag(sync=True)
    right = _MethodName("nlm", help="A method, or 'noisy' or 'original'.").tag(sync=True)
    corruption = traitlets.Unicode("gaussian", help="What is done to the picture, or 'as-is'.").tag(sync=True)
    strength = traitlets.Float(
        None, allow_none=True, help="In the corruption's unit; None where nothing is done."
    ).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**32 - 1, help="Of the noise.").tag(sync=True)
    shows = traitlets.Enum(
        ("picture", "error", "residual"), "picture", help="The picture, what it lacks, or what was taken out."
    ).tag(sync=True)

    given = traitlets.Bytes(read_only=True, help="What methods are given, in 8 bits.").tag(sync=True)
    noise = traitlets.Dict(read_only=True, help="What was done, and the noise level given and found.").tag(sync=True)
    tried: traitlets.List[Any] = traitlets.List(read_only=True, help="Figures of all methods tried.").tag(sync=True)
    differ: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Where both sides differ: column, row and size of squares."
    ).tag(sync=True)
    curve: traitlets.List[Any] = traitlets.List(read_only=True, help="PSNR by strength and method.").tag(sync=True)
    corruptions: traitlets.List[Any] = traitlets.List(
        read_only=True, help="What may be done, and what its slider runs over."
    ).tag(sync=True)

    _cache: DenoiseCache

    def __init__(
        self,
        image: Any = None,
        corruption: str = "gaussian",
        strength: float | None = None,
        left: Any = "noisy",
        right: Any = None,
        seed: int = 0,
        *,
        name: str | None = None,
        **traits: Any,
    ):
        subject = middle(first_subject(image, name))
        strength = checked_strength(corruption, strength)
        self._own = OwnMethods()
        self._cache = DenoiseCache(subject, self._own)
        right = next(c.name for c in self._cache.choices(corruption) if c.does) if right is None else right
        asked = {"corruption": corruption, "strength": strength, "left": left, "right": right, "seed": seed}
        self._trying, self._failing = False, set[str]()  # those that failed while all are tried
        super().__init__(subject, **asked, **traits)
        self._publish(corruptions=views.corruptions())
        self._offer()

    # Methods

    def _taken(self, method: Any) -> str:
        """Keep a method of one's own, and return its name."""
        try:
            name = self._own.take(method)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        if self._ready:
            self._offer()
        return name

    def _label(self, name: str) -> str:
        return label_of(self._own.named(name))

    def _failure(self, method: str, error: ValueError) -> str:
        """Describe in words what a method could not do, and why."""
        words = self._words(error)
        return words if method in self._own else f"{self._label(method)}: {words}"

    def _able(self) -> list[str]:
        """List what a side may show of this picture under this corruption."""
        return [choice.name for choice in self._cache.choices(self.corruption)]

    # Questions

    def _fitting(self, side: str) -> str:
        """Return what a side shows already, or the nearest to it where it cannot be shown any more."""
        able, now = self._able(), getattr(self, side)
        if now in able:
            return now
        return able[0] if now == "original" or side == "left" else able[able.index("noisy") + 1]

    @traitlets.validate("corruption")
    def _known_corruption(self, proposal: Any) -> str:
        if proposal["value"] not in CORRUPTION_NAMES:
            names = ", ".join(CORRUPTION_NAMES)
            raise traitlets.TraitError(f"corruption: expected one of {names}, got {proposal['value'][:40]!r}")
        return proposal["value"]

    @traitlets.validate("strength")
    def _strength_in_range(self, proposal: Any) -> float | None:
        if self.corruption not in CORRUPTION_NAMES:  # the error about the corruption says enough
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

    @traitlets.observe("corruption")
    def _corruption_changed(self, change: Any) -> None:
        """Take a strength and methods that fit another corruption."""
        if not self._ready:
            return
        self._ready = False  # what follows from the corruption asks nothing by itself
        try:
            if "strength" not in self._together:
                self.set_trait("strength", checked_strength(self.corruption, None))
            for side in SIDES:
                self.set_trait(side, self._fitting(side))
        finally:
            self._ready = True
        self._offer()

    @traitlets.observe("strength")
    def _strength_changed(self, change: Any) -> None:
        """Put the default strength in the place of None."""
        if change["new"] is None and self._ready:
            self.set_trait("strength", checked_strength(self.corruption, None))

    def _offer(self) -> None:
        """Publish what a side may show now."""
        self._publish(choices=views.choices(self._cache.choices(self.corruption)))

    def _setting_changed(self, name: str) -> None:
        """Stop trying all methods: they were to be tried for the question before."""
        if name != "_ask":
            self._trying = False

    def _question(self) -> DenoiseQuestion:
        setting = (self.corruption, self.strength, self.seed)
        return DenoiseQuestion(self._subject, setting, (self.left, self.right), bool(self._ask.get("draft")))

    def _look(self, opened: Subject) -> None:
        subject = middle(opened)
        self._trying = False
        self._replace_subject(subject, DenoiseCache(subject, self._own), tried=[], curve=[], differ=[])
        for side in SIDES:
            self._publish(**{side: self._fitting(side)})
        self._offer()
        self._asked()

    def try_all(self) -> None:
        """Try all methods on this picture, one after the other, except for those that take minutes; `tried` fills."""
        self._trying, self._failing = True, set()
        self._asked()

    def cancel(self) -> None:
        """Stop what is being done; what has been answered stays. A method that has begun ends first."""
        self._trying = False
        super().cancel()

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind == "try-all":
            self.try_all()
        else:
            super()._message(kind, content, buffers)

    # Answers

    @property
    def results(self) -> DenoiseResults:
        """Both sides as they are set now, with figures and pictures; waits until they are made."""
        question, cache = self._question(), self._cache
        left, right = (cache.point(question.setting, method) for method in question.methods)
        return DenoiseResults(
            self._subject,
            cache.corrupted(question.setting),
            left,
            right,
            cache.tried(question.setting),
            cache.curve(question.setting, _curved(question)),
            where_they_differ(left.image, right.image),
        )

    @property
    def result(self) -> np.ndarray:
        """The right side's picture, uint8 in the shape of the one that is looked at; waits until it is made.

        A transparent picture has its alpha as it was: (h, w, 4), or (h, w, 2) for gray.
        """
        return with_alpha(self.results.right.image, self._subject.alpha)

    def _answer(self, question: DenoiseQuestion) -> dict[str, Any]:
        cache, setting, alpha = self._cache, question.setting, question.subject.alpha
        corrupted = cache.corrupted(setting)
        self._publish(**views.given(corrupted, alpha, preview=question.draft), curve=self._curve(question))
        made: list[DenoisePoint | None] = []
        label = self._label

        def going_on(done: int, total: int) -> None:
            self._worker.checkpoint()

        errors, answer = [], dict[str, Any]()
        for number, (side, method) in enumerate(zip(SIDES, question.methods, strict=True)):
            if question.draft and not cache.quick(setting, method):
                continue  # the page says that the side is of another strength
            try:
                if not cache.quick(setting, method):
                    self._progress(2 * number + 1, 4, label(method))
                made.append(cache.point(setting, method, going_on, draft=question.draft))
            except ValueError as error:
                made.append(None)
                errors.append(self._failure(method, error))
            self._publish_side(question, answer)
            answer = views.point(side, setting, made[-1] or (method, label(method)), alpha, preview=question.draft)
        if question.draft:
            return answer
        cache.point(setting, INPUT)  # all the others are compared with it
        answer |= {"tried": views.tried(cache.tried(setting)), "differ": views.differ(*made)}
        return answer | ({"error": "; ".join(errors)} if errors else {})

    def _curve(self, question: DenoiseQuestion) -> list[dict[str, Any]]:
        return views.curve(self._cache.curve(question.setting, _curved(question)), self._label)

    def _further(self) -> Iterator[None]:
        """Publish the original, try the methods that were to be tried, then measure the curves."""
        while not (question := self._question()).draft:
            cache, setting = self._cache, question.setting
            if not self.original and cache.corrupted(setting).original is not None:
                self._publish(original=pictures.png_with_alpha(question.subject.image, question.subject.alpha))
            elif self._trying and (names := [n for n in cache.untried(setting) if n not in self._failing]):
                self._try(setting, names)
            elif missing := cache.unmeasured(setting, _curved(question)):
                method, strength = missing[0]
                done = len(cache.curve(setting, _curved(question)))
                text = f"measuring the curve of {self._label(method)}"
                self._publish(status=self._status(done + 1, done + len(missing) + 1, text))
                cache.measure(setting, method, strength)
                self._publish(curve=self._curve(self._question()))
            else:
                self._trying = False
                return
            yield

    def _try(self, setting: Any, names: list[str]) -> None:
        """Try the first of some methods."""
        done = len(self._cache.tried(setting))
        self._publish(status=self._status(done + 1, done + len(names) + 1, f"trying {self._label(names[0])}"))
        try:
            self._cache.point(setting, names[0])
        except ValueError as error:
            self._failing.add(names[0])
            self._publish(error=self._failure(names[0], error))
        if setting == self._question().setting:
            self._publish(tried=views.tried(self._cache.tried(setting)))

    # Pages without a kernel

    def _in_words(self, results: DenoiseResults) -> str:
        return views.words(self._subject.name, results.corrupted, results.left, results.right)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        return offline(self._subject, {**self._asked_traits(), **self._described()}, max_bytes, self._own)

    def __repr__(self) -> str:
        done = self.corruption if self.strength is None else f"{self.corruption} {self.strength:g}"
        return f"DenoiseStudio({self._subject.name!r}, {done}, {self.left} | {self.right})"


def _curved(question: DenoiseQuestion) -> tuple[str, ...]:
    """List what curves are drawn of: the methods of both sides, and the input that methods are given."""
    return tuple(dict.fromkeys((*(m for m in question.methods if m != ORIGINAL), INPUT)))
