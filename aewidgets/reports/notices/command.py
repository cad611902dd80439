"""Tells by a program, which gets the message as JSON on its standard input."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from aewidgets.reports.notices.message import Message, on_one_line
from aewidgets.reports.notices.sender import NoticeError, NotTold, Sender

__all__ = ["Command", "words_of"]

_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: "try again later"


def words_of(text: str) -> list[str]:
    """Return program and arguments, split as a shell splits them; no shell runs them.

    Raises:
        NoticeError: for a text without a program, or with an open quote.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise NoticeError(f"command: expected a program and its arguments, got unbalanced quotes ({error})") from None
    if not words:
        raise NoticeError("command: expected a program and its arguments, such as command:notify-send 'A report'")
    return words


class Command(Sender):
    """A program that is started for every message.

    Args:
        text: the program and its arguments.
        timeout: seconds after which the program is killed.

    Raises:
        NoticeError: if there is no such program.
    """

    def __init__(self, text: str, timeout: float = 60.0):
        self._words, self._timeout = words_of(text), timeout
        found = shutil.which(self._words[0])
        if found is None:
            raise NoticeError(f"command: expected a program that can be run, found none called {self._words[0]!r:.200}")
        self._words[0] = str(Path(found).absolute())  # the folder may be another one by then
        self.name = f"command {Path(found).name}"

    def send(self, message: Message) -> None:
        """Run the program; its exit code 0 is success, 75 (EX_TEMPFAIL) asks for another try, others are failures."""
        data = json.dumps(message.as_json(), ensure_ascii=True).encode() + b"\n"
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:  # pipes would wait for grandchildren
            given.write(data)
            given.seek(0)
            try:
                child = subprocess.Popen(
                    self._words, stdin=given, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
                )
            except OSError as error:
                raise NotTold(f"it could not be started: {error.strerror or error}", again=False) from None
            try:
                code = child.wait(self._timeout)
            except subprocess.TimeoutExpired:
                raise NotTold(f"it did not end within {self._timeout:g} s and was killed", again=False) from None
            finally:
                if child.poll() is None:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
            said.seek(max(0, said.seek(0, os.SEEK_END) - 2000))
            last = said.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        if code:
            words = f"it ended with code {code}" + (f": {on_one_line(last, 200)}" if last else "")
            raise NotTold(words, again=code == _AGAIN)
