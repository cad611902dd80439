"""Projections to the plane and back: the code that is decoded at a point's place."""

import sys

import numpy as np
import pytest

from aewidgets.studies.latent.projections import project


@pytest.fixture
def codes() -> np.ndarray:
    """Return 120 codes of six numbers, in three groups apart."""
    rng = np.random.default_rng(3)
    return (rng.normal(size=(120, 6)) * [3, 2, 1, 0.5, 0.2, 0.1] + 6 * np.eye(6)[rng.integers(0, 3, 120)]).astype("f4")


def test_two_numbers_are_a_place():
    codes = np.random.default_rng(0).normal(size=(9, 2)).astype("float32")
    plane, way = project(codes)
    assert np.array_equal(plane, codes)
    assert np.array_equal(way.to_codes(plane), codes)


def test_one_number_is_a_line():
    plane, way = project(np.array([[1.0], [3.0]]))
    assert np.array_equal(plane, [[1, 0], [3, 0]])
    assert np.array_equal(way.to_codes(plane), [[1], [3]])


def test_the_plane_of_pca_comes_back_to_itself(codes: np.ndarray):
    plane, way = project(codes)
    assert np.allclose(way.to_plane(way.to_codes(plane)), plane, atol=1e-4)


def test_pca_shows_the_directions_of_most_variance(codes: np.ndarray):
    plane, _ = project(codes)
    largest = np.sort(np.linalg.eigvalsh(np.cov(codes.T)))[::-1][:2]
    assert np.allclose(np.cov(plane.T), np.diag(largest), rtol=1e-3, atol=1e-3)


def test_codes_of_a_plane_are_at_no_distance_from_it():
    rng = np.random.default_rng(1)
    codes = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 7)) + rng.normal(size=7)
    plane, way = project(codes)
    assert np.allclose(way.to_codes(plane), codes, atol=1e-4)


def test_codes_that_are_all_alike_have_one_place():
    plane, way = project(np.ones((5, 4)))
    assert np.allclose(plane, plane[0])
    assert np.allclose(way.to_codes(plane), 1)


@pytest.mark.parametrize("method", ["tsne", pytest.param("umap", marks=pytest.mark.slow)])  # numba compiles for long
def test_embeddings_come_back_as_the_code_of_the_nearest_point_and_say_so(codes: np.ndarray, method: str):
    if method == "umap":
        pytest.importorskip("umap", reason="umap-learn comes with the umap extra")
    plane, way = project(codes, method)
    assert np.array_equal(way.to_codes(plane + 1e-4), codes)
    assert np.array_equal(way.to_plane(codes), plane)
    assert "nearest point" in way.words


def test_umap_says_what_to_install_where_it_is_missing(codes: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "umap", None)  # as where it is not installed
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'aewidgets\[umap\]'"):
        project(codes, "umap")


@pytest.mark.parametrize(
    ("codes", "method", "words"),
    [
        (np.zeros((4, 3)), "lle", "auto, pca, umap, tsne"),
        (np.zeros((1, 3)), "pca", "two codes"),
        (np.zeros(3), "pca", "two codes"),
        (np.zeros((3, 3)), "umap", "four codes"),
        (np.full((3, 3), np.nan), "pca", "finite"),
    ],
)
def test_what_cannot_be_projected_is_refused_in_words(codes: np.ndarray, method: str, words: str):
    with pytest.raises(ValueError, match=words):
        project(codes, method)
