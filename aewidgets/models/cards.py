"""The cards beside trained weights, read as what they are until checked: somebody's bytes. No weights, no training."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

__all__ = ["MAX_OPTION", "PretrainedError", "bounded", "build_from", "read_card"]

MAX_OPTION = 8192  # a number among a model's options, or a side of its pictures
MAX_CARD = 2**20  # bytes


class PretrainedError(ValueError):
    """Weights or a card that cannot be used; the message says why and what to do."""


def bounded(path: Path, most: int) -> bytes:
    """The bytes of a file that is not larger than it may be."""
    if (size := path.stat().st_size) > most:
        raise PretrainedError(f"{path}: expected at most {most:,} bytes, got {size:,}")
    return path.read_bytes()


def read_card(path: Path) -> dict[str, Any]:
    """A card, or PretrainedError for what is none."""
    try:
        card = json.loads(bounded(path, MAX_CARD))
        if not isinstance(card, dict) or not {"family", "options", "sha256"} <= set(card):
            raise PretrainedError(f"{path}: expected a card of a model, with family, options and sha256")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PretrainedError(f"{path}: expected JSON: {error}") from error
    return card


def build_from(card: dict[str, Any], path: Path, families: dict[str, Any]) -> Any:
    """The untrained model that a card names, unless its options would take too much memory."""
    family, options = card["family"], card["options"]
    if family not in families or not isinstance(options, dict):
        raise PretrainedError(f"{path}: expected one of the families {', '.join(families)}, got {family!r}")
    numbers = numbers_in(options)
    if any(not math.isfinite(number) or abs(number) > MAX_OPTION for number in numbers) or len(numbers) > 64:
        raise PretrainedError(f"{path}: expected at most 64 numbers up to {MAX_OPTION:,} among its options")
    try:
        return families[family].from_config(options)
    except (TypeError, ValueError) as error:
        raise PretrainedError(f"{path}: its options make no {family} model: {error}") from error


def numbers_in(tree: Any) -> list[float]:
    """All numbers in JSON."""
    if isinstance(tree, dict | list):
        return [n for item in (tree.values() if isinstance(tree, dict) else tree) for n in numbers_in(item)]
    return [float(tree)] if isinstance(tree, int | float) else []
