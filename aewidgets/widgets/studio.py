"""CompressionStudio: two codecs on one picture, a handle between them, real bytes on both sides. No arithmetic."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import traitlets

from aewidgets.studies.operating_points import (
    OperatingPoint,
    bundled_names,
    bundled_subject,
    choice,
    choices,
    curve,
    curve_plan,
    open_subject,
)
from aewidgets.widgets import studio_views as views
from aewidgets.widgets.base import STATIC, LiveWidget
from aewidgets.widgets.studio_memory import Memory, Question, Results

__all__ = ["CompressionStudio"]

SIDES = ("left", "right")
_MAX_UPLOAD = 9_000_000  # bytes: Jupyter's servers end a connection whose message is larger than 10 MB


class CompressionStudio(LiveWidget):
    """Two codecs on one picture.

    Args:
        image: a path, the bytes of a picture or of an .aew file, a Pillow image, or an array; a photograph that
            comes with the packages if None.
        left, right: codecs: "original", "learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", "png",
            or the path of a model's card.
        quality: of the left side, in its codec's unit, or a pair for both sides.
        match: what the other side follows: "size" (as many bytes), "quality" (the same PSNR) or "off"; by default
            "size", or "off" where both qualities are given.
        name: of the picture, for captions; the file's name if None.
        traits: others of those below, such as `view="side"`.

    Raises:
        ValueError: for a picture that cannot be taken; the message says why.
        traitlets.TraitError: for a codec or a quality that does not exist.

    Setting `left_quality` and its kin asks anew; `results` waits for the answer, and `observe` on "left_point" and
    "right_point" tells of new ones.
    """

    _esm = STATIC / "studio.js"
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
    bundled: traitlets.List[Any] = traitlets.List(
        read_only=True, help="Pictures that come with the packages."
    ).tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        left: str = "learned",
        right: str = "avif",
        quality: float | Sequence[float | None] | None = None,
        *,
        match: str | None = None,
        name: str | None = None,
        **traits: Any,
    ):
        pair = tuple(quality) if isinstance(quality, Sequence) else (quality, None)
        if len(pair) != 2:
            raise ValueError(f"quality: expected a number, or a pair for left and right, got {quality!r}")
        self._memory = Memory()
        self._curves: dict[str, list[OperatingPoint]] = {}
        self._leader, self._ready = 0, False
        self._together: frozenset[str] = frozenset()  # traits that the browser sets at once
        self._subject = bundled_subject(bundled_names()[0]) if image is None else open_subject(image, name)
        match = match or ("off" if None not in pair else "size")
        super().__init__(left=left, right=right, left_quality=pair[0], right_quality=pair[1], match=match, **traits)
        for side in SIDES:
            self._begin(side)
        self._leader, self._ready = 0, True
        self._publish(
            subject=views.subject(self._subject),
            choices=[c._asdict() for c in choices(left, right)],
            bundled=list(bundled_names()),
        )

    # What is asked

    @traitlets.validate("left", "right")
    def _known(self, proposal: Any) -> str:
        try:
            choice(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    @traitlets.validate("left_quality", "right_quality")
    def _within(self, proposal: Any) -> float | None:
        side = proposal["trait"].name.removesuffix("_quality")
        about, value = choice(getattr(self, side)), proposal["value"]
        if value is None or about.usual is None:
            return None
        low, high = sorted((about.worst, about.best))
        if not low <= value <= high:
            raise traitlets.TraitError(f"{about.label}: expected {about.unit} from {low:g} to {high:g}, got {value:g}")
        return value

    @traitlets.observe("left", "right")
    def _codec_changed(self, change: Any) -> None:
        """Another codec means another unit: it begins at its usual quality, or follows the other side."""
        if self._ready and f"{change['name']}_quality" not in self._together:
            self.set_trait(f"{change['name']}_quality", None)
            self._begin(change["name"])

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """See `LiveWidget`; a codec and a quality that come together stay together."""
        self._together = frozenset(sync_data)
        try:
            super().set_state(sync_data)
        finally:
            self._together = frozenset()

    def _begin(self, side: str) -> None:
        if getattr(self, f"{side}_quality") is None:
            self.set_trait(f"{side}_quality", choice(getattr(self, side)).usual)

    def _asked(self, change: Any = None) -> None:
        name = change["name"] if change else ""
        if name in ("view", "shows", "position"):
            return
        if name.removesuffix("_quality") in SIDES and self._publisher != threading.get_ident():
            # A side whose codec was chosen follows the other; one whose quality was moved leads.
            side = SIDES.index(name.removesuffix("_quality"))
            self._leader = side if name.endswith("_quality") else 1 - side
        super()._asked(change)

    def _question(self) -> Question:
        return Question(
            self._subject,
            (self.left, self.right),
            (self.left_quality, self.right_quality),
            self.match,
            self._leader,
            bool(self._ask.get("draft")),
        )

    # What is answered

    @property
    def results(self) -> Results:
        """Both sides as they are asked for now, figures, files and pictures; waits until they are made."""
        question = self._question()._replace(draft=False)
        made = dict(self._memory.sides(question))
        other = 1 - question.leader
        if question == self._question()._replace(draft=False):
            self._publish(**{f"{SIDES[other]}_quality": made[other].quality})
        return Results(self._subject, made[0], made[1])

    def _answer(self, question: Question) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for index, point in self._memory.sides(question, self._progress):
            if answer:
                self._publish(**answer)
            if question.subject is not self._subject:
                self._worker.checkpoint()  # another picture was opened meanwhile, and its question waits
            answer = views.point(SIDES[index], point, preview=question.draft)
            if index != question.leader:
                answer[f"{SIDES[index]}_quality"] = point.quality
        return answer

    def _further(self) -> Iterator[None]:
        """The picture itself, where the bits go, and the curves."""
        subject = self._subject
        if not self.original:
            self._publish(original=views.original(subject))
            yield
        codecs, count = curve_plan(subject, (self.left, self.right))
        for number, codec in enumerate(codecs):
            if codec in self._curves:
                continue
            points: list[OperatingPoint] = []
            try:
                for point in curve(subject, codec, count):
                    points.append(point.bare())
                    text = f"measuring the curve of {point.label}"
                    self._publish(status=self._status(number * count + len(points), len(codecs) * count, text))
                    yield
            except Exception as error:  # the other codecs can still be measured
                self._publish(error=f"{choice(codec).label}: {self._words(error)}")
            if subject is self._subject:
                self._curves[codec] = points
                self._publish(curves=views.curves(self._curves))

    # Pictures

    def look_at(self, source: Any, name: str | None = None) -> None:
        """Look at another picture: anything that the constructor takes, or the name of a bundled one."""
        if isinstance(source, str) and source in self.bundled:
            opened = bundled_subject(source)
        else:
            opened = open_subject(source, name)
        self._memory = Memory()  # what is still being made for the old picture goes with the old one
        self._curves, self._subject = {}, opened
        self._worker.forget()
        self._publish(subject=views.subject(opened), original=b"", curves=[], left_bits={}, right_bits={}, error="")
        self._asked()

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        name = Path(str(content.get("name", ""))).name[:200]
        if kind == "upload" and len(buffers) == 1:
            if len(buffers[0]) > _MAX_UPLOAD:
                size = len(buffers[0])
                raise ValueError(f"{name}: {size:,} bytes; uploads end at {_MAX_UPLOAD:,}: use .look_at(path)")
            self.look_at(bytes(buffers[0]), name or None)
        elif kind == "bundled":
            if name not in self.bundled:
                raise ValueError(f"no bundled picture is called {name!r}")
            self.look_at(name)
        elif kind == "path":
            self.look_at(_inside(str(content.get("path", ""))))
        else:
            super()._message(kind, content, buffers)

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        results = self.results
        return views.still(results.left.image, results.right.image), views.words(self._subject, results)

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        results = self.results
        return views.offline(self._subject, results, self._state(), max_bytes)

    def _state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.ASKED}

    def _title(self) -> str:
        left, right = (choice(name).label for name in (self.left, self.right))
        return f"{self._subject.name}: {left} and {right}"

    def __repr__(self) -> str:
        qualities = [f" {q:g}" if q is not None else "" for q in (self.left_quality, self.right_quality)]
        return f"CompressionStudio({self._subject.name!r}, {self.left}{qualities[0]} | {self.right}{qualities[1]})"


def _inside(path: str) -> Path:
    """A path that was typed into the page: below the working folder, since whoever types it may be anybody.

    Raises:
        ValueError: for any other.
    """
    here = Path.cwd().resolve()
    target = (here / path.strip()).resolve()
    if not path.strip() or not target.is_relative_to(here):
        raise ValueError(f"{path}: expected a path below {here.name}/; from Python, studio.look_at(path) takes any")
    return target
