"""Autoencoders fitted to a data set in three parts: watched, stopped, resumed after a kill. Builds no networks.

Early stopping, best weights and figures look at validation pictures alone; the test pictures are opened by
`test_error`, when all is chosen.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aewidgets.classical.codes import PCA
from aewidgets.codec.model import losses
from aewidgets.models.autoencoder import Autoencoder, check_images
from aewidgets.system.interrupts import on_interrupt
from aewidgets.system.writing import write_text
from aewidgets.training.data.parts import Splits
from aewidgets.training.fitting.batches import Batches
from aewidgets.training.fitting.callbacks import Keep, Obey
from aewidgets.training.fitting.checkpoints import Checkpoint, State
from aewidgets.training.fitting.records import Recipe, Record
from aewidgets.training.fitting.watch import Watch
from aewidgets.training.watching import Controls, Watcher

__all__ = [
    "Recipe",
    "Record",
    "Running",
    "Watch",
    "code_size",
    "pca_error",
    "test_error",
    "train",
    "train_in_background",
]

PCA_PICTURES = 10_000  # that principal components are fitted to, at most
PCA_SIZE = 8192  # numbers in a picture, whose covariance takes 0.5 GB, at most
EVALUATED = 512  # pictures a step, where nothing is learned


def train(
    model: Autoencoder,
    splits: Splits,
    recipe: Recipe | None = None,
    *,
    folder: Path | str | None = None,
    watcher: Watcher | None = None,
    controls: Controls | None = None,
    report: Callable[[dict[str, Any]], None] | None = None,
    **changes: Any,
) -> Record:
    """Compiles and trains a model and leaves it with its best weights.

    Ctrl-C ends in good order, as `Controls.stop` does; a second one breaks off.

    A run with a folder goes on where it stopped, also after a kill, and ends as if it had not been interrupted; a run
    that was stopped by hand goes on after its last whole epoch. Equal seeds and equal starting weights give equal
    results on one backend and machine; `keras.utils.set_random_seed` before building decides the starting weights.

    Where JAX has several devices, each takes its share of a batch; up to as many pictures are then left out of the
    last batch of an epoch.

    Args:
        model: of the pictures' shape.
        splits: what `load_splits` gives.
        recipe: how to train; the default recipe when None.
        folder: where the run is kept after each epoch.
        watcher: is told of the run, and may steer it by its own controls.
        controls: steer a run without a watcher.
        report: called with each entry of `Record.epochs`, after its epoch.
        changes: fields of the recipe to be changed.

    Returns:
        What came of it; the same again where the folder holds a run that is over.

    Raises:
        ValueError: for pictures of another shape, training pictures that are in another part too, or a folder that
            holds another run.
        ArithmeticError: where the loss is no finite number any more.

    Example:
        >>> from aewidgets import build_autoencoder, load_splits, train
        >>> digits = load_splits("digits")
        >>> model = build_autoencoder("dense", digits.image_shape, latent_dim=8)
        >>> train(model, digits, epochs=2, learning_rate=0.01).error < 0.1
        True
    """
    recipe = replace(recipe or Recipe(), **changes)
    _check(model, splits)
    with _prepared(model, recipe) as (fitted, devices):
        run = {"recipe": asdict(recipe), "model": _configuration(model), "backend": keras.backend.backend()}
        run["data"] = {"name": splits.title, "fingerprint": splits.fingerprint}
        checkpoint = Checkpoint(None if folder is None else Path(folder), run)
        state = checkpoint.load() or State()
        references = {}
        if watcher:
            numbers = code_size(model)
            error = checkpoint.remember("references", lambda: pca_error(splits, numbers))
            references = {} if error is None else {f"PCA, {numbers:,} numbers": error}
        if state.reason:
            model.set_weights(state.best_weights)
        else:
            obey = Obey(controls or Controls())
            if watcher:
                obey = Watch(
                    watcher, splits, loss=recipe.loss, references=references, done=len(state.epochs),
                    best=state.best, best_loss=state.best_loss,
                )  # fmt: skip
            try:
                _fit(fitted, splits, recipe, state, checkpoint, obey, report, devices)
            finally:
                if state.best_weights:  # also of a run that broke off
                    model.set_weights(state.best_weights)
    record = Record(
        recipe, model.describe(), splits.title, tuple(state.epochs), state.best, state.reason or "stopped",
        sum(entry["seconds"] for entry in state.epochs), splits.test.opened,
        f"{keras.backend.backend()}, keras {keras.__version__}", references,
    )  # fmt: skip
    if checkpoint.folder:
        write_text(checkpoint.folder / "record.json", record.to_json())
    return record


def _fit(fitted, splits, recipe, state: State, checkpoint, obey: Obey, report, devices: int) -> None:
    """The epochs that are left, or those before a person stops."""
    batches = Batches(splits.train, recipe.batch_size, recipe.seed, recipe.augment, devices)
    keep = Keep(recipe, batches, state, checkpoint, obey, report)
    try:
        with on_interrupt(obey.controls.stop):
            fitted.fit(
                batches,
                validation_data=Batches(splits.validation, max(EVALUATED, recipe.batch_size), multiple=devices),
                initial_epoch=len(state.epochs),
                epochs=recipe.epochs,
                callbacks=[obey, keep],
                shuffle=False,  # the batches have an order of their own
                verbose=0,
            )
    except BaseException as error:
        if isinstance(obey, Watch):
            obey.failed(error)
        raise


def _check(model: Autoencoder, splits: Splits) -> None:
    """Raises ValueError unless the pictures fit the model and no training picture is in another part."""
    check_images((None, *splits.image_shape), model.image_shape)
    if splits.shared:
        raise ValueError(
            f"{splits.name}: {splits.shared} training pictures are validation or test pictures too; figures on them "
            "would be worth nothing: leave them out of the training part, or divide the pictures by `load_splits`"
        )


def _configuration(model: Autoencoder) -> dict[str, Any]:
    """Family and options of a model as JSON has them, without what says nothing of its networks."""
    config = {name: value for name, value in model.get_config().items() if name not in ("name", "trainable", "dtype")}
    return {"family": model.family} | json.loads(json.dumps(config))


@contextmanager
def _prepared(model: Autoencoder, recipe: Recipe) -> Iterator[tuple[Autoencoder, int]]:
    """The model compiled for a recipe, and the number of devices that it is spread over.

    Another precision and several devices need variables of their own: then it is a twin with the same weights.
    """
    devices = keras.distribution.list_devices() if keras.backend.backend() == "jax" else []
    spread = keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False) if len(devices) > 1 else None
    with spread.scope() if spread else nullcontext():
        fitted = model
        if spread or model.dtype_policy.name != recipe.precision:
            fitted = type(model).from_config(model.get_config() | {"dtype": recipe.precision})
            fitted.set_weights(model.get_weights())
        kernels = [v for v in fitted.trainable_variables if "kernel" in v.name]
        before = [v.regularizer for v in kernels]
        if recipe.l1 or recipe.l2:
            for variable in kernels:
                variable.regularizer = keras.regularizers.L1L2(recipe.l1, recipe.l2)
        optimizer: keras.optimizers.Optimizer = keras.optimizers.Adam(recipe.learning_rate)
        if recipe.optimizer == "sgd":
            nesterov = recipe.momentum > 0
            optimizer = keras.optimizers.SGD(recipe.learning_rate, recipe.momentum, nesterov=nesterov)
        fitted.compile(optimizer, loss=_loss(recipe.loss), metrics=["mse"])
        fitted.optimizer.build(fitted.trainable_variables)
        try:
            yield fitted, max(1, len(devices))
        finally:
            for variable, regularizer in zip(kernels, before, strict=True):
                variable.regularizer = regularizer


def _loss(name: str):
    """A loss between pictures as Keras takes it."""
    ours = {"rmse": "rmse", "ssim": "ssim_loss"}
    return getattr(losses, ours[name]) if name in ours else {"bce": "binary_crossentropy"}.get(name, name)


def code_size(model: Autoencoder) -> int:
    """Numbers in a picture's code; of a picture of 32 x 32 where a model takes any size."""
    if model.code_size is not None:
        return model.code_size
    shape = [side or 32 for side in model.image_shape]
    return int(np.prod(model.encode(np.zeros((1, *shape), "uint8")).shape))


