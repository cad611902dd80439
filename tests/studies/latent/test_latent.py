"""Laws of paths, samples, differences and neighbours of codes, on a linear model whose codes are known."""

import numpy as np
import pytest
from linear_halves import Halves

from aewidgets.studies.latent.decoder import atlas, decode_codes, page_decoder
from aewidgets.studies.latent.map import encode_map, outliers, reconstruction_errors
from aewidgets.studies.latent.paths import attribute_vector, grid, interpolate, neighbours, walk
from aewidgets.studies.latent.samples import Mixture, fit_mixture, sample


class Drawn(Halves):
    """Linear model with a stated spread: the first number holds no information, the second most."""

    def code_statistics(self, images: np.ndarray, batch_size: int = 256) -> dict[str, np.ndarray]:
        mean = np.zeros((len(images), self.size))
        mean[:, 1], mean[:, 2] = 3, 1
        return {"z_mean": mean, "z_log_var": np.zeros_like(mean)}


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).random((60, 3, 4, 1)).astype("float32")


@pytest.fixture
def codes(images: np.ndarray) -> np.ndarray:
    return Halves().encode(images)


def test_a_map_holds_every_code_and_its_distance_from_what_is_decoded_there(images: np.ndarray, codes: np.ndarray):
    made = encode_map(Halves(), images, np.arange(60) % 3)
    assert np.array_equal(made.codes, codes)
    away = np.linalg.norm(codes - made.projection.to_codes(made.plane), axis=1)
    assert np.allclose(made.distance, away, atol=1e-5)
    assert made.distance.max() > 0.1
    assert (len(made), made.kl_nats) == (60, None)


def test_a_code_of_two_numbers_is_at_no_distance(images: np.ndarray):
    assert encode_map(Halves(2), images).distance.max() == 0


def test_numbers_are_ordered_by_variance_and_by_divergence_where_there_is_one(images: np.ndarray):
    plain = encode_map(Halves(), images)
    assert (np.diff(plain.codes.var(0)[plain.order]) <= 0).all()
    drawn = encode_map(Drawn(), images)
    assert drawn.order[:2].tolist() == [1, 2]
    assert np.allclose(drawn.kl_nats, [0, 4.5, 0.5, 0, 0])


def test_whole_and_unit_pictures_have_the_same_error():
    whole = np.random.default_rng(1).integers(0, 256, (9, 3, 4, 1)).astype("uint8")
    unit = whole.astype("float32") / 255
    assert np.allclose(reconstruction_errors(Halves(), whole), reconstruction_errors(Halves(), unit))


def test_a_perfect_model_has_no_errors(images: np.ndarray):
    assert reconstruction_errors(Halves(12), images).max() == 0


def test_the_worst_picture_comes_first(images: np.ndarray):
    images[17, 2] = 5
    found = outliers(Halves(), images, 3)
    assert found.indices[0] == 17
    assert (np.diff(found.errors) <= 0).all()


def test_the_corners_of_a_grid_are_its_bounds(images: np.ndarray):
    made = encode_map(Halves(2), images)
    laid = grid(made, 4, 7, (-1, -2, 3, 4))
    assert laid.shape == (4, 7, 2)
    assert np.allclose([laid[0, 0], laid[-1, -1]], [[-1, 4], [3, -2]])
    whole = grid(made)
    assert np.allclose(whole[0, 0], [made.plane[:, 0].min(), made.plane[:, 1].max()])


def test_a_walk_changes_one_number_only(codes: np.ndarray):
    values = np.array([-2.0, 0.0, 2.0])
    made = walk(codes[0], 3, values)
    assert np.allclose(made[:, 3], values)
    assert np.array_equal(np.delete(made, 3, 1), np.repeat(np.delete(codes[0], 3)[None], 3, 0))


@pytest.mark.parametrize("spherical", [False, True])
def test_the_ends_of_a_path_are_the_end_points_exactly(codes: np.ndarray, spherical: bool):
    way = interpolate(codes[0], codes[1], 6, spherical=spherical)
    assert np.array_equal(way[[0, -1]], codes[:2])


