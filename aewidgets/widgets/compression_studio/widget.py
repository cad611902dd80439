"""CompressionStudio: two codecs on one picture, a handle between them, true file sizes on both sides. No arithmetic."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import traitlets

from aewidgets.studies.rate.operating_points import (
    CodecChoice,
    OperatingPoint,
    codec_choice,
    codec_here,
    codec_menu,
    curve,
    curve_plan,
    usual_rival,
)
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.comparison import SIDES, ComparisonWidget
from aewidgets.widgets.base.subjects import first_subject
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.compression_studio import views
from aewidgets.widgets.compression_studio.cache import PointCache, Question, Results
from aewidgets.widgets.compression_studio.codec_name import CodecName

__all__ = ["CompressionStudio"]

_PAUSE = 0.1  # seconds without a question in which a drag counts as paused


class CompressionStudio(ComparisonWidget):
    """Two codecs on one picture.

    A codec of your own stands where a name does, and then has its place in menus, curves, matches and exported pages::

        class Halves:                # any object with these five, see `aewidgets.get_codec`
            name, qualities, unit = "halves", (1, 8), "bits a sample"

            def encode(self, image, quality):  # uint8 (H, W) or (H, W, 3) -> bytes
                height, width = image.shape[:2]
                head = bytes([image.ndim, 8 - quality]) + height.to_bytes(4) + width.to_bytes(4)
                return head + zlib.compress((image >> 8 - quality).tobytes())

            def decode(self, data):            # bytes -> uint8, or float in [0, 1]
                shape = [int.from_bytes(data[2:6]), int.from_bytes(data[6:10])] + [3] * (data[0] - 2)
                return np.frombuffer(zlib.decompress(data[10:]), "uint8").reshape(shape) << data[1]

        CompressionStudio("photo.png", Halves(), "jpeg")

    Args:
        image: a path, the bytes of a picture or of an .aew file, a Pillow image, or an array; a photograph that
            comes with the packages if None. Of a transparent picture the colours are compared.
        left, right: codecs: "original", "learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", "png",
            the path of a model's card, or an object of your own. On the right AVIF if None, and JPEG where Pillow was
            built without AVIF.
        quality: of the left side, in its codec's unit, or a pair for both sides.
        match: what the other side follows: "size" (as many bytes), "quality" (the same PSNR) or "off"; by default
            "size", or "off" where both qualities are given.
        name: of the picture, for captions; the file's name if None.
        traits: others of those below, such as `view="side"`.

    Raises:
        ValueError: for a picture that cannot be taken; the message says why.
        traitlets.TraitError: for a codec or a quality that does not exist, and an object that is no codec.

    Setting `left_quality` or any other asked trait asks anew. `results` waits for the answer, and `observe` on
    "left_point" and "right_point" hears of every new one. `settings` are all settings, to be kept and given again. What
    a codec of your own does wrong stands in `error`, and is shown in the widget.
    """

    _esm = built("studio.js")
    TRANSPARENCY: ClassVar[str] = "codecs are compared on its colours, files and figures are of these alone"
    ASKED: ClassVar[tuple[str, ...]] = (
        "left", "right", "left_quality", "right_quality", "match", "view", "shows", "position",
    )  # fmt: skip

    left = CodecName("learned", help="Codec of the left side.").tag(sync=True)
    right = CodecName("jpeg", help="Codec of the right side.").tag(sync=True)
    left_quality = traitlets.Float(None, allow_none=True, help="In the codec's unit.").tag(sync=True)
    right_quality = traitlets.Float(None, allow_none=True, help="In the codec's unit.").tag(sync=True)
    match = traitlets.Enum(
        ("off", "size", "quality"), "size", help="What the side that was not touched last follows."
    ).tag(sync=True)
    shows = traitlets.Enum(("picture", "error", "bits"), "picture", help="What is drawn of both sides.").tag(sync=True)

    left_file = traitlets.Bytes(read_only=True, help="The file, where that is not what is shown.").tag(sync=True)
    right_file = traitlets.Bytes(read_only=True, help="The file, where that is not what is shown.").tag(sync=True)
    left_bits = traitlets.Dict(read_only=True, help="Where a learned codec's bits go.").tag(sync=True)
    right_bits = traitlets.Dict(read_only=True, help="Where a learned codec's bits go.").tag(sync=True)
    alpha = traitlets.Bytes(read_only=True, help="Transparency of the picture, as PNG; empty if there is none.").tag(
        sync=True
    )
    curves: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Rate and distortion of this picture, by codec."
    ).tag(sync=True)

    _cache: PointCache

    def __init__(
        self,
        image: Any = None,
        left: Any = "learned",
        right: Any = None,
        quality: float | Sequence[float | None] | None = None,
        *,
        match: str | None = None,
        name: str | None = None,
        **traits: Any,
    ):
        pair = tuple(quality) if isinstance(quality, Sequence) else (quality, None)
        if len(pair) != 2:
            raise ValueError(f"quality: expected a number, or a pair for left and right, got {quality!r}")
        subject = first_subject(image, name)
        right = usual_rival() if right is None else right
        qualities = {f"{side}_quality": traits.pop(f"{side}_quality", q) for side, q in zip(SIDES, pair, strict=True)}
        match = match or ("off" if None not in qualities.values() else "size")
        sides = {"left": left, "right": right, **qualities}
        self._given: dict[str, Any] = {}  # codecs that are in no menu, by name, as `get_codec` takes them
        self._cache = PointCache(self._given)
        self._curves: dict[str, list[OperatingPoint]] = {}
        super().__init__(subject, match=match, **sides, **traits)
        for side in SIDES:
            self._begin(side)
        self._leader = 0
        self._publish(choices=self._choices())

    # Questions

    def _named(self, given: Any) -> str:
        """Return the name of a codec that a side is given, and remember the codec if no menu has it."""
        if isinstance(given, str) and given in self._given:
            return given
        if isinstance(given, str) and ":" in given and self._gatherer == threading.get_ident():
            raise traitlets.TraitError(f"{given}: a page may not import a codec; give the object from Python")
        try:
            name, codec = codec_here(given)
            if codec is not None and self._given.setdefault(name, codec) != codec:
                raise ValueError(f"another codec of this studio is called {name!r}; give one of them another name")
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        if codec is not None and self._ready:
            self._publish(choices=self._choices())
        return name

    def _menu(self) -> tuple[CodecChoice, ...]:
        return codec_menu(*self._given.values())

    def _choices(self) -> list[dict[str, Any]]:
        return [choice._asdict() for choice in self._menu()]

    def _choice(self, name: str) -> CodecChoice:
        return codec_choice(self._given.get(name, name))

    @traitlets.validate("left_quality", "right_quality")
    def _quality_in_range(self, proposal: Any) -> float | None:
        side = proposal["trait"].name.removesuffix("_quality")
        about, value = self._choice(getattr(self, side)), proposal["value"]
        if value is None or about.usual is None:
            return None
        low, high = sorted((about.worst, about.best))
        if not low <= value <= high:
            raise traitlets.TraitError(f"{about.label}: expected {about.unit} from {low:g} to {high:g}, got {value:g}")
        return value

    @traitlets.observe("left", "right")
    def _codec_changed(self, change: Any) -> None:
        """Begin at the usual quality of another codec, whose unit differs, unless the browser set a quality too."""
        if self._ready and f"{change['name']}_quality" not in self._together:
            self.set_trait(f"{change['name']}_quality", None)
            self._begin(change["name"])

    def _begin(self, side: str) -> None:
        """Set the quality of a side that has none to the usual one."""
        if getattr(self, f"{side}_quality") is None:
            self.set_trait(f"{side}_quality", self._choice(getattr(self, side)).usual)

    def _setting_changed(self, name: str) -> None:
        """Let the side lead whose quality was moved; a side whose codec was chosen follows the other one."""
        if name.removesuffix("_quality") in SIDES:
            side = SIDES.index(name.removesuffix("_quality"))
            self._leader = side if name.endswith("_quality") else 1 - side

    def _question(self) -> Question:
        return Question(
            self._subject,
            (self.left, self.right),
            (self.left_quality, self.right_quality),
            self.match,
            self._leader,
            bool(self._ask.get("draft")),
        )

    def _described(self) -> dict[str, Any]:
        return {**super()._described(), "alpha": pictures.mask(self._subject.alpha)}

    def _look(self, opened: Any) -> None:
        self._curves = {}
        self._replace_subject(opened, PointCache(self._given), curves=[], left_bits={}, right_bits={})
        self._asked()

    # Answers

    @property
    def results(self) -> Results:
        """Both sides as they are set now, with figures, files and pictures; waits until they are made."""
        question = self._question()._replace(draft=False)
        made = dict(self._cache.sides(question))
        other = 1 - question.leader
        if question == self._question()._replace(draft=False):
            self._publish(**{f"{SIDES[other]}_quality": made[other].quality})
        return Results(self._subject, made[0], made[1])

    def _answer(self, question: Question) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        try:
            for index, point in self._cache.sides(question, self._progress):
                if question.draft:
                    answer |= self._side_answer(question, index, point)
                    continue
                self._publish_side(question, answer)
                answer = self._side_answer(question, index, point)
        except Exception:  # of the other side; this one is ready
            self._publish_side(question, answer)
            raise
        return answer

    def _closer(self, question: Question) -> dict[str, Any]:
        """Estimate the side that follows from its curve while a drag pauses."""
        other = 1 - question.leader
        measured = self._curves.get(question.codecs[other])
        if not (question.draft and question.follows and measured):
            return {}
        self._worker.checkpoint(_PAUSE)
        return self._side_answer(question, other, self._cache.closer(question, measured))

    def _side_answer(self, question: Question, index: int, point: OperatingPoint) -> dict[str, Any]:
        """Return a side's answered traits, and its quality where it follows; empty where it is shown already."""
        side = SIDES[index]
        if question.draft and index != question.leader:
            shown = getattr(self, f"{side}_point")
            if (shown.get("codec"), shown.get("quality")) == (point.codec, point.quality):
                return {}
        answer = views.point(side, point, preview=question.draft)
        return answer if index == question.leader else {**answer, f"{side}_quality": point.quality}

    def _further(self) -> Iterator[None]:
        """Publish the original and measure the curves of all codecs."""
        subject, cache = self._subject, self._cache
        if not self.original:
            self._publish(original=pictures.original(subject))
            yield
        codecs, count = curve_plan(subject, self._sides())
        for number, (name, codec) in enumerate(codecs.items()):
            if name in self._curves:
                continue
            points: list[OperatingPoint] = []
            try:
                for point in curve(subject, codec, count):
                    cache.keep(point)
                    points.append(point.bare())
                    text = f"measuring the curve of {point.label}"
                    self._publish(status=self._status(number * count + len(points), len(codecs) * count, text))
                    yield
            except Exception as error:  # the other codecs can still be measured
                words = self._words(error)
                self._publish(error=words if words.startswith(f"{name}:") else f"{self._label(name)}: {words}")
            if subject is self._subject:
                self._curves[name] = points
                self._publish(curves=views.curves(self._curves, self._menu()))

    def _sides(self) -> tuple[Any, ...]:
        """Return the codecs of both sides, as `get_codec` takes them."""
        return tuple(self._given.get(name, name) for name in (self.left, self.right))

    # Pages without a kernel

    def _label(self, name: str) -> str:
        return self._choice(name).label

    def _in_words(self, results: Results) -> str:
        return views.words(self._subject, results)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        results = self.results
        asked = {**self._asked_traits(), **self._described()}
        return views.offline(self._subject, results, asked, max_bytes, self._menu(), self._sides())

    def __repr__(self) -> str:
        qualities = [f" {q:g}" if q is not None else "" for q in (self.left_quality, self.right_quality)]
        return f"CompressionStudio({self._subject.name!r}, {self.left}{qualities[0]} | {self.right}{qualities[1]})"
