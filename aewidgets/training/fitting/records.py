"""What decides a training run, and what came of it, as JSON holds them. No Keras."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Recipe", "Record"]

LOSSES = ("mse", "rmse", "mae", "bce", "ssim")
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("constant", "cosine", "step")
AUGMENTATIONS = ("flip", "shift", "brightness")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
LEAST_RATE = 0.01  # of the first rate, where the cosine ends


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes:
        epochs: passes over the training pictures at most.
        batch_size: pictures a step.
        loss: between pictures: "mse", "rmse", "mae", "bce" or "ssim", which is 1 - SSIM.
        optimizer: "adam" or "sgd".
        learning_rate: at the start.
        momentum: of SGD (Nesterov's); Adam keeps its own.
        schedule: of the learning rate, which changes between epochs: "constant", "cosine" (down to a hundredth), or
            "step" (a tenth after half of the epochs, a hundredth after three quarters).
        l1: penalty on the magnitudes of the weights (kernels, not biases), added to the loss.
        l2: penalty on their squares.
        patience: stop after so many epochs without a better validation loss; never by default.
        augment: changes of the training pictures, input and target alike: of "flip" (left to right), "shift" (up to
            an eighth of the side, edges repeated) and "brightness" (up to a fifth).
        precision: "float32"; or "mixed_bfloat16" or "mixed_float16", for devices that gain by them.
        seed: of order, augmentation and noise.

    Raises:
        ValueError: for a name that is not known, or a number out of range.
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
        object.__setattr__(self, "augment", tuple(self.augment))  # JSON has lists
        for name, known in (
            ("loss", LOSSES), ("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("precision", PRECISIONS),
        ):  # fmt: skip
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}")
        if unknown := set(self.augment) - set(AUGMENTATIONS):
            raise ValueError(f"augment: expected some of {', '.join(AUGMENTATIONS)}, got {', '.join(sorted(unknown))}")
        for name in ("epochs", "batch_size", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name}: expected at least 1, got {value}")
        for name, least in (("learning_rate", 0.0), ("l1", -1e-99), ("l2", -1e-99), ("momentum", -1e-99)):
            if not least < getattr(self, name) < math.inf:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)}")

    def rate(self, epoch: int) -> float:
        """The scheduled learning rate of an epoch, counted from 1."""
        done = (epoch - 1) / max(1, self.epochs - 1)
        if self.schedule == "cosine":
            return self.learning_rate * (LEAST_RATE + (1 - LEAST_RATE) * (1 + math.cos(math.pi * done)) / 2)
        if self.schedule == "step":
            passed = (epoch - 1) / self.epochs
            return self.learning_rate * (1.0 if passed < 0.5 else 0.1 if passed < 0.75 else 0.01)
        return self.learning_rate


@dataclass(frozen=True)
class Record:
    """What came of a run.

    Attributes:
        recipe: as it was asked for.
        model: in words, with its code size.
        data: name of the data set, with what is to be known of it.
        epochs: one dictionary an epoch: "epoch" (from 1), "loss" and the parts of the loss as means over its batches,
            "validation" with the same and "error" (mean squared error of values in [0, 1]), "learning_rate" at its
            end, "seconds" without watching and pauses, and "steps", fewer than the others' where a person stopped.
        best: the epoch whose weights the model has.
        reason: "finished", "early" or "stopped".
        seconds: of all epochs together.
        opened: how often the test pictures had been opened when training ended.
        backend: Keras's, with its version.
        references: mean squared errors on the validation pictures to be held against.
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

    @property
    def error(self) -> float:
        """Mean squared error on the validation pictures with the weights that are kept."""
        return next(entry["validation"]["error"] for entry in self.epochs if entry["epoch"] == self.best)

    def to_json(self) -> str:
        """As text that `from_json` reads."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """The inverse of `to_json`.

        Raises:
            ValueError: for other text.
        """
        try:
            known = json.loads(text)
            return cls(**known | {"recipe": Recipe(**known["recipe"]), "epochs": tuple(known["epochs"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"expected a record as `to_json` writes it: {error}") from error
