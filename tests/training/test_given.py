"""Training on what other people have: plain Keras models, arrays, data sets of other libraries, pictures of 16 bits."""

import warnings
from typing import Any

import keras
import numpy as np
import pytest
import tifffile
from PIL import Image

from aewidgets.models.plain import as_autoencoder
from aewidgets.training.autoencoders import test_error, train
from aewidgets.training.data import given
from aewidgets.training.data.given import splits_of
from aewidgets.training.data.splits import load_splits

pytestmark = pytest.mark.long

X = np.random.default_rng(0).random((40, 6, 6, 1), dtype="float32")
BYTES = np.rint(X * 255).astype("uint8")
DEEP = np.rint(X * 65535).astype("uint16")
SHAPE = (6, 6, 1)


def plain(**options: Any) -> keras.Model:
    """A model that knows nothing of us."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(36, activation="sigmoid", **options)]
    return keras.Sequential([keras.Input(SHAPE), *layers, keras.layers.Reshape(SHAPE)], name="mine")


@pytest.mark.backend
def test_a_model_of_somebody_elses_is_trained_and_has_its_best_weights():
    model = plain(activity_regularizer=keras.regularizers.L2(1e-3))
    before = float(np.mean((model.predict(X, verbose=0) - X) ** 2))
    record = train(model, X, validation=8, epochs=4, batch_size=8, learning_rate=0.05)
    splits = splits_of(X, SHAPE, 8)
    held = splits.validation.floats()
    assert record.error == pytest.approx(float(np.mean((model.predict(held, verbose=0) - held) ** 2)), rel=1e-4)
    assert float(np.mean((model.predict(X, verbose=0) - X) ** 2)) < before
    assert (record.model, record.data) == ("mine, 1,332 weights", "your pictures")
    assert (record.references, record.kl_nats) == ({}, ())  # what is not known of its code is left out
    assert all(entry["loss"] > 0 for entry in record.epochs)
    with pytest.raises(ValueError, match="no test pictures"):
        test_error(model, splits)


@pytest.mark.backend
@pytest.mark.parametrize("images", [BYTES, DEEP, X.astype("float64"), BYTES[..., 0]], ids=["8", "16", "float", "gray"])
def test_pictures_are_the_same_on_every_scale(images: np.ndarray):
    splits = splits_of(images, SHAPE)
    both = np.concatenate([splits.train.floats(), splits.validation.floats()])
    away = np.abs(both[:, None] - X[None]).max((2, 3, 4))
    assert sorted(away.argmin(1)) == list(range(40)) and away.min(1).max() < 0.6 / 255
    model = plain()
    wrapped = as_autoencoder(model, SHAPE)
    part = splits.validation
    np.testing.assert_allclose(wrapped.reconstruct(part.images), model.predict(part.floats(), verbose=0), atol=1e-5)
    if images is not DEEP:
        return
    record = train(model, images, epochs=1, augment=("flip", "shift", "brightness"))
    held = part.floats()
    assert record.error == pytest.approx(float(np.mean((model.predict(held, verbose=0) - held) ** 2)), rel=1e-3)


def test_our_own_models_take_16_bits_too():
    from aewidgets.models.families import build_autoencoder

    model = build_autoencoder("dense", SHAPE, latent_dim=3, hidden=())
    record = train(model, DEEP, epochs=1)
    np.testing.assert_allclose(model.encode(DEEP), model.encode(DEEP.astype("float32") / 65535), atol=1e-5)
    held = splits_of(DEEP, SHAPE).validation
    error = np.mean((model.reconstruct(held.images) - held.floats()) ** 2)
    assert record.error == pytest.approx(float(error), rel=1e-3)


def batches_of_tensorflow(x: np.ndarray) -> Any:
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices(x).batch(7)


def pictures_of_tensorflow(x: np.ndarray) -> Any:
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((x, x))


def loader_of_torch(x: np.ndarray) -> Any:
    torch = pytest.importorskip("torch")
    tensors = torch.utils.data.TensorDataset(torch.tensor(np.moveaxis(x, -1, 1)))  # channels first, as there
    return torch.utils.data.DataLoader(tensors, batch_size=9)


def batches_of_keras(x: np.ndarray) -> Any:
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return x[10 * index : 10 * (index + 1)]

    return Batches()


SOURCES = [batches_of_tensorflow, pictures_of_tensorflow, loader_of_torch, batches_of_keras, list, iter]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_batches_of_every_library_are_the_array_that_they_are_made_of(source: Any):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, expected = splits_of(source(X), SHAPE), splits_of(X, SHAPE)
    assert np.array_equal(found.train.images, expected.train.images)
    assert np.array_equal(found.validation.images, expected.validation.images)


def test_a_data_set_of_tensorflow_and_one_of_torch_are_trained_on():
    for source in (batches_of_tensorflow(X), loader_of_torch(X)):
        assert len(train(plain(), source, validation=0.25, epochs=1).epochs) == 1


def test_equal_pictures_are_in_one_part():
    splits = splits_of(np.concatenate([X, X, X]), SHAPE)
    assert splits.shared == 0
    assert len(splits.train) + len(splits.validation) == 120
    assert {len(splits.train) % 3, len(splits.validation) % 3} == {0}


def labelled(x: np.ndarray) -> Any:
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((x, np.arange(len(x)))).batch(5)


def endless(x: np.ndarray) -> Any:
    return batches_of_tensorflow(x).repeat()


def broken():
    yield X[:4]
    raise KeyError("no such file")


WRONG = [
    (lambda: np.arange(9), "such as labels, where pictures"), (lambda: np.zeros((9, 1), int), "such as labels"),
    (lambda: labelled(X), "got labels where pictures are expected"), (lambda: endless(X), "repeats for ever"),
    (lambda: (X, X), "validation=x_val"), (lambda: X[:, :3], r"expected pictures \(n, 6, 6, 1\), got \(40, 3, 6, 1\)"),
    (lambda: X * np.nan, "NaN"), (lambda: X * 255, "divide by 255"), (lambda: X - 1, "expected floats in"),
    (lambda: X[:0], "got none"), (list, "got none"), (lambda: X[:1].repeat(5, 0), "all equal"),
    (lambda: BYTES.astype("uint16"), "without a value above 255"), (broken, "KeyError: 'no such file'"),
    (lambda: [(X[:4], X[4:8])], "pairs of different pictures"), (lambda: [{"image": X[:4]}], "dictionaries with image"),
    (lambda: [X[:4], X[:4, :3]], "expected pictures"), (lambda: "no-such-folder", "neither a data set nor a folder"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_data_that_are_no_pictures_are_refused_in_words(number: int):
    make, words = WRONG[number]
    with pytest.raises(ValueError, match=words):
        splits_of(make(), SHAPE)


@pytest.mark.parametrize("data", [None, 3, {"x": X}, print], ids=str)
def test_objects_of_other_kinds_are_refused_in_words(data: Any):
    with pytest.raises(TypeError, match="expected an array of pictures"):
        splits_of(data, SHAPE)


def test_data_without_an_end_are_refused_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    def forever():
        while True:
            yield X

    monkeypatch.setattr(given, "MOST", 10 * X.nbytes)
    with pytest.raises(ValueError, match="or no end of them"):
        splits_of(forever(), SHAPE)


@pytest.mark.parametrize(
    "validation, words",
    [
        (1.5, "a share between 0 and 1"), (0, "a share between"), (-1, "a share"), (99, "fewer than the 40"),
        (np.arange(3), "labels"),
    ],
)  # fmt: skip
def test_a_validation_part_that_is_none_is_refused_in_words(validation: Any, words: str):
    with pytest.raises(ValueError, match=words):
        splits_of(X, SHAPE, validation)


def test_training_pictures_that_are_validation_pictures_too_are_refused():
    with pytest.raises(ValueError, match="validation or test pictures too"):
        train(plain(), X, validation=X[:5])


MODELS = [
    (lambda: keras.Sequential([keras.Input((36,)), keras.layers.Dense(36)]), ValueError, r"got \(None, 36\)"),
    (lambda: keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten()]), ValueError, r"got \(36,\)"),
    (
        lambda: keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(1, 1)]), ValueError,
        r"expected pictures \(n, 8, 8, 1\)",
    ),
    (lambda: print, TypeError, "got builtin"), (lambda: None, TypeError, "got NoneType"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(MODELS)))
def test_models_of_something_else_are_refused_in_words(number: int):
    make, kind, words = MODELS[number]
    with pytest.raises(kind, match=words):
        train(make(), X)
    with pytest.raises(ValueError, match="precision: expected float32"):
        train(plain(), X, precision="mixed_bfloat16")


def test_a_subclass_that_was_never_called_is_trained():
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")  # Keras numbers the names it chooses by all that were made before
            self.layer = keras.layers.Conv2D(1, 3, padding="same")

        def call(self, x):
            return self.layer(x)

    assert train(Own(), X, epochs=1).model == "own, 10 weights"


def test_a_run_of_a_plain_model_goes_on_in_its_folder(tmp_path):
    first = train(plain(), X, epochs=2, folder=tmp_path)
    again = train(plain(), X, epochs=2, folder=tmp_path)
    assert again.epochs == first.epochs
    with pytest.raises(ValueError, match="holds another run"):
        train(plain(), X, epochs=3, folder=tmp_path)


@pytest.mark.parametrize("colour", [False, True])
def test_a_folder_of_16_bits_keeps_them(tmp_path, colour: bool):
    draw = np.random.default_rng(1)
    pictures = draw.integers(0, 65536, (9, 6, 6, 3) if colour else (9, 6, 6), dtype="uint16")
    for number, picture in enumerate(pictures):
        tifffile.imwrite(tmp_path / f"{number}.tif", picture, photometric="rgb" if colour else "minisblack")
    whole = np.full((6, 6), 128, "uint8")
    Image.fromarray(whole).save(tmp_path / "eight bits.png")
    splits = load_splits(tmp_path)
    kept = np.concatenate([part.images for part in (splits.train, splits.validation, splits.test.open())])
    assert kept.dtype == np.uint16
    found = {picture.tobytes() for picture in kept}
    assert {picture.tobytes() for picture in pictures} < found
    deep = np.full((6, 6, 3 if colour else 1), 128 * 257, "uint16")
    assert deep.tobytes() in found
    smaller = load_splits(tmp_path, size=4)
    assert smaller.image_shape == (4, 4, 3 if colour else 1)
    assert smaller.train.images.max() > 255


def test_a_16_bit_folder_is_trained_on(tmp_path):
    for number, picture in enumerate(DEEP[..., 0]):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    record = train(plain(), tmp_path, epochs=1)
    assert record.error == pytest.approx(1 / 12, abs=0.04)  # the variance of uniform noise
