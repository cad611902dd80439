"""Data of an explorer for a page without a kernel: as much as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.columns import Classes, Column
from aewidgets.studies.latent.decoder import atlas, page_decoder
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.samples import Mixture
from aewidgets.widgets.base.room import evenly, html_bytes
from aewidgets.widgets.latent_explorer import views

__all__ = ["Content", "offline"]

#: Points, pictures among them, and precision of the decoder's weights, from most to least.
LADDER = (
    (70_000, 2000, "float16"), (70_000, 1200, "int8"), (40_000, 1200, "int8"), (20_000, 1000, "int8"),
    (10_000, 800, "int8"), (5_000, 500, "int8"), (2_000, 300, "int8"), (1_000, 100, "int8"), (300, 30, "int8"),
)  # fmt: skip
_TEXTS = 0.3  # share of a page that texts of points may take


@dataclass(frozen=True, eq=False)
class Content:
    """What a page shows; None where there is none of it.

    Attributes:
        model: what decodes.
        map: codes and places.
        images: images of all points.
        errors: float32 (n,), reconstruction errors.
        mixture: Gaussians fitted to the codes.
        described: what the map is of, in words.
        image: shape of an image, given or decoded.
        classes: classes of the labels.
        columns: columns of the table.
        values: numbers to colour by, float32 (n,).
    """

    model: Any
    map: LatentMap
    images: np.ndarray | None
    errors: np.ndarray | None
    mixture: Mixture | None
    described: str
    image: Sequence[int] | None
    classes: Classes | None
    columns: Sequence[Column]
    values: np.ndarray | None


def offline(of: Content, max_bytes: int, selection: tuple[int, ...]) -> dict[str, Any]:
    """Return all traits of a page, in at most `max_bytes` bytes of HTML.

    Raises:
        ValueError: where not even a few hundred points fit.
    """
    map_ = of.map
    fixed = {"space": views.space(map_), "mixture": {} if of.mixture is None else views.mixture(of.mixture)}
    known = [column.name for column in of.columns if column.kind == "text"]
    for points, pictures, precision in LADDER:
        most = int(max_bytes * (0.45 if precision == "float16" else 0.65))  # bytes of the weights, before base64
        found = page_decoder(of.model, precision, max_bytes=most)
        if precision == "float16" and found.why and not page_decoder(of.model, "int8", max_bytes=most).why:
            continue
        chosen = evenly(len(map_), points)
        few = chosen[evenly(len(chosen), pictures)]
        packed, left = views.columns(of.columns, map_.plane, chosen, max_bytes // 2)
        texts = views.texts(of.columns, chosen) if known else []
        without = bool(texts) and html_bytes(texts) > _TEXTS * max_bytes
        traits = {
            **fixed,
            "about": views.about(
                map_, of.described, of.image, of.classes, chosen, decodes=of.model is not None,
                has_images=of.images is not None, texts=[] if without else known, left_out=left,
            ),
            "plane": _plane(map_, chosen),
            "indices": chosen.astype("<u4").tobytes() if len(chosen) < len(map_) else b"",
            "classes": views.class_bytes(of.classes, chosen),
            "columns": packed,
            "texts": [] if without else texts,
            "decoder": views.decoder(found),
            "atlas": {} if found.steps or of.model is None else views.atlas(atlas(of.model, map_)),
            "anchors": views.anchors(
                None if of.images is None else of.images[few], map_.codes[few], np.searchsorted(chosen, few),
                lossy=precision == "int8",
            ),
            "errors": {} if of.errors is None else views.quantity("reconstruction error", of.errors[chosen]),
            "distances": views.distances(map_, chosen),
            "values": {} if of.values is None else views.quantity("value", of.values[chosen]),
            "selection": np.asarray(selection, "<u4").tobytes(),
            "frozen": _frozen(of, len(chosen), len(few), found.precision if found.steps else "", without),
        }  # fmt: skip
        if html_bytes(traits) <= max_bytes:
            return traits
    raise ValueError(f"expected room for 300 points and what decodes them, got {max_bytes:,} bytes; allow more")


def _plane(map_: LatentMap, chosen: np.ndarray) -> bytes:
    """Return places of some points, between the bounds of all."""
    whole = np.frombuffer(views.places(map_.plane)[1], "<u2").reshape(-1, 2)
    return whole[chosen].tobytes()


def _frozen(of: Content, points: int, pictures: int, precision: str, without: bool) -> str:
    """Describe the differences to a page with a kernel."""
    count, parts = len(of.map), []
    parts.append(f"{points:,} of {count:,} points, evenly drawn" if points < count else f"all {points:,} points")
    if of.images is not None:
        parts[0] += f", {pictures:,} of them with their pictures" if pictures < points else ", with their pictures"
    if without:
        parts.append("texts of single points were left out")
    if of.model is not None:
        parts.append(
            f"the decoder runs in this page, weights as {precision}" if precision else "decoded tiles in its place"
        )
    return f"No kernel: {'; '.join(parts)}."
