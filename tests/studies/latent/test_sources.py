"""Models, pairs and decoders that know nothing of us: what they decode, and words for what is none."""

from typing import Any

import numpy as np
import pytest
from linear_halves import Halves

from aewidgets.studies.latent.sources import Source, source_of

IMAGES = np.random.default_rng(0).random((40, 6, 6)).astype("float32")
CODES = IMAGES.reshape(40, 36)[:, :3].copy()


def decode(codes: np.ndarray) -> np.ndarray:
    """Return images whose first values are the code."""
    made = np.zeros((len(codes), 36), "float32")
    made[:, :3] = codes
    return made.reshape(-1, 6, 6)


def keras_halves() -> tuple[Any, Any]:
    """Return an encoder and a decoder as somebody builds them."""
    import keras

    keras.utils.set_random_seed(0)
    encoder = keras.Sequential([keras.Input((6, 6)), keras.layers.Flatten(), keras.layers.Dense(3)])
    return encoder, keras.Sequential([keras.Input((3,)), keras.layers.Dense(36, "sigmoid")])


def agrees(source: Source) -> None:
    """Assert that a source decodes its codes as `decode` does."""
    codes = source.codes[:5]
    assert np.allclose(source.model.decode(codes), decode(codes)[..., None], atol=1e-6)


