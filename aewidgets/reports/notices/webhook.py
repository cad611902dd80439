"""Tells by an HTTP POST of JSON: of the whole message, or as Slack and what is compatible with it take it."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import aewidgets
from aewidgets.reports.notices.message import Message, on_one_line
from aewidgets.reports.notices.sender import NoticeError, NotTold, Sender, within

__all__ = ["Webhook", "checked_url"]

_PASSING = {408, 425, 429}  # and all of 500 to 599


def checked_url(url: str, what: str) -> str:
    """Return a URL of http or https.

    Raises:
        NoticeError: for anything else; the message begins with `what` and does not repeat the URL, which may be secret.
    """
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        raise NoticeError(f"{what}: expected a URL such as https://example.org/hook, got no valid one") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise NoticeError(f"{what}: expected a URL of ASCII characters without spaces, others written as %20")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_good:
        raise NoticeError(f"{what}: expected a URL that begins with https:// or http:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise NoticeError(f"{what}: expected no user and password in the URL")
    if parts.fragment:
        raise NoticeError(f"{what}: expected a URL without #, which no server gets to see")
    return url


class Webhook(Sender):
    """A URL to which messages are posted. Redirects are not followed.

    Args:
        url: the URL, of http or https.
        slack: whether the body is {"text": ...} instead of the whole message.
        timeout: seconds of one try.
    """

    def __init__(self, url: str, slack: bool = False, timeout: float = 20.0):
        kind = "slack" if slack else "webhook"
        self._url, self._slack, self._timeout = checked_url(url, kind), slack, timeout
        self.name = f"{kind} at {urlsplit(url).hostname}"
        # Only these: no redirects, no files, no FTP. Proxies come from the environment, as for other programs.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
            urllib.request.HTTPErrorProcessor, urllib.request.HTTPDefaultErrorHandler,
        ):  # fmt: skip
            self._opener.add_handler(handler())

    def send(self, message: Message) -> None:
        """Post a message; an answer of 200 to 299 is success, 408, 425, 429 and 500 to 599 ask for another try."""
        body = message.as_slack() if self._slack else message.as_json()
        request = urllib.request.Request(
            self._url, json.dumps(body, ensure_ascii=True).encode(),
            {"Content-Type": "application/json", "User-Agent": f"aewidgets/{aewidgets.__version__}"}, method="POST",
        )  # fmt: skip
        within(self._timeout, lambda: self._post(request))

    def _post(self, request: urllib.request.Request) -> None:
        """Send a request and read the beginning of the answer."""
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                response.read(1000)
        except HTTPError as error:
            error.close()
            raise _refused(error.code) from None
        except URLError as error:
            lasting = isinstance(error.reason, ssl.SSLCertVerificationError)
            words = getattr(error.reason, "strerror", None) or str(error.reason)
            raise NotTold(on_one_line(words, 200), again=not lasting) from None
        except TimeoutError:
            raise NotTold(f"no answer within {self._timeout:g} s", again=True) from None
        except (OSError, http.client.HTTPException) as error:
            words = str(error) if isinstance(error, OSError) else "the answer is not one of HTTP"
            raise NotTold(on_one_line(f"{type(error).__name__}: {words}", 200), again=True) from None


def _refused(code: int) -> NotTold:
    """Return the error of an answer that is not 200 to 299."""
    if 300 <= code < 400:
        return NotTold(f"the server redirects ({code}), which is not followed; give the URL it leads to", again=False)
    phrase = next((f" {status.phrase}" for status in HTTPStatus if status == code), "")
    return NotTold(f"the server answered {code}{phrase}", again=code in _PASSING or 500 <= code < 600)
