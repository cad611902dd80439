"""Says what a figure is called and what unit it has, from its name: the unit stands at the end, as in `psnr_db`."""

from __future__ import annotations

import re

__all__ = ["named"]

# Endings that mean one thing. `_min` is a minimum as often as minutes, and `_m` nothing that is known.
_UNITS = {
    "db": "dB", "percent": "%", "pct": "%", "seconds": "s", "sec": "s", "secs": "s", "s": "s", "ms": "ms",
    "milliseconds": "ms", "us": "µs", "microseconds": "µs", "minutes": "min", "hours": "h", "days": "days",
    "bytes": "bytes", "kb": "kB", "mb": "MB", "gb": "GB", "kib": "KiB", "mib": "MiB", "gib": "GiB", "bits": "bits",
    "bpp": "bpp", "nats": "nats", "px": "px", "pixels": "pixels", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "kg": "kg",
    "km": "km", "mm": "mm", "celsius": "°C", "degc": "°C", "eur": "EUR", "usd": "USD", "gbp": "GBP",
}  # fmt: skip
_AFTER = {"against", "of", "by", "for", "at", "with", "on", "in", "over", "vs"}  # the name goes on after the unit
_CAPITALS = {"psnr", "ssim", "mse", "rmse", "mae", "auc", "auroc", "iou", "lpips", "nll", "bd"}


def named(metric: str) -> tuple[str, str]:
    """Return the name of a figure in words, and its unit; an empty unit where the name has none.

    >>> named("psnr_db"), named("bd_rate_percent"), named("worst.psnr_db"), named("bpp"), named("n_files")
    (('PSNR', 'dB'), ('BD rate', '%'), ('worst PSNR', 'dB'), ('bits per pixel', 'bpp'), ('n files', ''))
    """
    steps = [step for step in re.split(r"[.\[\]]", metric) if step]
    unit, words = "", []
    for step in reversed(steps):
        if step[0] in "'\"":  # a key in quotes is a name as it stands
            words.append(step[1:-1])
            continue
        parts = step.split("_")
        if not unit:
            unit, parts = _split(parts)
        words.append(" ".join(word.upper() if word in _CAPITALS else word for word in parts if word))
    text = " ".join(word for word in reversed(words) if word)
    if not text:  # the unit is the whole name
        text = {"bpp": "bits per pixel", "s": metric}.get(unit, metric.replace("_", " ").strip() or metric)
    return text, unit


def _split(words: list[str]) -> tuple[str, list[str]]:
    """Return the unit at the end of a name, and the words before it."""
    unit = _UNITS.get(words[-1], "")
    if len(words) > 2 and words[-2] == "per":  # mb_per_s has a unit of two parts, and images_per_s none
        above = _UNITS.get(words[-3], "")
        return (f"{above}/{unit}", words[:-3]) if unit and above else ("", words)
    if unit:
        return unit, words[:-1]
    for at, word in enumerate(words[1:-1], 1):  # bd_rate_percent_against_jpeg
        if words[at + 1] in _AFTER and word in _UNITS:
            return _UNITS[word], words[:at] + words[at + 1 :]
    return "", words
