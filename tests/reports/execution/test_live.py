"""What the cells print is shown while they run: whole lines, no secret however it is cut, nothing for a terminal."""

import io
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.commands import print_line
from aewidgets.commands.report import report as command
from aewidgets.reports.execution.live import LiveLog
from aewidgets.reports.execution.runner import run_report
from aewidgets.reports.secrets import HIDDEN, Secrets

TOKEN, KEY = "tok-en-123", "-----BEGIN-----\nabc\nQUJDREVGRw==\nxyz\n-----END-----"
SECRETS = Secrets({"A": TOKEN, "B": KEY}, (TOKEN, KEY))


def stream(text: str, name: str = "stdout") -> dict:
    """Return the kernel's message of a piece of text."""
    return {"msg_type": "stream", "content": {"name": name, "text": text}}


def shown(*messages: dict, secrets: Secrets | None = None, step: float = 0.0) -> list[str]:
    """Return the lines of a live log for the messages of one cell, which come `step` seconds apart."""
    lines: list[str] = []
    now = [0.0]
    live = LiveLog(lines.append, secrets, clock=lambda: now[0])
    for message in messages:
        now[0] += step
        live.message(message)
    live.end()
    return lines


PIECES = st.lists(st.sampled_from([TOKEN, KEY, TOKEN[:4], KEY[:20], "a", "to", " ", "\n", "-", "abc"]), max_size=12)


@given(PIECES, st.lists(st.integers(0, 400), max_size=20))
def test_a_secret_is_hidden_wherever_the_text_is_cut(pieces: list[str], cuts: list[int]):
    text = "".join(pieces)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    messages = [stream(text[start:end]) for start, end in pairwise(places)]
    lines = shown(*messages, secrets=SECRETS)
    assert lines == [line.rstrip("\r") for line in SECRETS.hidden(text).removesuffix("\n").split("\n") if text]
    assert not SECRETS.inside("\n".join(lines))


def test_a_secret_with_colours_in_it_is_hidden_too():
    assert shown(stream("\x1b[32mtok\x1b[0m-en\x1b[1m-123\x1b[0m\n"), secrets=SECRETS) == [HIDDEN]
    halves = [stream(TOKEN[:5]), stream("between\n", "stderr"), stream(TOKEN[5:])]
    assert shown(*halves, secrets=SECRETS) == ["between", HIDDEN]
    error = {"msg_type": "error", "content": {"traceback": [f"\x1b[31mboom\x1b[0m {TOKEN}", "at the end"]}}
    assert shown(error, secrets=SECRETS) == [f"boom {HIDDEN}", "at the end"]


@given(st.text(st.characters(codec="utf-8")))
def test_no_line_can_control_a_terminal(text: str):
    for line in shown(stream(text), {"msg_type": "execute_result", "content": {"data": {"text/plain": text}}}):
        assert line.isprintable()


