"""Training of autoencoders on a data set in three parts; runs can be watched, stopped and resumed. Builds no networks.

Early stopping, best weights and figures use the validation pictures alone. `test_error` opens the test pictures, once
everything is chosen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aewidgets.classical.codes import PCA
from aewidgets.codec.model import losses
from aewidgets.models.autoencoder import Autoencoder, check_images
from aewidgets.models.plain import PlainAutoencoder, as_autoencoder, shape_taken
from aewidgets.system.interrupts import on_interrupt
from aewidgets.system.notices import tell
from aewidgets.training.data.given import splits_of
from aewidgets.training.data.parts import Part, Splits
from aewidgets.training.diagnosis import collapse, kl_per_unit
from aewidgets.training.fitting.batches import Batches
from aewidgets.training.fitting.keep import Keep
from aewidgets.training.fitting.obey import Obey
from aewidgets.training.fitting.records import Recipe, Record
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.running import Running
from aewidgets.training.fitting.state import State
from aewidgets.training.fitting.watch import Watch
from aewidgets.training.watching import Controls, Watcher

__all__ = [
    "Recipe",
    "Record",
    "Running",
    "Watch",
    "code_size",
    "errors_of",
    "keras_loss",
    "pca_error",
    "test_error",
    "train",
    "train_in_background",
]

PCA_PICTURES = 10_000  # pictures that principal components are fitted to, at most
PCA_SIZE = 8192  # values in a picture, at most: their covariance takes 0.5 GB
MEASURED = 2_048  # validation pictures that units are measured on, at most
EVALUATED = 512  # pictures in a batch where nothing is learned


def train(
    model: keras.Model,
    data: Any,
    recipe: Recipe | None = None,
    *,
    validation: Any = None,
    folder: Path | str | None = None,
    watcher: Watcher | None = None,
    controls: Controls | None = None,
    report: Callable[[dict[str, Any]], None] | None = None,
    **changes: Any,
) -> Record:
    """Compile and train a model, and leave it with its best weights.

    Ctrl-C stops the run in good order, as `Controls.stop` does; a second Ctrl-C breaks it off.

    A run with a folder is saved after each epoch. The same call resumes it, also after a kill, and it ends as if it had
    not been interrupted; a run that was stopped by hand goes on after its last whole epoch. Equal seeds and equal
    starting weights give equal results on one backend and machine; call `keras.utils.set_random_seed` before you build
    the model to decide its starting weights.

    Where JAX has several devices, each takes its share of a batch; under TensorFlow so do the devices of the
    `tf.distribute.MirroredStrategy` in whose scope the model was built. The last batch of an epoch then loses the
    pictures that cannot be shared out evenly.

    Args:
        model: an autoencoder for pictures of this shape; or any Keras model from pictures to pictures of the same
            shape, which takes and gives floats in [0, 1]. It is compiled by the recipe, whatever it was compiled with.
            Of such a model no code is known, so that nothing is measured of units, and PCA is no line to beat.
        data: pictures to train on, which are their own target: what `load_splits` returns; the path of a folder, or
            the name of a set; an array (n, h, w) or (n, h, w, c); a `tf.data.Dataset`, a torch `DataLoader` or other
            batches, which are read once into memory, 4 GiB at most. Values are uint8, uint16 from 0 to 65535, or
            floats in [0, 1]; pictures of a folder that have 16 bits a sample keep them.
        recipe: the settings of the training; the default recipe when None.
        validation: pictures in the forms of `data`; or the share (below 1) or the number of the pictures to set aside,
            a sixth by default, an eighth of a folder. What `load_splits` returns has its own.
        folder: where the run is kept; not kept when None.
        watcher: receives reports of the run and may steer it by its own controls.
        controls: steer a run that has no watcher.
        report: called with each entry of `Record.epochs`, after its epoch.
        changes: fields of the recipe to be changed.

    Where units of a variational code carry nothing, a `Notice` says so and what helps; `Record.notes` keeps it.

    Returns:
        The record of the run. If the folder holds a run that is over, its record is returned and nothing is trained.

    Raises:
        ValueError: for pictures of another shape, labels where pictures are expected, values on another scale, NaN,
            no pictures, data without an end; for training pictures that are in another part too; and for a folder that
            holds another run: other settings, pictures, or weights of another model to start from.
        TypeError: for what is no Keras model, and for data of other kinds.
        LockedError: if another run is being trained in the folder.
        ArithmeticError: if the loss stops being finite.

    Example:
        >>> from aewidgets import build_autoencoder, load_splits, train
        >>> digits = load_splits("digits")
        >>> model = build_autoencoder("dense", digits.image_shape, latent_dim=8)
        >>> train(model, digits, epochs=2, learning_rate=0.01).error < 0.1
        True

        A model and pictures of your own:

        >>> import keras, numpy as np
        >>> x = np.random.default_rng(0).random((60, 8, 8, 1))
        >>> layers = [keras.layers.Flatten(), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))]
        >>> mine = keras.Sequential([keras.Input((8, 8, 1)), *layers], name="mine")
        >>> train(mine, x, validation=0.2, epochs=1).model
        'mine, 4,160 weights'
    """
    recipe = replace(recipe or Recipe(), **changes)
    splits = splits_of(data, shape_taken(model), validation)
    model = as_autoencoder(model, splits.image_shape)
    _check(model, splits)
    if isinstance(model, PlainAutoencoder) and recipe.precision != "float32":
        raise ValueError(
            f"precision: expected float32 for a model of your own, got {recipe.precision}; build it under "
            f"keras.config.set_dtype_policy({recipe.precision!r}) instead"
        )
    with _prepared(model, recipe) as (fitted, devices):
        run = {"recipe": recipe, "model": _configuration(model), "backend": keras.backend.backend()}
        run["data"] = {"name": splits.title, "fingerprint": splits.fingerprint}
        run["start"] = getattr(model, "started_from", None)
        with RunFolder(None if folder is None else Path(folder), run) as kept:
            record = _trained(model, fitted, splits, recipe, kept, watcher, controls, report, devices)
    for note in record.notes:
        tell(note)
    return record


def _trained(model, fitted, splits, recipe, kept: RunFolder, watcher, controls, report, devices: int) -> Record:
    """Train the prepared model within its folder, and return the record, which is kept there too."""
    state = State.load(kept)
    references = {}
    if watcher:
        numbers = 0 if isinstance(model, PlainAutoencoder) else code_size(model)
        error = kept.remember("references", lambda: pca_error(splits, numbers)) if numbers else None
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
            _fit(fitted, splits, recipe, state, kept, obey, report, devices)
        finally:
            if state.best_weights:  # also after an error
                model.set_weights(state.best_weights)
    kl_nats = _kl_nats(model, splits)
    finds = getattr(model, "likelihood", None) == "gaussian" and getattr(model, "variance", None) is None
    words = collapse(kl_nats, finds) if state.best else None
    record = Record(
        recipe, model.describe(), splits.title, tuple(state.epochs), state.best, state.reason or "stopped",
        sum(entry["seconds"] for entry in state.epochs), splits.test.opened,
        f"{keras.backend.backend()}, keras {keras.__version__}", references,
        kl_nats, (words,) if words else (),
    )  # fmt: skip
    kept.save_record(record.to_json())
    return record


def _kl_nats(model: Autoencoder, splits: Splits) -> tuple[float, ...]:
    """Return the nats that each unit of a variational code carries about validation pictures; () for other codes."""
    images = splits.validation.images[:: -(-len(splits.validation) // MEASURED)]
    statistics = model.code_statistics(images) if model.family == "variational" else {}
    found = kl_per_unit(statistics["z_mean"], statistics["z_log_var"]) if statistics else ()
    return tuple(round(float(value), 4) for value in found)


def _fit(fitted, splits, recipe, state: State, folder: RunFolder, obey: Obey, report, devices: int) -> None:
    """Train the epochs that are left, or fewer if a person stops the run."""
    batches = Batches(splits.train, recipe.batch_size, recipe.seed, recipe.augment, devices)
    keep = Keep(recipe, batches, state, folder, obey, report)
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
    """Raise ValueError unless the pictures fit the model and no training picture is in another part."""
    check_images((None, *splits.image_shape), model.image_shape)
    if splits.shared:
        raise ValueError(
            f"{splits.name}: {splits.shared} training pictures are validation or test pictures too, which makes "
            "figures on those worthless: leave them out of the training part, or divide the pictures by `load_splits`"
        )


def _configuration(model: Autoencoder) -> dict[str, Any]:
    """Return family and options of a model as JSON holds them, without those that do not concern its networks."""
    config = {name: value for name, value in model.get_config().items() if name not in ("name", "trainable", "dtype")}
    return {"family": model.family} | json.loads(json.dumps(config))


@contextmanager
def _prepared(model: Autoencoder, recipe: Recipe) -> Iterator[tuple[Autoencoder, int]]:
    """Yield the model compiled for a recipe, and the number of devices that it is spread over.

    Another precision and several devices need variables of their own: the model is then a twin with the same weights.
    """
    spread, devices = _spread(model)
    with spread.scope() if spread else nullcontext():
        fitted = model
        again = model.dtype_policy.name != recipe.precision and not isinstance(model, PlainAutoencoder)
        if spread or again:
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
        fitted.compile(optimizer, loss=keras_loss(recipe.loss), metrics=["mse"])
        fitted.optimizer.build(fitted.trainable_variables)
        try:
            yield fitted, devices
        finally:
            for variable, regularizer in zip(kernels, before, strict=True):
                variable.regularizer = regularizer


def _spread(model: Autoencoder) -> tuple[Any, int]:
    """Return what spreads a run over devices, None where there is one, and the number of devices.

    JAX's devices are all used. Of TensorFlow's, those of the `tf.distribute` strategy in whose scope the model was
    built: its layers belong to that. Keras spreads nothing under torch.
    """
    if isinstance(model, PlainAutoencoder):
        return None, 1  # it has its variables, and cannot be built again
    if keras.backend.backend() == "jax" and len(devices := keras.distribution.list_devices()) > 1:
        return keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False), len(devices)
    if keras.backend.backend() == "tensorflow" and model.distribute_strategy.num_replicas_in_sync > 1:
        return model.distribute_strategy, model.distribute_strategy.num_replicas_in_sync
    return None, 1


def keras_loss(name: str):
    """Return a loss between pictures in the form that Keras takes."""
    ours = {"rmse": "rmse", "ssim": "ssim_loss"}
    return getattr(losses, ours[name]) if name in ours else {"bce": "binary_crossentropy"}.get(name, name)


def code_size(model: Autoencoder) -> int:
    """Return how many values the code of a picture has; of a 32 x 32 picture where a model takes any size."""
    if model.code_size is not None:
        return model.code_size
    shape = [side or 32 for side in model.image_shape]
    return int(np.prod(model.encode(np.zeros((1, *shape), "uint8")).shape))


def pca_error(splits: Splits, numbers: int) -> float | None:
    """Return the mean squared error of a principal component analysis on the validation pictures.

    The components are fitted to at most `PCA_PICTURES` training pictures, evenly spread.

    Args:
        splits: the data.
        numbers: number of components, which is the code's size.

    Returns:
        Error of values in [0, 1]; None if the pictures have fewer components, as a single picture has, or their
        covariance takes more than half a gigabyte.
    """
    images = splits.train.images[:: -(-len(splits.train) // PCA_PICTURES)]
    size = int(np.prod(splits.image_shape))
    if max(2, numbers) > len(images) or numbers > size or size > PCA_SIZE:
        return None
    return PCA(numbers).fit(images).error(splits.validation.images)


def test_error(model: keras.Model, splits: Splits) -> float:
    """Return the mean squared error of values in [0, 1] on the test pictures, which it opens: call it once.

    The model is one of ours, or any other that `train` takes.

    Raises:
        ValueError: where there are no test pictures.
        TypeError: for pictures that are in no parts.
    """
    if not isinstance(splits, Splits):
        raise TypeError(f"splits: expected a data set in parts, as load_splits returns it, got {type(splits).__name__}")
    return float(errors_of(model, splits.test.open()).mean())


def errors_of(model: keras.Model, part: Part) -> np.ndarray:
    """Return the mean squared error of values in [0, 1] of each picture, float32 (n,)."""
    model = as_autoencoder(model, part.images.shape[1:])
    errors = []
    for start in range(0, len(part), EVALUATED):
        images = part.floats(slice(start, start + EVALUATED))
        errors.append(np.square(model.reconstruct(images) - images).mean(axis=(1, 2, 3)))
    return np.concatenate(errors)


test_error.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


def train_in_background(model: keras.Model, data: Any, recipe: Recipe | None = None, **options: Any) -> Running:
    """Start `train` with the same arguments in a thread of its own, and return at once."""
    watcher = options.get("watcher")
    controls = watcher.controls if watcher else options.setdefault("controls", Controls())
    return Running(controls, lambda: train(model, data, recipe, **options))
