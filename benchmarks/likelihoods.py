"""Rows of the autoencoders' table that are no reconstruction at equal size: nats, keras.io's figure, transfer.

Binarised: MNIST with each pixel drawn once as a coin of its intensity (seed 1), training and test pictures alike. The
89.8 nats beside it are of a plain variational autoencoder on statically binarised MNIST, by 200 importance samples.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from aewidgets.training.fitting.records import Recipe

FOLDER = Path("checkpoints") / "benchmarks"
BINARY_SEED = 1
SCORED = 1000  # test pictures whose likelihood is estimated, with SAMPLES codes each
SAMPLES = 200
PUBLISHED = 89.8  # nats
KERAS_IO = 0.0622  # nats a pixel, validation pictures, which are the test pictures there
KERAS_IO_EPOCHS = 50
FEW = 40  # epochs of the runs that transfer is seen by


def binarised(splits):
    """Return pictures in 0 and 255, each pixel drawn once with the probability of its brightness."""
    from aewidgets.training.data.parts import HeldOut, Part

    random = np.random.default_rng(BINARY_SEED)

    def drawn(part: Part) -> Part:
        return Part(np.where(random.random(part.images.shape) * 255 < part.images, 255, 0).astype("uint8"), part.labels)

    train, validation, test = (drawn(part) for part in (splits.train, splits.validation, splits.test.open()))
    return replace(
        splits, name="mnist, binarised", train=train, validation=validation, test=HeldOut(test), note="statically"
    )


def binarised_row() -> dict[str, Any]:
    """Train a variational autoencoder with two hidden layers: bound and likelihood of held-out pictures."""
    import keras

    from aewidgets.models.families import build_autoencoder
    from aewidgets.training.autoencoders import train
    from aewidgets.training.data.splits import load_splits

    splits = binarised(load_splits("mnist"))
    keras.utils.set_random_seed(1)
    options = {"hidden": (400, 400), "activation": "tanh"}
    model = build_autoencoder("variational", (28, 28, 1), latent_dim=40, likelihood="bernoulli", options=options)
    recipe = Recipe(epochs=40, batch_size=128, learning_rate=1e-3, schedule="cosine", loss="bce")
    record = train(model, splits, recipe, folder=FOLDER / "binarised", report=_say)
    images = splits.test.open().images
    elbo, nll = model.elbo(images).mean(), -model.log_likelihood(images[:SCORED], SAMPLES).mean()
    text = (
        f"784-400-400-40, {len(record.epochs)} epochs ({record.seconds:.0f} s), training pictures binarised once too "
        f"(seed {BINARY_SEED}): held-out ELBO {elbo:.1f} nats on {len(images):,} pictures; NLL {nll:.1f} nats by "
        f"{SAMPLES} importance samples on the first {SCORED:,}; published for a plain one: {PUBLISHED}"
    )
    return {"elbo": float(elbo), "nll": float(nll), "text": text, "epochs": len(record.epochs)}


def _say(entry: dict[str, Any]) -> None:
    print(f"  epoch {entry['epoch']}: loss {entry['loss']:.4f}, {entry['validation']}", flush=True)


def keras_io_model():
    """Build the network of keras.io/examples/vision/autoencoder, whose code of 7 x 7 x 32 is twice a picture's size."""
    import keras
    from keras import layers

    x = inputs = keras.Input((28, 28, 1))
    for _ in range(2):
        x = layers.Conv2D(32, 3, activation="relu", padding="same")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
    for _ in range(2):
        x = layers.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same")(x)
    return keras.Model(inputs, layers.Conv2D(1, 3, activation="sigmoid", padding="same")(x))


def keras_io_row(clean: bool) -> dict[str, Any]:
    """Train keras.io's network; judge its last epoch by test pictures, or its best one by validation pictures.

    Args:
        clean: 50,000 pictures to learn from, 10,000 to choose by, and the test pictures opened once.
    """
    import keras

    from aewidgets.training.data.splits import load_splits

    splits = load_splits("mnist")
    train, held = splits.train.floats(), splits.validation.floats()
    keras.utils.set_random_seed(1)
    model = keras_io_model()
    model.compile("adam", "binary_crossentropy")
    folder = FOLDER / f"keras-io-{'clean' if clean else 'theirs'}"
    folder.mkdir(parents=True, exist_ok=True)
    best = keras.callbacks.ModelCheckpoint(folder / "best.weights.h5", save_best_only=True, save_weights_only=True)
    callbacks = [keras.callbacks.BackupAndRestore(folder / "backup"), *([best] if clean else [])]
    if not clean:
        train, held = np.concatenate([train, held]), splits.test.open().floats()
    begun = time.perf_counter()
    model.fit(
        train, train, batch_size=128, epochs=KERAS_IO_EPOCHS, validation_data=(held, held), callbacks=callbacks,
        verbose=2,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if clean:
        model.load_weights(folder / "best.weights.h5")
    test = splits.test.open().floats()
    bce = float(model.evaluate(test, test, batch_size=512, verbose=0))
    how = "best of its epochs on validation pictures, test pictures opened once" if clean else "after the last epoch"
    text = (
        f"binary cross-entropy {bce:.4f} on test pictures, {len(train):,} to learn from, {KERAS_IO_EPOCHS} epochs "
        f"({seconds:.0f} s), {how}; keras.io has {KERAS_IO}, and a perfect reconstruction 0.0581"
    )
    return {"bce": bce, "seconds": round(seconds), "text": text}


def transfer_row() -> dict[str, Any]:
    """Count the epochs that MNIST's weights save on another set of digits: the 1,198 of scikit-learn, at 28 x 28."""
    import keras

    from aewidgets.models.families import build_autoencoder
    from aewidgets.models.pretrained import load_autoencoder, start_from
    from aewidgets.training.autoencoders import train
    from aewidgets.training.data.splits import load_splits

    splits, errors = load_splits("digits", size=28), {}
    options = load_autoencoder("mnist-convolutional-64").get_config()
    for start in (None, "mnist-convolutional-64"):
        keras.utils.set_random_seed(1)
        model = build_autoencoder("convolutional", splits.image_shape, num_filters=options["num_filters"])
        if start:
            start_from(model, start)
        errors[start] = [e["validation"]["error"] for e in train(model, splits, epochs=FEW, batch_size=64).epochs]
    scratch, moved = errors.values()
    reached = next(n for n, error in enumerate(moved, 1) if error <= min(scratch))
    best = scratch.index(min(scratch)) + 1
    text = (
        f"from scratch the error on validation pictures is {min(scratch):.5f} after {best} epochs; from "
        f"`mnist-convolutional-64` it is below that after {reached}, and {min(moved):.5f} at best of {FEW}"
    )
    return {"scratch": scratch, "moved": moved, "text": text}