def test_titles_links_and_cursors_leave_nothing_behind():
    text = "\x1b]0;owned\x07a\x1b]8;;http://x\x1b\\b\x1b[2J\x1b[1;1Hc\x1b(Bd\x9b2Je\x07f\n"
    assert shown(stream(text)) == ["abcd\ufffd2Je\ufffdf"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_bar_is_a_few_lines_and_its_end_is_one_of_them(end: str):
    steps = [stream(f"\r{number:3}%|{'#' * number}") for number in range(101)]
    lines = shown(*steps, stream(end), step=0.1)
    assert lines[-1].startswith("100%") and 2 <= len(lines) <= 5
    assert len(set(lines)) == len(lines)
    nested = [stream(f"\n\rinner {number}\x1b[A\router {number}") for number in range(101)]
    assert len(shown(*nested, step=0.1)) <= 5
    backwards = [stream("\b" * 10 + f"{number:3}/100 ..") for number in range(101)] * 50
    assert shown(*backwards, stream("\n")) == ["100/100 .."]


def test_lines_around_a_bar_keep_their_order():
    lines = shown(stream("Epoch 1\n"), stream("\r1/2"), stream("\r2/2\n"), stream("Epoch 2\n\r1/2\r2/2\nend"))
    assert lines == ["Epoch 1", "2/2", "Epoch 2", "2/2", "end"]


def test_figures_are_named_and_long_things_are_cut():
    figure = {"msg_type": "display_data", "content": {"data": {"image/png": "iVBOR", "text/plain": "<Figure>"}}}
    table = {"msg_type": "execute_result", "content": {"data": {"text/html": "<b>", "text/plain": "   a\n0  1"}}}
    assert shown(figure, table) == ["[image/png]", "   a", "0  1"]
    (line,) = shown(*[stream("x" * 9_999)] * 300)
    assert len(line) == 2_001
    many = {"msg_type": "execute_result", "content": {"data": {"text/plain": "\n".join(map(str, range(5_000)))}}}
    lines = shown(many)
    assert len(lines) == 201 and lines[100] == "... 4,800 lines more ..." and lines[-1] == "4999"


def test_strange_messages_are_left_out():
    assert shown({}, {"msg_type": "stream"}, {"msg_type": "error", "content": {"ename": "E", "evalue": "v"}},
                 {"msg_type": "display_data", "content": {"data": {}}}, {"msg_type": "comm_open", "content": {}},
                 {"msg_type": "execute_result", "content": {"data": {"text/plain": ["a\n", "b"]}}}) == [
        "E: v", "[nothing]", "a", "b"]  # fmt: skip


def test_a_reader_who_is_gone_is_told_of_once_and_the_log_goes_on_in_silence():
    said = []

    def gone(line: str) -> None:
        said.append(line)
        raise BrokenPipeError("nobody reads")

    live = LiveLog(gone)
    with pytest.warns(RuntimeWarning, match="nobody reads"):
        live.message(stream("a\nb\n"))
    live.message(stream("c\n"))
    assert said == ["a"]


def test_lines_stand_above_the_progress_bar(monkeypatch: pytest.MonkeyPatch):
    """Rich draws its bar again below what is written to its `sys.stderr`; what goes past it tears the bar apart."""
    from rich.console import Console
    from rich.file_proxy import FileProxy

    console = Console(file=io.StringIO(), record=True, width=80)
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    monkeypatch.setattr(sys, "stderr", FileProxy(console, terminal))
    print_line("[red] a line")
    assert console.export_text() == "[red] a line\n"


@pytest.mark.long
def test_a_run_shows_its_cells_as_they_print(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CI_TOKEN", TOKEN)
    path = make_notebook(
        "n: int = 3",
        "import os, sys\ntoken = os.environ['TOKEN']\nprint('n is', n)\nprint('beside', file=sys.stderr)",
        "n",
        "print(token[:4], end='', flush=True)\nprint(token[4:], '\\x1b[2J')\nraise ValueError(token)",
    )
    options = ["--out", str(tmp_path / "out"), "--quiet", "--secret", "TOKEN=env:CI_TOKEN", "--log-output"]
    result = CliRunner().invoke(command, [str(path), *options])
    assert result.exit_code == 1 and result.stdout.count("\n") == 1  # the path of the page alone
    lines = result.stderr.splitlines()
    assert lines[:6] == [
        "--- cell 3 of 5: import os, sys", "n is 3", "beside", "--- cell 4 of 5: n", "3",
        "--- cell 5 of 5: print(token[:4], end='', flush=True)",
    ]  # fmt: skip
    assert lines[6].rstrip() == HIDDEN and f"ValueError: {HIDDEN}" in lines
    assert TOKEN not in result.output and all(map(str.isprintable, lines))
    heard: list[str] = []
    report = run_report(make_notebook(None, "print('a')", name="other"), out=tmp_path / "out", log_output=heard.append)
    assert report.status == "completed" and heard == ["--- cell 2 of 2: print('a')", "a"]
    assert not re.search(r"log_output", (report.folder / "run.json").read_text(encoding="utf-8"))
