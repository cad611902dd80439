"""Sends a message to all who want it, with further tries after growing pauses. A failure here fails no run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aewidgets.reports.notices.message import Message
from aewidgets.reports.notices.notice import Notice
from aewidgets.reports.notices.sender import NotTold, Sender

__all__ = ["PAUSES", "Told", "tell"]

#: Seconds between two tries; there is one try more than there are pauses.
PAUSES = (1.0, 5.0)


@dataclass(frozen=True)
class Told:
    """How one notice went.

    Attributes:
        to: name of the sender.
        sent: whether the message was taken.
        tries: number of tries.
        reason: why it was not taken; empty if it was.
    """

    to: str
    sent: bool
    tries: int
    reason: str = ""

    @property
    def text(self) -> str:
        """The failure in words."""
        return f"{self.to}: {self.reason}" + (f" ({self.tries} tries)" if self.tries > 1 else "")


def tell(
    senders: Iterable[tuple[Notice, Sender]],
    message: Message,
    hidden: Callable[[str], str] = str,
    wait: Callable[[float], Any] = time.sleep,
) -> tuple[Told, ...]:
    """Send a message to all who are told of its event, one after the other, and return how that went.

    Args:
        senders: notices with what sends them.
        message: what is said.
        hidden: takes the secrets out of a reason.
        wait: waits for some seconds.
    """
    found: list[Told] = []
    stopped = False
    for notice, sender in senders:
        if message.event not in notice.events:
            continue
        if stopped:
            found.append(Told(sender.name, False, 0, "stopped from outside"))
            continue
        tries, reason = 0, ""
        try:
            for pause in (*PAUSES, None):
                tries, reason = tries + 1, ""
                try:
                    sender.send(message)
                    break
                except NotTold as error:
                    reason = error.reason
                    if not error.again or pause is None:
                        break
                    wait(pause)
        except KeyboardInterrupt:
            reason, stopped = "stopped from outside", True
        except Exception as error:  # whatever it is, the run has ended well or badly before
            reason = f"{type(error).__name__}: {error}"[:300]
        found.append(Told(sender.name, not reason, tries, hidden(reason)))
    return tuple(found)
