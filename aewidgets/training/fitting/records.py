"""The recipe and the record of a training run, as JSON holds them. No Keras."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from numbers import Integral, Real
from typing import Any

from aewidgets.images.displays import Table

__all__ = ["Recipe", "Record"]

LOSSES = ("mse", "rmse", "mae", "bce", "ssim")
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("constant", "cosine", "step")
AUGMENTATIONS = ("flip", "shift", "brightness")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SHOWN = 8  # epochs at both ends of a long run that a table shows
LEAST_RATE = 0.01  # of the first rate, where the cosine ends


@dataclass(frozen=True)
class Recipe:
    """The settings that a model is trained with.

    Attributes:
        epochs: number of passes over the training pictures, at most.
        batch_size: number of pictures in a training step.
        loss: distance between pictures: "mse", "rmse", "mae", "bce" or "ssim", which is 1 - SSIM.
        optimizer: algorithm, "adam" or "sgd".
        learning_rate: learning rate at the start.
        momentum: Nesterov momentum of SGD; Adam ignores it.
        schedule: how the learning rate falls from epoch to epoch: "constant", "cosine" (down to a hundredth), or
            "step" (a tenth after half of the epochs, a hundredth after three quarters).
        l1: factor of the magnitudes of the weights (kernels, not biases) in the loss.
        l2: factor of the squares of the weights (kernels, not biases) in the loss.
        patience: number of epochs without a better validation loss after which training stops; by default it does not.
        augment: random changes of the training pictures, input and target alike: any of "flip" (left to right),
            "shift" (up to an eighth of the side, edges repeated) and "brightness" (up to a fifth).
        precision: number format, "float32"; or "mixed_bfloat16" or "mixed_float16" on devices where they are faster.
        seed: seed of the order of pictures, of augmentation and of noise.

    Raises:
        ValueError: for an unknown name, or a number out of range.
    """

    epochs: int = 20
    batch_size: int = 128
    loss: str = "mse"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    schedule: str = "constant"
    l1: float = 0.0
    l2: float = 0.0
    patience: int | None = None
    augment: tuple[str, ...] = ()
    precision: str = "float32"
    seed: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.augment, list | tuple):
            raise ValueError(f"augment: expected a list of {', '.join(AUGMENTATIONS)}, got {self.augment!r}")
        object.__setattr__(self, "augment", tuple(self.augment))  # JSON has lists
        for name, known in (
            ("loss", LOSSES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS),
        ):  # fmt: skip
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}")
        if unknown := [one for one in self.augment if one not in AUGMENTATIONS]:
            names = ", ".join(sorted(map(str, unknown)))
            raise ValueError(f"augment: expected some of {', '.join(AUGMENTATIONS)}, got {names}")
        for name, fewest in (("epochs", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if value is None and name == "patience":
                continue
            if isinstance(value, bool) or not isinstance(value, Integral):
                raise ValueError(f"{name}: expected a whole number, got {value!r}")
            if int(value) < fewest:
                raise ValueError(f"{name}: expected at least {fewest}, got {value}")
        for name, least in (("learning_rate", 0.0), ("l1", -1e-99), ("l2", -1e-99), ("momentum", -1e-99)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real) or not least < float(value) < math.inf:
                raise ValueError(f"{name}: expected a positive number, got {value!r}")

    def rate(self, epoch: int) -> float:
        """Return the scheduled learning rate of an epoch, counted from 1."""
        done = (epoch - 1) / max(1, self.epochs - 1)
        if self.schedule == "cosine":
            return self.learning_rate * (LEAST_RATE + (1 - LEAST_RATE) * (1 + math.cos(math.pi * done)) / 2)
        if self.schedule == "step":
            passed = (epoch - 1) / self.epochs
            return self.learning_rate * (1.0 if passed < 0.5 else 0.1 if passed < 0.75 else 0.01)
        return self.learning_rate


@dataclass(frozen=True)
class Record:
    """The result of a run.

    Attributes:
        recipe: the recipe that was asked for.
        model: description of the model, with its code size.
        data: name of the data set, with the changes made to it.
        epochs: one dictionary for each epoch: "epoch" (from 1), "loss" and its parts as means over the batches,
            "validation" with the same and "error" (mean squared error of values in [0, 1]), "learning_rate" at the
            end, "seconds" without watching and pauses, and "steps", which is lower in an epoch that was stopped.
        best: the epoch whose weights the model has.
        reason: "finished", "early" or "stopped".
        seconds: time of all epochs together.
        opened: how often the test pictures had been opened when training ended.
        backend: Keras's backend, with the version of Keras.
        references: mean squared errors on the validation pictures to compare the run with.
        kl_nats: nats that each unit of a variational code carries about a validation picture; else empty.
        notes: sentences on what a person should know of the result, such as units that carry nothing.
    """

    recipe: Recipe
    model: str
    data: str
    epochs: tuple[dict[str, Any], ...]
    best: int
    reason: str
    seconds: float
    opened: int = 0
    backend: str = ""
    references: Mapping[str, float] = field(default_factory=dict)
    kl_nats: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Record({self._title(80)})"

    def _repr_html_(self) -> str:
        rows = [
            (
                f"{entry['epoch']:,}{' (kept)' if entry['epoch'] == self.best else ''}", entry["loss"],
                entry["validation"]["loss"], entry["validation"]["error"], f"{entry['learning_rate']:.3g}",
                f"{entry['seconds']:.1f}",
            )
            for entry in self._shown()
        ]  # fmt: skip
        columns = ("epoch", "loss", "validation loss", "validation error", "learning rate", "seconds")
        more = f"; {len(rows)} of them are shown" if len(rows) < len(self.epochs) else ""
        lines = "".join(f" {name}: {value:.5f}." for name, value in self.references.items())
        lines += "".join(f" {note}." for note in self.notes)
        title = html.escape(f"{self._title(200)}{more}.{lines}")
        return f"<p>{title}</p>{Table(columns, rows, 5)._repr_html_()}"

    def _title(self, longest: int) -> str:
        """Return a line about the run, in which names have so many characters at most."""
        model, data = (text if len(text) <= longest else f"{text[:longest]}..." for text in (self.model, self.data))
        kept = f"epoch {self.best} is kept, validation error {self.error:.5f}" if self.best else "no epoch is kept"
        ended = f"{self.reason} after {len(self.epochs)} epochs and {self.seconds:.0f} s"
        return f"{model}; {data}; {ended}; {kept}"

    def _shown(self) -> list[dict[str, Any]]:
        """Return the entries that a table shows: all of a few, else the first, the last and the one that is kept."""
        if len(self.epochs) <= 2 * SHOWN:
            return list(self.epochs)
        kept = [entry for entry in self.epochs[SHOWN:-SHOWN] if entry["epoch"] == self.best]
        return [*self.epochs[:SHOWN], *kept, *self.epochs[-SHOWN:]]

    @property
    def error(self) -> float:
        """Mean squared error of values in [0, 1] on the validation pictures, with the weights that are kept."""
        return next(entry["validation"]["error"] for entry in self.epochs if entry["epoch"] == self.best)

    def to_json(self) -> str:
        """Return the record as JSON, which `from_json` reads."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read a record that `to_json` has written.

        Raises:
            ValueError: for any other text.
        """
        try:
            known = json.loads(text)
            recipe = Recipe(**known["recipe"])
            lists = {name: tuple(known.get(name, ())) for name in ("epochs", "kl_nats", "notes")}
            return cls(**known | {"recipe": recipe} | lists)
        except (TypeError, KeyError) as error:
            raise ValueError(f"expected a record as `to_json` writes it: {error}") from error
