"""LatentExplorer: the map of what a model has learnt, with the decoder under the pointer. No arithmetic, no tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aewidgets.studies.latent.decoder import atlas, page_decoder
from aewidgets.studies.latent.map import encode_map
from aewidgets.widgets.base.widget import STATIC
from aewidgets.widgets.latent_explorer import views
from aewidgets.widgets.latent_explorer.answers import ExplorerAnswers
from aewidgets.widgets.latent_explorer.offline import evenly, offline
from aewidgets.widgets.latent_explorer.still import still
from aewidgets.widgets.latent_explorer.traits import COLOURS

__all__ = ["LatentExplorer"]

_ANCHORS = 2000  # points whose pictures and codes always travel along


class LatentExplorer(ExplorerAnswers):
    """A map of encoded pictures. Drag over it and the decoder draws; pull a path between two of them.

    Args:
        model: a trained autoencoder: `encode`, `decode`, and `decoder`, a Keras model, which travels into the page.
        images: (n, height, width, channels), float in [0, 1] or uint8, two at least.
        labels: whole numbers, one each.
        names: of the labels, by their number.
        colour: "label", "error", "distance", "none", or numbers, one each.
        projection: "auto" (codes of two numbers as they are, wider ones by PCA), "pca", "umap" or "tsne".
        frame: a table with a row for each picture; `selected` gives its rows.
        traits: any of those below that are not read-only, such as `selection=[3, 4]`.

    Raises:
        ValueError: for numbers of pictures, labels or rows that do not agree.

    `selection` is a tuple of the pictures' numbers, whoever set it; `on_select` tells of new ones. `map` has codes and
    places; `code` is what the plane has at `position`, the place that is decoded. Of a wide code that came from a
    slider, a path or a point the page decodes all of it, and `position` is the place below it.
    """

    _esm = STATIC / "explorer.js"

    def __init__(
        self,
        model: Any,
        images: np.ndarray,
        labels: Sequence[int] | np.ndarray | None = None,
        names: Sequence[str] | None = None,
        colour: str | Sequence[float] | np.ndarray | None = None,
        projection: str = "auto",
        *,
        frame: Any = None,
        **traits: Any,
    ):
        images = np.asarray(images)
        if frame is not None and len(frame) != len(images):
            raise ValueError(f"frame: expected {len(images)} rows, one a picture, got {len(frame)}")
        self._frame, self._names = frame, names
        map_ = encode_map(model, images, labels, projection)
        self._values = _numbers(colour, len(images))
        _check_names(names, map_.labels)
        if self._values is None and isinstance(colour, str):
            traits["colour"] = colour
        else:
            traits["colour"] = "value" if self._values is not None else "label" if labels is not None else "error"
        centre = map_.projection.to_plane(map_.codes.mean(0)[None])[0]
        traits.setdefault("position", tuple(float(f"{value:.6g}") for value in centre))
        super().__init__(model, images, map_, **traits)
        self._publish(**self._facts())

    def _facts(self) -> dict[str, Any]:
        """All that does not change."""
        found = page_decoder(self._model)
        points = evenly(self._count, _ANCHORS)
        return {
            "about": views.about(self.map, self._described(), self._images.shape[1:], self._names),
            "plane": views.places(self.map.plane)[1],
            "classes": views.class_indexes(self.map.labels)[1].tobytes(),
            "space": views.space(self.map),
            "decoder": views.decoder(found),
            "atlas": {} if found.steps else self._atlas(),
            "anchors": views.anchors(self._images[points], self.map.codes[points], points),
            "distances": views.distances(self.map),
            "values": {} if self._values is None else views.quantity("value", self._values),
        }

    def _described(self) -> str:
        return self._model.describe() if hasattr(self._model, "describe") else type(self._model).__name__

    def _atlas(self) -> dict[str, Any]:
        with self._model_lock:
            return views.atlas(atlas(self._model, self.map))

    # What people ask in Python

    @property
    def code(self) -> np.ndarray:
        """float32 (d,), the plane's code at `position`; codes of two numbers are on it, wider ones seldom."""
        return self.map.projection.to_codes(np.asarray([self.position], "float32"))[0]

    @property
    def selected(self) -> Any:
        """Rows of the frame that was given, or else the pictures, of the selection."""
        chosen = list(self.selection)
        return self._images[chosen] if self._frame is None else self._frame.iloc[chosen]

    def on_select(self, callback: Callable[[tuple[int, ...]], Any]) -> None:
        """Call with the numbers of the selected pictures whenever they change."""
        self.observe(lambda change: callback(change["new"]), "selection")

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        """The map as PNG, in its colours, and what it shows."""
        values = {"distance": self.map.distance, "value": self._values, "error": self._errors}.get(self.colour)
        with self._model_lock:
            png = still(self._model, self.map, values, self._names)
        return png, f"{self._described()}: map of {self._count:,} codes. {self.map.projection.words}"

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        errors, mixture = self._measured()
        asked = {name: self.trait_values()[name] for name in ("notes", "colour", "position")}
        room = max_bytes - len(str(self._esm)) * 102 // 100
        with self._model_lock:
            traits = offline(
                self._model, self.map, self._images, errors, mixture, room,
                described=self._described(), names=self._names, values=self._values, selection=self.selection,
            )  # fmt: skip
        notes = {str(index): text for index, text in self.notes.items()}
        return {"traits": {**traits, **asked, "notes": notes, "position": list(self.position)}}

    def __repr__(self) -> str:
        return f"LatentExplorer({self._count:,} pictures, {self._described()})"


def _numbers(colour: Any, count: int) -> np.ndarray | None:
    """The numbers to colour by, float32 (count,), if such were given."""
    if colour is None or isinstance(colour, str):
        if colour is not None and colour not in COLOURS:
            raise ValueError(f"colour: expected one of {', '.join(COLOURS)}, or numbers, got {colour!r}")
        return None
    values = np.asarray(colour)
    if values.shape != (count,) or values.dtype.kind not in "iufb" or not np.isfinite(values).all():
        raise ValueError(f"colour: expected {count} finite numbers, one a picture, got {values.shape}")
    return values.astype("float32")


def _check_names(names: Sequence[str] | None, labels: np.ndarray | None) -> None:
    if names is not None and labels is not None and not 0 <= labels.min() <= labels.max() < len(names):
        raise ValueError(f"names: expected one for each label up to {labels.max()}, got {len(names)}")
