"""Randomised weights (Adebayo et al. 2018, arXiv:1810.03292): a map that stays the same does not show the model.

Layers are randomised one after another, from the target down, and each stays so: the cascade of the paper, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    def last(self) -> tuple[float, float]:
        """Mean size of the agreement when all layers are randomised, and its standard error; see `over_pictures`.

        A map turned round, whose agreement is -1, shows as little of the model as one that stays.
        """
        return over_pictures(np.abs(self.agreement[:, -1]))

    @property
    def verdict(self) -> Verdict:
        """Passed if the size of the agreement, all layers randomised, is below 0.5 by two standard errors."""
        mean, error = self.last
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
        ValueError: if no layer that the target needs has weights, or for numbers out of range.
    """
    import keras

    if draws < 1:
        raise ValueError(f"draws: expected at least 1, got {draws}")
    images, network = to_images(model, images), network_of(model)
    before = explain(model, images, target, method, **options).maps
    weights: dict[str, list[Any]] = {}  # of each layer once, even if it is called several times
    for step in reversed(network.steps_to(target.step(network))):
        known = {id(w) for own in weights.values() for w in own}
        if own := [w for w in getattr(step.layer, "weights", ()) if id(w) not in known]:
            weights[step.name] = own
    if not weights:
        raise ValueError("model: expected layers with weights before the target, got none")
    found = []
    for draw in range(draws):
        random = np.random.default_rng((seed, draw))
        shuffled, after = [], []
        for own in weights.values():
            shuffled += [(w, keras.ops.convert_to_tensor(_shuffled(w, random))) for w in own]
            with keras.StatelessScope(state_mapping=shuffled):  # here alone, and in this thread alone
                maps = explain(model, images, target, method, **options).maps
            after.append([rank_correlation(*pair) for pair in zip(before, maps, strict=True)])
        found.append(after)
    return Randomisation(tuple(weights), np.array(found))


def _shuffled(weight: Any, random: np.random.Generator) -> np.ndarray:
    """Return the entries of a weight in another order."""
    values = np.asarray(weight.numpy())
    return random.permutation(values.ravel()).reshape(values.shape)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps.

    It is 0 where one of them is the same everywhere, and 1 where both are: such a map has not changed.
    """
    from scipy.stats import rankdata

    ranks = [rankdata(np.asarray(each, "float64").ravel()) for each in (one, other)]
    blank = [bool(np.ptp(each) == 0) for each in ranks]
    if any(blank):
        return float(all(blank))
    return float(np.corrcoef(*ranks)[0, 1])
