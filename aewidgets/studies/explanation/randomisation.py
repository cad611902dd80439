"""Randomised weights (Adebayo et al. 2018, arXiv:1810.03292): a map that stays the same does not show the model.

Layers are randomised one after another, from the target down, and each stays so: the cascade of the paper, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from aewidgets.studies.explanation.layers import network_of, to_images
from aewidgets.studies.explanation.maps import explain
from aewidgets.studies.explanation.targets import Target
from aewidgets.studies.explanation.verdicts import Verdict, over_pictures
from aewidgets.system.brief import shown_briefly

__all__ = ["Randomisation", "randomisation", "rank_correlation"]

#: Agreement below which a map has changed: of ranks, as in the paper, and fixed before anything was measured here.
LEAST = 0.5


@shown_briefly
@dataclass(frozen=True, eq=False)
class Randomisation:
    """Agreement between maps of a model and of the same model with randomised layers.

    Attributes:
        layers: names of the layers with weights, in the order in which they were randomised.
        agreement: rank correlation of the maps, -1 to 1, (draws, layers, n).
    """

    layers: tuple[str, ...]
    agreement: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """Mean agreement after each layer, (layers,)."""
        return self.agreement.mean((0, 2))

    @property
    def verdict(self) -> Verdict:
        """Passed if the agreement, all layers randomised, is below 0.5 by two standard errors."""
        mean, error = over_pictures(self.agreement[:, -1])
        falls = mean + 2 * (0.0 if np.isnan(error) else error) < LEAST
        spread = "" if np.isnan(error) else f" ± {error:.2g}"
        words = "falls to" if falls else "stays at"
        reason = f"agreement {words} {mean:.2f}{spread} when all weights are random; it must fall below {LEAST}"
        return Verdict("randomisation", bool(falls), reason)


def randomisation(
    model: Any,
    images: np.ndarray,
    target: Target,
    method: str = "lrp-epsilon",
    *,
    draws: int = 2,
    seed: int = 0,
    **options: Any,
) -> Randomisation:
    """Compare maps of a model with those after its layers are randomised, the one nearest the target first.

    A layer is randomised by shuffling the entries of each of its weights, which keeps their distribution. The model
    itself stays as it is.

    Args:
        model: an autoencoder.
        images: (n, height, width, channels) or one image.
        target: the target.
        method: a method of `explain`.
        draws: number of times that all is repeated with other weights.
        seed: seed of the weights.
        options: options of `explain`.

    Raises:
        ValueError: if no layer that the target needs has weights.
    """
    images = to_images(model, images)
    before = explain(model, images, target, method, **options).maps
    found, names = [], list[str]()
    for draw in range(draws):
        random = np.random.default_rng((seed, draw))
        copy = _copied(model)
        network = network_of(copy)
        steps = [s for s in reversed(network.steps_to(target.step(network))) if getattr(s.layer, "weights", None)]
        if not steps:
            raise ValueError("model: expected layers with weights before the target, got none")
        names, after = [step.name for step in steps], []
        for step in steps:
            step.layer.set_weights([random.permutation(w.ravel()).reshape(w.shape) for w in step.layer.get_weights()])
            maps = explain(copy, images, target, method, **options).maps
            after.append([rank_correlation(*pair) for pair in zip(before, maps, strict=True)])
        found.append(after)
    return Randomisation(tuple(names), np.array(found))


def _copied(model: Any) -> Any:
    """Return encoder and decoder with weights of their own."""
    import keras

    parts = {}
    for name in ("encoder", "decoder"):
        network = getattr(model, name)
        parts[name] = keras.models.clone_model(network)
        parts[name].set_weights(network.get_weights())
    return SimpleNamespace(**parts)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps; 0 where one of them is the same everywhere."""
    from scipy.stats import rankdata

    ranks = [rankdata(np.asarray(each, "float64").ravel()) for each in (one, other)]
    if any(np.ptp(each) == 0 for each in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
