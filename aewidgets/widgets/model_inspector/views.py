"""Messages to the inspector's browser half: figures as JSON, maps and activations as bytes. No model is used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aewidgets.images.reading import png_bytes
from aewidgets.studies.explanation.deletion import Deletion
from aewidgets.studies.explanation.maps import METHODS, Explanation
from aewidgets.studies.explanation.randomisation import Randomisation
from aewidgets.studies.explanation.summary import LayerSummary
from aewidgets.studies.explanation.surrogates import Surrogate
from aewidgets.studies.explanation.targets import Target
from aewidgets.studies.explanation.verdicts import Verdict
from aewidgets.widgets.model_inspector.asking import Asked, target_to

__all__ = ["activations", "check", "layers", "map_of", "maps", "picture", "shown", "strongest", "surrogate"]

_LABELS = {
    "grad-cam": "Grad-CAM", "gradient": "Gradient", "integrated gradients": "Integrated gradients",
    "lrp-epsilon": "LRP, epsilon", "lrp-gamma": "LRP, gamma", "lrp-alpha-beta": "LRP, alpha-beta",
    "lrp-z-box": "LRP, z-box",
}  # fmt: skip
#: Method -> why a target may have no map of it.
_NEEDS = {
    "grad-cam": "no convolution's map leads to this target",
    "lrp-z-box": "no convolution or dense layer reads pixels alone",
}
_LARGEST = 256  # pixels of the longer side of a map that is sent
_VALUES, _SIDE, _CHANNELS = 16_384, 32, 64  # of a layer's activations, at most: values, pixels of a side, channels
_FEW, _LEAST = 8, 4  # channels that there is always room for, with as many pixels of a side at least
_CLIPPED = 0.995  # share of a map's pixels that the colours tell apart; the strongest look alike


def shown(image: np.ndarray) -> np.ndarray:
    """Convert an image, uint8 or float in [0, 1], to uint8 (h, w) or (h, w, 3)."""
    if image.dtype != np.uint8:
        image = np.clip(np.rint(np.asarray(image, "float32") * 255), 0, 255).astype("uint8")
    return np.ascontiguousarray(image[..., :3] if image.shape[-1] >= 3 else image[..., 0])


def picture(image: np.ndarray, reconstruction: np.ndarray) -> dict[str, bytes]:
    """Return a picture and its reconstruction as PNG."""
    return {"original": png_bytes(shown(image)), "reconstruction": png_bytes(shown(reconstruction))}


def layers(of: Sequence[LayerSummary], code: str, made: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """List layers with the shapes that their outputs have for one of the pictures."""
    return [
        {
            "name": one.name, "kind": one.kind, "inputs": list(one.inputs), "shape": list(made[one.name].shape),
            "parameters": one.parameters, "multiplications": one.multiplications, "code": one.name == code,
        }
        for one in of
    ]  # fmt: skip


def strongest(of: np.ndarray) -> float:
    """Return the size of values from which on all have the strongest colour."""
    size = np.abs(of)
    return float(np.quantile(size, _CLIPPED)) or float(size.max())


def _packed(values: np.ndarray, top: float) -> bytes:
    """Pack values as int8: 127 is `top`."""
    return np.rint(127 * np.clip(values / (top or 1.0), -1, 1)).astype("int8").tobytes()


def _smaller(values: np.ndarray, side: int) -> np.ndarray:
    """Leave out rows and columns of (h, w, ...), evenly, until no side is longer than `side`."""
    step = math.ceil(max(values.shape[:2]) / side)
    return values[::step, ::step]


def map_of(method: str, of: Explanation | None) -> dict[str, Any]:
    """Return a method's map of one picture; without one, why there is none."""
    if of is None:
        why = _NEEDS.get(method, "it does not apply to this target")
        return {"name": method, "label": _LABELS[method], "words": METHODS[method], "why": why}
    found = np.nan_to_num(_smaller(of.maps[0], _LARGEST))
    top = strongest(found)
    row, column = (int(i) for i in np.unravel_index(int(np.abs(of.maps[0]).argmax()), of.maps[0].shape))
    return {
        "name": method, "label": _LABELS[method], "words": METHODS[method], "why": "", "signed": method != "gradient",
        "top": top, "bytes": _packed(found, top), "height": found.shape[0], "width": found.shape[1],
        "at": [row, column], "sum": float(of.maps[0].sum(dtype="float64")),
        "explained": None if of.explained is None else float(of.explained[0]),
        "error": None if of.error_percent is None else _finite(of.error_percent[0]),
    }  # fmt: skip


