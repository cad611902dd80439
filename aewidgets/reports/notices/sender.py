"""What every way of telling people has in common: a name, and one try at sending a message. Sends nothing itself."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from aewidgets.reports.notices.message import Message

__all__ = ["NotTold", "NoticeError", "Sender", "within"]


class NoticeError(ValueError):
    """Raised for a notice that cannot be sent as it is described; the message says what is expected."""


class NotTold(Exception):
    """Raised where a message was not taken.

    Args:
        reason: why, in words that hold no secret, no address and no path of a URL.
        again: whether another try may help.
    """

    def __init__(self, reason: str, again: bool):
        super().__init__(reason)
        self.reason, self.again = reason, again


class Sender(ABC):
    """One way of telling people, ready to be used.

    Attributes:
        name: what run.json and the terminal call it; it holds no secret and no person's address.
        wants_page: whether a message should bring the bytes of the page.
    """

    name: str
    wants_page: bool = False

    @abstractmethod
    def send(self, message: Message) -> None:
        """Try once to send a message; raise NotTold if it was not taken. Returns after a bounded time."""


def within(seconds: float, act: Callable[[], Any]) -> None:
    """Call a function and wait for its end, but no longer than some seconds; the errors of the call are raised here.

    A time limit of sockets holds for each read: a server that sends one character at a time would never meet it.

    Raises:
        NotTold: if the time is over. The call goes on in a thread of its own, which ends with the process.
    """
    errors: list[BaseException | None] = []

    def call() -> None:
        try:
            act()
            errors.append(None)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=call, daemon=True, name="aewidgets-notice")
    thread.start()
    thread.join(seconds)
    if not errors:
        raise NotTold(f"no answer within {seconds:g} s", again=True)
    if errors[0] is not None:
        raise errors[0]
