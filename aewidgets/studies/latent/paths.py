"""Ways through the space of codes: grids, walks, paths, differences, neighbours. NumPy; no models, no widgets.

Codes are (n, d); codes of more axes must be flattened before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aewidgets.studies.latent.map import LatentMap
from aewidgets.system.brief import shown_briefly

__all__ = ["Neighbours", "attribute_vector", "grid", "interpolate", "neighbours", "walk"]


def grid(
    map_: LatentMap, rows: int = 12, columns: int = 12, bounds: tuple[float, float, float, float] | None = None
) -> np.ndarray:
    """Return codes at evenly spaced places of the plane.

    Args:
        map_: map whose plane is used.
        rows: number of places from top to bottom.
        columns: number of places from left to right.
        bounds: (left, bottom, right, top) of the outermost places; of all points if None.

    Returns:
        float32 (rows, columns, d); the first row is the topmost, as a picture has it.
    """
    if min(rows, columns) < 1:
        raise ValueError(f"grid: expected at least one row and one column, got {rows} and {columns}")
    if bounds is None:
        bounds = (*map_.plane.min(0).tolist(), *map_.plane.max(0).tolist())
    left, bottom, right, top = bounds
    x, y = np.meshgrid(np.linspace(left, right, columns), np.linspace(top, bottom, rows))
    places = np.stack([x, y], -1).reshape(-1, 2)
    return map_.projection.to_codes(places).reshape(rows, columns, -1)


def walk(code: np.ndarray, dimension: int, values: np.ndarray) -> np.ndarray:
    """Return copies of a code with one number set to each of `values` in turn, float32 (k, d).

    Raises:
        ValueError: for a dimension that the code does not have.
    """
    code = np.asarray(code, "float32").reshape(-1)
    if not 0 <= dimension < len(code):
        raise ValueError(f"dimension: expected 0 to {len(code) - 1}, got {dimension}")
    made = np.repeat(code[None], len(values), axis=0)
    made[:, dimension] = values
    return made


def interpolate(start: np.ndarray, end: np.ndarray, count: int = 9, *, spherical: bool = False) -> np.ndarray:
    """Return codes on the way from one to another.

    Args:
        start, end: codes (d,); they are exactly the first and the last on the way.
        count: number of codes, both ends included.
        spherical: along the arc about the origin, with a norm that goes evenly from one to the other (Shoemake 1985,
            White 2016); codes that point the same or the opposite way are joined by a line.

    Returns:
        float32 (count, d).

    Raises:
        ValueError: for codes of different sizes, or a count below 2.
    """
    a, b = (np.asarray(code, "float64").reshape(-1) for code in (start, end))
    if a.shape != b.shape or count < 2:
        raise ValueError(f"path: expected two codes of one size and 2 steps or more, got {a.shape}, {b.shape}, {count}")
    share = np.linspace(0, 1, count)[:, None]
    way = (1 - share) * a + share * b
    norms = np.linalg.norm(a), np.linalg.norm(b)
    if spherical and min(norms) > 0:
        angle = np.arccos(np.clip(a @ b / (norms[0] * norms[1]), -1, 1))
        if 1e-4 < angle < np.pi - 1e-4:
            turned = np.sin((1 - share) * angle) * a / norms[0] + np.sin(share * angle) * b / norms[1]
            way = ((1 - share) * norms[0] + share * norms[1]) * turned / np.sin(angle)
    way = way.astype("float32")
    way[0], way[-1] = a, b
    return way


@shown_briefly
@dataclass(frozen=True, eq=False)
class Neighbours:
    """Codes near a code.

    Attributes:
        indices: int64 (k,), the nearest first.
        distances: float32 (k,).
    """

    indices: np.ndarray
    distances: np.ndarray


def neighbours(codes: np.ndarray, code: np.ndarray | int, count: int = 12) -> Neighbours:
    """Find the nearest codes, by Euclidean distance.

    Args:
        codes: (n, d).
        code: (d,), or the index of one of the codes, which is then not its own neighbour.
        count: largest number of neighbours.

    Raises:
        ValueError: for a code of another size, or a count below 1.
    """
    codes = np.asarray(codes, "float32")
    own = int(code) if np.ndim(code) == 0 else None
    at = codes[own] if own is not None else np.asarray(code, "float32").reshape(-1)
    if at.shape != codes.shape[1:] or count < 1:
        raise ValueError(f"code: expected {codes.shape[1]} numbers and a count above 0, got {at.shape} and {count}")
    distances = np.linalg.norm(codes - at, axis=1)
    if own is not None:
        distances[own] = np.inf
    nearest = np.argsort(distances, kind="stable")[: min(count, len(codes) - (own is not None))]
    return Neighbours(nearest, distances[nearest])


def attribute_vector(codes: np.ndarray, with_it: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Return the mean of the codes with an attribute minus the mean of those without it (Larsen et al. 2016).

    Args:
        codes: (n, d).
        with_it, without: indices, or True and False for each code; each selects at least one.

    Returns:
        float32 (d,), to be added to a code.

    Raises:
        ValueError: for an empty selection.
    """
    means = []
    for name, chosen in (("with_it", with_it), ("without", without)):
        which = np.asarray(chosen)
        of = np.asarray(codes, "float64")[which if which.dtype == bool else which.astype("int64")]
        if not len(of):
            raise ValueError(f"{name}: expected one code at least, got none; select some points first")
        means.append(of.mean(0))
    return (means[0] - means[1]).astype("float32")
