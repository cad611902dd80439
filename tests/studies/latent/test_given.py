"""Codes and images as other programs make them: one map whatever they come as, and words for what is none."""

from typing import Any

import numpy as np
import pytest

from aewidgets.studies.latent.given import codes_of, images_of
from aewidgets.studies.latent.map import map_codes

CODES = np.random.default_rng(0).normal(size=(30, 5)).astype("float32")


def frame(codes: np.ndarray) -> Any:
    return pytest.importorskip("pandas", reason="comes with the tests").DataFrame(codes, columns=list("abcde"))


def tensor(codes: np.ndarray) -> Any:
    torch = pytest.importorskip("torch", reason="comes with the torch extra")
    return torch.tensor(codes, requires_grad=True)


FORMS = {
    "float64": lambda c: c.astype("float64"),
    "list of lists": lambda c: c.tolist(),
    "list of arrays": list,
    "table": frame,
    "table of nullable numbers": lambda c: frame(c).astype("Float64"),
    "tensor with gradients": tensor,
    "list of tensors": lambda c: list(tensor(c)),
    "Fortran order": np.asfortranarray,
    "objects": lambda c: c.astype(object),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_source_of_codes_gives_the_map_of_the_array(form: str):
    made, wanted = map_codes(FORMS[form](CODES)), map_codes(CODES)
    assert np.array_equal(made.codes, wanted.codes)
    assert np.array_equal(made.plane, wanted.plane)


def test_codes_of_more_axes_are_flattened_for_the_map_and_keep_their_shape():
    made = map_codes(CODES.reshape(15, 2, 5))
    assert (made.codes.shape, made.code_shape) == ((15, 10), (2, 5))


def test_one_dimension_is_enough_and_many_are_not_too_many():
    assert map_codes(CODES[:, :1]).plane[:, 1].tolist() == [0] * 30
    assert map_codes(np.random.default_rng(0).normal(size=(40, 300))).plane.shape == (40, 2)


@pytest.mark.parametrize("codes", [np.zeros((7, 3)), np.repeat(CODES[:1], 9, 0), np.zeros((5, 1)), CODES[[0, 0]]])
def test_equal_codes_have_a_map_all_the_same(codes: np.ndarray):
    made = map_codes(codes)
    assert np.isfinite(made.plane).all()
    assert np.ptp(made.plane) == 0


def worse(change: Any) -> np.ndarray:
    """Return codes of which one value in row 4 is another."""
    codes = CODES.astype("float64")
    codes[4, 2] = change
    return codes


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (worse(np.nan), "NaN or infinity in 1 of 30 rows, first in row 4"),
        (worse(np.inf), "first in row 4"),
        (worse(1e300), "first in row 4"),
        ([[1, None], [2, 3]], "first in row 0"),
        (CODES[:, 0], r"codes\[:, None\]"),
        (CODES[:1], "two rows"),
        (np.zeros((4, 0)), "two rows"),
        ([[1, 2], [3]], "rows of one length"),
        (np.array([["a", "b"], ["c", "d"]]), "expected .n, d. numbers"),
        (CODES.astype("complex64"), "complex64"),
        (7, "expected .n, d. numbers"),
        ([[{}, 1], [2, 3]], "expected .n, d. numbers"),
    ],
)
def test_what_is_no_codes_is_refused_in_words(codes: Any, words: str):
    with pytest.raises(ValueError, match=words):
        codes_of(codes)


def test_columns_of_text_and_sparse_codes_are_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"got kind; choose columns.*frame="):
        codes_of(frame(CODES).assign(kind="x"))
    sparse = pytest.importorskip("scipy.sparse", reason="comes with scikit-learn")
    with pytest.raises(ValueError, match=r"toarray\(\)"):
        codes_of(sparse.csr_matrix(CODES))


def test_images_come_in_many_forms_and_are_the_same():
    bright = np.random.default_rng(1).integers(0, 256, (6, 4, 5)).astype("uint8")
    from PIL import Image

    forms: list[Any] = [
        bright, bright[..., None], bright.astype("int64"), list(bright), [Image.fromarray(b) for b in bright]
    ]  # fmt: skip
    for form in forms:
        assert np.array_equal(images_of(form, 6), bright[..., None])
    assert np.allclose(images_of(bright / 255.0), bright[..., None] / 255)
    assert np.array_equal(images_of(bright > 99), np.uint8(255) * (bright > 99)[..., None])


def test_channels_of_tensors_may_come_first():
    torch = pytest.importorskip("torch", reason="comes with the torch extra")
    colour = np.random.default_rng(1).random((6, 4, 5, 3), "float32")
    assert np.array_equal(images_of(torch.tensor(np.moveaxis(colour, 3, 1))), colour)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((3, 64)), r"images.reshape\(-1, 8, 8\)"),
        (np.zeros((3, 4, 5, 2)), "1, 3 or 4"),
        (np.full((3, 4, 5), 16.0), "from 16 to 16"),
        (np.full((3, 4, 5), np.nan), "finite"),
        ([np.zeros((4, 5)), np.zeros((5, 4))], "one size"),
        (np.full((3, 4, 5), 300), "from 300"),
        (np.full((3, 4, 5), "x"), "expected"),
        (np.zeros((4, 4, 5)), "expected 3, one for each code"),
    ],
)
def test_what_is_no_images_is_refused_in_words(images: Any, words: str):
    with pytest.raises(ValueError, match=words):
        images_of(images, 3)