FORMS = {
    "images": decode,
    "images with channels": lambda codes: decode(codes)[..., None],
    "rows of values": lambda codes: decode(codes).reshape(-1, 36),
    "float64": lambda codes: decode(codes).astype("float64"),
    "a list": lambda codes: decode(codes).tolist(),
    "several outputs": lambda codes: (decode(codes), "more"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_function_may_return_images_in_any_form(form: str):
    agrees(source_of(CODES, IMAGES, FORMS[form]))


def test_levels_of_255_are_shares_of_one():
    source = source_of(CODES, None, lambda codes: np.rint(255 * decode(codes)).astype("uint8"))
    assert np.allclose(source.model.decode(CODES), decode(CODES)[..., None], atol=1 / 255)


def test_objects_that_decode_and_pairs_are_taken_beside_codes():
    class Decodes:
        decode = staticmethod(decode)

    for given in (Decodes(), (None.__class__, Decodes()), (len, decode)):
        agrees(source_of(CODES, IMAGES, given))


@pytest.mark.backend
def test_a_sequential_of_keras_decodes_and_is_taken_into_pages():
    from aewidgets.studies.latent.decoder import page_decoder

    _, decoder = keras_halves()
    source = source_of(CODES, IMAGES, decoder)
    wanted = np.asarray(decoder.predict(CODES, verbose=0)).reshape(-1, 6, 6, 1)
    assert np.allclose(source.model.decode(CODES), wanted, atol=1e-5)
    assert page_decoder(source.model).steps[-1]["shape"] == [6, 6, 1]


@pytest.mark.backend
def test_a_pair_of_keras_models_is_an_autoencoder():
    halves = keras_halves()
    source = source_of(halves, IMAGES)
    assert np.allclose(source.codes, halves[0].predict(IMAGES, verbose=0), atol=1e-5)
    assert source.images.shape == (40, 6, 6, 1)
    assert np.allclose(source_of(halves, np.rint(255 * IMAGES).astype("uint8")).codes, source.codes, atol=0.02)


@pytest.mark.backend
def test_a_whole_keras_model_is_split_at_its_narrowest_place_and_says_where():
    import keras

    encoder, decoder = keras_halves()
    whole = keras.Sequential([*encoder.layers, *decoder.layers, keras.layers.Reshape((6, 6))])
    whole.build((None, 6, 6))
    source = source_of(whole, IMAGES)
    assert "the narrowest place" in source.words
    assert np.allclose(source.model.encode(source.images), encoder.predict(IMAGES, verbose=0), atol=1e-5)
    assert np.allclose(source.model.decode(source.model.encode(source.images))[..., 0],
                       whole.predict(IMAGES, verbose=0), atol=1e-5)  # fmt: skip


def test_what_scikit_learn_fits_encodes_rows_and_decodes_to_images():
    from sklearn.decomposition import PCA

    fitted = PCA(3).fit(IMAGES.reshape(40, 36))
    source = source_of(fitted, IMAGES)
    assert np.allclose(source.codes, fitted.transform(IMAGES.reshape(40, 36)), atol=1e-5)
    wanted = fitted.inverse_transform(source.codes).reshape(-1, 6, 6, 1)
    assert np.allclose(source.model.decode(source.codes), wanted, atol=1e-5)
    assert np.allclose(source_of(source.codes, IMAGES, fitted).model.decode(source.codes), wanted, atol=1e-5)


def test_torch_modules_take_and_give_channels_first_and_stay_as_they_are():
    torch = pytest.importorskip("torch", reason="comes with the torch extra")
    colour = np.random.default_rng(0).random((10, 4, 5, 3)).astype("float32")
    encoder = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(60, 4), torch.nn.Dropout(0.5))
    decoder = torch.nn.Sequential(torch.nn.Linear(4, 60), torch.nn.Sigmoid(), torch.nn.Unflatten(1, (3, 4, 5)))
    source = source_of((encoder, decoder), colour)
    given = torch.tensor(np.moveaxis(colour, 3, 1).reshape(10, 60))
    assert np.allclose(source.codes, encoder[1](given).detach().numpy(), atol=1e-5)
    assert source.model.decode(source.codes).shape == (10, 4, 5, 3)
    assert encoder.training


def test_codes_of_more_axes_reach_the_decoder_in_their_shape():
    deep = np.random.default_rng(0).random((8, 2, 3)).astype("float32")
    shapes = set()

    def maps(codes: np.ndarray) -> np.ndarray:
        shapes.add(codes.shape[1:])
        return codes

    source = source_of(deep, None, maps)
    assert source.model.decode(deep.reshape(8, 6)).shape == (8, 2, 3, 1)
    assert shapes == {(2, 3)}


def fails(codes: np.ndarray) -> np.ndarray:
    raise KeyError("no such code")


@pytest.mark.parametrize(
    ("decoder", "kind", "words"),
    [
        (fails, ValueError, "it failed on float32 .2, 3.: KeyError: 'no such code'"),
        (lambda codes: None, ValueError, "one result for each of 2 codes"),
        (lambda codes: decode(codes)[:1], ValueError, "one result for each of 2 codes"),
        (lambda codes: decode(codes)[:, :4], ValueError, r"images of \(6, 6, 1\), like those given, got \(4, 6, 1\)"),
        (lambda codes: codes, ValueError, "rows of 3 values"),
        (lambda codes: decode(codes) * np.nan, ValueError, "NaN"),
        (lambda codes: 200 + decode(codes), ValueError, "divide them"),
        (lambda codes: np.full(len(codes), "x"), ValueError, "one result for each"),
        ("mine", TypeError, "expected a Keras model, a torch module, a function"),
        (7, TypeError, "got int"),
    ],
)
def test_decoders_that_do_not_fit_are_refused_in_words(decoder: Any, kind: type[Exception], words: str):
    with pytest.raises(kind, match=words):
        source_of(CODES, IMAGES, decoder)


def test_an_error_in_a_decoder_is_chained():
    with pytest.raises(ValueError, match="KeyError") as caught:
        source_of(CODES, None, fails)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("given", "images", "decoder", "kind", "words"),
    [
        (None, IMAGES, None, TypeError, "expected codes .n, d., a model"),
        ("model.keras", IMAGES, None, TypeError, "got str"),
        (len, IMAGES, None, TypeError, "give a pair .encoder, decoder., or the codes"),
        (Halves(), None, None, ValueError, "expected the images"),
        (Halves(), IMAGES, decode, ValueError, "decoder: expected none beside a model"),
        ((fails, decode), IMAGES, None, ValueError, "encoder: it failed"),
        (CODES, IMAGES[:7], None, ValueError, "expected 40, one for each code, got 7"),
    ],
)
def test_what_is_neither_codes_nor_a_model_is_refused_in_words(
    given: Any, images: Any, decoder: Any, kind: type[Exception], words: str
):
    with pytest.raises(kind, match=words):
        source_of(given, images, decoder)


@pytest.mark.backend
def test_a_keras_model_that_is_no_autoencoder_says_what_to_do():
    import keras

    classifier = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match=r"LatentExplorer\(encoder.predict\(images\), images\)"):
        source_of(classifier, IMAGES)
