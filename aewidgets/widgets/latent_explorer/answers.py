"""What LatentExplorer answers its pages: pictures, codes and neighbours asked for, errors and Gaussians measured.

Answers go by the number of their question, to whoever asked; what is measured is for all pages, in traits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from aewidgets.studies.latent.decoder import decode_codes
from aewidgets.studies.latent.map import LatentMap, reconstruction_errors
from aewidgets.studies.latent.paths import neighbours
from aewidgets.studies.latent.samples import Mixture, fit_mixture
from aewidgets.widgets.latent_explorer import views
from aewidgets.widgets.latent_explorer.traits import ExplorerTraits

__all__ = ["ExplorerAnswers"]

_STEP = 4096  # pictures that are reconstructed between two looks at what else is asked
_AT_ONCE = 1000  # points or codes in one message, at most

# What an answer says, and its buffers.
_Answer = tuple[dict[str, Any], list[Any]]


class ExplorerAnswers(ExplorerTraits):
    """Questions about the pictures of `map`, and what is measured of all of them.

    Args:
        model: as of `LatentExplorer`.
        images: those that were encoded.
        map_: their codes and places.
        traits: those of `ExplorerTraits`.
    """

    def __init__(self, model: Any, images: np.ndarray, map_: LatentMap, **traits: Any):
        self._model, self._images, self.map = model, images, map_
        self._model_lock = threading.Lock()  # Keras models are asked by one thread at a time
        self._count = len(images)
        self._errors: np.ndarray | None = None
        self._mixture: Mixture | None = None
        super().__init__(**traits)

    # What follows once it is shown

    def _asked(self, change: Any = None) -> None:
        if change is None:  # shown; settings ask nothing, since the page has all that they need
            super()._asked()

    def _question(self) -> None:
        return None

    def _answer(self, question: None) -> dict[str, Any]:
        return {}

    def _further(self) -> Iterator[None]:
        """Errors of all pictures, and Gaussians for their codes."""
        if self._mixture is None:
            self._fit()
            yield
        found: list[np.ndarray] = [] if self._errors is None else [self._errors]
        for start in range(0, self._count if self._errors is None else 0, _STEP):
            found.append(self._errors_of(slice(start, start + _STEP)))
            done = min(start + _STEP, self._count)
            self._publish(status=self._status(done, self._count, "measuring reconstruction errors"))
            yield
        self._know_errors(np.concatenate(found))

    def _errors_of(self, part: slice) -> np.ndarray:
        with self._model_lock:
            return reconstruction_errors(self._model, self._images[part], self.map.shaped(self.map.codes[part]))

    def _know_errors(self, errors: np.ndarray) -> None:
        self._errors = errors
        self._publish(errors=views.quantity("reconstruction error", errors))

    def _fit(self) -> None:
        self._mixture = fit_mixture(self.map.codes)
        self._publish(mixture=views.mixture(self._mixture))

    def _measured(self) -> tuple[np.ndarray, Mixture]:
        """Errors and Gaussians, now."""
        if self._errors is None:
            self._know_errors(self._errors_of(slice(None)))
        if self._mixture is None:
            self._fit()
        assert self._errors is not None and self._mixture is not None
        return self._errors, self._mixture

    # What the browser asks

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
            told, sent = answers[kind](content, buffers)
        except Exception:
            self.send({"kind": "failed", "number": content.get("number")})  # so that nobody waits for it
            raise
        self.send({**told, "kind": kind, "number": content.get("number")}, sent)

    def _points(self, given: Any) -> np.ndarray:
        """Numbers of pictures that the browser sent."""
        points = np.asarray(given)
        if points.ndim != 1 or not len(points) or points.dtype.kind not in "iu":
            raise ValueError("expected numbers of pictures; reload the page, its two halves differ in version")
        if points.min() < 0 or points.max() >= self._count:
            raise ValueError(f"expected numbers of pictures from 0 to {self._count - 1}, got {points.max()}")
        return points.astype("int64")

    def _codes(self, buffers: list[Any]) -> np.ndarray:
        """Codes that the browser sent."""
        size = self.map.codes.shape[1]
        numbers = np.frombuffer(bytes(buffers[0]), "<f4") if buffers else np.zeros(0, "float32")
        if not len(numbers) or len(numbers) % size or len(numbers) > size * _AT_ONCE or not np.isfinite(numbers).all():
            raise ValueError(f"expected codes of {size} finite numbers, got {len(numbers)} numbers")
        return numbers.reshape(-1, size)

    def _details(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        points = self._points(content.get("points"))[:_AT_ONCE]
        return views.details(self._images[points], self.map.codes[points])

    def _decode(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        with self._model_lock:
            made = decode_codes(self._model, self.map, self._codes(buffers))
        return {}, [views.shown(made).tobytes()]

    def _neighbours(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        found = neighbours(self.map.codes, self._codes(buffers)[0], min(int(content.get("count", 12)), 100))
        return {"points": found.indices.tolist(), "distances": found.distances.tolist()}, []

    def _mean(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        points = self._points(np.frombuffer(bytes(buffers[0]), "<u4") if buffers else [])
        return {}, [self.map.codes[points].mean(0).astype("<f4").tobytes()]

    def _html(self, content: dict[str, Any], buffers: list[Any]) -> _Answer:
        from aewidgets.widgets.base.static_html import page

        return {}, [page(self._title(), self._upgraded(self.OFFLINE_BYTES)).encode()]
