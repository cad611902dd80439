"""What all widgets share: asked and answered traits, work on the latest question, pictures where no kernel is.

Asked traits are set from Python and from the browser. Answered ones are read-only in both, and arrive in one
message with the number of the question that they answer. Work begins when the widget is first shown.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from aewidgets.displays import in_report
from aewidgets.widgets.static_html import fallback, page, upgraded
from aewidgets.widgets.work import Worker
from aewidgets.writing import write_text

__all__ = ["STATIC", "LiveWidget"]

STATIC = Path(__file__).parent / "static"


class LiveWidget(anywidget.AnyWidget):
    """A widget that answers questions.

    A widget of this kind names its `ASKED` traits and has `_question`, `_answer`, `_further`, `_still` and `_offline`.
    """

    ASKED: ClassVar[tuple[str, ...]] = ()
    #: Largest size of what travels inside an HTML file, by `export_html` and in a report.
    OFFLINE_BYTES: ClassVar[int] = 3_000_000
    REPORT_BYTES: ClassVar[int] = 1_200_000

    _ask = traitlets.Dict(help="From the browser: the question's number, whether a drag goes on.").tag(sync=True)
    answered = traitlets.Int(0, read_only=True, help="Number of the question answered last.").tag(sync=True)
    status = traitlets.Dict(read_only=True, help="Whether it is busy, how far, and with what.").tag(sync=True)
    error = traitlets.Unicode(read_only=True, help="What went wrong last; empty if nothing did.").tag(sync=True)

    def __init__(self, **traits: Any):
        self._lock = threading.RLock()  # one message an answer, also when a question arrives meanwhile
        self._worker = Worker(self._answer_or_say, self._further_or_say)
        self._shown = False
        self._publisher: int | None = None
        super().__init__(**traits)
        self.observe(self._asked, [*self.ASKED, "_ask"])
        self.on_msg(self._receive)

    # Questions

    def _question(self) -> Any:
        """What is asked now, as a value that does not change any more."""
        raise NotImplementedError

    def _answer(self, question: Any) -> dict[str, Any]:
        """What a question comes to, as answered traits; what is known earlier may be published before."""
        raise NotImplementedError

    def _further(self) -> Iterator[None]:
        """Work that may follow an answer, in small steps, with no checkpoints of its own."""
        return iter(())

    def _asked(self, change: Any = None) -> None:
        if self._shown and self._publisher != threading.get_ident():
            self._worker.ask((int(self._ask.get("number", 0)), self._question()))

    def show(self) -> None:
        """Begin to work, as when the widget is first seen; called by the browser."""
        self._shown = True
        self._asked()

    def cancel(self) -> None:
        """Stop what is being done; what has been answered stays."""
        self._worker.cancel()
        self._publish(status=self._status(text="stopped"))

    def wait(self, timeout: float | None = None) -> bool:
        """Until there is nothing more to do; whether that came about within so many seconds."""
        return self._worker.wait(timeout)

    def _answer_or_say(self, numbered: tuple[int, Any]) -> None:
        number, question = numbered
        try:
            answer = {"error": "", **self._answer(question)}
        except Exception as error:
            answer = {"error": self._words(error)}
        self._publish(answered=number, status=self._status(), **answer)

    def _further_or_say(self) -> Iterator[None]:
        try:
            yield from self._further()
        except Exception as error:
            self._publish(error=self._words(error))
        self._publish(status=self._status())

    @staticmethod
    def _words(error: BaseException) -> str:
        """An error for somebody who sees no traceback: our own say what to do, others get their kind named."""
        text = str(error) or "no more is known"
        return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"

    # Answers

    def _publish(self, **traits: Any) -> None:
        """Set traits, in one message; asked ones among them are part of the answer and ask nothing anew."""
        with self._lock, self.hold_sync():
            self._publisher = threading.get_ident()
            try:
                for name, value in traits.items():
                    self.set_trait(name, value)
            finally:
                self._publisher = None

    def _progress(self, done: int, total: int, text: str) -> None:
        """Say how far an answer is; ends it where it should end."""
        self._worker.checkpoint()
        self._publish(status=self._status(done, total, text))

    @staticmethod
    def _status(done: int = 0, total: int = 0, text: str = "") -> dict[str, Any]:
        return {"busy": total > 0, "done": done, "total": total, "text": text}

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the browser sends; answers are not its to give."""
        asked = {name: value for name, value in sync_data.items() if name in (*self.ASKED, "_ask", "layout")}
        with self._lock:
            try:
                super().set_state(asked)
            except traitlets.TraitError as error:
                self._publish(error=str(error))

    def _receive(self, widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Custom messages; `_message` takes those that are not of every widget."""
        kind = content.get("kind") if isinstance(content, dict) else None
        try:
            if kind == "shown":
                self.show()
            elif kind == "cancel":
                self.cancel()
            elif kind == "dismiss":
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
