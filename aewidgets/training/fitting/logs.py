"""Names and values in the logs that Keras gives to callbacks. No Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["RATES", "losses_of", "numbers_of", "validation_of"]

#: Names under which callbacks of Keras, and people, keep the learning rate among the metrics.
RATES = ("learning_rate", "lr")


def numbers_of(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the single numbers in logs, without learning rates; reading them waits for the device.

    A `train_step` of somebody's own may return anything: what is no single number is left out.
    """
    found = {}
    for name, value in (logs or {}).items():
        try:
            number = np.asarray(value, "float64")
        except (TypeError, ValueError):
            continue
        if number.size == 1 and name not in RATES:
            found[str(name)] = float(number.reshape(()))
    return found


def losses_of(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return "loss" and its parts, means over the batches so far; reading them waits for the device."""
    found = (logs or {}).items()
    return {name: float(value) for name, value in found if name != "mse" and not name.startswith("val_")}


def validation_of(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the values on the validation pictures, by the names of `Snapshot.validation`."""
    found = {n.removeprefix("val_"): float(value) for n, value in (logs or {}).items() if n.startswith("val_")}
    return {"error" if name == "mse" else name: value for name, value in found.items()}
