"""Tells by e-mail through an SMTP server, with the page attached or linked."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError, InvalidHeaderDefect, NonASCIILocalPartDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from urllib.parse import urlsplit

from aewidgets.reports.notices.message import Message, on_one_line
from aewidgets.reports.notices.sender import NoticeError, NotTold, Sender, within

__all__ = ["LARGEST_PAGE", "LOGIN", "Mail", "MailServer", "addresses_of"]

#: Bytes of the largest page that is attached: many servers take no more than 25 MB, and Base64 adds a third.
LARGEST_PAGE = 15_000_000
#: Variables of the environment that hold user and password of the mail server.
LOGIN = ("AEWIDGETS_SMTP_USER", "AEWIDGETS_SMTP_PASSWORD")
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_FORMS = "smtp://HOST[:PORT] (STARTTLS), smtps://HOST[:PORT] (TLS) or smtp+plain://HOST[:PORT] (not encrypted)"


def addresses_of(text: str, what: str) -> tuple[str, ...]:
    """Return the mail addresses in a text, which commas separate.

    Raises:
        NoticeError: for anything that is not an address, and for one outside ASCII.
    """
    found = []
    for part in text.split(","):
        address = part.strip()
        try:
            spec = Address(addr_spec=address).addr_spec
        except (ValueError, IndexError, HeaderParseError, InvalidHeaderDefect, NonASCIILocalPartDefect):
            spec = ""
        plain = re.fullmatch(r"[^\s@<>()\[\],;:\\\"]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", address)
        if spec != address or not plain or not address.isascii() or not address.isprintable() or len(address) > 254:
            raise NoticeError(f"{what}: expected mail addresses such as team@example.org, got {address!r:.200}")
        found.append(address)
    return tuple(found)


@dataclass(frozen=True)
class MailServer:
    """An SMTP server and the login there.

    Attributes:
        scheme: smtp (STARTTLS, which must be offered), smtps (TLS from the beginning) or smtp+plain (not encrypted).
        host: name of the server.
        port: its port.
        user: user of the login; None for none.
        password: password of the login.
    """

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, environment: Mapping[str, str] | None = None) -> MailServer:
        """Return the server at a URL; the variables in `LOGIN` may hold a login.

        Raises:
            NoticeError: for a URL of another form, one variable without the other, and a login that would be sent
                without encryption.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise NoticeError(f"--smtp: expected {_FORMS}") from None
        if parts.username is not None or parts.password is not None:
            raise NoticeError(f"--smtp: expected no login in the URL; put it into {LOGIN[0]} and {LOGIN[1]}")
        extra = parts.path.strip("/") or parts.query or parts.fragment
        good = re.fullmatch(r"[A-Za-z0-9.:_-]+", parts.hostname or "")
        if parts.scheme not in _PORTS or not good or extra or port == 0 or not url.isprintable():
            raise NoticeError(f"--smtp: expected {_FORMS}, got {url!r:.200}")
        user, password = ((environment or {}).get(name) or None for name in LOGIN)
        if (user is None) != (password is None):
            there, missing = LOGIN if password is None else LOGIN[::-1]
            raise NoticeError(f"the variable {there} is set and {missing} is not; a login needs both")
        if user and password and not (user.isascii() and password.isascii()):
            raise NoticeError(f"{LOGIN[0]} and {LOGIN[1]}: expected ASCII characters; Python's smtplib sends no others")
        if user and parts.scheme == "smtp+plain":
            raise NoticeError("--smtp: a password is not sent without encryption; expected smtp:// or smtps://")
        return cls(parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme], user, password)


class Mail(Sender):
    """A mail to one or more addresses.

    Args:
        to: addresses that get it.
        sender: address that it comes from.
        server: the server that takes it.
        attach: whether the page is attached; else only its link is in the text.
        timeout: seconds of one try.
    """

    def __init__(self, to: tuple[str, ...], sender: str, server: MailServer, attach: bool = True, timeout: float = 30):
        self._to, self._sender, self._server, self._timeout = to, sender, server, timeout
        self.wants_page = attach
        self.name = f"mail to {len(to)} address{'es' * (len(to) > 1)}"

    def compose(self, message: Message) -> EmailMessage:
        """Return the mail."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = message.subject
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._to)
        mail["Date"] = localtime()
        mail["Message-ID"] = make_msgid("aewidgets", self._sender.rpartition("@")[2])  # not this machine's name
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers from those on holiday
        mail.set_content(message.text())
        if self.wants_page and message.page is not None:
            mail.add_attachment(message.page, "text", "html", filename=on_one_line(message.page_name, 150))
        if self.wants_page and message.pdf is not None:
            name = on_one_line(message.page_name, 150).removesuffix(".html")
            mail.add_attachment(message.pdf, "application", "pdf", filename=f"{name}.pdf")
        return mail

    def send(self, message: Message) -> None:
        """Hand the mail to the server; its answers 400 to 499, and no answer, ask for another try."""
        mail = self.compose(message)
        within(self._timeout, lambda: self._deliver(mail))

    def _deliver(self, mail: EmailMessage) -> None:
        """Hand a mail to the server, whose words are not repeated: they may hold addresses."""
        try:
            with self._connection() as server:
                if self._server.user and self._server.password:
                    server.login(self._server.user, self._server.password)
                refused = server.send_message(mail, self._sender, list(self._to))
        except smtplib.SMTPAuthenticationError as error:
            raise NotTold(f"the server refused the login ({error.smtp_code})", again=False) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients, len(self._to)) from None
        except smtplib.SMTPNotSupportedError:
            what = "the server offers no STARTTLS, or no login; expected another --smtp: " + _FORMS
            raise NotTold(what, again=False) from None
        except smtplib.SMTPResponseException as error:
            again = 400 <= error.smtp_code < 500
            raise NotTold(f"the server answered {error.smtp_code}", again=again) from None
        except ssl.SSLCertVerificationError as error:
            raise NotTold(f"the server's certificate is not trusted: {error.verify_message}", again=False) from None
        except TimeoutError:
            raise NotTold(f"no answer within {self._timeout:g} s", again=True) from None
        except (OSError, smtplib.SMTPException) as error:
            words = (error.strerror if isinstance(error, OSError) else "") or "the connection was lost"
            raise NotTold(on_one_line(words, 200), again=True) from None
        if refused:
            raise _refused(refused, len(self._to), again=False)  # the others have it

    def _connection(self) -> smtplib.SMTP:
        """Return a connection to the server, encrypted unless the URL says otherwise."""
        context, server = ssl.create_default_context(), self._server
        if server.scheme == "smtps":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=context)
        connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        if server.scheme == "smtp":
            try:
                connection.starttls(context=context)
            except BaseException:
                connection.close()
                raise
        return connection


def _refused(refused: Mapping[str, tuple[int, bytes]], number: int, again: bool | None = None) -> NotTold:
    """Return the error of addresses that the server did not take."""
    codes = sorted({code for code, _ in refused.values()})
    words = f"the server refused {len(refused)} of {number} addresses ({', '.join(map(str, codes))})"
    return NotTold(words, all(400 <= code < 500 for code in codes) if again is None else again)
