"""A proxy in front of an S3 server that hangs up after a number of PUTs, as a network does. No assertions here."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Proxy(ThreadingHTTPServer):
    """A proxy that passes on some requests and hangs up on others.

    Attributes:
        url: URL of the proxy.
        left: number of PUTs that it still passes on; None for all.
        fails: number of PUTs that it then refuses before it passes on all again; None for ever.
        dead: whether it refuses everything since the first refused PUT, like a server that is gone.
    """

    daemon_threads = True
    dead = False

    def __init__(self, target: str, left: int | None, fails: int | None = None, dies: bool = False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.target, self.left, self.fails, self.dies = urlsplit(target).netloc, left, fails, dies
        self.lock = threading.Lock()

    def refuses(self, method: str) -> bool:
        """Return True if the proxy hangs up on this request."""
        with self.lock:
            if self.dead or method != "PUT" or self.left is None:
                return self.dead
            if self.left > 0:
                self.left -= 1
                return False
            if self.fails is not None:
                self.fails -= 1
                if self.fails < 0:
                    self.left = None
                    return False
            self.dead = self.dies
            return True


class _Handler(BaseHTTPRequestHandler):
    """Passes requests on to the server, unless the proxy refuses them."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.refuses(self.command):
            self.close_connection = True
            self.connection.close()
            return
        connection = http.client.HTTPConnection(self.server.target, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on

    def log_message(self, *_args) -> None:
        """Log nothing."""


@contextmanager
def failing_proxy(target: str, left: int | None, fails: int | None = None, dies: bool = False) -> Iterator[Proxy]:
    """Run a proxy in a thread while the block runs."""
    with Proxy(target, left, fails, dies) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join(20)
