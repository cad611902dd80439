"""Servers on loopback that get notices, or do not answer, and a message that is hard to pass on. No assertions here."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aewidgets.reports.notices.message import Figure, Message
from aewidgets.reports.notices.notice import Notice
from aewidgets.reports.notices.telling import Told, tell

ALWAYS = Notice.of("always=command:true")
# A title, an error and a link by which somebody may try to add headers, mentions or commands.
HOSTILE = Message(
    "Weekly <!channel>\r\nBcc: all@example.org\u2028\x00 ü", "cell failed", 1, "weekly.ipynb", "weekly-1-failed",
    "2026-11-30T06:00:00+00:00", 3725.0, "In cell 3: ValueError: <https://evil.example|here> & *bold*\n.\nQUIT",
    (Figure("psnr_db", 28.4, ({"text": "psnr_db >= 30", "met": False, "reason": "it is 28.4"},), 31.2, "worse"),),
    "weekly-0", "https://example.org/runs/weekly-1-failed/weekly.html?a=1&b=2", "weekly.html", b"<p>\n.\nQUIT\n</p>",
)  # fmt: skip


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[Any]:
    """Serve in a thread for the time of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(sender: Any, message: Message = HOSTILE) -> tuple[Told, list[float]]:
    """Tell by one sender; return how that went, and the pauses that were asked for."""
    waits: list[float] = []
    (one,) = tell([(ALWAYS, sender)], message, wait=waits.append)
    return one, waits


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Slow(socketserver.BaseRequestHandler):
    """Sends one character at a time, so that no single read takes long."""

    def handle(self) -> None:
        released = self.server.released  # type: ignore[attr-defined]
        try:
            while not released.wait(0.02):
                self.request.sendall(b"x")
        except OSError:
            pass


@contextmanager
def slow_server() -> Iterator[int]:
    """Serve a slow answer, to any protocol."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads, server.released = True, threading.Event()  # type: ignore[attr-defined]
    with serving(server):
        try:
            yield server.server_address[1]
        finally:
            server.released.set()  # type: ignore[attr-defined]
