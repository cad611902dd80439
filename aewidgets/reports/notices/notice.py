"""Who is told of what: texts such as `failure=mail:team@example.org`, checked, and made ready before a run starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aewidgets.reports.notices.command import Command, words_of
from aewidgets.reports.notices.mail import LOGIN, Mail, MailServer, addresses_of
from aewidgets.reports.notices.sender import NoticeError, Sender
from aewidgets.reports.notices.webhook import Webhook, checked_url
from aewidgets.reports.secrets import from_environment

__all__ = ["EVENTS", "KINDS", "Notice", "Notices"]

#: Events, and what `Message.event` is then.
EVENTS = {"failure": ("failure",), "threshold": ("threshold",), "always": ("success", "threshold", "failure")}
KINDS = ("command", "webhook", "slack", "mail")
_FORM = "WHEN=KIND:TARGET, WHEN of failure, threshold, always; KIND of command, webhook, slack, mail"


@dataclass(frozen=True)
class Notice:
    """Who is told of what.

    Attributes:
        events: values of `Message.event` of which they are told.
        kind: one of `KINDS`.
        target: a program with its arguments, a URL, or mail addresses.
        variable: variable of the environment that holds the URL instead.
    """

    events: frozenset[str]
    kind: str
    target: str
    variable: str | None = None

    @classmethod
    def of(cls, text: str) -> Notice:
        """Return the notice that a text describes, such as `failure,threshold=slack:env:SLACK_URL`.

        Raises:
            NoticeError: for a text of another form. The message repeats no target, which may be secret.
        """
        when, _, rest = text.partition("=")
        kind, _, target = rest.partition(":")
        names = [name.strip() for name in when.split(",")]
        if wrong := [name for name in names if name not in EVENTS]:
            raise NoticeError(f"--notify: expected {_FORM}; got {wrong[0]!r:.100} for WHEN")
        if kind not in KINDS:
            raise NoticeError(f"--notify {when}: expected {_FORM}; got {kind!r:.100} for KIND")
        if not target.strip():
            raise NoticeError(f"--notify {when}: expected {_FORM}; got no TARGET after {kind}:")
        events = frozenset(event for name in names for event in EVENTS[name])
        if kind == "command":
            words_of(target)
        elif kind == "mail":
            addresses_of(target, "mail")
        elif target.startswith("env:"):
            if not target[4:].isidentifier():
                raise NoticeError(f"{kind}: expected env:VARIABLE, the name of a variable of the environment")
            return cls(events, kind, "", target[4:])
        else:
            checked_url(target, kind)
        return cls(events, kind, target)


@dataclass(frozen=True)
class Notices:
    """Everybody who is told of a run.

    Attributes:
        all: who is told of what.
        smtp: URL of the mail server, see `MailServer`.
        mail_from: address that mails come from.
        attach: whether mails bring the page; else only its link.
        runs_url: URL at which readers find the folder of all runs; None for its own path or URL.
    """

    all: tuple[Notice, ...] = ()
    smtp: str | None = None
    mail_from: str | None = None
    attach: bool = True
    runs_url: str | None = None

    @classmethod
    def of(
        cls, texts: Iterable[str], smtp: str | None = None, mail_from: str | None = None, attach: bool = True,
        runs_url: str | None = None,
    ) -> Notices:  # fmt: skip
        """Return the notices that the options of a command line describe.

        Raises:
            NoticeError: for a text of another form, and for mails without server or sender.
        """
        notices = tuple(Notice.of(text) for text in texts)
        if smtp is not None:
            MailServer.of(smtp)
        if mail_from is not None and len(addresses_of(mail_from, "--mail-from")) > 1:
            raise NoticeError("--mail-from: expected one address")
        if any(notice.kind == "mail" for notice in notices) and not (smtp and mail_from):
            raise NoticeError("--notify mail needs --smtp smtp://HOST and --mail-from ADDRESS")
        if runs_url is not None:
            checked_url(runs_url, "--runs-url")
        return cls(notices, smtp, mail_from, attach, runs_url)

    def variables(self) -> tuple[str, ...]:
        """Return the variables of the environment that the notices use, and that no kernel should see."""
        mails = any(notice.kind == "mail" for notice in self.all)
        return (*(notice.variable for notice in self.all if notice.variable), *(LOGIN if mails else ()))

    def senders(self, environment: Mapping[str, str] | None = None) -> tuple[tuple[Notice, Sender], ...]:
        """Return each notice with what sends it.

        Args:
            environment: variables; None for those of this process.

        Raises:
            NoticeError: if a program does not exist, or a variable or a login is wrong.
            SecretError: if a variable is not set.
        """
        environment = os.environ if environment is None else environment
        return tuple((notice, self._sender(notice, environment)) for notice in self.all)

    def _sender(self, notice: Notice, environment: Mapping[str, str]) -> Sender:
        """Return what sends a notice."""
        if notice.kind == "command":
            return Command(notice.target)
        if notice.kind == "mail":
            server = MailServer.of(self.smtp or "", environment)
            return Mail(addresses_of(notice.target, "mail"), self.mail_from or "", server, self.attach)
        what = f"--notify {notice.kind}"
        url = from_environment(notice.variable, what) if notice.variable else notice.target
        return Webhook(url.strip(), slack=notice.kind == "slack")
