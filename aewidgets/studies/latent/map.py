"""Maps of codes: pictures as points of a plane, and outliers among them. NumPy; models are arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.studies.latent.given import codes_of
from aewidgets.studies.latent.projections import Projection, project
from aewidgets.system.brief import shown_briefly
from aewidgets.training.diagnosis import kl_per_unit

__all__ = ["LatentMap", "Outliers", "encode_map", "flat", "map_codes", "outliers", "reconstruction_errors"]

_CHUNK = 1024  # pictures that are reconstructed at once


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Encoded pictures on a plane.

    Attributes:
        codes: float32 (n, d); codes of more axes are flattened.
        plane: places on the plane, float32 (n, 2).
        distance: float32 (n,), distance of each code from the code that is decoded at its place.
        projection: projection to the plane and back.
        labels: int64 (n,), or None.
        kl_nats: float32 (d,), mean divergence of each number of the code from the prior; None without a prior.
        code_shape: shape of one code in the model; None if that is flat.
    """

    codes: np.ndarray
    plane: np.ndarray
    distance: np.ndarray
    projection: Projection
    labels: np.ndarray | None = None
    kl_nats: np.ndarray | None = None
    code_shape: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def telling(self) -> np.ndarray:
        """Information in each number, (d,): its divergence from the prior if there is one, else its variance."""
        return self.codes.var(0) if self.kl_nats is None else self.kl_nats

    @property
    def order(self) -> np.ndarray:
        """Indices of the numbers of the code, those with most information first."""
        return np.argsort(-self.telling, kind="stable")

    def shaped(self, codes: np.ndarray) -> np.ndarray:
        """Return codes (n, d) in the shape that the model's decoder takes."""
        return codes if self.code_shape is None else codes.reshape(len(codes), *self.code_shape)

    def __repr__(self) -> str:
        return f"LatentMap({len(self):,} codes of {self.codes.shape[1]}, {self.projection.name})"


def flat(codes: np.ndarray) -> np.ndarray:
    """Flatten codes (n, ...) to float32 (n, d)."""
    codes = np.asarray(codes, "float32")
    return codes.reshape(len(codes), -1)


def encode_map(
    model: Any, images: np.ndarray, labels: Sequence | np.ndarray | None = None, projection: str = "auto"
) -> LatentMap:
    """Encode pictures and lay them out on a plane.

    Args:
        model: an autoencoder with `encode` and `decode`; if it has `code_statistics` and draws codes, that returns
            "z_mean" and "z_log_var".
        images: (n, height, width, channels), float in [0, 1] or uint8, at least two.
        labels: whole numbers, one for each image.
        projection: one of `aewidgets.studies.latent.projections.PROJECTIONS`.

    Raises:
        ValueError: for another number of labels, codes that are not finite, or an unknown projection.
    """
    known = None if labels is None else np.asarray(labels)
    if known is not None and (known.shape != (len(images),) or known.dtype.kind not in "iub"):
        raise ValueError(
            f"labels: expected {len(images)} whole numbers, one a picture, got {known.dtype} {known.shape}"
        )
    found = np.asarray(model.encode(images))
    if found.shape[:1] != (len(images),):
        raise ValueError(f"model: expected a code for each of {len(images)} images, got {found.shape} from encode")
    known = None if known is None else known.astype("int64")
    return _laid(found, known, projection, _kl(model, images))


def map_codes(codes: Any, projection: str = "auto", labels: np.ndarray | None = None) -> LatentMap:
    """Lay codes of any origin out on a plane.

    Args:
        codes: (n, d) or (n, ...) finite numbers, see `aewidgets.studies.latent.given.codes_of`.
        projection: one of `aewidgets.studies.latent.projections.PROJECTIONS`.
        labels: int64 (n,), or None.

    Raises:
        ValueError: for codes that are none, or an unknown projection.
    """
    return _laid(codes_of(codes), labels, projection, None)


def _laid(found: np.ndarray, labels: np.ndarray | None, projection: str, kl: np.ndarray | None) -> LatentMap:
    """Return the map of codes (n, ...)."""
    codes = flat(found)
    plane, way = project(codes, projection)
    distance = np.linalg.norm(codes - way.to_codes(plane), axis=1).astype("float32")
    return LatentMap(codes, plane, distance, way, labels, kl, found.shape[1:])


def _kl(model: Any, images: np.ndarray) -> np.ndarray | None:
    """Return the mean divergence of each number from the prior, over at most 2,000 pictures; None without a prior."""
    statistics = model.code_statistics(images[:: -(-len(images) // 2000)]) if hasattr(model, "code_statistics") else {}
    if "z_mean" not in statistics:
        return None
    return kl_per_unit(statistics["z_mean"], statistics["z_log_var"]).astype("float32")


def reconstruction_errors(model: Any, images: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
    """Measure the mean squared error of each picture's reconstruction, in units of [0, 1].

    Args:
        model: an autoencoder.
        images: (n, height, width, channels), float in [0, 1] or uint8.
        codes: their codes (n, ...), if they are known already.

    Returns:
        float32 (n,).
    """
    found = []
    for start in range(0, len(images), _CHUNK):
        part = np.asarray(images[start : start + _CHUNK])
        given = model.encode(part) if codes is None else codes[start : start + _CHUNK]
        made = model.decode(given)[:, : part.shape[1], : part.shape[2]]
        shown = part.astype("float32") / (255 if part.dtype == np.uint8 else 1)
        found.append(((made - shown) ** 2).reshape(len(part), -1).mean(1))
    return np.concatenate(found).astype("float32")


@shown_briefly
@dataclass(frozen=True, eq=False)
class Outliers:
    """Pictures that a model reconstructs worst.

    Attributes:
        indices: int64 (k,), the worst first.
        errors: float32 (k,), mean squared errors.
    """

    indices: np.ndarray
    errors: np.ndarray


def outliers(model: Any, images: np.ndarray, count: int = 12) -> Outliers:
    """Find the `count` pictures of largest reconstruction error; arguments as in `reconstruction_errors`.

    Raises:
        ValueError: for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1, got {count}")
    errors = reconstruction_errors(model, images)
    worst = np.argsort(-errors, kind="stable")[:count]
    return Outliers(worst, errors[worst])
