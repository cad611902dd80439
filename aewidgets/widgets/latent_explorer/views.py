"""Messages to the explorer's browser half: places and figures as bytes, pictures on sheets. No model is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aewidgets.images.displays import thumbnail
from aewidgets.images.encoders import page_bytes, page_media_type
from aewidgets.studies.latent.columns import Classes, Column
from aewidgets.studies.latent.decoder import Atlas, PageDecoder
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.projections import Linear
from aewidgets.studies.latent.samples import Mixture

__all__ = [
    "about", "anchors", "atlas", "class_bytes", "class_table", "columns", "decoder", "details", "distances", "mixture",
    "places", "quantity", "sheet", "shown", "space", "texts",
]  # fmt: skip

_EXACT = 40  # pixels of the longer side up to which pictures are sent without loss
_LOW = 1e-9  # a spread below which all are equal


def shown(pictures: np.ndarray) -> np.ndarray:
    """Convert pictures (n, h, w, c) or (n, h, w), uint8 or float in [0, 1], to uint8 (n, h, w, 1 or 3)."""
    pictures = pictures[..., None] if pictures.ndim == 3 else pictures
    if pictures.dtype != np.uint8:
        pictures = np.clip(np.rint(np.asarray(pictures, "float32") * 255), 0, 255).astype("uint8")
    return pictures[..., :3] if pictures.shape[-1] >= 3 else pictures[..., :1]


def sheet(pictures: np.ndarray, largest: int, *, lossy: bool = False) -> tuple[dict[str, Any], bytes]:
    """Put pictures on one WebP, row after row; return {columns, height, width, media}, and its bytes.

    Args:
        pictures: (n, h, w, c), uint8 or float in [0, 1].
        largest: pixels of the longer side; larger ones are made smaller.
        lossy: whether small pictures are encoded with loss too.
    """
    pictures = shown(pictures)
    if max(pictures.shape[1:3]) > largest:
        small = [thumbnail(p[..., 0] if p.shape[-1] == 1 else p, largest) for p in pictures]
        pictures = np.stack([p[..., None] if p.ndim == 2 else p for p in small])
    count, height, width, channels = pictures.shape
    columns = math.ceil(math.sqrt(count * height / width))
    rows = math.ceil(count / columns)
    whole = np.zeros((rows * columns, height, width, channels), "uint8")
    whole[:count] = pictures
    laid = whole.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    laid = laid.reshape(rows * height, columns * width, channels)
    exact = max(height, width) <= _EXACT and not lossy
    options: dict[str, Any] = {"lossless": True, "method": 1} if exact else {"quality": 82, "method": 4}
    data = page_bytes(laid[..., 0] if channels == 1 else laid, **options)
    return {"columns": columns, "height": height, "width": width, "media": page_media_type()}, data


def places(plane: np.ndarray) -> tuple[list[float], bytes]:
    """Return bounds [left, bottom, right, top] of places (n, 2), and the places as uint16 between them."""
    low, high = plane.min(0).astype("float64"), plane.max(0).astype("float64")
    high = np.where(high - low > _LOW, high, low + 1)
    whole = np.rint((plane - low) / (high - low) * 65535).astype("<u2")
    return [*low.tolist(), *high.tolist()], whole.tobytes()


def quantity(label: str, values: np.ndarray, **more: Any) -> dict[str, Any]:
    """Pack numbers (n,) as uint16 between the lowest and the highest; where some are NaN, 65,535 stands for them."""
    values = np.asarray(values, "float64")
    there = np.isfinite(values)
    low, high = (float(values[there].min()), float(values[there].max())) if there.any() else (0.0, 0.0)
    most = 65535 if there.all() else 65534
    whole = np.rint((np.where(there, values, low) - low) / ((high - low) or 1) * most)
    packed = np.where(there, whole, 65535).astype("<u2").tobytes()
    return {"label": label, "low": low, "high": high, "most": most, "bytes": packed, **more}


def distances(map_: LatentMap, chosen: np.ndarray | slice = slice(None)) -> dict[str, Any]:
    """Return distances of codes from the plane; {} where the codes lie in it."""
    return {} if map_.projection.name == "direct" else quantity("distance from the plane", map_.distance[chosen])


def class_bytes(classes: Classes | None, chosen: np.ndarray | slice = slice(None)) -> bytes:
    """Pack the class of each point: uint8, or uint16 where there are more than 256 classes; empty without classes."""
    if classes is None:
        return b""
    return classes.indexes[chosen].astype("u1" if len(classes.names) <= 256 else "<u2").tobytes()


def class_table(classes: Classes | None, plane: np.ndarray, chosen: np.ndarray) -> list[dict[str, Any]]:
    """Return name, number of points, those of them that are embedded, and middle of each class."""
    if classes is None:
        return []
    order = np.argsort(classes.indexes, kind="stable")
    counts = np.bincount(classes.indexes, minlength=len(classes.names))
    here = np.bincount(classes.indexes[chosen], minlength=len(classes.names))
    own = np.split(order, np.cumsum(counts)[:-1])
    return [
        {"name": name, "count": int(counts[k]), "here": int(here[k]), "at": np.median(plane[own[k]], 0).tolist()}
        for k, name in enumerate(classes.names)
    ]


def columns(
    of: Sequence[Column], plane: np.ndarray, chosen: np.ndarray, max_bytes: int = 2_000_000
) -> tuple[list[dict[str, Any]], list[str]]:
    """Pack columns to colour by, as many as there is room for, and return the names of those that are left out."""
    packed: list[dict[str, Any]] = []
    left: list[str] = []
    room = max_bytes
    for column in of:
        if column.kind == "text":
            continue
        if column.classes is not None:
            data = class_bytes(column.classes, chosen)
            one = {"label": column.name, "classes": class_table(column.classes, plane, chosen), "bytes": data}
        else:
            assert column.values is not None
            values = column.values[chosen]
            days = column.kind == "date" and bool((values[np.isfinite(values)] % 86_400_000 == 0).all())
            one = quantity(column.name, values, kind=column.kind, days=days)
            if not np.isfinite(values).any():
                continue
        room -= len(one["bytes"])
        if room < 0:
            left.append(column.name)
        else:
            packed.append(one)
    return packed, left


def texts(of: Sequence[Column], points: np.ndarray) -> list[list[str]]:
    """Return the texts of some points: for each, one of every column of texts."""
    return [[column.text(int(point)) for column in of if column.kind == "text"] for point in points]


def about(
    map_: LatentMap,
    model: str,
    image: Sequence[int] | None,
    classes: Classes | None,
    subset: np.ndarray | None = None,
    *,
    decodes: bool = True,
    has_images: bool = True,
    texts: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Describe the map.

    Args:
        map_: the map.
        model: what it is of, in words.
        image: shape of an image, given or decoded; None where there is none.
        classes: classes of the labels, if there are any.
        subset: points that are embedded, all if None.
        decodes: whether codes can be decoded at all.
        has_images: whether there are images of the points themselves.
        texts: names of the columns of texts.
        left_out: names of columns that are not sent.
    """
    chosen = np.arange(len(map_)) if subset is None else subset
    mean, deviation = map_.codes.mean(0), map_.codes.std(0)
    low, high = mean - 3 * deviation - 1e-3, mean + 3 * deviation + 1e-3
    if map_.kl_nats is not None:  # also latent dimensions that carry no information may move within the prior
        low, high = np.minimum(low, -3), np.maximum(high, 3)
    sides = (0, 0) if image is None else image[:2]
    return {
        "model": model,
        "count": len(map_),
        "shown": len(chosen),
        "image": [int(side) for side in (*sides, 1 if image is None or len(image) < 3 or image[2] < 3 else 3)],
        "decodes": decodes,
        "has_images": has_images,
        "texts": list(texts),
        "left_out": list(left_out),
        "code": map_.codes.shape[1],
        "projection": {"name": map_.projection.name, "words": _words(map_, decodes)},
        "bounds": places(map_.plane)[0],
        "classes": class_table(classes, map_.plane, chosen),
        "means": _figures(mean),
        "ranges": [[round(float(a), 4), round(float(b), 4)] for a, b in zip(low, high, strict=True)],
        "telling": _figures(map_.telling),
        "order": map_.order.tolist(),
        "prior": map_.kl_nats is not None,
    }