def maps(number: int, target: Target, rule: str, found: Sequence[dict[str, Any]], value: float) -> dict[str, Any]:
    """Return the answer about a picture and a target."""
    return {
        "picture": number, "target": target_to(target), "rule": rule, "words": target.describe(), "value": value,
        "methods": list(found),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    """Return a number that JSON can hold; None for others."""
    return float(value) if math.isfinite(value) else None


def check(verdict: Verdict, curves: Deletion | Randomisation | None) -> dict[str, Any]:
    """Return a verdict and its curves, means over pictures; those of a deletion as shares of where they start."""
    found: dict[str, Any] = {"check": verdict.check, "passes": verdict.passes, "reason": verdict.reason}
    if isinstance(curves, Deletion):
        start = float(np.abs(curves.by_map[:, 0]).mean()) or 1.0
        sign = np.where(curves.by_map[:, :1] < 0, -1, 1)
        named = {"map": curves.by_map, "brightness": curves.by_brightness, "chance": curves.by_chance.mean(0)}
        found |= {name: [float(v) for v in (sign * of).mean(0) / start] for name, of in named.items()}
        found["shares"] = [float(share) for share in curves.shares]
    elif curves is not None:
        found |= {"layers": list(curves.layers), "agreement": [float(mean) for mean in curves.means]}
    return found


def activations(of: Mapping[str, np.ndarray], most: int = _VALUES) -> dict[str, Any]:
    """Return outputs of layers for one picture, each scaled to its largest size.

    A map keeps its first channels, and as many rows and columns as there is room for; a vector its first units.

    Args:
        of: outputs by the names of the layers.
        most: number of values of a layer.
    """
    return {name: _activation(made, most) for name, made in of.items() if name != "image"}


def _activation(made: np.ndarray, most: int) -> dict[str, Any]:
    whole = made[..., None] if made.ndim == 2 else made if made.ndim == 3 else made.reshape(1, 1, -1)
    side = min(_SIDE, max(_LEAST, math.isqrt(most // min(_FEW, whole.shape[2])))) if made.ndim in (2, 3) else 1
    small = _smaller(whole, side)
    room = max(1, min(_CHANNELS, most // (small.shape[0] * small.shape[1])) if made.ndim in (2, 3) else most)
    small = np.nan_to_num(small[..., :room])
    top = float(np.abs(small).max())
    return {
        "height": small.shape[0], "width": small.shape[1], "channels": small.shape[2], "top": top,
        "step": math.ceil(max(whole.shape[:2]) / side), "bytes": _packed(small, top),
    }  # fmt: skip


def surrogate(asked: Asked, target: Target, of: Surrogate | str, answers: Sequence[str]) -> dict[str, Any]:
    """Return a surrogate with its fidelity, or why there is none.

    Args:
        asked: what was asked for.
        target: the target at that moment.
        of: the surrogate, or words.
        answers: what the rows of weights are of, or the labels by their number.
    """
    found: dict[str, Any] = {**asked._asdict(), "target": target_to(target), "words": target.describe()}
    if isinstance(of, str):
        return {**found, "why": of}
    verdict = of.verdict
    found |= {
        "why": "", "measure": of.measure, "fidelity": of.fidelity, "constant": of.constant, "fitted": of.fitted,
        "passes": verdict.passes, "reason": verdict.reason, "leaves": of.size, "answers": list(answers),
        "branches": [[b.unit, b.threshold, b.left, b.right, b.answer, b.count] for b in of.branches],
    }  # fmt: skip
    if of.weights is not None:
        units = np.flatnonzero(of.weights.any(0))
        found |= {"units": units.tolist(), "weights": of.weights[:, units].tolist()}
    return found
