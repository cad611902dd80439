"""ModelInspector: what a target of an autoencoder depends on, what maps of it are worth, layers. No arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import traitlets

from aewidgets.studies.explanation.adapting import as_autoencoder
from aewidgets.studies.explanation.deletion import Deletion
from aewidgets.studies.explanation.maps import Explanation
from aewidgets.studies.explanation.randomisation import Randomisation
from aewidgets.studies.explanation.surrogates import Surrogate
from aewidgets.studies.explanation.targets import Target
from aewidgets.studies.explanation.verdicts import Verdict
from aewidgets.widgets.base.questions import AnsweringWidget
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.model_inspector import views
from aewidgets.widgets.model_inspector.answers import checks_of, map_answer, picture_answer, surrogate_answer
from aewidgets.widgets.model_inspector.asking import RULES, Asked, Question, methods_of, target_from, target_to
from aewidgets.widgets.model_inspector.cache import CHECKS, InspectorCache
from aewidgets.widgets.model_inspector.offline import offline
from aewidgets.widgets.model_inspector.still import still

__all__ = ["Inspection", "ModelInspector"]

_MOST_LEAVES = 16


class Inspection(NamedTuple):
    """What an inspector shows of one picture and one target.

    Attributes:
        picture: index of the picture.
        target: the target.
        value: the target's value.
        maps: explanations of the picture, by method.
        verdicts: checks by method and by name, "sum", "deletion" and "randomisation", made on some of the pictures.
        curves: curves of these checks, likewise; None for sums.
        surrogate: the surrogate; None where there cannot be one.
    """

    picture: int
    target: Target
    value: float
    maps: dict[str, Explanation]
    verdicts: dict[str, dict[str, Verdict]]
    curves: dict[str, dict[str, Deletion | Randomisation | None]]
    surrogate: Surrogate | None


class ModelInspector(AnsweringWidget):
    """What a target of an autoencoder depends on: maps over a picture, their checks, layers, and a surrogate.

    Args:
        model: an autoencoder of ours, or any Keras model that makes images of its input's shape: Sequential,
            functional, or with an `encoder` and a `decoder` of its own; see
            `aewidgets.studies.explanation.adapting.as_autoencoder`.
        pictures: (n, height, width, channels) or (n, height, width), uint8 or float in [0, 1].
        labels: whole numbers, one each, for surrogates.
        target: what is explained; the unit of the code that varies most over the pictures if None.
        names: of the labels, by their number.
        traits: any of those below that are not read-only, such as `picture=3`.

    Raises:
        TypeError: for a model whose layers cannot be looked into; the message says why.
        ValueError: for pictures that the model does not take, and labels or targets that do not fit.

    Setting `picture` or `target` asks anew; `results` waits for everything that is shown, checks included. Maps are
    parts of the target where their method promises that, and only as good as their checks.
    """

    _esm = built("inspector.js")
    ASKED: ClassVar[tuple[str, ...]] = (
        "picture", "target", "rule", "method", "over", "layer", "surrogate_of", "surrogate_kind", "surrogate_size",
    )  # fmt: skip
    _LOOKS: ClassVar[tuple[str, ...]] = ("method", "over", "layer")  # asked traits that change only what is drawn

    picture = traitlets.Int(0, min=0, help="Number of the picture, from 0.").tag(sync=True)
    target = traitlets.Instance(Target, help="What is explained.").tag(
        sync=True, to_json=target_to, from_json=target_from
    )
    rule = traitlets.Enum(tuple(RULES), "epsilon", help="Of layer-wise relevance propagation.").tag(sync=True)
    method = traitlets.Unicode("lrp", help="Method whose checks are drawn: grad-cam, lrp, ...").tag(sync=True)
    over = traitlets.Bool(True, help="Whether maps lie over the picture.").tag(sync=True)
    layer = traitlets.Unicode("", help="Layer whose units are shown; empty for the code.").tag(sync=True)
    surrogate_of = traitlets.Enum(("labels", "target"), "target", help="What the surrogate says.").tag(sync=True)
    surrogate_kind = traitlets.Enum(("tree", "linear"), "tree", help="Form of the surrogate.").tag(sync=True)
    surrogate_size = traitlets.Int(
        6, min=2, max=_MOST_LEAVES, help="Largest number of leaves, or of units with weights."
    ).tag(sync=True)

    about = traitlets.Dict(read_only=True, help="The model, its layers, and the pictures.").tag(sync=True)
    shown = traitlets.Int(-1, read_only=True, help="Number of the picture that is answered.").tag(sync=True)
    original = traitlets.Bytes(read_only=True, help="The picture, as PNG.").tag(sync=True)
    reconstruction = traitlets.Bytes(read_only=True, help="What the model makes of it, as PNG.").tag(sync=True)
    activations = traitlets.Dict(read_only=True, help="What each layer makes of the picture.").tag(sync=True)
    maps = traitlets.Dict(read_only=True, help="Maps of the target.").tag(sync=True)
    checks = traitlets.Dict(read_only=True, help="Checks of the methods, for this target.").tag(sync=True)
    surrogate = traitlets.Dict(read_only=True, help="The surrogate, and how well it imitates.").tag(sync=True)

    def __init__(
        self,
        model: Any,
        pictures: np.ndarray,
        labels: Sequence[int] | np.ndarray | None = None,
        target: Target | None = None,
        *,
        names: Sequence[str] | None = None,
        **traits: Any,
    ):
        images = _checked(pictures)
        kept = None if labels is None else _labels(labels, len(images), names)
        adapted = as_autoencoder(model, images.shape[1:])
        self._names = names
        self._cache = InspectorCache(adapted, images, kept)
        traits.setdefault("surrogate_of", "target" if kept is None else "labels")
        super().__init__(target=self._cache.widest() if target is None else target, **traits)
        self._publish(about=self._described())

    def _described(self) -> dict[str, Any]:
        cache = self._cache
        made = cache.activations(0)
        labels = None if cache.labels is None else [int(label) for label in cache.labels]
        return {
            "model": _words(cache.model), "count": len(cache.images), "shape": list(cache.images.shape[1:]),
            "layers": views.layers(cache.layers, cache.code, made), "rules": RULES, "most": _MOST_LEAVES,
            "checked": cache.checked, "labels": labels,
            "names": None if self._names is None else [str(name) for name in self._names],
        }  # fmt: skip

    # Questions

    @traitlets.validate("picture")
    def _picture_in_range(self, proposal: Any) -> int:
        count = len(self._cache.images)
        if proposal["value"] >= count:
            raise traitlets.TraitError(f"picture: expected a number from 0 to {count - 1}, got {proposal['value']}")
        return proposal["value"]

    @traitlets.validate("target")
    def _target_in_model(self, proposal: Any) -> Target:
        try:
            self._cache.check(proposal["value"])
        except ValueError as error:
            words = str(error)
            raise traitlets.TraitError(words if words.startswith("target") else f"target: {words}") from None
        return proposal["value"]

    @traitlets.validate("method")
    def _known_method(self, proposal: Any) -> str:
        known = (*methods_of("epsilon")[:-1], "lrp")
        if proposal["value"] not in known:
            raise traitlets.TraitError(f"method: expected one of {', '.join(known)}, got {proposal['value'][:40]!r}")
        return proposal["value"]

    @traitlets.validate("layer")
    def _known_layer(self, proposal: Any) -> str:
        names = [one.name for one in self._cache.layers]
        if proposal["value"] not in ("", *names):
            raise traitlets.TraitError(f"layer: expected one of {', '.join(names)}, got {proposal['value'][:60]!r}")
        return proposal["value"]

    def _asked(self, change: Any = None) -> None:
        if not change or change["name"] not in self._LOOKS:
            super()._asked(change)

    def _question(self) -> Question:
        surrogate = Asked(self.surrogate_of, self.surrogate_kind, self.surrogate_size)
        return Question(self.picture, self.target, self.rule, surrogate)

    # Answers

    @property
    def model(self) -> Any:
        """The model as explanations take it: with `encoder`, `decoder`, `encode` and `decode`."""
        return self._cache.model

    @property
    def results(self) -> Inspection:
        """Everything that is shown now, checks included; waits until it is made, which may take a minute."""
        question, cache = self._question(), self._cache
        number, target = question.picture, question.target
        for check, method in list(cache.missing_checks(target, question.rule)):
            cache.make_check(target, method, check)
        maps = {m: cache.map(number, target, m) for m in methods_of(question.rule) if cache.applies(target, m)}
        made = {m: {name: cache.made_check(target, m, name) for name in CHECKS} for m in maps}
        try:
            surrogate = cache.surrogate(target, question.surrogate)
        except ValueError:
            surrogate = None
        return Inspection(
            number,
            target,
            float(next(iter(maps.values())).values[0]),
            maps,
            {m: {name: one[0] for name, one in of.items() if one} for m, of in made.items()},
            {m: {name: one[1] for name, one in of.items() if one} for m, of in made.items()},
            surrogate,
        )

    def _answer(self, question: Question) -> dict[str, Any]:
        cache = self._cache
        checks = checks_of(cache, question.target, question.rule)
        answer: dict[str, Any] = {"checks": checks, "maps": map_answer(cache, question)}
        if self.shown != question.picture or not self.original:
            answer |= {"shown": question.picture, **picture_answer(cache, question.picture)}
        return answer

    def _further(self) -> Iterator[None]:
        """Fit the surrogate, then make the checks of the methods that are shown."""
        while True:
            question, cache = self._question(), self._cache
            missing = list(cache.missing_checks(question.target, question.rule))
            if not self._fitted(question):
                made = surrogate_answer(cache, question.target, question.surrogate, self._names)
                self._publish(surrogate=made)
            elif missing:
                check, method = missing[0]
                total = len(CHECKS) * len(methods_of(question.rule))
                text = f"checking {method}: {check}"
                self._publish(status=self._status(total - len(missing) + 1, total + 1, text))
                cache.make_check(question.target, method, check)
                if self.target == question.target:
                    self._publish(checks=checks_of(cache, question.target, self.rule))
            else:
                return
            yield

    def _fitted(self, question: Question) -> bool:
        """Return whether the surrogate that is published is the one that is asked for."""
        now = self.surrogate
        if any(now.get(name) != value for name, value in question.surrogate._asdict().items()):
            return False
        return question.surrogate.of == "labels" or now["target"] == target_to(question.target)

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        """Return the picture and its maps as PNG, and a description with the target's value."""
        question, cache = self._question(), self._cache
        made = map_answer(cache, question)
        found = [
            (one["label"], cache.map(question.picture, question.target, one["name"]))
            for one in made["methods"] if not one["why"]
        ]  # fmt: skip
        words = f"{_words(cache.model)}: picture {question.picture}, {made['words']} = {made['value']:.4g}. "
        return still(cache.images[question.picture], found), words + "Where it comes from, by several methods."

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        data = offline(self._cache, self._question(), self._names, max_bytes)
        asked = {**self._asked_traits(), "target": target_to(self.target)}
        return {**data, "traits": {**asked, "about": self._described(), **data["traits"]}}

    def _title(self) -> str:
        return f"{_words(self._cache.model)}: {self.target.describe()}"

    def __repr__(self) -> str:
        return f"ModelInspector({len(self._cache.images):,} pictures, {_words(self._cache.model)})"


