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

from aewidgets.studies.latent.columns import Classes, classes_of, columns_of, found, table_of
from aewidgets.studies.latent.decoder import atlas, decode_codes, page_decoder
from aewidgets.studies.latent.given import is_table
from aewidgets.studies.latent.map import LatentMap, encode_map, map_codes, reconstruction_errors
from aewidgets.studies.latent.paths import neighbours
from aewidgets.studies.latent.samples import Mixture, fit_mixture
from aewidgets.studies.latent.sources import Source, source_of
from aewidgets.widgets.base.questions import AnsweringWidget
from aewidgets.widgets.base.room import evenly
from aewidgets.widgets.base.static_html import page
from aewidgets.widgets.base.widget import built
from aewidgets.widgets.latent_explorer import requests, views
from aewidgets.widgets.latent_explorer.links import Links
from aewidgets.widgets.latent_explorer.offline import Content, offline
from aewidgets.widgets.latent_explorer.selection import Selection, from_bytes, rows_of, to_bytes
from aewidgets.widgets.latent_explorer.still import still

__all__ = ["LatentExplorer"]

COLOURS = ("label", "error", "distance", "value", "none")
_ANCHORS = 2000  # points whose pictures and codes are sent with the map
_ANCHOR_VALUES = 500_000  # values of their codes, at most: fewer points of wide codes
_STEP = 4096  # pictures that are reconstructed before another question may be answered

# An answer's content, and its buffers.
_Answer = tuple[dict[str, Any], list[Any]]


def _with_texts(notes: Mapping[int, str], widget: Any) -> dict[str, str]:
    """Return notes by texts, since JSON has no numbers as keys."""
    return {str(index): text for index, text in notes.items()}


