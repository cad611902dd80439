"""The engine of papermill, which here keeps what output widgets hold and show, however the run ends. Knows no pages.

nbclient renews outputs by their display id only in cells, not in output widgets, where `interact` and many loops show
their bars; it stores the widgets' state only after a run that reached its last cell or failed in one; and an output
that nbformat does not allow, such as Altair's own type, ends its run with an error of nbformat. And it waits for ever,
now and then, for the reply to a cell in which an output widget changed, see `watchful`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable
from queue import Empty
from time import monotonic
from typing import Any

from nbclient.output_widget import OutputWidget
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger

from aewidgets.reports.execution.live import LiveLog
from aewidgets.reports.pages.mime import text_of

__all__ = ["report_engine"]


#: Types of which nbformat allows any JSON; all other data must be text.
_JSON = re.compile(r"application/(?:.*\+)?json\Z")
_DISPLAYS = ("display_data", "execute_result", "update_display_data")
_LOOK = 0.25  # seconds after which a waiting channel looks again by itself


class _Output(OutputWidget):
    """An output widget that remembers which of its outputs have display ids."""

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> None:
        """Add the output of a message."""
        super().output(outs, msg, display_id, cell_index)
        if display_id:
            self.executor.nested_displays.setdefault(display_id, []).append((self, self.outputs[-1]))


class _Client(PapermillNotebookClient):
    """A client whose output widgets are renewed like cells, and which always stores the state of widgets."""

    def __init__(self, *args: Any, live: LiveLog | None = None, **options: Any):
        super().__init__(*args, **options)
        self._live = live
        self.widget_registry = {"@jupyter-widgets/output": {"OutputModel": _Output}}
        self.nested_displays: dict[str, list[tuple[_Output, Any]]] = {}

    def process_message(self, msg: dict[str, Any], *args: Any, **options: Any) -> Any:
        """Show a message in the live log and process it, with data that a notebook can hold."""
        if self._live:
            self._live.message(msg)
        data = msg["content"].get("data")
        if isinstance(data, dict) and msg["msg_type"] in _DISPLAYS:
            msg["content"]["data"] = dict(_stored(kind, value) for kind, value in data.items() if value is not None)
        return super().process_message(msg, *args, **options)

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        """Renew all outputs with a display id, also those in output widgets."""
        super()._update_display_id(display_id, msg)
        for widget, output in self.nested_displays.get(display_id, ()):
            output["data"], output["metadata"] = msg["content"]["data"], msg["content"]["metadata"]
            if any(output is one for one in widget.outputs):
                self.widget_state[widget.comm_id]["outputs"] = widget.outputs

    def papermill_execute_cells(self) -> None:
        """Execute the cells, and store the state of widgets also when that is broken off."""
        channel: Any = self.kc.shell_channel
        channel.get_msg = watchful(channel.get_msg)
        try:
            super().papermill_execute_cells()
        finally:
            self.set_widgets_metadata()


def watchful(get_msg: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return the `get_msg` of a channel that looks for messages by itself, and not only when it is woken.

    ZeroMQ wakes who waits for a socket once for all that has come, and sending on the same socket takes the wake-up
    along (zmq_getsockopt(3), ZMQ_FD). nbclient sends the state of output widgets to the kernel while it waits for the
    reply to a cell: a reply that comes at that moment would be waited for without an end.
    """

    async def look(timeout: float | None = None) -> Any:
        until = math.inf if timeout is None else monotonic() + timeout
        while True:
            left = until - monotonic()
            try:
                return await get_msg(timeout=max(0.0, min(_LOOK, left)))
            except Empty:
                if left <= _LOOK:
                    raise

    return look


def _stored(kind: str, value: Any) -> tuple[str, Any]:
    """Return a type of data and its value as nbformat allows them."""
    if text_of(value) is not None or _JSON.match(kind):
        return kind, value
    if kind.endswith(".json"):  # Altair's type has no plus
        return f"{kind.removesuffix('.json')}+json", value
    return kind, json.dumps(value)


class ReportEngine(NBClientEngine):
    """The engine that runs notebooks by nbclient, with the client of this module."""

    live: LiveLog | None = None

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Run the cells of a notebook that papermill manages."""
        options.pop("input_path", None)
        starts = options.pop("start_timeout", 60)
        options |= {"startup_timeout": starts, "kernel_name": kernel_name, "log": logger, "live": cls.live}
        return _Client(nb_man, **options).execute()


def report_engine(log: LiveLog | None = None) -> type[ReportEngine]:
    """Return the engine, changed so that every message of the kernel is also given to a live log."""

    class Following(ReportEngine):
        """The engine, with a log that shows what comes."""

        live = log

    return Following
