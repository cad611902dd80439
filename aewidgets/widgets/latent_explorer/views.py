"""Messages to the explorer's browser half: places and figures as bytes, pictures on sheets. No model is used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aewidgets.images.displays import thumbnail
from aewidgets.images.encoders import page_bytes, page_media_type
from aewidgets.studies.latent.decoder import Atlas, PageDecoder
from aewidgets.studies.latent.map import LatentMap
from aewidgets.studies.latent.projections import Linear
from aewidgets.studies.latent.samples import Mixture

__all__ = [
    "about", "anchors", "atlas", "class_indexes", "decoder", "details", "distances", "mixture", "places", "quantity",
    "sheet", "shown", "space",
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


def quantity(label: str, values: np.ndarray) -> dict[str, Any]:
    """Pack numbers (n,) as uint16 between the lowest and the highest."""
    low, high = float(values.min()), float(values.max())
    whole = np.rint((np.asarray(values, "float64") - low) / ((high - low) or 1) * 65535).astype("<u2")
    return {"label": label, "low": low, "high": high, "bytes": whole.tobytes()}


def distances(map_: LatentMap, chosen: np.ndarray | slice = slice(None)) -> dict[str, Any]:
    """Return distances of codes from the plane; {} where the codes lie in it."""
    return {} if map_.projection.name == "direct" else quantity("distance from the plane", map_.distance[chosen])


def class_indexes(labels: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the different labels, in order, and the index of each point's label; both empty without labels."""
    if labels is None:
        return np.zeros(0, "int64"), np.zeros(0, "uint8")
    found, indexes = np.unique(labels, return_inverse=True)
    if len(found) > 255:
        raise ValueError(f"labels: expected at most 255 different ones, got {len(found)}; colour by an array instead")
    return found, indexes.astype("uint8")


def about(
    map_: LatentMap, model: str, image: Sequence[int], names: Sequence[str] | None, subset: np.ndarray | None = None
) -> dict[str, Any]:
    """Describe the map; `subset` are the points that are embedded, all if None."""
    labels, indexes = class_indexes(map_.labels)
    chosen = np.arange(len(map_)) if subset is None else subset
    classes = []
    for k, label in enumerate(labels):
        own = np.flatnonzero(indexes == k)
        name = str(names[label]) if names is not None else str(label)
        here = int((indexes[chosen] == k).sum())
        classes.append({"name": name, "count": len(own), "here": here, "at": np.median(map_.plane[own], 0).tolist()})
    mean, deviation = map_.codes.mean(0), map_.codes.std(0)
    low, high = mean - 3 * deviation - 1e-3, mean + 3 * deviation + 1e-3
    if map_.kl_nats is not None:  # also numbers that carry no information may move within the prior
        low, high = np.minimum(low, -3), np.maximum(high, 3)
    return {
        "model": model,
        "count": len(map_),
        "shown": len(chosen),
        "image": [int(side) for side in (*image[:2], 1 if len(image) < 3 or image[2] < 3 else 3)],
        "code": map_.codes.shape[1],
        "projection": {"name": map_.projection.name, "words": map_.projection.words},
        "bounds": places(map_.plane)[0],
        "classes": classes,
        "means": _figures(mean),
        "ranges": [[round(float(a), 4), round(float(b), 4)] for a, b in zip(low, high, strict=True)],
        "telling": _figures(map_.telling),
        "order": map_.order.tolist(),
        "measure": "variance" if map_.kl_nats is None else "divergence from the prior in nats",
        "prior": map_.kl_nats is not None,
    }


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
    pictures: np.ndarray, codes: np.ndarray, points: np.ndarray, *, kind: str = "float16", lossy: bool = False
) -> dict[str, Any]:
    """Return pictures and codes of some points, which every page has."""
    layout, data = sheet(pictures, 32, lossy=lossy)
    packed = codes.astype("<f2" if kind == "float16" else "<f4").tobytes()
    return {**layout, "points": points.astype("<u4").tobytes(), "sheet": data, "codes": packed, "type": kind}


def details(pictures: np.ndarray, codes: np.ndarray) -> tuple[dict[str, Any], list[bytes]]:
    """Return pictures and codes that were asked for: their layout, and two buffers."""
    layout, data = sheet(pictures, 96)
    return {**layout, "type": "float32"}, [data, codes.astype("<f4").tobytes()]
