"""What all widgets share: asked and answered traits, errors in words, pictures where no kernel is.

Asked traits are set from Python and from the browser; answered ones only by the widget itself.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from aewidgets.images.displays import in_report
from aewidgets.system.writing import write_text
from aewidgets.widgets.base.static_html import fallback, page, upgraded

__all__ = ["STATIC", "BaseWidget"]

STATIC = Path(__file__).parents[1] / "static"


class BaseWidget(anywidget.AnyWidget):
    """A widget that lives with a kernel and without.

    A widget of this kind names its `ASKED` traits and has `_message`, `_still` and `_offline`.
    """

    ASKED: ClassVar[tuple[str, ...]] = ()
    #: What else the browser may set.
    TAKEN: ClassVar[tuple[str, ...]] = ("layout",)
    #: Largest size of what travels inside an HTML file, by `export_html` and in a report.
    OFFLINE_BYTES: ClassVar[int] = 3_000_000
    REPORT_BYTES: ClassVar[int] = 1_200_000

    error = traitlets.Unicode(read_only=True, help="What went wrong last; empty if nothing did.").tag(sync=True)

    def __init__(self, **traits: Any):
        self._lock = threading.RLock()  # one thread at a time sets traits and sends, so that messages stay whole
        self._publisher: int | None = None
        super().__init__(**traits)
        self.on_msg(self._receive)

    def open(self) -> None:
        """Tell the browser that the widget exists; its messages will be heard also while a cell runs."""
        super().open()
        # ipykernel 7.4 sends a comm's incoming messages to the shell that last wrote to it: to the main one, where a
        # running cell keeps them waiting, although JupyterLab had addressed a subshell.
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, addressed: addressed

    def _publish(self, **traits: Any) -> None:
        """Set traits, in one message; asked ones among them are part of the answer and ask nothing anew."""
        with self._lock, self.hold_sync():
            self._publisher = threading.get_ident()
            try:
                for name, value in traits.items():
                    self.set_trait(name, value)
            finally:
                self._publisher = None

    @staticmethod
    def _words(error: BaseException) -> str:
        """An error for somebody who sees no traceback: our own say what to do, others get their kind named."""
        text = str(error) or "no more is known"
        return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the browser sends; answers are not its to give, and what is refused is taken back there, too."""
        asked = {name: value for name, value in sync_data.items() if name in (*self.ASKED, *self.TAKEN)}
        with self._lock:
            try:
                super().set_state(asked)
            except traitlets.TraitError as error:
                self._publish(error=str(error))
                self.send_state(list(asked))

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """All traits as of one moment."""
        with self._lock:
            return super().get_state(*args, **kwargs)

    def _receive(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Custom messages; `_message` takes those that are not of every widget."""
        kind = content.get("kind") if isinstance(content, dict) else None
        try:
            if kind == "dismiss":
                self._publish(error="")
            else:
                self._message(str(kind), content, buffers)
        except Exception as error:
            self._publish(error=self._words(error))

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        raise ValueError(f"the widget has no answer to {kind!r}: reload the page, its two halves differ in version")

    # Where there is no kernel

    def _still(self) -> tuple[bytes, str]:
        """A picture of the widget as PNG, and what it shows in words."""
        raise NotImplementedError

    def _offline(self, max_bytes: int) -> dict[str, Any]:
        """What the module needs to live without a kernel: traits by name, and whatever else it asks for."""
        raise NotImplementedError

    def export_html(self, path: str | Path, *, max_bytes: int | None = None) -> Path:
        """Write the widget as one HTML file that is live without a kernel and without a network.

        Args:
            path: of the file; its folder must be there.
            max_bytes: of the data inside; fewer operating points, or a part of the picture, fit into less.

        Returns:
            The path.
        """
        target = Path(path)
        write_text(target, page(self._title(), self._upgraded(max_bytes or self.OFFLINE_BYTES)))
        return target

    def _title(self) -> str:
        """Of such a page."""
        return type(self).__name__

    def _upgraded(self, max_bytes: int) -> str:
        png, words = self._still()
        return upgraded(png, words, str(self._esm), self._offline(max_bytes))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Interactive: the live view, and a picture for those who cannot show it. In a report: a picture that wakes."""
        text = {"text/plain": repr(self)}
        try:
            if in_report():
                return {**text, "text/html": self._upgraded(self.REPORT_BYTES)}
            png, words = self._still()
        except Exception as error:  # a cell that ends in a widget shows its error in the widget, not a traceback
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
        view = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view}

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
