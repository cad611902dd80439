"""LatentExplorer: a map of the codes of a model, with its decoder under the pointer. No arithmetic, no tensors.

Answers carry the number of their question and go to the page that asked it. Measurements of all pictures are for all
pages, as traits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import traitlets

from aewidgets.studies.latent.decoder import atlas, decode_codes, page_decoder
from aewidgets.studies.latent.map import LatentMap, encode_map, reconstruction_errors
from aewidgets.studies.latent.paths import neighbours
from aewidgets.studies.latent.samples import Mixture, fit_mixture
from aewidgets.widgets.base.questions import AnsweringWidget
from aewidgets.widgets.base.room import evenly
from aewidgets.widgets.base.static_html import page
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.latent_explorer import requests, views
from aewidgets.widgets.latent_explorer.offline import offline
from aewidgets.widgets.latent_explorer.selection import Selection, from_bytes, to_bytes
from aewidgets.widgets.latent_explorer.still import still

__all__ = ["LatentExplorer"]

COLOURS = ("label", "error", "distance", "value", "none")
_ANCHORS = 2000  # points whose pictures and codes are sent with the map
_STEP = 4096  # pictures that are reconstructed before another question may be answered

# An answer's content, and its buffers.
_Answer = tuple[dict[str, Any], list[Any]]


def _with_texts(notes: Mapping[int, str], widget: Any) -> dict[str, str]:
    """Return notes by texts, since JSON has no numbers as keys."""
    return {str(index): text for index, text in notes.items()}


class LatentExplorer(AnsweringWidget):
    """A map of encoded pictures. Drag over it and the decoder draws; pull a path between two of them.

    Args:
        model: a trained autoencoder: `encode`, `decode`, and `decoder`, a Keras model, which is sent to the page.
        images: (n, height, width, channels), float in [0, 1] or uint8, two at least.
        labels: whole numbers, one each.
        names: of the labels, by their number.
        colour: "label", "error", "distance", "none", or numbers, one each.
        projection: "auto" (codes of two numbers as they are, wider ones by PCA), "pca", "umap" or "tsne".
        frame: a table with a row for each picture; `selected` gives its rows.
        traits: any of those below that are not read-only, such as `selection=[3, 4]`.

    Raises:
        ValueError: for numbers of pictures, labels or rows that do not agree.

    Attributes:
        map: codes and places of all pictures.

    `selection` is a tuple of the pictures' numbers, from Python or from a page; `on_select` hears of every new one.
    `code` is what the plane has at `position`, the place that is decoded. Of a wide code that came from a slider, a
    path or a point the page decodes all of it, and `position` is the place below it.
    """

    _esm = built("explorer.js")
    ASKED: ClassVar[tuple[str, ...]] = ("selection", "notes", "colour", "position")

    selection = Selection(help="Numbers of the selected pictures, in order.").tag(
        sync=True, to_json=to_bytes, from_json=from_bytes
    )
    notes: traitlets.Dict[Any, Any] = traitlets.Dict(help="Words on pictures, by their numbers.").tag(
        sync=True, to_json=_with_texts
    )
    colour = traitlets.Enum(COLOURS, "label", help="What the points' colours say.").tag(sync=True)
    position = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 0.0), help="The place that is decoded."
    ).tag(sync=True)

    about = traitlets.Dict(read_only=True, help="What the map is of.").tag(sync=True)
    plane = traitlets.Bytes(read_only=True, help="Places of all points, uint16 between the bounds.").tag(sync=True)
    classes = traitlets.Bytes(read_only=True, help="Which class each point is of, uint8.").tag(sync=True)
    space = traitlets.Dict(read_only=True, help="The plane among the codes.").tag(sync=True)
    decoder = traitlets.Dict(read_only=True, help="The decoder, or why it cannot run in a page.").tag(sync=True)
    atlas = traitlets.Dict(read_only=True, help="Decoded tiles, where the decoder cannot run in a page.").tag(sync=True)
    anchors = traitlets.Dict(read_only=True, help="Pictures and codes of some points.").tag(sync=True)
    errors = traitlets.Dict(read_only=True, help="Reconstruction errors of all points.").tag(sync=True)
    distances = traitlets.Dict(read_only=True, help="Distances of all codes from the plane.").tag(sync=True)
    values = traitlets.Dict(read_only=True, help="The numbers to colour by.").tag(sync=True)
    mixture = traitlets.Dict(read_only=True, help="Gaussians fitted to the codes.").tag(sync=True)

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
            raise ValueError(f"frame: expected {len(images)} rows, one for each picture, got {len(frame)}")
        self._frame, self._names = frame, names
        self._model, self._images, self._count = model, images, len(images)
        self._map = encode_map(model, images, labels, projection)
        self._values = _numbers(colour, len(images))
        _check_names(names, self.map.labels)
        self._model_lock = threading.Lock()  # a Keras model is used by one thread at a time
        self._errors: np.ndarray | None = None
        self._mixture: Mixture | None = None
        if self._values is None and isinstance(colour, str):
            traits["colour"] = colour
        else:
            traits["colour"] = "value" if self._values is not None else "label" if labels is not None else "error"
        centre = self.map.projection.to_plane(self.map.codes.mean(0)[None])[0]
        traits.setdefault("position", tuple(float(f"{value:.6g}") for value in centre))
        super().__init__(**traits)
        self._publish(**self._facts())

    def _facts(self) -> dict[str, Any]:
        """Return the answered traits that do not change."""
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

    # Python's side

    @property
    def map(self) -> LatentMap:
        """Codes and places of all pictures."""
        return self._map

    @property
    def code(self) -> np.ndarray:
        """The plane's code at `position`, float32 (d,); codes of two numbers lie on the plane, wider ones seldom."""
        return self.map.projection.to_codes(np.asarray([self.position], "float32"))[0]

    @property
    def selected(self) -> Any:
        """Rows of the frame, or else the pictures, of the selection."""
        chosen = list(self.selection)
        return self._images[chosen] if self._frame is None else self._frame.iloc[chosen]

    def on_select(self, callback: Callable[[tuple[int, ...]], Any]) -> None:
        """Call with the numbers of the selected pictures whenever they change."""
        self.observe(lambda change: callback(change["new"]), "selection")

    @traitlets.validate("selection")
    def _selection_in_range(self, proposal: Any) -> tuple[int, ...]:
        chosen = proposal["value"]
        if chosen and not 0 <= chosen[0] <= chosen[-1] < self._count:
            raise traitlets.TraitError(f"selection: expected numbers from 0 to {self._count - 1}, got {chosen[-1]}")
        return chosen

    @traitlets.validate("notes")
    def _notes_by_number(self, proposal: Any) -> dict[int, str]:
        try:
            notes = {int(index): text for index, text in proposal["value"].items()}
        except (TypeError, ValueError):
            notes = {-1: ""}
        if not all(0 <= index < self._count and isinstance(text, str) for index, text in notes.items()):
            raise traitlets.TraitError(f"notes: expected texts by numbers of pictures, from 0 to {self._count - 1}")
        return notes

    # Measurements, made once the widget is shown

    def _asked(self, change: Any = None) -> None:
        if change is None:  # shown; settings ask nothing, since the page has all that they need
            super()._asked()

    def _question(self) -> None:
        return None

    def _answer(self, question: None) -> dict[str, Any]:
        return {}

    def _further(self) -> Iterator[None]:
        """Fit Gaussians to the codes, then measure the errors of all pictures."""
        if self._mixture is None:
            self._fit()
            yield
        found: list[np.ndarray] = [] if self._errors is None else [self._errors]
        for start in range(0, self._count if self._errors is None else 0, _STEP):
            found.append(self._errors_of(slice(start, start + _STEP)))
            done = min(start + _STEP, self._count)
            self._publish(status=self._status(done, self._count, "measuring reconstruction errors"))
            yield
        self._keep_errors(np.concatenate(found))

    def _errors_of(self, part: slice) -> np.ndarray:
        with self._model_lock:
            return reconstruction_errors(self._model, self._images[part], self.map.shaped(self.map.codes[part]))

    def _keep_errors(self, errors: np.ndarray) -> None:
        self._errors = errors
        self._publish(errors=views.quantity("reconstruction error", errors))

    def _fit(self) -> None:
        self._mixture = fit_mixture(self.map.codes)
        self._publish(mixture=views.mixture(self._mixture))

    def _measured(self) -> tuple[np.ndarray, Mixture]:
        """Return errors and Gaussians; those that are missing are computed now."""
        if self._errors is None:
            self._keep_errors(self._errors_of(slice(None)))
        if self._mixture is None:
            self._fit()
        assert self._errors is not None and self._mixture is not None
        return self._errors, self._mixture

    # Questions of a page

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        answers: dict[str, Callable[[dict[str, Any], list[Any]], _Answer]] = {
            "details": self._details,
            "decode": self._decode,
            "neighbours": self._neighbours,
            "mean": self._mean,
            "html": self._html,
        }
        if kind not in answers:
            super()._message(kind, content, buffers)
            return
        try:
            answer, sent = answers[kind](content, buffers)
        except Exception:
            self.send({"kind": "failed", "number": content.get("number")})  # so that the page does not wait for it
            raise
        self.send({**answer, "kind": kind, "number": content.get("number")}, sent)

    def _details(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        points = requests.points(content.get("points"), self._count)[: requests.AT_ONCE]
        return views.details(self._images[points], self.map.codes[points])

    def _decode(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        with self._model_lock:
            made = decode_codes(self._model, self.map, requests.codes(buffers, self.map.codes.shape[1]))
        return {}, [views.shown(made).tobytes()]

    def _neighbours(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        code = requests.codes(buffers, self.map.codes.shape[1])[0]
        found = neighbours(self.map.codes, code, min(int(content.get("count", 12)), 100))
        return {"points": found.indices.tolist(), "distances": found.distances.tolist()}, []

    def _mean(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        points = requests.points(np.frombuffer(bytes(buffers[0]), "<u4") if buffers else [], self._count)
        return {}, [self.map.codes[points].mean(0).astype("<f4").tobytes()]

    def _html(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        return {}, [page(self._title(), self._upgraded(self.OFFLINE_BYTES)).encode()]

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        """Return the map as PNG, in its colours, and a description of it."""
        values = {"distance": self.map.distance, "value": self._values, "error": self._errors}.get(self.colour)
        with self._model_lock:
            png = still(self._model, self.map, values, self._names)
        return png, f"{self._described()}: map of {self._count:,} codes. {self.map.projection.words}"

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        errors, mixture = self._measured()
        asked = {name: self.trait_values()[name] for name in ("notes", "colour", "position")}
        room = max_bytes - len(self._esm) * 102 // 100
        with self._model_lock:
            traits = offline(
                self._model, self.map, self._images, errors, mixture, room,
                described=self._described(), names=self._names, values=self._values, selection=self.selection,
            )  # fmt: skip
        notes = _with_texts(self.notes, self)
        return {"traits": {**traits, **asked, "notes": notes, "position": list(self.position)}}

    def __repr__(self) -> str:
        return f"LatentExplorer({self._count:,} pictures, {self._described()})"


def _numbers(colour: Any, count: int) -> np.ndarray | None:
    """Return the numbers to colour by, float32 (count,); None where `colour` is no numbers."""
    if colour is None or isinstance(colour, str):
        if colour is not None and colour not in COLOURS:
            raise ValueError(f"colour: expected one of {', '.join(COLOURS)}, or numbers, got {colour!r}")
        return None
    values = np.asarray(colour)
    if values.shape != (count,) or values.dtype.kind not in "iufb" or not np.isfinite(values).all():
        raise ValueError(f"colour: expected {count} finite numbers, one for each picture, got {values.shape}")
    return values.astype("float32")


def _check_names(names: Sequence[str] | None, labels: np.ndarray | None) -> None:
    if names is not None and labels is not None and not 0 <= labels.min() <= labels.max() < len(names):
        raise ValueError(f"names: expected one for each label up to {labels.max()}, got {len(names)}")