class LatentExplorer(AnsweringWidget):
    """A map of codes: every row a point. With a decoder, drag over it and the decoder draws; pull a path between two.

    Args:
        model: codes of any origin: (n, d) numbers, d from 1 up, as an array, a list, a tensor of torch, what
            scikit-learn or UMAP returned, or a DataFrame of numeric columns. Or a model that encodes `images`: one with
            `encode` and `decode`; any Keras autoencoder, which is split at its narrowest place; a fitted transformer
            with `transform` and `inverse_transform`; or a pair (encoder, decoder) of Keras models, torch modules or
            functions.
        images: (n, height, width) or (n, height, width, channels), float in [0, 1] or uint8. Codes need none.
        labels: one for each point: whole numbers, texts, or anything hashable; None and NaN are a class of their own.
            Or the name of a column of `frame`.
        names: of the labels: by their number, or a dictionary by label.
        colour: "label", "error", "distance", "none", the name of a column of `frame`, or numbers, one each.
        projection: "auto" (codes of one or two latent dimensions as they are, others by PCA), "pca", "umap" or "tsne".
        decoder: what makes images of codes, where codes are given: a Keras model, a torch module, an object with
            `decode` or `inverse_transform`, or a function. Without one, all that needs none works.
        frame: a DataFrame, or columns by name, with a row for each point. Its columns are colours: numbers and dates
            as scales, texts and categories as classes. `selected` gives its rows.
        traits: any of those below that are not read-only, such as `selection=[3, 4]`.

    Raises:
        TypeError: for what is neither codes nor a model.
        ValueError: for codes that are not finite, and numbers of images, labels or rows that do not agree.

    Attributes:
        map: codes and places of all points.

    `selection` is a tuple of the points' numbers, from Python or from a page; `on_select` hears of every new one.
    `code` is what the plane has at `position`, the place that is decoded. Of a wide code that came from a slider, a
    path or a point the page decodes all of it, and `position` is the place below it.

    Examples:
        >>> import numpy as np
        >>> codes = np.random.default_rng(0).normal(size=(200, 16))
        >>> LatentExplorer(codes)
        LatentExplorer(200 points, codes of 16 latent dimensions)
        >>> kinds = np.where(codes[:, 0] > 0, "oak", "ash")
        >>> explorer = LatentExplorer(codes, labels=kinds, frame={"height": codes[:, 1], "year": [2020, 2021] * 100})
        >>> explorer.colour = "height"
        >>> explorer.select(kinds == "oak")
        >>> explorer.selected["year"].max()
        np.int64(2021)
        >>> explorer.select(explorer.find("ash"))

        A decoder is a Keras model, or any function of codes:

        >>> bright = lambda codes: np.repeat(codes[:, :1], 64, 1).reshape(-1, 8, 8).clip(0, 1)
        >>> LatentExplorer(codes, decoder=bright)
        LatentExplorer(200 points, codes of 16 latent dimensions, decoded by a function)

        What scikit-learn fits, with the images that it was fitted to:

        >>> from sklearn.decomposition import PCA
        >>> images = np.random.default_rng(0).random((50, 8, 8))
        >>> LatentExplorer(PCA(4).fit(images.reshape(50, 64)), images)
        LatentExplorer(50 images, PCA)

        Two maps of the same points, where a selection and the point under the pointer are shown in both:

        >>> LatentExplorer(codes).link(LatentExplorer(codes[:, :2]))

        A model of this library, of Keras, or two halves of your own: `LatentExplorer(model, images, labels)`,
        `LatentExplorer((encoder, decoder), images, labels)`.
    """

    _esm = built("explorer.js")
    ASKED: ClassVar[tuple[str, ...]] = ("selection", "notes", "colour", "position")

    selection = Selection(help="Numbers of the selected points, in order.").tag(
        sync=True, to_json=to_bytes, from_json=from_bytes
    )
    notes: traitlets.Dict[Any, Any] = traitlets.Dict(help="Words on points, by their numbers.").tag(
        sync=True, to_json=_with_texts
    )
    colour = traitlets.Unicode("label", help="What the points' colours say; the name of a column, too.").tag(sync=True)
    position = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 0.0), help="The place that is decoded."
    ).tag(sync=True)

    about = traitlets.Dict(read_only=True, help="What the map is of.").tag(sync=True)
    plane = traitlets.Bytes(read_only=True, help="Places of all points, uint16 between the bounds.").tag(sync=True)
    classes = traitlets.Bytes(read_only=True, help="Which class each point is of, uint8 or uint16.").tag(sync=True)
    columns: traitlets.List[Any] = traitlets.List(read_only=True, help="Columns to colour by.").tag(sync=True)
    texts: traitlets.List[Any] = traitlets.List(read_only=True, help="Texts of all points, on a page.").tag(sync=True)
    linked = traitlets.Unicode(read_only=True, help="Name that linked explorers share.").tag(sync=True)
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
        images: Any = None,
        labels: Any = None,
        names: Sequence[str] | Mapping[Any, str] | None = None,
        colour: str | Sequence[float] | np.ndarray | None = None,
        projection: str = "auto",
        *,
        decoder: Any = None,
        frame: Any = None,
        **traits: Any,
    ):
        self._links = Links(self)
        source = source_of(model, images, decoder)
        self._model, self._images, self._words_of = source.model, source.images, source.words
        known = source.codes if source.codes is not None else source.images
        self._count = 0 if known is None else len(known)
        frame = model if frame is None and source.codes is not None and is_table(model) else frame
        self._frame = None if frame is None else table_of(frame, self._count)
        self._columns = () if self._frame is None else columns_of(self._frame, COLOURS)
        self._classes = self._classes_of(labels, names)
        self._map = _map_of(source, self._classes, labels, projection)
        self._values = self._numbers(colour)
        self._model_lock = threading.Lock()  # a Keras model is used by one thread at a time
        self._errors: np.ndarray | None = None
        self._mixture: Mixture | None = None
        traits["colour"] = self._first_colour() if self._values is not None or not isinstance(colour, str) else colour
        centre = self.map.projection.to_plane(self.map.codes.mean(0)[None])[0]
        traits.setdefault("position", tuple(float(f"{value:.6g}") for value in centre))
        super().__init__(**traits)
        self._publish(**self._facts())

    def _classes_of(self, labels: Any, names: Any) -> Classes | None:
        """Return the classes of labels, or of the column that they name; None without labels."""
        if isinstance(labels, str):
            if self._frame is None or labels not in list(self._frame.columns):
                known = [] if self._frame is None else list(map(str, self._frame.columns))
                raise ValueError(f"labels: expected one for each point, or a column of frame ({known}), got {labels!r}")
            labels = self._frame[labels]
        return None if labels is None else classes_of(labels, self._count, names)

    def _numbers(self, colour: Any) -> np.ndarray | None:
        """Return the numbers to colour by, float32; None where `colour` is no numbers."""
        if colour is None or isinstance(colour, str):
            if colour is not None:
                self._known_colour(colour)
            return None
        values = np.asarray(colour)
        if values.shape != (self._count,) or values.dtype.kind not in "iufb" or not np.isfinite(values).all():
            raise ValueError(f"colour: expected {self._count} finite numbers, one for each point, got {values.shape}")
        return values.astype("float32")

    def _known_colour(self, colour: str) -> str:
        """Return the name of what the points are coloured by; raise ValueError for a name that there is not."""
        own = [column.name for column in self._columns if column.kind != "text"]
        if colour == "label" and self._classes is None and "label (column)" in own:
            return "label (column)"
        if colour in (*COLOURS, *own):
            return colour
        texts = [column.name for column in self._columns if column.kind == "text"]
        why = ": this column holds a text for nearly every point; it is searched and shown" if colour in texts else ""
        raise ValueError(f"colour: expected one of {', '.join((*COLOURS, *own))}, or numbers, got {colour!r}{why}")

    def _first_colour(self) -> str:
        """Return what the points are coloured by where nobody said."""
        if self._values is not None:
            return "value"
        if self._classes is not None:
            return "label"
        for kind in ("class", "scale", "date"):
            for column in self._columns:
                if column.kind == kind:
                    return column.name
        return "error" if self._measures else "none"

    @property
    def _measures(self) -> bool:
        """Whether reconstructions can be compared with images."""
        return self._model is not None and self._images is not None

    @property
    def _image_shape(self) -> Sequence[int] | None:
        """Shape of an image, given or decoded."""
        return getattr(self._model, "image_shape", None) if self._images is None else self._images.shape[1:]

    def _facts(self) -> dict[str, Any]:
        """Return the answered traits that do not change."""
        made = page_decoder(self._model)
        points = evenly(self._count, min(_ANCHORS, max(100, _ANCHOR_VALUES // self.map.codes.shape[1])))
        whole = np.arange(self._count)
        packed, left = views.columns(self._columns, self.map.plane, whole)
        return {
            "about": views.about(
                self.map, self._described(), self._image_shape, self._classes, decodes=self._model is not None,
                has_images=self._images is not None, left_out=left,
                texts=[column.name for column in self._columns if column.kind == "text"],
            ),
            "plane": views.places(self.map.plane)[1],
            "classes": views.class_bytes(self._classes),
            "columns": packed,
            "space": views.space(self.map),
            "decoder": views.decoder(made),
            "atlas": {} if made.steps or self._model is None else self._atlas(),
            "anchors": views.anchors(self._pictures(points), self.map.codes[points], points),
            "distances": views.distances(self.map),
            "values": {} if self._values is None else views.quantity("value", self._values),
        }  # fmt: skip

    def _pictures(self, points: Any) -> np.ndarray | None:
        return None if self._images is None else self._images[points]

    def _described(self) -> str:
        return self._words_of

    def _atlas(self) -> dict[str, Any]:
        with self._model_lock:
            return views.atlas(atlas(self._model, self.map))

    # Python's side

    @property
    def map(self) -> LatentMap:
        """Codes and places of all points."""
        return self._map

    @property
    def code(self) -> np.ndarray:
        """The plane's code at `position`, float32 (d,); codes of two numbers lie on the plane, wider ones seldom."""
        return self.map.projection.to_codes(np.asarray([self.position], "float32"))[0]

    @property
    def selected(self) -> Any:
        """Rows of the frame, or else the images, or else the codes, of the selection."""
        chosen = list(self.selection)
        if self._frame is not None:
            return self._frame.iloc[chosen]
        return self.map.codes[chosen] if self._images is None else self._images[chosen]

    def select(self, rows: Any) -> None:
        """Select points.

        Args:
            rows: rows of the frame, as `frame.query("height > 3")` returns them, or their index; True and False for
                every point; numbers of points; a slice; None for nothing.

        Raises:
            ValueError: for rows that the frame does not have.
            traitlets.TraitError: for numbers that no point has.
        """
        self.selection = rows_of(rows, self._frame, self._count)

    def find(self, text: str) -> tuple[int, ...]:
        """Return the numbers of points whose label, or whose row's texts, hold a text; upper or lower case."""
        return tuple(found(text, self._count, self._classes, self._columns).tolist())

    def link(self, *others: LatentExplorer) -> None:
        """Show the selection, and the point under the pointer, in other explorers of the same points too.

        On pages without a kernel as well: `export_html` writes linked explorers into one page, below each other.

        Raises:
            TypeError: for what is no explorer.
            ValueError: for an explorer of another number of points.
        """
        self._links.join(others)

    def unlink(self) -> None:
        """End the links with all other explorers."""
        self._links.leave()
        self._publish(linked="")

    def close(self) -> None:
        """Close the explorer for good, and end its links."""
        if hasattr(self, "_links"):
            self._links.leave()
        super().close()

    @traitlets.observe("selection")
    def _tell_others(self, change: Any) -> None:
        self._links.tell()

    def on_select(self, callback: Callable[[tuple[int, ...]], Any]) -> None:
        """Call with the numbers of the selected points whenever they change."""
        self.observe(lambda change: callback(change["new"]), "selection")

    @traitlets.validate("colour")
    def _colour_known(self, proposal: Any) -> str:
        try:
            return self._known_colour(proposal["value"])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error

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
            raise traitlets.TraitError(f"notes: expected texts by numbers of points, from 0 to {self._count - 1}")
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
        """Fit Gaussians to the codes, then measure the errors of all images; without a decoder neither is needed."""
        if self._mixture is None and self._model is not None:
            self._fit()
            yield
        if not self._measures:
            return
        done_: list[np.ndarray] = [] if self._errors is None else [self._errors]
        for start in range(0, self._count if self._errors is None else 0, _STEP):
            done_.append(self._errors_of(slice(start, start + _STEP)))
            done = min(start + _STEP, self._count)
            self._publish(status=self._status(done, self._count, "measuring reconstruction errors"))
            yield
        self._keep_errors(np.concatenate(done_))

    def _errors_of(self, part: slice) -> np.ndarray:
        assert self._images is not None
        with self._model_lock:
            return reconstruction_errors(self._model, self._images[part], self.map.shaped(self.map.codes[part]))

    def _keep_errors(self, errors: np.ndarray) -> None:
        self._errors = errors
        self._publish(errors=views.quantity("reconstruction error", errors))

    def _fit(self) -> None:
        self._mixture = fit_mixture(self.map.codes)
        self._publish(mixture=views.mixture(self._mixture))

    def _measured(self) -> None:
        """Compute the errors and Gaussians that are missing."""
        if self._errors is None and self._measures:
            self._keep_errors(self._errors_of(slice(None)))
        if self._mixture is None and self._model is not None:
            self._fit()

    # Questions of a page

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        answers: dict[str, Callable[[dict[str, Any], list[Any]], _Answer]] = {
            "details": self._details,
            "decode": self._decode,
            "neighbours": self._neighbours,
            "mean": self._mean,
            "search": self._search,
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
        texts = views.texts(self._columns, points)
        return views.details(self._pictures(points), self.map.codes[points], texts)

    def _decode(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        if self._model is None:
            raise ValueError("these codes came without a decoder: give one as decoder=")
        with self._model_lock:
            made = decode_codes(self._model, self.map, requests.codes(buffers, self.map.codes.shape[1]))
        return {}, [views.shown(made).tobytes()]

    def _neighbours(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        code = requests.codes(buffers, self.map.codes.shape[1])[0]
        near = neighbours(self.map.codes, code, min(int(content.get("count", 12)), 100))
        return {"points": near.indices.tolist(), "distances": near.distances.tolist()}, []

    def _mean(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        points = requests.points(np.frombuffer(bytes(buffers[0]), "<u4") if buffers else [], self._count)
        return {}, [self.map.codes[points].mean(0).astype("<f4").tobytes()]

    def _search(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        return {}, [np.asarray(self.find(str(content.get("text", ""))), "<u4").tobytes()]

    def _html(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        return {}, [page(self._title(), self._body(self.OFFLINE_BYTES)).encode()]

    # Pages without a kernel

    def _title(self) -> str:
        kind = "images" if self._images is not None else "points"
        return f"Map of {self._count:,} {kind}: {self._described()}"

    def _body(self, max_bytes: int) -> str:
        """Return this explorer and those that are linked with it, as HTML."""
        every = [self, *self._links.others]
        return "\n".join(one._upgraded(max_bytes // len(every)) for one in every)

    def _still(self) -> tuple[bytes, str]:
        """Return the map as PNG, in its colours, and a description of it."""
        column = next((one for one in self._columns if one.name == self.colour), None)
        values = {"distance": self.map.distance, "value": self._values, "error": self._errors}.get(self.colour)
        values = values if column is None else column.values
        classes = (self._classes if self.colour != "none" else None) if column is None else column.classes
        with self._model_lock:
            png = still(self._model, self.map, values, classes)
        return png, f"{self._described()}: map of {self._count:,} codes. {self.map.projection.words}"

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        self._measured()
        asked = {name: self.trait_values()[name] for name in ("notes", "colour", "position")}
        room = max_bytes - len(self._esm) * 102 // 100
        content = Content(
            self._model, self.map, self._images, self._errors, self._mixture, self._described(), self._image_shape,
            self._classes, self._columns, self._values,
        )  # fmt: skip
        with self._model_lock:
            traits = offline(content, room, self.selection)
        notes = _with_texts(self.notes, self)
        own = {"notes": notes, "position": list(self.position), "linked": self.linked}
        return {"traits": {**traits, **asked, **own}}

    def __repr__(self) -> str:
        kind = "images" if self._images is not None else "points"
        return f"LatentExplorer({self._count:,} {kind}, {self._described()})"


def _map_of(source: Source, classes: Classes | None, labels: Any, projection: str) -> LatentMap:
    """Return the map of a source, with its labels where they are whole numbers."""
    whole = np.asarray(labels) if classes is not None and not isinstance(labels, str) else None
    whole = None if whole is None or whole.dtype.kind not in "iub" or whole.ndim != 1 else whole.astype("int64")
    if source.codes is None:
        assert source.images is not None
        return encode_map(source.model, source.images, whole, projection)
    return map_codes(source.codes, projection, whole)