def pca_error(splits: Splits, numbers: int) -> float | None:
    """Mean squared error on the validation pictures of a principal component analysis with codes of so many numbers.

    It is fitted to at most `PCA_PICTURES` training pictures, evenly spread.

    Returns:
        For values in [0, 1]; None where so many components cannot be had, or not in half a gigabyte.
    """
    images = splits.train.images[:: -(-len(splits.train) // PCA_PICTURES)]
    size = int(np.prod(splits.image_shape))
    if numbers > min(len(images), size) or size > PCA_SIZE:
        return None
    return PCA(numbers).fit(images).error(splits.validation.images)


def test_error(model: Autoencoder, splits: Splits) -> float:
    """Mean squared error of values in [0, 1] on the test pictures, which this opens: once, when all is chosen."""
    part = splits.test.open()
    errors = []
    for start in range(0, len(part), EVALUATED):
        images = part.floats(slice(start, start + EVALUATED))
        errors.append(np.square(model.reconstruct(images) - images).mean(axis=(1, 2, 3)))
    return float(np.concatenate(errors).mean())


test_error.__test__ = False  # type: ignore[attr-defined]  # pytest takes its name for a test's


class Running:
    """A run in a thread of its own, for hosts that deliver no messages to widgets while a cell runs.

    Attributes:
        controls: pause, stop and learning rate.
    """

    def __init__(self, controls: Controls, fit: Callable[[], Record]):
        self.controls = controls
        self._record: Record | None = None
        self._error: BaseException | None = None
        self._fit = fit
        self._thread = threading.Thread(target=self._work, name="aewidgets-training", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._record = self._fit()
        except BaseException as error:  # kept for whoever waits: a thread has nobody to raise to
            self._error = error

    @property
    def running(self) -> bool:
        """Whether it still trains."""
        return self._thread.is_alive()

    @property
    def record(self) -> Record | None:
        """What came of it; None while it trains."""
        return self._record

    def wait(self, timeout: float | None = None) -> Record | None:
        """Waits for the end, or so many seconds.

        Returns:
            The record; None where it still trains.

        Raises:
            Exception: whatever training raised.
        """
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error
        return self._record


def train_in_background(model: Autoencoder, splits: Splits, recipe: Recipe | None = None, **options: Any) -> Running:
    """As `train`, with the same arguments, in a thread: returns at once."""
    watcher = options.get("watcher")
    controls = watcher.controls if watcher else options.setdefault("controls", Controls())
    return Running(controls, lambda: train(model, splits, recipe, **options))
