"""Mails arrive at a real SMTP server as they were written, encrypted unless asked otherwise, or it is said why not."""

import datetime
import email
import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from notice_servers import HOSTILE, closed_port, slow_server, told

from aewidgets.reports.notices.mail import Mail, MailServer
from aewidgets.reports.notices.telling import PAUSES, Told

smtp = pytest.importorskip("aiosmtpd.smtp", reason="aiosmtpd comes with the dev extra")


class Box:
    """What a mail server took, and which answers it gives instead."""

    def __init__(self, **answers: str):
        self.mails: list[Any] = []
        self.answers = answers

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if answer := self.answers.get(address.partition("@")[0]):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answers.get("data"):
            return self.answers["data"]
        self.mails.append(envelope)
        return "250 OK"


@contextmanager
def mail_server(box: Box, **options: Any) -> Iterator[int]:
    """Serve SMTP on loopback for the time of the block."""
    from aiosmtpd.controller import Controller

    controller = Controller(box, hostname="127.0.0.1", port=closed_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with key and certificate of localhost, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509", reason="moto in the dev extra brings cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now.replace(year=2100))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def plain(port: int, **fields: Any) -> Mail:
    """Return mails to two people over a server without encryption."""
    to = ("a@example.org", "b@example.org")
    return Mail(to, "reports@example.org", MailServer("smtp+plain", "127.0.0.1", port), **fields)


def test_a_mail_arrives_whole_and_no_header_can_be_added():
    box = Box()
    with mail_server(box) as port:
        one, _ = told(plain(port))
    assert one == Told("mail to 2 addresses", True, 1)
    (envelope,) = box.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("reports@example.org", ["a@example.org", "b@example.org"])
    mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
    assert mail["Subject"] == "Weekly <!channel> Bcc: all@example.org ü: cell failed"
    assert mail["Bcc"] is None and mail["Auto-Submitted"] == "auto-generated"
    assert (mail["From"], mail["To"]) == ("reports@example.org", "a@example.org, b@example.org")
    assert str(mail["Message-ID"]).endswith("@example.org>")
    assert mail.get_body().get_content().replace("\r\n", "\n") == HOSTILE.text()
    (page,) = mail.iter_attachments()
    assert (page.get_filename(), page.get_content_type()) == ("weekly.html", "text/html")
    assert page.get_payload(decode=True) == HOSTILE.page


def test_a_mail_with_a_link_brings_no_page():
    box = Box()
    with mail_server(box) as port:
        told(plain(port, attach=False))
    mail = email.message_from_bytes(box.mails[0].content, policy=email.policy.SMTP)
    assert not mail.is_multipart() and str(HOSTILE.link) in mail.get_content()


def authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
    """Accept one login."""
    good = (data.login, data.password) == (b"me", b"pa55-word")
    return smtp.AuthResult(success=good, handled=False)


@pytest.mark.parametrize(("password", "trusted"), [("pa55-word", True), ("wrong", True), ("pa55-word", False)])
def test_a_login_is_sent_over_starttls_to_a_server_that_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, password: str, trusted: bool
):
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box = Box()
    options = {"tls_context": context_of(certificate), "require_starttls": True, "authenticator": authenticated}
    with mail_server(box, auth_required=True, **options) as port:
        server = MailServer("smtp", "localhost", port, "me", password)
        one, _ = told(Mail(("a@example.org",), "b@example.org", server))
    assert one.sent is (trusted and password == "pa55-word") is bool(box.mails)
    assert one.tries == 1 and password not in one.text
    said = "" if one.sent else "refused the login (535)" if trusted else "certificate is not trusted"
    assert said in one.reason


def test_a_mail_goes_over_tls_from_the_beginning(certificate: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box = Box()
    with mail_server(box, ssl_context=context_of(certificate)) as port:
        one, _ = told(Mail(("a@example.org",), "b@example.org", MailServer("smtps", "localhost", port)))
    assert one.sent and len(box.mails) == 1


def test_a_server_without_starttls_gets_no_mail():
    box = Box()
    with mail_server(box) as port:
        one, _ = told(Mail(("a@example.org",), "b@example.org", MailServer("smtp", "127.0.0.1", port)))
    assert not one.sent and "STARTTLS" in one.reason and one.tries == 1 and not box.mails


@pytest.mark.parametrize(
    ("answers", "tries", "said", "arrived"),
    [
        ({"a": "550 a@example.org is nobody"}, 1, "refused 1 of 2 addresses (550)", 1),
        ({"a": "550 no", "b": "550 no"}, 1, "refused 2 of 2 addresses (550)", 0),
        ({"a": "451 later", "b": "451 later"}, 3, "refused 2 of 2 addresses (451)", 0),
        ({"data": "452 full of a@example.org"}, 3, "answered 452", 0),
        ({"data": "554 spam"}, 1, "answered 554", 0),
    ],
)
def test_what_a_server_refuses_is_told_by_its_code_alone(
    answers: dict[str, str], tries: int, said: str, arrived: int
):
    box = Box(**answers)
    with mail_server(box) as port:
        one, waits = told(plain(port))
    assert (one.sent, one.tries, len(waits)) == (False, tries, tries - 1)
    assert said in one.reason and "example.org" not in one.text and len(box.mails) == arrived


def test_a_mail_server_that_is_down_is_told():
    one, waits = told(plain(closed_port()))
    assert not one.sent and "refused" in one.reason and waits == list(PAUSES)


def test_a_slow_mail_server_is_left_after_the_time_of_its_tries():
    with slow_server() as port:
        one, waits = told(plain(port, timeout=0.15))
    assert (one.sent, one.tries, waits) == (False, 3, list(PAUSES))
    assert "no answer within 0.15 s" in one.reason


def test_a_pdf_is_attached_beside_the_page_and_to_no_mail_that_links_it():
    message = replace(HOSTILE, page=b"<html>", page_name="weekly.html", pdf=b"%PDF-1.4 x")
    server = MailServer.of("smtp+plain://127.0.0.1:25")
    kinds = [
        [(part.get_content_type(), part.get_filename()) for part in Mail(("a@x.org",), "r@x.org", server, attach)
         .compose(message).iter_attachments()] for attach in (True, False)
    ]  # fmt: skip
    assert kinds == [[("text/html", "weekly.html"), ("application/pdf", "weekly.pdf")], []]
