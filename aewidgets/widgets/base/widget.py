"""Base of all widgets: asked and answered traits, errors in words, HTML for pages without a kernel.

Asked traits are set from Python and from the browser; answered ones only by the widget itself.
"""

from __future__ import annotations

import operator
import threading
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from aewidgets.images.displays import in_report
from aewidgets.system.writing import write_text
from aewidgets.widgets.base.cells import shown_cells
from aewidgets.widgets.base.names import nearest, taken
from aewidgets.widgets.base.static_html import fallback, page, upgraded

__all__ = ["BaseWidget", "built"]

_STATIC = Path(__file__).parents[1] / "static"


def built(name: str) -> str:
    """Return the source of a built module, for `_esm`.

    A path would do too, but anywidget then has the file's watcher hold every instance for good.
    """
    return (_STATIC / name).read_text(encoding="utf-8")


class BaseWidget(anywidget.AnyWidget):
    """A widget that works with a kernel and without.

    A subclass names its `ASKED` traits and implements `_message`, `_still` and `_offline`.
    """

    ASKED: ClassVar[tuple[str, ...]] = ()
    #: Other traits that the browser may set.
    TAKEN: ClassVar[tuple[str, ...]] = ("layout",)
    #: Largest size of the data inside an HTML file, by `export_html` and in a report.
    OFFLINE_BYTES: ClassVar[int] = 3_000_000
    REPORT_BYTES: ClassVar[int] = 1_200_000

    error = traitlets.Unicode(read_only=True, help="What went wrong last; empty if nothing did.").tag(sync=True)

    def __new__(cls, *args: Any, **given: Any) -> BaseWidget:
        """Make a widget, unless a keyword is not known.

        traitlets drops such a keyword with a warning that nobody sees in a notebook.

        Raises:
            TypeError: for an unknown keyword; the message names the nearest one. Nothing has been computed by then.
        """
        known = taken(cls)
        for name in given:
            if name not in known:
                public = [other for other in known if not other.startswith("_") and not cls._answers(other)]
                raise TypeError(f"{cls.__name__}: no setting is called {name!r}; {nearest(name, public)}")
        return super().__new__(cls, *args, **given)

    @classmethod
    def _answers(cls, name: str) -> bool:
        """Return whether a trait is answered, or is ipywidgets' own, so that nobody else sets it."""
        trait = cls.class_traits().get(name)
        return trait is not None and (trait.read_only or name in ("comm", "keys", "log"))

    def __init__(self, **traits: Any):
        self._lock = threading.RLock()  # one thread at a time sets traits and sends, so that messages stay whole
        self._publisher: int | None = None
        super().__init__(**traits)
        self.on_msg(self._receive)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a trait, or an attribute that the class has.

        Raises:
            AttributeError: for another public name, which would be kept and change nothing.
        """
        if not name.startswith("_") and not hasattr(type(self), name):
            known = [trait for trait in self.trait_names() if not trait.startswith("_") and not self._answers(trait)]
            words = f"{type(self).__name__} has no {name!r} that can be set; {nearest(name, known)}"
            raise AttributeError(f"{words} (names of your own begin with an underscore)")
        super().__setattr__(name, value)

    def observe(self, handler: Any, names: Any = traitlets.All, type: Any = "change") -> None:
        """Call `handler` with changes of some traits, of all by default; see `traitlets.HasTraits.observe`.

        Raises:
            ValueError: for a trait that the widget does not have, of which nobody would ever hear.
        """
        for name in [names] if isinstance(names, str) else [] if names is traitlets.All else names:
            if isinstance(name, str) and not self.has_trait(name):
                public = [trait for trait in self.trait_names() if not trait.startswith("_")]
                raise ValueError(f"observe: no trait is called {name!r}; {nearest(name, public)}")
        super().observe(handler, names, type)

    def open(self) -> None:
        """Open the comm to the browser so that messages arrive also while a cell runs."""
        super().open()
        # ipykernel 7.4 hands incoming messages to the shell that last wrote to the comm. That is the main one, where a
        # running cell keeps them waiting, although JupyterLab has addressed a subshell.
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, addressed: addressed

    def put_aside(self) -> None:
        """Close the widget until it is shown again; its results, and its settings from Python, go on without a page."""
        super().close()
        self.__dict__.pop("_repr_mimebundle_", None)  # ipywidgets puts None there, so that it is never shown again

    def _publish(self, **traits: Any) -> None:
        """Set traits, in one message. Asked traits among them are part of the answer and ask nothing anew."""
        with self._lock, self.hold_sync():
            self._publisher = threading.get_ident()
            try:
                for name, value in traits.items():
                    self.set_trait(name, value)
            finally:
                self._publisher = None

    @staticmethod
    def _words(error: BaseException) -> str:
        """Describe an error for a reader who sees no traceback; errors that are not our own are named by type."""
        text = str(error) or "no more is known"
        return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take asked traits that the browser sends. A value that is refused is taken back in the browser too."""
        asked = {name: value for name, value in sync_data.items() if name in (*self.ASKED, *self.TAKEN)}
        with self._lock:
            try:
                super().set_state(asked)
            except traitlets.TraitError as error:
                self._publish(error=str(error))
                self.send_state(list(asked))

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return all traits as of one moment."""
        with self._lock:
            return super().get_state(*args, **kwargs)

    def _receive(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Take a custom message; `_message` takes those that not every widget has."""
        kind = content.get("kind") if isinstance(content, dict) else None
        try:
            if kind == "dismiss":
                self._publish(error="")
            else:
                self._message(str(kind), content, buffers)
        except Exception as error:
            self._publish(error=self._words(error))

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        """Take a custom message of this kind of widget."""
        raise ValueError(f"the widget has no answer to {kind!r}: reload the page, its two halves differ in version")

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        """Return a picture of the widget as PNG, and a description of it."""
        raise NotImplementedError

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        """Return the data that the module needs without a kernel: traits by name, and what else it asks for.

        Args:
            max_bytes: size of the data in HTML, where base64 makes four bytes of three.
        """
        raise NotImplementedError

    def export_html(self, path: str | Path, *, max_bytes: int | None = None) -> Path:
        """Write the widget as one HTML file that is live without a kernel and without a network.

        Args:
            path: of the file; its folder must exist.
            max_bytes: size of the data inside. Fewer operating points, or a part of the picture, fit into less.

        Returns:
            The path.

        Raises:
            ValueError: for a size that is no number above zero, or too small for anything.
        """
        target = Path(path)
        size = self.OFFLINE_BYTES if max_bytes is None else _size(max_bytes)
        write_text(target, page(self._title(), self._body(size)))
        return target

    def _title(self) -> str:
        """Return the title of the exported page."""
        return type(self).__name__

    def _asked_traits(self) -> dict[str, Any]:
        """Return the asked traits by name."""
        return {name: getattr(self, name) for name in self.ASKED}

    def _upgraded(self, max_bytes: int) -> str:
        """Return the picture and the live widget that replaces it, as HTML."""
        png, words = self._still()
        return upgraded(png, words, self._esm, self._offline(max_bytes))

    def _body(self, max_bytes: int) -> str:
        """Return what the exported page holds, as HTML."""
        return self._upgraded(max_bytes)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view, and a picture for pages that cannot show it; in Colab also what loads its widgets.

        In a report: HTML with the picture and the script that replaces it by the live widget.
        """
        bundle = self._bundle()
        _, metadata = (super()._repr_mimebundle_() if self.comm else None) or ({}, {})
        return (bundle, metadata) if metadata else bundle

    def _bundle(self) -> dict[str, Any]:
        text = {"text/plain": repr(self)}
        try:
            if in_report():
                return {**text, "text/html": self._upgraded(self.REPORT_BYTES)}
            png, words = self._still()
        except Exception as error:  # shown in the widget; a cell that ends in one shows no traceback
            self._publish(error=self._words(error))
            if in_report():
                return {**text, "text/html": fallback(None, self.error)}
            return {**text, **self._view()}
        import base64

        return {
            **text,
            **self._view(),
            "text/html": fallback(png, words),
            "image/png": base64.b64encode(png).decode(),
        }

    def _view(self) -> dict[str, Any]:
        """Return the live view. Its second type is our extension's, which JupyterLab prefers where it is installed."""
        self.open()  # where it had been put aside
        cells = shown_cells()
        if cells:
            cells.add(self)
        view = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view, "application/vnd.aewidgets.view+json": {}}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _size(value: Any) -> int:
    """Return a number of bytes.

    Raises:
        ValueError: for what is no whole number above zero.
    """
    try:
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        size = 0 if isinstance(value, bool) else operator.index(whole)
    except TypeError:
        size = 0
    if size < 1:
        raise ValueError(f"max_bytes: expected a number of bytes above zero, such as 3_000_000, got {value!r}")
    return size
