"""Base of widgets that answer questions: the latest one, in a thread of its own, once the widget is shown.

An answer arrives in one message, with the number of the question that it answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import traitlets

from aewidgets.widgets.base.widget import BaseWidget
from aewidgets.widgets.base.worker import Worker

__all__ = ["AnsweringWidget"]


class AnsweringWidget(BaseWidget):
    """A widget that answers questions.

    A subclass implements `_question`, `_answer`, `_further`, and what every `BaseWidget` implements.
    """

    TAKEN: ClassVar[tuple[str, ...]] = ("layout", "_ask")

    _ask = traitlets.Dict(help="From the browser: the question's number, whether a drag goes on.").tag(sync=True)
    answered = traitlets.Int(0, read_only=True, help="Number of the question answered last.").tag(sync=True)
    status = traitlets.Dict(read_only=True, help="Whether it is busy, how far, and with what.").tag(sync=True)

    def __init__(self, **traits: Any):
        self._worker = Worker(self._answer_or_say, self._further_or_say)
        self._shown = self._cancelled = False
        self._together: frozenset[str] = frozenset()  # traits that the browser sets at once
        self._gatherer: int | None = None  # the thread that sets them, and whether it then has something to ask
        self._due = False
        super().__init__(**traits)
        self.observe(self._asked, [*self.ASKED, "_ask"])

    def _question(self) -> Any:
        """Return what is asked now, as a value that does not change any more."""
        raise NotImplementedError

    def _answer(self, question: Any) -> dict[str, Any]:
        """Return the answer to a question as answered traits; parts of it may be published earlier."""
        raise NotImplementedError

    def _closer(self, question: Any) -> dict[str, Any]:
        """Return a closer answer to the question that has just been answered; empty where there is none."""
        return {}

    def _further(self) -> Iterator[None]:
        """Do background work after an answer, as an iterator of short steps; a question interrupts it between two."""
        return iter(())

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take traits that the browser sends, see `BaseWidget`; traits that come together are one question.

        If each trait were a question, the first could be answered before the others are set, and its answer would
        bear the number of the whole.
        """
        with self._lock:
            with self._one_question(sync_data):
                super().set_state(sync_data)
            due = self._due
        if due:
            self._ask_now()
            return
        sent = sync_data.get("_ask")
        number = sent.get("number") if isinstance(sent, dict) else None
        if isinstance(number, int) and number != self._ask.get("number"):  # refused; the error is the answer
            self._publish(answered=number)

    @contextmanager
    def _one_question(self, names: Iterable[str]) -> Iterator[None]:
        """Gather what traits ask that are set inside; afterwards `_due` says whether there is something to ask."""
        self._together, self._gatherer, self._due = frozenset(names), threading.get_ident(), False
        try:
            yield
        finally:
            self._together, self._gatherer = frozenset(), None

    def _asked(self, change: Any = None) -> None:
        thread = threading.get_ident()
        if self._gatherer == thread != self._publisher:
            self._due = True
        elif self._publisher != thread:
            self._ask_now()

    def _ask_now(self) -> None:
        if self._shown:
            self._cancelled = False
            self._worker.ask((int(self._ask.get("number", 0)), self._question()))

    def show(self) -> None:
        """Begin to work; the browser calls it when the widget is first seen."""
        self._shown = True
        self._asked()

    def cancel(self) -> None:
        """Stop what is being done; what has been answered stays."""
        self._cancelled = True  # work that ends only now no longer changes the status
        self._worker.cancel()
        self._publish(status=self._status())

    def put_aside(self) -> None:
        """Close the widget until it is shown again, see `BaseWidget`; what is being done for its page ends."""
        self._shown = False
        self._worker.cancel()
        super().put_aside()

    def close(self) -> None:
        """Close the widget for good; what is being done for it ends at its next step, and nothing is asked anew."""
        if hasattr(self, "_worker"):  # closed too where it could not be made
            self._shown = False
            self._worker.cancel()
        super().close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do; return whether that happened within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _answer_or_say(self, numbered: tuple[int, Any]) -> None:
        number, question = numbered
        try:
            answer = {"error": "", **self._answer(question)}
        except Exception as error:
            answer = {"error": self._words(error)}
        self._publish(answered=number, status=self._status(), **answer)
        try:
            self._publish(**self._closer(question))
        except Exception as error:
            self._publish(error=self._words(error))

    def _further_or_say(self) -> Iterator[None]:
        try:
            yield from self._further()
        except Exception as error:
            self._publish(error=self._words(error))
        self._publish(status=self._status())

    def _progress(self, done: int, total: int, text: str) -> None:
        """Publish how far an answer is. Raises `Stopped` where another question waits or it was cancelled."""
        self._worker.checkpoint()
        self._publish(status=self._status(done, total, text))

    def _status(self, done: int = 0, total: int = 0, text: str = "") -> dict[str, Any]:
        if self._cancelled:
            done, total, text = 0, 0, "stopped"
        return {"busy": total > 0, "done": done, "total": total, "text": text}

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind == "shown":
            self.show()
        elif kind == "cancel":
            self.cancel()
        else:
            super()._message(kind, content, buffers)
