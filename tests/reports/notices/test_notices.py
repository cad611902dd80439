"""Who is told of what, as a command line says it; what is said; a run stays as it is, whoever cannot be told."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aewidgets.cli import main
from aewidgets.reports.notices.mail import LOGIN, MailServer, addresses_of
from aewidgets.reports.notices.message import MOST_FIGURES, Message
from aewidgets.reports.notices.notice import EVENTS, Notice, Notices
from aewidgets.reports.notices.sender import NoticeError
from aewidgets.reports.requirements.drift import Baseline
from aewidgets.reports.requirements.figures import figures_of
from aewidgets.reports.requirements.thresholds import Requirement, outcomes_of
from aewidgets.reports.secrets import SecretError

MAILS = {"smtp": "smtp://mail.example.org", "mail_from": "r@example.org"}


def test_a_notice_says_when_how_and_to_whom():
    notice = Notice.of("failure, threshold=webhook:https://example.org/a=b?c=d:e")
    assert (notice.events, notice.kind) == ({"failure", "threshold"}, "webhook")
    assert (notice.target, notice.variable) == ("https://example.org/a=b?c=d:e", None)
    assert Notice.of("always=slack:env:SLACK_URL").variable == "SLACK_URL"
    assert Notice.of("always=command:sh -c 'a=b; c:d'").target == "sh -c 'a=b; c:d'"
    assert Notice.of("always=mail:a@x.org,b@x.org").events == {"success", "threshold", "failure"}
    assert {event for events in EVENTS.values() for event in events} == {
        Message("", status, 0, "").event for status in ("completed", "threshold missed", "timeout", "no report")
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "for WHEN"), ("sometimes=command:true", "'sometimes' for WHEN"), ("failure,=command:true", "for WHEN"),
        ("failure", "for KIND"), ("failure=", "for KIND"), ("failure=pigeon:x", "'pigeon' for KIND"),
        ("failure=command:", "no TARGET after command:"), ("failure=command:'x", "unbalanced quotes"),
        ("failure=webhook:file:///etc/passwd", "begins with https://"), ("failure=webhook:javascript:1", "begins with"),
        ("failure=webhook:https://", "names a host"), ("failure=webhook:https://x:99999/", "no valid one"),
        ("failure=webhook:https://me:s3cret@x/", "no user and password"), ("failure=slack:https://x/#a", "without #"),
        ("failure=webhook:https://x/a b", "without spaces"), ("failure=webhook:https://x/\r\nHost: y", "ASCII"),
        ("failure=webhook:https://ex\u00e4mple.org/", "ASCII"), ("failure=slack:env:A B", "env:VARIABLE"),
        ("failure=mail:nobody", "mail addresses"), ("failure=mail:a@x.org\r\nBcc: b@x.org", "mail addresses"),
        ("failure=mail:a@x.org,", "mail addresses"), ("failure=mail:A <a@x.org>", "mail addresses"),
        ("failure=mail:\u00e4@x.org", "mail addresses"),
    ],
)  # fmt: skip
def test_a_notice_of_another_form_is_refused_in_words(text: str, said: str):
    with pytest.raises(NoticeError, match=said) as error:
        Notices.of([text], **MAILS)
    assert "s3cret" not in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "environment", "said"),
    [
        ("http://x", {}, "expected smtp://"), ("smtp://", {}, "expected smtp://"), ("smtp://x/y", {}, "expected smtp"),
        ("smtp://x:0", {}, "expected smtp://"), ("smtp://x:y", {}, "expected smtp://"), ("x", {}, "expected smtp://"),
        ("smtp://me:s3cret@x", {}, "no login in the URL"), ("smtp://x", {LOGIN[0]: "me"}, f"{LOGIN[1]} is not"),
        ("smtp://x", {LOGIN[1]: "s3cret"}, f"{LOGIN[0]} is not"),
        ("smtp+plain://x", {LOGIN[0]: "me", LOGIN[1]: "s3cret"}, "not sent without encryption"),
        ("smtps://x", {LOGIN[0]: "me", LOGIN[1]: "s3cr\u00e9t"}, "ASCII characters"),
    ],
)  # fmt: skip
def test_a_mail_server_of_another_form_is_refused_in_words(url: str, environment: dict[str, str], said: str):
    with pytest.raises(NoticeError, match=said) as error:
        MailServer.of(url, environment)
    assert "s3cr" not in str(error.value)


def test_a_mail_server_has_the_port_of_its_scheme():
    found = [MailServer.of(url).port for url in ("smtp://x", "smtps://x", "smtp+plain://x", "smtp://x:2525")]
    assert found == [587, 465, 25, 2525]
    assert "s3cret" not in repr(MailServer.of("smtps://x", {LOGIN[0]: "me", LOGIN[1]: "s3cret"}))
    assert addresses_of("a.b+c@x.org, d@y", "mail") == ("a.b+c@x.org", "d@y")


def test_what_is_missing_is_said_before_a_run(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(NoticeError, match="needs --smtp"):
        Notices.of(["failure=mail:a@x.org"])
    with pytest.raises(NoticeError, match="one address"):
        Notices.of(["failure=mail:a@x.org"], "smtp://x", "a@x.org,b@x.org")
    monkeypatch.delenv("ABSENT", raising=False)
    with pytest.raises(SecretError, match="ABSENT is not set"):
        Notices.of(["failure=slack:env:ABSENT"]).senders()
    monkeypatch.setenv("WRONG", "ftp://x/s3cret")
    with pytest.raises(NoticeError, match="begins with") as error:
        Notices.of(["failure=slack:env:WRONG"]).senders()
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--smtp", "smtp://x"], "--smtp says how --notify"),
        (["--runs-url", "https://x/"], "--runs-url says how --notify"),
        (["--notify", "failure=command:true", "--mail-page", "link"], "--mail-page is for mails"),
        (["--notify", "failure=command:no-such-program"], "found none called 'no-such-program'"),
        (["--notify", "failure=pigeon:x"], "'pigeon' for KIND"),
        (["--notify", "failure=command:true", "--runs-url", "file:///x"], "--runs-url: expected a URL"),
    ],
)
def test_options_that_cannot_be_followed_are_refused_and_nothing_runs(
    make_notebook: Callable[..., Path], tmp_path: Path, options: list[str], said: str
):
    out = tmp_path / "out"
    result = CliRunner().invoke(main, ["report", str(make_notebook(None, "1")), "--out", str(out), *options])
    assert result.exit_code == 2 and said in " ".join(result.output.split()) and not out.exists()


def test_figures_are_those_that_matter_first_and_say_which_way_they_went():
    metrics = {"seconds": 5.0, "note": "words", "bpp": 0.5, "psnr_db": 28.0, "count": 3, "ssim": 0.9, "in": {"a": 1}}
    outcomes = outcomes_of([Requirement.of(t) for t in ("ssim >= 0.8", "psnr_db >= 30", "absent == 1")], metrics)
    before = Baseline("weekly-0", {"psnr_db": 31.0, "bpp": 0.6, "ssim": 0.9, "count": 4})
    figures = figures_of(metrics, {}, outcomes, before)
    assert [f.metric for f in figures] == ["psnr_db", "absent", "ssim", "bpp", "count", "in.a", "seconds"]
    assert {f.metric: f.change for f in figures if f.change} == {"psnr_db": "worse", "ssim": "same", "bpp": "better"}
    assert [f.text() for f in figures[:5]] == [
        "psnr_db: 28 (required >= 30: MISSED; 31 in the last good run, worse by 3)",
        "absent: not recorded (required == 1: MISSED)",
        "ssim: 0.9 (required >= 0.8: met; 0.9 in the last good run, same)",
        "bpp: 0.5 (0.6 in the last good run, better by 0.1)",
        "count: 3 (4 in the last good run)",
    ]


def keeping(path: Path) -> str:
    """Return a command that adds what it gets to a file, one JSON object a line."""
    return f"command:{shlex.join(['sh', '-c', f'cat >> {shlex.quote(str(path))}'])}"


def said_in(path: Path) -> list[dict[str, Any]]:
    """Return what such a command got."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.long
