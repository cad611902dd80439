"""Surrogates: a small tree, or a linear model of few weights, that says from codes what a label or a value is.

A surrogate imitates; it explains as far as it agrees with what it imitates on pictures that it was not fitted to. So
each carries this fidelity, that of a constant, and its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aewidgets.studies.explanation.verdicts import Verdict
from aewidgets.studies.latent.map import flat
from aewidgets.studies.restoration.denoisers import standard_error
from aewidgets.system.brief import shown_briefly
from aewidgets.system.extras import extras_in_words

__all__ = ["Branch", "Surrogate", "fit_surrogate"]

KINDS = ("tree", "linear")


@dataclass(frozen=True)
class Branch:
    """A node of a tree.

    Attributes:
        unit: unit of the code that is asked about; -1 in a leaf.
        threshold: codes whose unit is at most this go left.
        left, right: indexes of the nodes below; -1 in a leaf.
        answer: label, or value, that the pictures of this node get.
        count: number of pictures of the fit that come here.
    """

    unit: int
    threshold: float
    left: int
    right: int
    answer: float
    count: int


@shown_briefly
@dataclass(frozen=True, eq=False)
class Surrogate:
    """A small model of codes, and how well it agrees with what it imitates.

    Attributes:
        kind: "tree" or "linear".
        measure: "accuracy" for labels, "R2", the share of variance, for values.
        fidelity, constant: measure on held-out pictures of the surrogate, and of the best constant of the fit.
        fitted: measure on the pictures of the fit; much above the fidelity, the surrogate has learnt them by heart.
        ahead: mean by which the surrogate is right more often (labels), or its squared error smaller in shares of the
            variance (values), than the constant, on held-out pictures.
        ahead_error: standard error of `ahead` over these pictures.
        size: number of leaves, or of weights that are not zero, biases apart.
        branches: nodes of a tree, the root first; empty for a linear model.
        weights: float64 (answers, units) of a linear model: a row for each label, of two labels one for the larger;
            one row for values. Zero for units that are left out. None for a tree.
    """

    kind: str
    measure: str
    fidelity: float
    constant: float
    fitted: float
    ahead: float
    ahead_error: float
    size: int
    branches: tuple[Branch, ...] = ()
    weights: np.ndarray | None = None

    @property
    def verdict(self) -> Verdict:
        """Passed if the surrogate is ahead of a constant by more than two standard errors."""
        passes = self.ahead > 2 * self.ahead_error
        parts = "leaves" if self.kind == "tree" else "weights"
        reason = (
            f"{self.measure} on held-out pictures is {self.fidelity:.2f} with {self.size:,} {parts}, that of a "
            f"constant {self.constant:.2f}; what it gets wrong, it does not explain"
        )
        return Verdict("fidelity", bool(passes), reason)


def fit_surrogate(
    codes: np.ndarray,
    answers: np.ndarray,
    held_out_codes: np.ndarray,
    held_out_answers: np.ndarray,
    kind: str = "tree",
    size: int = 8,
    seed: int = 0,
) -> Surrogate:
    """Fit a surrogate to codes and what it is to say of them, and measure it on held-out ones.

    Args:
        codes: (n, ...), flattened; `model.encode` makes them.
        answers: (n,): whole numbers, true and false are labels; others are values, as of `target_values`.
        held_out_codes, held_out_answers: those of other pictures, at least two.
        kind: "tree" (CART), or "linear" (ridge regression or classification of the units with the largest weights).
        size: largest number of leaves, at least 2, or of units with weights, at least 1.
        seed: seed of the tree, which decides between cuts that are equally good.

    Raises:
        ValueError: for shapes that do not fit, numbers out of range, answers all alike, or a unit that is the answer.
    """
    codes, held = flat(codes), flat(held_out_codes)
    answers, wanted = np.asarray(answers), np.asarray(held_out_answers)
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    if (
        answers.shape != (len(codes),)
        or wanted.shape != (len(held),)
        or len(held) < 2
        or codes.shape[1:] != held.shape[1:]
    ):
        raise ValueError(
            f"codes, answers: expected one answer for each code, got {codes.shape} and {answers.shape}, held out "
            f"{held.shape} and {wanted.shape}"
        )
    if size < (2 if kind == "tree" else 1):
        raise ValueError(f"size: expected at least 2 leaves or 1 unit, got {size}")
    if answers.dtype.kind not in "iubf":
        raise ValueError(
            f"answers: expected labels as whole numbers, or values, got {answers.dtype}; number them first"
        )
    if len(np.unique(answers)) < 2:
        raise ValueError("answers: expected at least two that differ, got one")
    labels = answers.dtype.kind in "iub"
    if not labels and (np.abs(codes - answers[:, None]) <= 1e-6 * np.abs(answers).max()).all(0).any():
        raise ValueError("answers: they are a unit of the codes itself; leave this unit out of the codes")
    found = _tree(codes, answers, size, labels, seed) if kind == "tree" else _linear(codes, answers, size, labels)
    predict, parts, branches, weights = found
    measure = _right if labels else _explained
    best = _most(answers) if labels else answers.mean()
    spread = 1.0 if labels else max(float(np.var(wanted)), 1e-12)
    by_constant, by_surrogate = (
        (guess == wanted).astype("float64") if labels else -np.square(guess - wanted) / spread
        for guess in (np.full(len(wanted), best), predict(held))
    )
    ahead = by_surrogate - by_constant
    return Surrogate(
        kind, "accuracy" if labels else "R2", measure(predict(held), wanted),
        measure(np.full(len(wanted), best), wanted), measure(predict(codes), answers), float(ahead.mean()),
        standard_error(ahead.tolist()), parts, branches, weights,
    )  # fmt: skip


def _most(labels: np.ndarray):
    """Return the most frequent label."""
    values, counts = np.unique(labels, return_counts=True)
    return values[np.argmax(counts)]


def _right(guess: np.ndarray, wanted: np.ndarray) -> float:
    """Return the share of right labels."""
    return float(np.mean(guess == wanted))


def _explained(guess: np.ndarray, wanted: np.ndarray) -> float:
    """Return the share of variance that values explain, at most 1 and below 0 for worse than the mean."""
    return 1 - float(np.mean(np.square(guess - wanted))) / max(float(np.var(wanted)), 1e-12)


def _tree(codes: np.ndarray, answers: np.ndarray, size: int, labels: bool, seed: int):
    """Return a fitted tree: its prediction, leaves, branches, and no weights."""
    with extras_in_words("a surrogate"):
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if labels else DecisionTreeRegressor
    model = kind(max_leaf_nodes=size, random_state=seed).fit(codes, answers)
    tree = model.tree_
    says = model.classes_[tree.value[:, 0].argmax(1)] if labels else tree.value[:, 0, 0]
    branches = tuple(
        Branch(max(int(unit), -1), float(threshold), int(left), int(right), answer.item(), int(count))
        for unit, threshold, left, right, answer, count in zip(
            tree.feature, tree.threshold, tree.children_left, tree.children_right, says, tree.n_node_samples,
            strict=True,
        )
    )  # fmt: skip
    return model.predict, int(model.get_n_leaves()), branches, None


def _linear(codes: np.ndarray, answers: np.ndarray, size: int, labels: bool):
    """Return a fitted linear model: its prediction, weights that are not zero, no branches, and weights.

    It is fitted to all units, in units of their deviations; those of the largest weights are kept, and fitted again.
    """
    with extras_in_words("a surrogate"):
        from sklearn.linear_model import Ridge, RidgeClassifier

    kind = RidgeClassifier if labels else Ridge
    spread = codes.std(0, dtype="float64")
    scaled = codes / np.where(spread > 0, spread, 1)
    whole = np.atleast_2d(kind().fit(scaled, answers).coef_)
    kept = np.sort(np.argsort(-np.abs(whole).max(0), kind="stable")[:size])
    model = kind().fit(scaled[:, kept], answers)
    scale = np.where(spread > 0, spread, 1)[kept]
    weights = np.zeros(whole.shape)
    weights[:, kept] = model.coef_ / scale
    return (lambda given: model.predict(given[:, kept] / scale)), int(np.count_nonzero(weights)), (), weights
