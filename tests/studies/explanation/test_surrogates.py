"""Surrogates find rules that are there, and say so where there are none."""

import numpy as np
import pytest

from aewidgets.studies.explanation.surrogates import fit_surrogate


def parts(answers_of, seed: int = 0, labels: bool = True):
    """Return codes of five units and answers, fitted and held out."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(600, 5)).astype("float32")
    answers = np.asarray(answers_of(codes, rng))
    answers = answers.astype("int64") if labels else answers
    return codes[:400], answers[:400], codes[400:], answers[400:]


def test_a_tree_of_two_leaves_finds_a_threshold():
    found = fit_surrogate(*parts(lambda codes, _: codes[:, 2] > 0.3), size=2)
    root = found.branches[0]
    assert (found.kind, found.measure, found.size, root.unit, root.count) == ("tree", "accuracy", 2, 2, 400)
    assert root.threshold == pytest.approx(0.3, abs=0.05)
    assert found.fidelity > 0.98 > found.constant
    assert found.verdict.passes
    left, right = found.branches[root.left], found.branches[root.right]
    assert (left.answer, right.answer, left.unit, left.left) == (0, 1, -1, -1)
    assert left.count + right.count == 400


def test_branches_answer_as_the_fidelity_says():
    codes, labels, held, wanted = parts(lambda codes, _: 2 * (codes[:, 0] > 0) + (codes[:, 4] > 0.5))
    found = fit_surrogate(codes, labels, held, wanted, size=6)

    def answer(code: np.ndarray) -> float:
        branch = found.branches[0]
        while branch.unit >= 0:
            branch = found.branches[branch.left if code[branch.unit] <= branch.threshold else branch.right]
        return branch.answer

    assert np.mean([answer(code) for code in held] == wanted) == pytest.approx(found.fidelity)


def test_linear_weights_of_a_value_are_found():
    data = parts(lambda codes, _: 3 * codes[:, 1] - 2 * codes[:, 3], labels=False)
    found = fit_surrogate(*data, kind="linear", size=2)
    np.testing.assert_allclose(found.weights, [[0, 3, 0, -2, 0]], atol=0.05)
    assert (found.measure, found.size) == ("R2", 2)
    assert found.fidelity == pytest.approx(1, abs=1e-3)
    assert found.constant == pytest.approx(0, abs=0.05)
    assert found.ahead == pytest.approx(found.fidelity - found.constant)


@pytest.mark.parametrize("labels", [True, False])
def test_the_scale_of_units_changes_no_answer(labels: bool):
    """Codes of a variational network and of an untrained one differ by orders of magnitude."""

    def rule(codes, _):
        return (codes[:, 0] > codes[:, 1]) if labels else codes[:, 0] - codes[:, 1]

    codes, answers, held, wanted = parts(rule, labels=labels)
    scale = np.array([1e-3, 1e3, 1, 1, 1], "float32")
    one = fit_surrogate(codes, answers, held, wanted, kind="linear", size=2)
    other = fit_surrogate(codes * scale, answers, held * scale, wanted, kind="linear", size=2)
    assert other.fidelity == pytest.approx(one.fidelity, abs=1e-4)
    np.testing.assert_allclose(other.weights * scale, one.weights, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", ["tree", "linear"])
@pytest.mark.parametrize("labels", [True, False])
def test_what_has_no_rule_is_not_explained(kind: str, labels: bool):
    def noise(codes, rng):
        return rng.integers(0, 4, len(codes)) if labels else rng.normal(size=len(codes))

    for seed in range(3):
        found = fit_surrogate(*parts(noise, seed, labels), kind=kind, size=8)
        assert not found.verdict.passes
        assert found.fitted > found.fidelity


@pytest.mark.parametrize("kind", ["tree", "linear"])
def test_size_is_kept_and_more_of_it_fits_more(kind: str):
    data = parts(lambda codes, _: np.sin(codes).sum(1) + codes[:, 0] ** 2, labels=False)
    few, many = (fit_surrogate(*data, kind=kind, size=size) for size in (2, 5))
    assert (few.size, many.size) == (2, 5)
    assert many.fitted > few.fitted


def test_questions_that_have_no_answer_are_refused():
    codes, answers, held, wanted = parts(lambda codes, _: codes[:, 1], labels=False)
    with pytest.raises(ValueError, match="they are a unit of the codes itself"):
        fit_surrogate(codes, answers, held, wanted)
    with pytest.raises(ValueError, match="at least two that differ, got one"):
        fit_surrogate(codes, np.zeros(400, int), held, np.zeros(200, int))
    with pytest.raises(ValueError, match="one answer for each code"):
        fit_surrogate(codes, answers[1:], held, wanted)
    with pytest.raises(ValueError, match="labels as whole numbers, or values, got <U3; number them first"):
        fit_surrogate(codes, np.full(400, "cat"), held, np.full(200, "cat"))
    with pytest.raises(ValueError, match="kind: expected one of tree, linear, got 'forest'"):
        fit_surrogate(codes, answers, held, wanted, kind="forest")
    with pytest.raises(ValueError, match="size: expected at least 2 leaves"):
        fit_surrogate(codes, answers, held, wanted, size=1)