def _words(map_: LatentMap, decodes: bool) -> str:
    """Describe the projection; without a decoder, without what it would decode."""
    words = map_.projection.words
    return words if decodes else words.partition(" What is decoded")[0]


def _figures(values: np.ndarray) -> list[float]:
    return [float(f"{float(value):.6g}") for value in values]


def space(map_: LatentMap) -> dict[str, Any]:
    """Return the plane among the codes, float32; empty where the projection is not linear."""
    way = map_.projection
    if not isinstance(way, Linear):
        return {"centre": b"", "directions": b""}
    return {"centre": way.centre.astype("<f4").tobytes(), "directions": way.directions.astype("<f4").tobytes()}


def decoder(of: PageDecoder) -> dict[str, Any]:
    """Return steps and weights of the decoder, or why there are none."""
    return {"steps": list(of.steps), "weights": of.weights, "precision": of.precision, "why": of.why}


def mixture(of: Mixture) -> dict[str, Any]:
    """Pack Gaussians as float32; of diagonal covariances only the diagonals."""
    size = of.means.shape[1]
    diagonal = of.roots[:, np.arange(size), np.arange(size)]
    full = bool((of.roots != diagonal[:, :, None] * np.eye(size)).any())
    arrays = {"weights": of.weights, "means": of.means, "roots": of.roots if full else diagonal}
    return {"full": full, **{name: array.astype("<f4").tobytes() for name, array in arrays.items()}}


def atlas(of: Atlas) -> dict[str, Any]:
    """Return decoded tiles on one sheet."""
    rows, columns = of.images.shape[:2]
    layout, data = sheet(of.images.reshape(rows * columns, *of.images.shape[2:]), 32)
    return {**layout, "sheet": data, "rows": rows, "columns": columns, "bounds": list(of.bounds)}


def anchors(
    pictures: np.ndarray | None, codes: np.ndarray, points: np.ndarray, *, lossy: bool = False
) -> dict[str, Any]:
    """Return pictures and codes of some points, which every page has; without pictures the codes alone.

    Codes are sent in half precision, unless that changes one of them by more than a hundredth of their spread.
    """
    layout, data = ({}, b"") if pictures is None else sheet(pictures, 32, lossy=lossy)
    with np.errstate(over="ignore", invalid="ignore"):
        away = np.abs(codes.astype("float16").astype("float32") - codes).max(initial=0)
    kind = "float16" if away <= 0.01 * codes.std(0).max(initial=_LOW) else "float32"
    packed = codes.astype("<f2" if kind == "float16" else "<f4").tobytes()
    return {**layout, "points": points.astype("<u4").tobytes(), "sheet": data, "codes": packed, "type": kind}


def details(
    pictures: np.ndarray | None, codes: np.ndarray, texts: list[list[str]]
) -> tuple[dict[str, Any], list[bytes]]:
    """Return pictures, codes and texts that were asked for: their layout and the texts, and two buffers."""
    layout, data = ({}, b"") if pictures is None else sheet(pictures, 96)
    return {**layout, "type": "float32", "texts": texts}, [data, codes.astype("<f4").tobytes()]
