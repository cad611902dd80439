"""Multiplications per pixel of everything that a learned codec computes. Runs nothing."""

from __future__ import annotations

from aewidgets.codec import zoo
from aewidgets.codec.coding.constants import PASSES

__all__ = ["codec_multiplications"]

_POSITIONS = {"g_s_16": 1 / 256, "g_s_8": 1 / 64, "g_s_4": 1 / 16}  # per pixel, of the stages of the synthesis
_ANALYSIS = {0: 1 / 16, 1: 1 / 16, 3: 1 / 64, 4: 1 / 64, 6: 1 / 256, 7: 1 / 256, 9: 1 / 256}  # by position in g_a
_HYPER_ANALYSIS = {0: 1 / 256, 1: 1 / 1024, 2: 1 / 4096, 3: 1 / 4096}


def _positions(stage: str, arrays) -> float:
    """Return the positions per pixel at which a convolution of the entropy networks is computed."""
    if stage.startswith("hyper_"):
        return 1 / 4096 if stage == "hyper_0" else 1 / 1024
    share = 1.0
    if stage.startswith("dc_"):
        share = sum(4.0**-k for k in (1, 2, 3)) * (1 if "centre" in stage else 2)
    elif "_pass_" in stage:
        group, number = stage.removeprefix("head_").split("_pass_")
        count = 1 + sum(f"head_{group}_pass_{k}_0/kernel" in arrays for k in range(1, max(PASSES)))
        share = len(PASSES[count][int(number[0])]) / 4
    return share / 256


def codec_multiplications(model: str = "photo") -> dict[str, float]:
    """Return the multiplications per pixel of a learned codec at effort 0, by part.

    They are counted from the shapes of the weights: a convolution costs the entries of its kernel at every position of
    its output. `synthesis`, `linear synthesis` and `entropy networks` together are what decoding costs; encoding runs
    `analysis` and `entropy networks`.

    Args:
        model: name of a shipped codec, or the path of a card.
    """
    cost = dict.fromkeys(("synthesis", "linear synthesis", "entropy networks", "analysis"), 0.0)
    arrays = zoo.load(model).arrays
    for key, array in arrays.items():
        stage, *rest = key.split("/")
        if stage in _POSITIONS and key.endswith("kernel"):
            cost["synthesis"] += array.size * _POSITIONS[stage]
        elif stage == "transform":
            # Nine taps of 8 x 8 cells at every block of 256 pixels, either way.
            cost["linear synthesis" if rest[0].startswith("synthesis") else "analysis"] += array.size / 256
        elif stage.startswith(("hyper_", "head_", "dc_c", "dc_s")) and key.endswith("kernel"):
            cost["entropy networks"] += array.size * _positions(stage, arrays)
        elif stage == "g_a" and key.endswith("kernel"):
            cost["analysis"] += array.size * _ANALYSIS[int(rest[0])]
        elif stage == "h_a" and key.endswith("kernel"):
            cost["analysis"] += array.size * _HYPER_ANALYSIS[int(rest[0])]
    return cost
