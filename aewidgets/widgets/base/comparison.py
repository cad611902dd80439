"""Base of the studios: two sides of one subject beside each other. It knows neither codecs nor methods."""

from __future__ import annotations

import ast
import threading
from typing import Any, ClassVar

import traitlets

from aewidgets.studies.subjects import Subject
from aewidgets.widgets.base import pictures
from aewidgets.widgets.base.names import nearest
from aewidgets.widgets.base.subjects import SubjectWidget

__all__ = ["SIDES", "ComparisonWidget"]

SIDES = ("left", "right")
_LOOKS = ("view", "shows", "position")  # asked traits that change only how the sides are drawn


class ComparisonWidget(SubjectWidget):
    """A widget that compares two sides of one subject.

    A subclass has the asked traits `left`, `right` and `shows`, and a cache of its results in `_cache`. It implements
    `results`, `_label`, `_in_words`, and what every `SubjectWidget` implements.

    Args:
        subject: the picture that is looked at first.
        traits: traits by name.
    """

    view = traitlets.Enum(("swipe", "side"), "swipe", help="One picture under a handle, or two.").tag(sync=True)
    position = traitlets.Float(0.5, min=0, max=1, help="Of the handle, from the left.").tag(sync=True)

    subject = traitlets.Dict(read_only=True, help="Name, size and bytes of the picture.").tag(sync=True)
    original = traitlets.Bytes(read_only=True, help="The picture itself, as PNG; empty if none has it.").tag(sync=True)
    left_point = traitlets.Dict(read_only=True, help="Figures of the left side.").tag(sync=True)
    right_point = traitlets.Dict(read_only=True, help="Figures of the right side.").tag(sync=True)
    left_picture = traitlets.Bytes(read_only=True, help="What the left side shows.").tag(sync=True)
    right_picture = traitlets.Bytes(read_only=True, help="What the right side shows.").tag(sync=True)
    choices: traitlets.List[Any] = traitlets.List(read_only=True, help="What a side may show.").tag(sync=True)

    #: What becomes of a picture's transparency, in words.
    TRANSPARENCY: ClassVar[str] = ""

    _cache: Any

    def __init__(self, subject: Subject, **traits: Any):
        self._subject = subject
        self._ready = False  # until then, traits that are set ask nothing
        super().__init__(**traits)
        self._publish(**self._described())
        self._ready = True

    @property
    def results(self) -> Any:
        """Results of both sides, `left` and `right`, for the settings of this moment."""
        raise NotImplementedError

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name, numbers and text, which can be printed, kept and given again.

        `Studio(image, **settings)` begins with them, and `studio.settings = settings` goes back to them; so does the
        text that the button "Copy settings" copies. A method of your own is in them by its name.
        """
        return self._asked_traits()

    @settings.setter
    def settings(self, given: dict[str, Any] | str) -> None:
        """Set some settings at once, as one question: all of them, or where one is refused, none.

        Raises:
            ValueError: for text that is no dictionary, and for a setting that there is not.
            traitlets.TraitError: for a value that is refused.
        """
        wanted = _dictionary(given)
        for name in wanted:
            if name not in self.ASKED:
                raise ValueError(f"settings: no setting is called {name!r}; {nearest(str(name), list(self.ASKED))}")
        with self._lock, self.hold_sync():
            # Held notifications take all back where one is refused.
            with self._one_question(wanted), self.hold_trait_notifications():
                for name, value in wanted.items():
                    setattr(self, name, value)
            due = self._due
        if due:
            self._ask_now()

    def _label(self, name: str) -> str:
        """Return the label of what a side may show."""
        raise NotImplementedError

    def _in_words(self, results: Any) -> str:
        """Describe results in one sentence."""
        raise NotImplementedError

    def _described(self) -> dict[str, Any]:
        """Return the answered traits that say which picture is looked at."""
        return {"subject": pictures.subject(self._subject, self.TRANSPARENCY)}

    def _replace_subject(self, subject: Subject, cache: Any, **emptied: Any) -> None:
        """Look at another subject, with a cache of its own; `emptied` are answered traits without an answer yet.

        Work that still goes on for the old subject ends up in the old cache.
        """
        self._cache, self._subject = cache, subject
        self._worker.forget()
        self._publish(**self._described(), original=b"", error="", **emptied)

    def _asked(self, change: Any = None) -> None:
        name = change["name"] if change else ""
        if not self._ready or name in _LOOKS:
            return
        if name and self._publisher != threading.get_ident():
            self._setting_changed(name)
        super()._asked(change)

    def _setting_changed(self, name: str) -> None:
        """React to an asked trait that Python or the browser set, before its question is asked."""

    def _publish_side(self, question: Any, answer: dict[str, Any]) -> None:
        """Publish the answer of the side that is ready, before the other one is made.

        Raises:
            Stopped: where another subject was opened meanwhile, whose question waits.
        """
        if answer:
            self._publish(**answer)
        if question.subject is not self._subject:
            self._worker.checkpoint()

    # Pages without a kernel

    def _still(self) -> tuple[bytes, str]:
        results = self.results
        return pictures.still(results.left.image, results.right.image, self._subject.alpha), self._in_words(results)

    def _title(self) -> str:
        return f"{self._subject.name}: {self._label(self.left)} and {self._label(self.right)}"


def _dictionary(given: Any) -> dict[str, Any]:
    """Return settings from a dictionary, or from its text as Python writes it; ValueError for anything else."""
    found = given
    if isinstance(given, str):
        try:
            found = ast.literal_eval(given.strip())
        except (ValueError, SyntaxError):
            found = None
    if not isinstance(found, dict):
        raise ValueError(f"settings: expected a dictionary, or its text as it was copied, got {str(given)[:60]!r}")
    return found
