"""Results on one model and its pictures, made when they are first asked for. No traits, no browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from aewidgets.studies.explanation.deletion import Deletion, deletion
from aewidgets.studies.explanation.layers import network_of
from aewidgets.studies.explanation.maps import Explanation, explain, explanation_methods
from aewidgets.studies.explanation.randomisation import Randomisation, randomisation
from aewidgets.studies.explanation.summary import LayerSummary, layer_activations, summarise_layers
from aewidgets.studies.explanation.surrogates import Surrogate, fit_surrogate
from aewidgets.studies.explanation.targets import Target, target_values
from aewidgets.studies.explanation.verdicts import Verdict, check_sum
from aewidgets.studies.latent.map import flat
from aewidgets.widgets.base.cache import ResultCache
from aewidgets.widgets.base.room import evenly
from aewidgets.widgets.model_inspector.asking import Asked, methods_of

__all__ = ["CHECKS", "InspectorCache", "Result"]

#: Checks in the order in which they are made, the quickest first.
CHECKS = ("sum", "deletion", "randomisation")
#: A check's verdict, and the curves that it is about.
Result = tuple[Verdict, Deletion | Randomisation | None]

_CHECKED, _RANDOMISED = 8, 4  # pictures whose maps are checked, and those of them whose models are randomised
_CURVES = 120  # changed copies of a picture that its deletion curves take
_STEPS, _FEW_STEPS = 32, 8  # gradients that are integrated, for a map and for those of randomised models
_CODES = 2000  # pictures that surrogates are fitted to and measured on
_HELD = 3  # one of this many is held out
_AT_ONCE = 200_000_000  # bytes of pictures that are held at once
_KEPT, _FEWEST = 64_000_000, 4  # bytes of maps and activations, and how many are kept even where they have more
_FIGURES = 200  # checks and surrogates that are kept


class InspectorCache:
    """Results on one model. One thread at a time makes any.

    Args:
        model: an autoencoder, as `aewidgets.studies.explanation.adapting.as_autoencoder` returns one.
        images: (n, height, width, channels).
        labels: whole numbers (n,), or None.
    """

    def __init__(self, model: Any, images: np.ndarray, labels: np.ndarray | None):
        self.model, self.images, self.labels = model, images, labels
        self._computing = threading.RLock()  # a cell that reads results, and the worker
        self._layers: tuple[LayerSummary, ...] | None = None
        self._codes: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._activations: ResultCache[int, dict[str, np.ndarray]] = ResultCache(
            lambda made: sum(one.nbytes for one in made.values()), _KEPT, _FEWEST
        )
        self._maps: ResultCache[tuple[int, Target, str], Explanation] = ResultCache(
            lambda one: one.maps.nbytes, _KEPT, _FEWEST
        )
        self._checks: ResultCache[tuple[Target, str, str], Result] = ResultCache(lambda one: 1, _FIGURES)
        self._surrogates: ResultCache[tuple[Target | None, Asked], Surrogate] = ResultCache(lambda one: 1, _FIGURES)

    # Layers

    @property
    def layers(self) -> tuple[LayerSummary, ...]:
        """The layers, encoder first."""
        if self._layers is None:
            self._layers = summarise_layers(self.model)
        return self._layers

    @property
    def code(self) -> str:
        """Name of the layer whose output is the code."""
        return network_of(self.model).code

    def check(self, target: Target) -> None:
        """Raise ValueError for a target that is not in the model or its pictures."""
        target.check(network_of(self.model), self.images.shape[1:])

    def widest(self) -> Target:
        """Return the target that is the unit of the code that varies most over pictures."""
        _, codes, _ = self.codes()
        shape = self.activations(0)[self.code].shape
        return Target.code_unit([int(i) for i in np.unravel_index(int(codes.var(0).argmax()), shape)])

    def activations(self, picture: int) -> dict[str, np.ndarray]:
        """Return what each layer makes of a picture, see `layer_activations`."""
        with self._computing:
            made = self._activations.get(picture) or layer_activations(self.model, self.images[picture])
            self._activations.put(picture, made)
            return made

    def _fit_at_once(self, copies: int = 1) -> int:
        """Return how many pictures, each with its copies, are held at once, as float32; two at least."""
        return max(2, _AT_ONCE // (copies * 4 * int(np.prod(self.images.shape[1:]))))

    # Maps and their checks

    @property
    def checked(self) -> int:
        """Number of pictures whose maps are checked: fewer of large ones."""
        return min(_CHECKED, self._fit_at_once(_CURVES), len(self.images))

    def applies(self, target: Target, method: str) -> bool:
        """Return whether a method has a map of a target."""
        return method in explanation_methods(self.model, target)

    def map(self, picture: int, target: Target, method: str) -> Explanation:
        """Return the map of one picture."""
        with self._computing:
            key = picture, target, method
            made = self._maps.get(key) or explain(self.model, self.images[picture], target, method, steps=_STEPS)
            self._maps.put(key, made)
            return made

    def looked_at(self) -> list[tuple[int, Target]]:
        """List the pictures and targets that there are maps of, the latest first."""
        return list(dict.fromkeys((picture, target) for (picture, target, _), _ in reversed(self._maps.items())))

    def made_check(self, target: Target, method: str, check: str) -> Result | None:
        """Return the result of a check that has been made; None if it has not."""
        return self._checks.get((target, method, check))

    def missing_checks(self, target: Target, rule: str) -> Iterator[tuple[str, str]]:
        """Yield (check, method) of those that have not been made; the slowest method comes last."""
        methods = sorted(methods_of(rule), key=lambda method: method == "integrated gradients")
        for check in CHECKS:
            for method in methods:
                if self.applies(target, method) and (target, method, check) not in self._checks:
                    yield check, method

    def make_check(self, target: Target, method: str, check: str) -> None:
        """Make a check on some of the pictures, and keep its result."""
        with self._computing:
            if check == "randomisation":
                found: dict[str, Result] = {check: self._randomised(target, method)}
            else:
                found = self._removed(target, method)
            for name, result in found.items():
                self._checks.put((target, method, name), result)

    def _removed(self, target: Target, method: str) -> dict[str, Result]:
        images = self.images[evenly(len(self.images), self.checked)]
        maps = explain(self.model, images, target, method, steps=_STEPS)
        curves = deletion(self.model, images, maps)
        return {"sum": (check_sum(maps), None), "deletion": (curves.verdict, curves)}

    def _randomised(self, target: Target, method: str) -> Result:
        images = self.images[evenly(len(self.images), min(_RANDOMISED, self.checked))]
        try:
            found = randomisation(self.model, images, target, method, draws=1, steps=_FEW_STEPS)
        except ValueError as error:
            return Verdict("randomisation", None, str(error)), None
        return found.verdict, found

    # Surrogates

    def codes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return indexes of some pictures, their codes (n, units), and which of them are held out from fits."""
        with self._computing:
            if self._codes is None:
                chosen = evenly(len(self.images), min(_CODES, self._fit_at_once()))
                held = np.random.default_rng(0).permutation(len(chosen)) % _HELD == 0
                self._codes = chosen, flat(np.asarray(self.model.encode(self.images[chosen]))), held
            return self._codes

    def surrogate(self, target: Target, asked: Asked) -> Surrogate:
        """Return a surrogate from the cache, or fit it.

        Raises:
            ValueError: for labels that there are not, and what `fit_surrogate` refuses.
        """
        with self._computing:
            key = None if asked.of == "labels" else target, asked
            found = self._surrogates.get(key) or self._fit(target, asked)
            self._surrogates.put(key, found)
            return found

    def _fit(self, target: Target, asked: Asked) -> Surrogate:
        chosen, codes, held = self.codes()
        if len(chosen) < 2 * _HELD:
            raise ValueError(f"a surrogate needs six pictures at least, of which two are held out; got {len(chosen)}")
        if asked.of == "labels":
            if self.labels is None:
                raise ValueError("labels: ModelInspector was given none")
            answers = np.asarray(self.labels)[chosen]
        else:
            answers = target_values(self.model, self.images[chosen], target)
            codes = self._without(codes, target)
        return fit_surrogate(codes[~held], answers[~held], codes[held], answers[held], asked.kind, asked.size)

    def _without(self, codes: np.ndarray, target: Target) -> np.ndarray:
        """Return codes without the unit that is the answer itself: its values are zero, so that others keep theirs."""
        if target.kind != "code unit" and not (target.kind == "layer unit" and target.layer == self.code):
            return codes
        shape = self.activations(0)[self.code].shape
        unit = target.at[0] if len(target.at) == 1 else int(np.ravel_multi_index(target.at, shape))
        codes = codes.copy()
        codes[:, unit] = 0
        return codes
