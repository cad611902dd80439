"""Says of a figure whether higher or lower is better: as it was said, or as its name says without doubt. Never guesses.

`success_rate` and `noise_db` are better in neither way that a program could know, so such figures are asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aewidgets.reports.requirements.thresholds import Metric, RequirementError

__all__ = ["WAYS", "direction_of", "is_time", "leaves", "said_of", "said_ways"]

#: The words for the two ways, and whether higher is better.
WAYS = {"higher": True, "lower": False}
# Words that mean one thing in the field. `rate`, `percent`, `db`, `score`, `bits` and `bytes` alone mean nothing.
_HIGHER = {"psnr", "ssim", "accuracy", "recall", "auc", "auroc", "f1", "iou"}
_LOWER = {"mse", "rmse", "mae", "loss", "losses", "error", "errors", "bpp", "lpips", "nll", "perplexity"}
_TIMES = {"seconds", "milliseconds", "microseconds", "minutes", "ms"}
_PHRASES = {"ms_ssim": "ssim", "bd_rate": "loss", "bits_per_pixel": "bpp", "bytes_per_pixel": "bpp",
            "file_bytes": "bpp", "compressed_bytes": "bpp", "encoded_bytes": "bpp"}  # fmt: skip
# Beside such a word the name means something else: psnr_gain, loss_weight, error_code, neg_mse, errors_found.
_OTHER = {
    "gain", "gains", "drop", "drops", "reduction", "improvement", "gap", "difference", "diff", "delta",
    "change", "ratio", "std", "stdev", "deviation", "var", "variance", "spread", "range", "saved", "saving",
    "savings", "free", "tolerance", "limit", "target", "threshold", "budget", "count", "number", "found",
    "caught", "fixed", "corrected", "detected", "recovered", "inverse", "neg", "negative", "minus", "weight",
    "weights", "code", "correlation", "rank", "per", "index", "share",
}  # fmt: skip


def direction_of(name: str) -> bool | None:
    """Return True if a figure of this name is better when higher, False when lower, None if the name does not say.

    >>> direction_of("psnr_db"), direction_of("bd_rate_percent"), direction_of("success_rate")
    (True, False, None)
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower())
    for phrase, word in _PHRASES.items():
        plain = re.sub(rf"(?<![a-z0-9]){phrase}(?![a-z0-9])", word, plain)
    words = set(plain.split("_"))
    higher, lower = bool(words & _HIGHER), bool(words & (_LOWER | _TIMES))
    return None if higher == lower or words & _OTHER else higher


def is_time(name: str) -> bool:
    """Return True for the name of a duration, which differs from run to run."""
    return direction_of(name) is False and bool(set(re.split(r"[^a-z0-9]+", name.lower())) & _TIMES)


def said_ways(texts: Iterable[str]) -> tuple[tuple[Metric, bool], ...]:
    """Return figures and their better ways, as texts such as `success_rate=higher` say.

    Raises:
        RequirementError: for a text of another form, and for one figure with two ways.
    """
    found: dict[Metric, bool] = {}
    for text in texts:
        name, _, word = text.rpartition("=")
        if word.strip() not in WAYS or not name:
            raise RequirementError(
                f"expected NAME=higher or NAME=lower, such as success_rate=higher, got {text!r:.200}"
            )
        metric, higher = Metric.of(name), WAYS[word.strip()]
        if found.setdefault(metric, higher) != higher:
            raise RequirementError(f"expected one better way of {metric.text}, got both")
    return tuple(found.items())


def said_of(path: tuple[str | int, ...], said: Iterable[tuple[Metric, bool]]) -> bool | None:
    """Return the better way of the figure at a path, as it was said of it or of what holds it; None if of neither."""
    fitting = [(len(metric.path), higher) for metric, higher in said if path[: len(metric.path)] == metric.path]
    return max(fitting)[1] if fitting else None


def leaves(metrics: Mapping[str, Any]) -> Iterator[tuple[Metric, Any]]:
    """Yield every single value among recorded figures, also those in lists and dictionaries, with its name."""

    def inside(text: str, path: tuple[str | int, ...], value: Any) -> Iterator[tuple[Metric, Any]]:
        """Yield the single values in a value."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                plain = bool(re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII))
                quoted = f"[{key!r}]" if "'" not in key else f'["{key}"]'
                yield from inside(text + (f".{key}" if plain else quoted) if path else key, (*path, key), inner)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from inside(f"{text}[{index}]", (*path, index), inner)
        else:
            yield Metric(text, path), value

    yield from inside("", (), metrics)
