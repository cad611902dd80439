"""Data of an explorer for a page without a kernel: as much as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aewidgets.studies.latent.decoder import atlas, page_decoder
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.samples import Mixture
from aewidgets.widgets.base.room import evenly, html_bytes
from aewidgets.widgets.latent_explorer import views

__all__ = ["offline"]

#: Points, pictures among them, and precision of the decoder's weights, from most to least.
LADDER = (
    (70_000, 2000, "float16"), (70_000, 1200, "int8"), (40_000, 1200, "int8"), (20_000, 1000, "int8"),
    (10_000, 800, "int8"), (5_000, 500, "int8"), (2_000, 300, "int8"), (1_000, 100, "int8"), (300, 30, "int8"),
)  # fmt: skip


def offline(
    model: Any, map_: LatentMap, images: np.ndarray, errors: np.ndarray, mixture: Mixture, max_bytes: int, *,
    described: str, names: Sequence[str] | None, values: np.ndarray | None, selection: tuple[int, ...],
) -> dict[str, Any]:  # fmt: skip
    """Return all traits of a page, in at most `max_bytes` bytes of HTML.

    Raises:
        ValueError: where not even a few hundred points fit.
    """
    fixed = {"space": views.space(map_), "mixture": views.mixture(mixture)}
    for points, pictures, precision in LADDER:
        most = int(max_bytes * (0.45 if precision == "float16" else 0.65))  # bytes of the weights, before base64
        found = page_decoder(model, precision, max_bytes=most)
        if precision == "float16" and found.why and not page_decoder(model, "int8", max_bytes=most).why:
            continue
        chosen = evenly(len(map_), points)
        few = chosen[evenly(len(chosen), pictures)]
        traits = {
            **fixed,
            "about": views.about(map_, described, images.shape[1:], names, chosen),
            "plane": _plane(map_, chosen),
            "indices": chosen.astype("<u4").tobytes() if len(chosen) < len(map_) else b"",
            "classes": views.class_indexes(map_.labels)[1][chosen].tobytes() if map_.labels is not None else b"",
            "decoder": views.decoder(found),
            "atlas": {} if found.steps else views.atlas(atlas(model, map_)),
            "anchors": views.anchors(
                images[few], map_.codes[few], np.searchsorted(chosen, few), lossy=precision == "int8"
            ),
            "errors": views.quantity("reconstruction error", errors[chosen]),
            "distances": views.distances(map_, chosen),
            "values": {} if values is None else views.quantity("value", values[chosen]),
            "selection": np.asarray(selection, "<u4").tobytes(),
            "frozen": _frozen(len(map_), len(chosen), len(few), found.precision if found.steps else ""),
        }  # fmt: skip
        if html_bytes(traits) <= max_bytes:
            return traits
    raise ValueError(f"expected room for 300 points and their decoder, got {max_bytes:,} bytes; allow more")


def _plane(map_: LatentMap, chosen: np.ndarray) -> bytes:
    """Return places of some points, between the bounds of all."""
    whole = np.frombuffer(views.places(map_.plane)[1], "<u2").reshape(-1, 2)
    return whole[chosen].tobytes()


def _frozen(count: int, points: int, pictures: int, precision: str) -> str:
    """Describe the differences to a page with a kernel."""
    of = f"{points:,} of {count:,} points, evenly drawn" if points < count else f"all {points:,} points"
    having = f"{pictures:,} of them with their pictures" if pictures < points else "with their pictures"
    runs = f"the decoder runs in this page, weights as {precision}" if precision else "decoded tiles in its place"
    return f"No kernel: {of}, {having}; {runs}."
