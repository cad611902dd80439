"""Messages arrive at real programs and servers as they were said; what cannot arrive is said in words, in time."""

import json
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from notice_servers import ALWAYS, HOSTILE, closed_port, serving, slow_server, told

from aewidgets.reports.notices.command import Command
from aewidgets.reports.notices.message import Message
from aewidgets.reports.notices.notice import Notice
from aewidgets.reports.notices.sender import NoticeError, NotTold
from aewidgets.reports.notices.telling import PAUSES, Told, tell
from aewidgets.reports.notices.webhook import Webhook


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly."""
    monkeypatch.setenv("no_proxy", "*")


class Answering(ThreadingHTTPServer):
    """An HTTP server that answers with one status after the other, the last again and again, and keeps what came."""

    def __init__(self, *statuses: int):
        self.statuses, self.got = list(statuses), list[tuple[str, dict[str, str], bytes]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                status = outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0]
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "file:///etc/passwd" if "file" in self.path else "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def test_a_webhook_gets_the_message_as_json():
    with serving(Answering(200)) as server:
        one, waits = told(Webhook(f"{server.url}/hook?key=s3cret"))
    assert (one, waits) == (Told("webhook at 127.0.0.1", True, 1), [])
    ((path, headers, body),) = server.got
    assert path == "/hook?key=s3cret" and headers["Content-Type"] == "application/json"
    said = json.loads(body)
    assert said == HOSTILE.as_json()
    assert (said["event"], said["status"], said["exit_code"], said["page"]) == (
        "failure", "cell failed", 1, HOSTILE.link
    )  # fmt: skip
    assert said["figures"][0]["before"] == 31.2 and said["figures"][0]["thresholds"][0]["met"] is False


def test_slack_gets_text_without_mentions_and_links_but_ours():
    with serving(Answering(200)) as server:
        one, _ = told(Webhook(server.url, slack=True))
    assert one.to == "slack at 127.0.0.1" and one.sent
    body = json.loads(server.got[0][2])
    assert list(body) == ["text"]
    link = "<https://example.org/runs/weekly-1-failed/weekly.html?a=1&amp;b=2|Open the page>"
    assert link in body["text"]
    rest = body["text"].replace(link, "")
    assert "<" not in rest and ">" not in rest.replace("&gt;", "") and "&lt;!channel&gt;" in rest
    assert "psnr_db: 28.4 (required &gt;= 30: MISSED; 31.2 in the last good run, worse by 2.8)" in rest


@pytest.mark.parametrize(
    ("statuses", "sent", "tries", "said"),
    [
        ([503, 429, 204], True, 3, ""),
        ([500], False, 3, "500 Internal Server Error"),
        ([404], False, 1, "404 Not Found"),
        ([403], False, 1, "403 Forbidden"),
        ([302], False, 1, "redirects"),
        ([307], False, 1, "redirects"),
    ],
)
def test_only_what_may_pass_is_tried_again_and_not_for_ever(statuses: list[int], sent: bool, tries: int, said: str):
    with serving(Answering(*statuses)) as server:
        one, waits = told(Webhook(f"{server.url}/file"))
    assert (one.sent, one.tries, len(server.got)) == (sent, tries, tries)
    assert waits == list(PAUSES[: tries - 1]) and said in one.reason and "/file" not in one.text


def test_a_server_that_is_down_is_told_without_its_address(capfd: pytest.CaptureFixture[str]):
    one, waits = told(Webhook(f"http://127.0.0.1:{closed_port()}/services/T0/B0/s3cret"))
    assert not one.sent and "refused" in one.reason and (one.tries, waits) == (3, list(PAUSES))
    assert "s3cret" not in one.text and capfd.readouterr() == ("", "")


def test_a_slow_server_is_left_after_the_time_of_its_tries():
    with slow_server() as port:
        one, waits = told(Webhook(f"http://127.0.0.1:{port}/", timeout=0.15))
    assert (one.sent, one.tries, waits) == (False, 3, list(PAUSES))
    assert "no answer within 0.15 s" in one.reason


def test_a_command_gets_json_and_its_failure_is_told(tmp_path: Path):
    script = tmp_path / "it's a script.py"
    script.write_text("import json, sys\njson.dump(json.load(sys.stdin), open(sys.argv[1], 'w'))\nprint('to nobody')")
    out = tmp_path / "got.json"
    one, _ = told(Command(f'{sys.executable} "{script}" {out}'))
    assert one == Told(f"command {Path(sys.executable).name}", True, 1)
    assert json.loads(out.read_text()) == HOSTILE.as_json()


@pytest.mark.parametrize(
    ("code", "tries", "said"),
    [
        ("import sys; sys.exit('a\\nthe last line')", 1, "ended with code 1: the last line"),
        ("import sys; sys.exit(75)", 3, "ended with code 75"),
        ("pass  # reads nothing", 1, ""),
    ],
)
def test_a_command_that_fails_is_told_with_its_last_line(code: str, tries: int, said: str):
    one, _ = told(Command(f'{sys.executable} -c "{code}"'))
    assert (one.sent, one.tries) == (not said, tries) and said in one.reason


def runs(pid: int) -> bool:
    """Return True if there is such a process that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_command_without_end_is_killed_with_its_children(tmp_path: Path):
    started = tmp_path / "started"
    command = Command(f"sh -c 'sleep 600 & echo $! > {started}; wait'", timeout=1)
    one, _ = told(command)
    assert not one.sent and "killed" in one.reason and one.tries == 1
    until = time.monotonic() + 60
    while runs(int(started.read_text())):  # the signal is sent by now; the system takes its time
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_that_fails_does_not_keep_others_from_being_told_and_events_choose():
    with serving(Answering(200)) as server:
        hook = Webhook(server.url)
        chosen = [
            (Notice.of("threshold=command:true"), hook),
            (Notice.of("failure=command:true"), Command("false")),
            (Notice.of("failure,threshold=command:true"), hook),
        ]
        results = tell(chosen, HOSTILE, wait=lambda _: None)
        assert [one.sent for one in results] == [False, True] and len(server.got) == 1
        assert tell(chosen, Message("t", "completed", 0, "t.ipynb"), wait=lambda _: None) == ()
        missed = tell(chosen, Message("t", "threshold missed", 6, "t.ipynb"), wait=lambda _: None)
        assert [one.sent for one in missed] == [True, True]


