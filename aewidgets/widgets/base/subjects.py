"""Base of widgets that look at a picture: every way to open another one, from Python and from the page."""

from __future__ import annotations

from typing import Any

import traitlets

from aewidgets.studies.subjects import Subject, bundled_names, bundled_subject, open_subject
from aewidgets.widgets.base.questions import AnsweringWidget
from aewidgets.widgets.base.uploads import Uploads, inside

__all__ = ["SubjectWidget", "first_subject"]

#: The widest photograph with fine detail that the packages bring, 741 x 500 pixels: it fills a screen at its own size.
#: The codecs and denoisers that come along were not trained on it.
FIRST = "stereo_motorcycle"


def first_subject(image: Any, name: str | None) -> Subject:
    """Open the picture that a constructor was given; a photograph that comes with the packages for None.

    Raises:
        ValueError: for what is no picture; the message says why.
    """
    return bundled_subject(FIRST) if image is None else open_subject(image, name, alpha=True)


class SubjectWidget(AnsweringWidget):
    """A widget that looks at one picture at a time.

    A subclass implements `_look`, and what every `AnsweringWidget` implements.
    """

    bundled: traitlets.List[Any] = traitlets.List(read_only=True, help="Pictures that come with the packages.").tag(
        sync=True
    )

    def __init__(self, *args: Any, **traits: Any):
        self._uploads = Uploads(self.send, self.look_at)
        super().__init__(*args, **traits)
        self._publish(bundled=list(bundled_names()))

    def _look(self, opened: Subject) -> None:
        """Take another picture in place of the present one."""
        raise NotImplementedError

    def look_at(self, source: Any, name: str | None = None) -> None:
        """Look at another picture: anything that the constructor takes, or the name of a bundled one."""
        if isinstance(source, str) and source in self.bundled:
            self._look(bundled_subject(source))
        else:
            self._look(open_subject(source, name, alpha=True))

    def _message(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        name = str(content.get("name", ""))
        if kind == "upload":
            self._uploads.take(content, buffers)
        elif kind == "upload-stop":
            self._uploads.stop()
        elif kind == "bundled":
            if name not in self.bundled:
                raise ValueError(f"no bundled picture is called {name!r}")
            self.look_at(name)
        elif kind == "path":
            self.look_at(inside(str(content.get("path", ""))))
        else:
            super()._message(kind, content, buffers)
