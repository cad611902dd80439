"""Words for what is done to the kernels of a model, such as "int8" and "prune-50+int4", and what each does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aewidgets.models.shrinking.rounding import BITS

__all__ = ["Plan", "plan_of"]


@dataclass(frozen=True)
class Plan:
    """What is done to the kernels of a model: first pruning, then rounding.

    Attributes:
        words: as the user writes it.
        share: of each kernel's weights that become zero.
        bits: 32 or 16 for floats, 8 or 4 for integers; None keeps the floats that the model has.
    """

    words: str
    share: float = 0.0
    bits: int | None = None


def plan_of(words: str) -> Plan:
    """Return the plan that a word stands for, or several words joined by "+".

    >>> plan_of("prune-50+int8")
    Plan(words='prune-50+int8', share=0.5, bits=8)

    Raises:
        ValueError: for other words; the message lists those that there are.
    """
    share, bits = 0.0, None
    floats = {"float32": 32, "float16": 16}
    integers = {f"int{n}": n for n in BITS}
    for word in str(words).split("+"):
        pruning = re.fullmatch(r"prune-([1-9][0-9]?)", word, re.ASCII)
        if pruning and not share:
            share = int(pruning[1]) / 100
        elif word in floats | integers and bits is None:
            bits = (floats | integers)[word]
        else:
            known = ", ".join([*floats, *sorted(integers, reverse=True)])
            raise ValueError(
                f"to: expected one of {known} or prune-1 to prune-99, the percent of weights that become zero, or one "
                f"of each joined by '+', as prune-50+int8; got {words!r}"
            )
    return Plan(str(words), share, bits)