def test_the_middle_of_a_line_is_the_mean(codes: np.ndarray):
    assert np.allclose(interpolate(codes[0], codes[1], 3)[1], codes[:2].mean(0))


def test_an_arc_keeps_the_norm_that_a_line_loses():
    a, b = np.array([3.0, 0, 0]), np.array([0, 3.0, 0])
    assert np.allclose(np.linalg.norm(interpolate(a, b, 9, spherical=True), axis=1), 3)
    assert np.linalg.norm(interpolate(a, b, 9), axis=1).min() < 2.2


def test_along_an_arc_angles_are_even(codes: np.ndarray):
    way = interpolate(codes[0], 2 * codes[1], 8, spherical=True).astype("float64")
    unit = way / np.linalg.norm(way, axis=1, keepdims=True)
    angles = np.arccos(np.clip((unit[1:] * unit[:-1]).sum(1), -1, 1))
    assert np.allclose(angles, angles[0], atol=1e-4)


@pytest.mark.parametrize("end", [[2.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
def test_where_there_is_no_arc_there_is_a_line(end: list[float]):
    way = interpolate(np.array([1.0, 1.0]), np.array(end), 5, spherical=True)
    assert np.allclose(way, interpolate(np.array([1.0, 1.0]), np.array(end), 5))


def test_neighbours_come_nearest_first_and_nobody_is_their_own(codes: np.ndarray):
    found = neighbours(codes, 7, 5)
    assert 7 not in found.indices
    assert (np.diff(found.distances) >= 0).all()
    assert neighbours(codes, codes[7], 1).indices.tolist() == [7]
    assert len(neighbours(codes, 7, 1000).indices) == len(codes) - 1


def test_neighbours_are_those_that_scikit_learn_finds(codes: np.ndarray):
    from sklearn.neighbors import NearestNeighbors

    asked = np.full(5, 0.4, "float32")
    distances, indices = NearestNeighbors(n_neighbors=6).fit(codes).kneighbors(asked[None])
    found = neighbours(codes, asked, 6)
    assert np.array_equal(found.indices, indices[0])
    assert np.allclose(found.distances, distances[0], atol=1e-5)


def test_what_both_selections_have_is_in_no_difference(codes: np.ndarray):
    assert np.allclose(attribute_vector(codes, np.arange(9), np.arange(9)), 0)
    there, back = (attribute_vector(codes, *pair) for pair in (([1, 2], [3]), ([3], [1, 2])))
    assert np.allclose(there, -back)
    assert np.allclose(codes[3] + there, codes[1:3].mean(0), atol=1e-6)


def test_the_mean_of_symmetric_points_is_their_centre():
    centre = np.array([1.0, 2.0])
    around = centre + np.array([[1, 0], [-1, 0], [0, 2], [0, -2.0]])
    codes = np.concatenate([around, [[0, 0]]])
    assert np.allclose(attribute_vector(codes, [0, 1, 2, 3], [4]), centre)


def test_selections_may_be_masks(codes: np.ndarray):
    mask = np.arange(60) < 10
    assert np.allclose(attribute_vector(codes, mask, ~mask), attribute_vector(codes, np.arange(10), np.arange(10, 60)))


def test_the_prior_has_mean_zero_and_variance_one_and_temperature_scales_it():
    drawn = sample(4000, size=3).codes
    assert np.allclose(drawn.mean(0), 0, atol=0.06)
    assert np.allclose(np.cov(drawn.T), np.eye(3), atol=0.08)
    assert np.allclose(sample(4000, size=3, temperature=0.5).codes, 0.5 * drawn)
    assert not sample(10, size=3, temperature=0).codes.any()


def test_draws_of_a_mixture_have_its_moments():
    roots = np.array([[[1.0, 0], [0.5, 0.2]], [[0.1, 0], [0, 0.1]]])
    mixture = Mixture(np.array([0.5, 0.5]), np.array([[-3.0, 0], [3.0, 1]]), roots)
    drawn = sample(6000, mixture=mixture).codes
    left = drawn[drawn[:, 0] < 1.5]
    assert np.allclose(left.mean(0), [-3, 0], atol=0.1)
    assert np.allclose(np.cov(left.T), roots[0] @ roots[0].T, atol=0.1)
    cold = sample(50, mixture=mixture, temperature=0).codes
    assert {tuple(code) for code in cold.tolist()} == {(-3, 0), (3, 1)}


@pytest.mark.parametrize("size", [2, 40])
def test_a_fitted_mixture_is_spread_as_the_codes_are(size: int):
    rng = np.random.default_rng(2)
    codes = np.concatenate([rng.normal(-4, 0.5, (400, size)), rng.normal(4, 1, (400, size))])
    fitted = fit_mixture(codes, 2)
    assert np.isclose(fitted.weights.sum(), 1)
    assert np.allclose(np.sort(fitted.means[:, 0]), [-4, 4], atol=0.2)
    drawn = sample(3000, mixture=fitted).codes
    assert np.allclose(drawn.std(0), codes.std(0), rtol=0.1)


def test_an_atlas_holds_what_is_decoded_at_its_places(images: np.ndarray):
    made = encode_map(Halves(2), images)
    tiles = atlas(Halves(2), made, 3, 4)
    assert tiles.images.shape == (3, 4, 3, 4, 1)
    left, bottom, right, top = tiles.bounds
    assert np.array_equal(tiles.images[0, 0], decode_codes(Halves(2), made, np.array([[left, top]]))[0])
    assert np.array_equal(tiles.images[-1, -1], decode_codes(Halves(2), made, np.array([[right, bottom]]))[0])


def test_decoded_pictures_are_whole_levels_within_bounds(images: np.ndarray):
    made = encode_map(Halves(2), images)
    assert decode_codes(Halves(2), made, np.array([[0.5, -7], [9, 1]]))[:, 0, :2, 0].tolist() == [[128, 0], [255, 255]]


def test_a_decoder_that_is_no_keras_model_stays_where_it_is_and_says_so():
    found = page_decoder(Halves())
    assert (found.steps, found.weights) == ((), b"")
    assert "no Keras model" in found.why


def test_a_decoder_is_embedded_unless_it_is_too_large():
    from aewidgets.models.families import build_autoencoder

    model = build_autoencoder("dense", (6, 5, 1), latent_dim=3, hidden=(8,))
    assert "bytes" in page_decoder(model, max_bytes=100).why
    assert page_decoder(model).why == ""
    assert [step["kind"] for step in page_decoder(model).steps] == ["code", "dense", "dense", "activation", "reshape"]


def test_few_codes_get_few_gaussians():
    assert len(fit_mixture(np.random.default_rng(0).normal(size=(12, 2)), 10).weights) == 2


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda codes, images: walk(codes[0], 5, [0]), "0 to 4"),
        (lambda codes, images: interpolate(codes[0], codes[0][:2]), "one size"),
        (lambda codes, images: neighbours(codes, codes[0][:2]), "5 numbers"),
        (lambda codes, images: attribute_vector(codes, [], [1]), "with_it: expected one code"),
        (lambda codes, images: sample(3), "either size"),
        (lambda codes, images: sample(3, size=2, temperature=-1), "temperature"),
        (lambda codes, images: fit_mixture(codes[:1]), "two codes"),
        (lambda codes, images: outliers(Halves(), images, 0), "at least 1"),
        (lambda codes, images: encode_map(Halves(), images, [1, 2]), "60 whole numbers"),
        (lambda codes, images: grid(encode_map(Halves(), images), 0), "one row"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(codes: np.ndarray, images: np.ndarray, act, words: str):
    with pytest.raises(ValueError, match=words):
        act(codes, images)