def test_an_interrupt_ends_the_telling_and_not_the_run():
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with serving(Answering(503)) as server:
        pair = [(ALWAYS, Webhook(server.url)), (ALWAYS, Webhook(server.url))]
        results = tell(pair, HOSTILE, wait=interrupted)
    assert [(one.sent, one.tries, one.reason) for one in results] == [
        (False, 1, "stopped from outside"), (False, 0, "stopped from outside")
    ]  # fmt: skip


def test_an_error_of_ours_fails_nobody_and_hides_its_secrets():
    class Broken(Webhook):
        def send(self, message: Message) -> None:
            raise RuntimeError("token tok-en-123 is wrong")

    (one,) = tell([(ALWAYS, Broken("http://127.0.0.1/"))], HOSTILE, lambda text: text.replace("tok-en-123", "***"))
    assert one.reason == "RuntimeError: token *** is wrong" and not one.sent


def test_senders_refuse_what_they_cannot_use():
    makers: list[tuple[Callable[[], Any], str]] = [
        (lambda: Command("no-such-program-here x"), "none called 'no-such-program-here'"),
        (lambda: Command("'open"), "unbalanced quotes"),
        (lambda: Command("  "), "expected a program"),
        (lambda: Webhook("ftp://example.org/x"), "begins with https://"),
    ]
    for make, said in makers:
        with pytest.raises(NoticeError, match=said):
            make()
    with pytest.raises(NotTold):
        Command("false").send(HOSTILE)
