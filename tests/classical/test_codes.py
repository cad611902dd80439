"""PCA agrees with scikit-learn's; K-SVD finds the atoms that pictures were made of."""

import numpy as np
import pytest
from sklearn import decomposition
from sklearn.datasets import load_digits

from aewidgets.classical.codes import KSVD, PCA
from aewidgets.classical.codes.pursuit import cosine_atoms, learn_atoms, pursue


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Return the digits of scikit-learn, uint8 (1797, 8, 8, 1)."""
    return (load_digits().images[..., None] * 15).astype("uint8")


def test_pca_reaches_scikit_learns_error(digits):
    x = digits.reshape(len(digits), -1) / 255.0
    exact = decomposition.PCA(10, svd_solver="full").fit(x)
    expected = np.mean(np.square(exact.inverse_transform(exact.transform(x)) - x))
    assert PCA(10).fit(digits).error(digits) == pytest.approx(expected, rel=1e-4)


def test_the_error_of_pca_is_the_variance_that_it_leaves_out(digits):
    full = PCA(64).fit(digits)
    expected = full.variances[12:].sum() / 64
    assert PCA(12).fit(digits).error(digits) == pytest.approx(expected, rel=1e-4)


def test_bytes_and_fractions_have_the_same_components(digits):
    first, second = PCA(5).fit(digits), PCA(5).fit(digits / 255.0)
    np.testing.assert_allclose(np.abs(np.sum(first.components * second.components, axis=1)), 1, atol=1e-4)


def test_a_full_code_of_pca_loses_nothing(digits):
    pca = PCA(64).fit(digits)
    np.testing.assert_allclose(pca.decode(pca.encode(digits[:9])), digits[:9] / 255.0, atol=1e-5)


def test_pca_reads_a_memory_map_as_it_reads_an_array(digits, tmp_path):
    np.save(tmp_path / "digits.npy", digits)
    mapped = np.load(tmp_path / "digits.npy", mmap_mode="r")
    np.testing.assert_array_equal(PCA(5).fit(mapped).encode(mapped), PCA(5).fit(digits).encode(digits))


@pytest.mark.parametrize("model", [PCA(3), KSVD(20, 3)])
def test_an_unfitted_baseline_is_refused_in_words(model, digits):
    with pytest.raises(ValueError, match=r"not fitted; call fit"):
        model.encode(digits)
    with pytest.raises(ValueError, match=r"not fitted; call fit"):
        model.decode(np.zeros((1, 3)))


def test_other_pictures_than_the_fitted_are_refused_in_words(digits):
    with pytest.raises(ValueError, match=r"expected \(n, 8, 8, 1\), got \(1797, 7, 8, 1\)"):
        PCA(3).fit(digits).encode(digits[:, :7])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: PCA(0), "at least 1"),
        (lambda x: PCA(65).fit(x), "at most the 64 values of an image, got 65"),
        (lambda x: PCA(9).fit(x[:5]), "expected at least 9"),
        (lambda x: PCA(9).fit(x[..., 0]), r"got \(1797, 8, 8\)"),
        (lambda x: KSVD(10, 11), "1 to num_atoms = 10"),
        (lambda x: KSVD(200, 5).fit(x[:100]), "expected at least 200"),
        (lambda x: KSVD(16).denoise(x[0, ..., 0] / 255, 0.0), "sigma"),
        (lambda x: KSVD(16).denoise(x[0], 0.1), "expected .height, width."),
        (lambda x: KSVD(20).denoise(x[0, ..., 0] / 255, 0.1), "square"),
    ],
)
def test_impossible_arguments_are_refused(make, words, digits):
    with pytest.raises(ValueError, match=words):
        make(digits)


def test_pursuit_uses_the_given_number_of_atoms_and_leaves_an_orthogonal_residual():
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(30, 12))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    rows = rng.normal(size=(20, 12))
    codes = pursue(rows, atoms, nonzeros=4)
    assert (np.count_nonzero(codes, axis=1) == 4).all()
    left = rows - codes @ atoms
    assert np.abs((left @ atoms.T)[codes != 0]).max() < 1e-5


def test_pursuit_stops_at_the_tolerance():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(50, 16)).astype("float32")
    codes = pursue(rows, cosine_atoms(36, 4), tolerance=3.0)
    assert np.square(rows - codes @ cosine_atoms(36, 4)).sum(axis=1).max() < 3.0 + 1e-4
    assert (codes[np.square(rows).sum(axis=1) < 3.0] == 0).all()


def test_no_round_of_learning_makes_the_error_larger(digits):
    """Updates of rank one never do; pursuit, which is greedy, does not here."""
    rows = (digits[:400].reshape(400, -1) / 255).astype("float32")
    atoms, errors = cosine_atoms(81, 8), []
    for _ in range(4):
        errors.append(np.square(rows - pursue(rows, atoms, nonzeros=3) @ atoms).mean())
        atoms = learn_atoms(rows, atoms, 1, nonzeros=3)
    assert errors == sorted(errors, reverse=True)


def test_the_atoms_that_pictures_were_made_of_are_found():
    """The synthetic experiment of Aharon et al., section V-A, without noise and smaller."""
    rng = np.random.default_rng(3)
    true = rng.normal(size=(20, 16))
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    codes = np.zeros((1000, 20))
    for row in codes:
        row[rng.choice(20, 2, replace=False)] = rng.normal(size=2)
    model = KSVD(20, 2, iterations=20).fit((codes @ true).reshape(-1, 4, 4, 1))
    found = np.abs(true @ model.atoms.T).max(axis=1) > 0.99
    assert found.mean() > 0.9


def test_more_atoms_per_picture_leave_less_error(digits):
    errors = [KSVD(80, nonzeros, iterations=2).fit(digits[:300]).error(digits[:300]) for nonzeros in (1, 3, 9)]
    assert errors == sorted(errors, reverse=True)


def test_codes_have_no_more_than_the_nonzeros_asked_for(digits):
    codes = KSVD(80, 3, iterations=1).fit(digits[:300]).encode(digits[300:400])
    assert np.count_nonzero(codes, axis=1).max() == 3


def test_denoising_removes_noise_and_keeps_the_picture(photo):
    clean = photo[:48, 60:108, 1] / 255.0
    noisy = clean + np.random.default_rng(0).normal(0, 0.1, clean.shape)
    restored = KSVD(64, iterations=2).denoise(noisy, 0.1)
    assert np.mean(np.square(restored - clean)) < 0.35 * np.mean(np.square(noisy - clean))
