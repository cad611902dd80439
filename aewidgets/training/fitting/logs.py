"""Names and values in the logs that Keras gives to callbacks. No Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["losses_of", "validation_of"]


def losses_of(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return "loss" and its parts, means over the batches so far; reading them waits for the device."""
    found = (logs or {}).items()
    return {name: float(value) for name, value in found if name != "mse" and not name.startswith("val_")}


def validation_of(logs: Mapping[str, Any] | None) -> dict[str, float]:
    """Return the values on the validation pictures, by the names of `Snapshot.validation`."""
    found = {n.removeprefix("val_"): float(value) for n, value in (logs or {}).items() if n.startswith("val_")}
    return {"error" if name == "mse" else name: value for name, value in found.items()}