def _words(model: Any) -> str:
    return model.describe() if hasattr(model, "describe") else type(model).__name__


def _checked(pictures: Any) -> np.ndarray:
    """Return pictures as (n, height, width, channels); raise ValueError for others."""
    images = np.asarray(pictures)
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4 or not len(images) or images.dtype.kind not in "uif":
        raise ValueError(f"pictures: expected (n, height, width, channels), got {np.shape(pictures)} of {images.dtype}")
    if images.dtype == np.uint8:
        return images
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"pictures: expected uint8, or float in [0, 1], got values from {low:.4g} to {high:.4g}; for a model of "
            "another range, put keras.layers.Rescaling before its first layer"
        )
    return images.astype("float32")


def _labels(labels: Any, count: int, names: Sequence[str] | None) -> np.ndarray:
    """Return labels as whole numbers; raise ValueError for those that do not fit."""
    found = np.asarray(labels)
    if found.shape != (count,) or found.dtype.kind not in "iub":
        words = f"labels: expected {count} whole numbers, one for each picture, got {found.shape} of {found.dtype}"
        raise ValueError(words)
    found = found.astype("int64")
    if names is not None and not 0 <= found.min() <= found.max() < len(names):
        raise ValueError(f"names: expected one for each label up to {found.max()}, got {len(names)}")
    return found
