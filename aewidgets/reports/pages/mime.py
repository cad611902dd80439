"""Text among the data of an output, which notebooks store whole or in lines. Draws nothing."""

from typing import Any

__all__ = ["text_of"]


def text_of(value: Any) -> str | None:
    """Return a text, also one that is stored in lines; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else None