def test_a_series_of_runs_tells_whom_it_should(make_notebook: Callable[..., Path], tmp_path: Path):
    """A good run, a better one, one below its threshold, one that fails, one that cannot start."""
    pytest.importorskip("papermill", reason="papermill comes with the report extra")
    source = "from aewidgets.reports import record\nrecord(psnr_db=float(open('psnr').read()))"
    path = make_notebook("n: int = 3", f"import os; os.chdir({str(tmp_path)!r})\n{source}")
    good, bad, out = tmp_path / "all", tmp_path / "bad", tmp_path / "out"
    options = ["report", str(path), "--out", str(out), "--require", "psnr_db >= 30", "--quiet"]
    options += ["--notify", f"always={keeping(good)}", "--notify", f"failure,threshold={keeping(bad)}"]
    options += ["--notify", "always=command:false", "--runs-url", "https://example.org/my%20runs/?v=1"]
    codes, printed = [], []
    for value in ("31", "32.5", "29", "words", None):
        (tmp_path / "psnr").write_text(value or "")
        result = CliRunner().invoke(main, [*options, *([] if value else ["-p", "n", "words"])])
        codes.append(result.exit_code)
        printed.append(result.output)
    assert codes == [0, 0, 6, 1, 2]  # as without notices, one of which always fails
    assert all(output.count("Not told: command false: it ended with code 1") == 1 for output in printed)
    everything = said_in(good)
    assert [one["status"] for one in everything] == [
        "completed", "completed", "threshold missed", "cell failed", "no report"
    ]  # fmt: skip
    assert said_in(bad) == everything[2:]
    assert [one["title"] for one in everything[:4]] == ["A <small> notebook"] * 4
    runs = [one["run"] for one in everything[:4]]
    assert [one["last_good_run"] for one in everything[:4]] == [None, runs[0], runs[1], runs[1]]
    assert [f["change"] for one in everything[:3] for f in one["figures"]] == [None, "better", "worse"]
    assert everything[2]["figures"][0]["before"] == 32.5
    assert "ValueError" in everything[3]["failure"] and "In cell" in everything[3]["failure"]
    assert "expected an integer" in everything[4]["text"] or "n:" in everything[4]["text"]
    assert (everything[4]["run"], everything[4]["page"], everything[4]["exit_code"]) == (None, None, 2)
    for one in everything[:4]:
        assert one["page"] == f"https://example.org/my%20runs/{one['run']}/small.html?v=1"
        record = json.loads((out / one["run"] / "run.json").read_text())
        assert record["id"] == one["run"] and record["exit_code"] == one["exit_code"]
        assert [row["sent"] for row in record["notices"]][-1] is False
        assert record["notices"][-1]["to"] == "command false"
    index = [json.loads(line)["id"] for line in (out / "index.jsonl").read_text().splitlines()]
    assert sorted(index) == sorted(runs)


def test_a_notebook_that_is_gone_and_a_run_that_was_killed_are_told(
    make_notebook: Callable[..., Path], tmp_path: Path
):
    path, said = make_notebook(None, "1"), tmp_path / "said"
    options = ["--out", str(tmp_path / "out"), "--notify", f"failure={keeping(said)}", "--quiet"]
    reason = "systemd ended it:\x1b[31m oom-kill"
    result = CliRunner().invoke(main, ["report", str(path), *options, "--tell-only", reason])
    assert (result.exit_code, result.output) == (0, "") and not (tmp_path / "out").exists()
    path.unlink()
    result = CliRunner().invoke(main, ["report", str(path), *options, "--notify", "always=command:false"])
    assert result.exit_code == 2 and "Not told: command false" in result.output
    killed, gone = said_in(said)
    assert (killed["status"], killed["exit_code"], killed["failure"]) == (
        "did not end", 137, "systemd ended it: oom-kill"
    )  # fmt: skip
    assert (gone["status"], gone["exit_code"]) == ("no report", 2) and "no notebook" in gone["failure"]
    result = CliRunner().invoke(main, ["report", str(make_notebook(None, "1")), "--tell-only", "x"])
    assert result.exit_code == 2 and "--notify" in result.output


@pytest.mark.long
@pytest.mark.parametrize("out", ["out", "memory://notices/runs"])
def test_a_mail_brings_the_page_of_a_run(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
):
    pytest.importorskip("papermill", reason="papermill comes with the report extra")
    from aewidgets.reports.execution import teller
    from aewidgets.reports.execution.runner import run_report
    from aewidgets.reports.notices.sender import Sender
    from aewidgets.reports.runs.index import list_runs
    from aewidgets.reports.stores.opening import open_store

    got: list[Message] = []

    class Kept(Sender):
        name, wants_page = "kept", True

        def send(self, message: Message) -> None:
            got.append(message)

    class Kind(Notices):
        def senders(self, environment=None):
            return ((self.all[0], Kept()),)

    notices = Kind((Notice.of("always=command:true"),))
    store = open_store(out if "://" in out else tmp_path / out)
    report = run_report(make_notebook(None, "print('on the page')"), out=store.url, notices=notices)
    (message,) = got
    assert message.page == store.read(f"{report.name}/small.html", 10**7) and b"on the page" in message.page
    assert message.link == (str(report.page) if report.page else report.page_url)
    assert message.page_name == "small.html" and [one.sent for one in report.told] == [True]
    record = json.loads(store.read(f"{report.name}/run.json", 10**6))
    assert record["notices"] == [{"to": "kept", "sent": True, "tries": 1, "reason": ""}]
    assert record["id"] == report.name and [run.id for run in list_runs(store)][:1] == [report.name]
    with_pdf = record | {"pdf": "small.pdf"}
    store.write(f"{report.name}/small.pdf", b"%PDF-1.4 " + bytes(90))
    teller.Teller(notices, ()).tell(store, report, with_pdf, "title", ())
    assert got[1].pdf == b"%PDF-1.4 " + bytes(90) and got[1].page == message.page and not got[1].why_no_page
    monkeypatch.setattr(teller, "LARGEST_PAGE", len(message.page) + 50)
    teller.Teller(notices, ()).tell(store, report, with_pdf, "title", ())
    assert got[2].pdf is None and got[2].page and "PDF is too large" in got[2].text()
    monkeypatch.setattr(teller, "LARGEST_PAGE", 10)
    many = figures_of({f"m{n}": n for n in range(99)}, {}, (), None)
    teller.Teller(notices, ()).tell(store, report, record, "title", many)
    assert len(got[3].figures) == MOST_FIGURES
    assert got[3].page is None and "too large for a mail" in got[3].text() and str(message.link) in got[3].text()
