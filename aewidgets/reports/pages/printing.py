"""Prints a page to a PDF through a browser that is installed: Chromium, Chrome, Edge, or that of Playwright.

The browser is started for the one page, without a profile, in an environment of a few variables, with every connection
led to a closed port. It draws live figures first: its clock runs ahead until the page has nothing more to do.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aewidgets.system.writing import whole_file

__all__ = ["BROWSER", "PAPERS", "PrintingError", "find_browser", "print_page", "printed"]

#: Variable of the environment that names the browser.
BROWSER = "AEWIDGETS_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
          "microsoft-edge-stable", "msedge")  # fmt: skip
_PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
           "/Applications/Chromium.app/Contents/MacOS/Chromium",
           "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
           r"C:\Program Files\Google\Chrome\Application\chrome.exe",
           r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe")  # fmt: skip
#: Sizes of paper, as CSS names them.
PAPERS = ("a4", "letter")
#: Seconds that the browser may take.
LONGEST = 120.0
_MOST = 500_000_000  # bytes of the largest PDF that is kept
_WIDTH = 962  # pixels of the window: widgets lie in two columns, and are then made smaller to fit the paper
_OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--no-pings", "--mute-audio", "--password-store=basic", "--use-mock-keychain",
    # No network: a closed port is the proxy of everything, this machine's own addresses too.
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    f"--window-size={_WIDTH},1000", "--no-pdf-header-footer", "--print-to-pdf-no-header",
    "--virtual-time-budget=20000", "--run-all-compositor-stages-before-draw",
)  # fmt: skip
_KEPT = re.compile(r"(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|LOCALAPPDATA|PROGRAMFILES.*|XDG_\w+)\Z")


class PrintingError(RuntimeError):
    """Raised where no PDF can be made; the message says why and what to do."""


def find_browser(paper: str = PAPERS[0]) -> Path:
    """Return the path of a browser that can print: the one that `AEWIDGETS_CHROMIUM` names, or one that is installed.

    Raises:
        PrintingError: if there is none, and the message says what to install; or for an unknown paper.
    """
    if paper not in PAPERS:
        raise PrintingError(f"expected paper {' or '.join(PAPERS)}, got {paper!r:.100}")
    named = os.environ.get(BROWSER)
    if named:
        found = shutil.which(named)
        if found is None:
            raise PrintingError(f"{BROWSER}: expected a browser such as /usr/bin/chromium, got {named!r:.200}: none")
        return Path(found)
    for path in (*(shutil.which(name) for name in _NAMES), *_PLACES, *_of_playwright()):
        if path and Path(path).is_file():
            return Path(path)
    raise PrintingError(
        "--pdf needs a browser, and none was found: install Chromium, Chrome or Edge, or run `pip install playwright` "
        f"and `playwright install chromium`, or name one in the variable {BROWSER}"
    )


def _of_playwright() -> Iterator[str]:
    """Yield the path of Playwright's own Chromium, if Playwright is installed."""
    with suppress(Exception):  # it has no browser, no driver for this machine, or runs already in this thread
        from playwright.sync_api import sync_playwright

        with sync_playwright() as driver:
            yield driver.chromium.executable_path


def printed(page: Path, browser: Path | None, paper: str) -> tuple[str | None, tuple[str, ...]]:
    """Write a page as a PDF beside it; return the name of the file and notes. Without a PDF the notes say why.

    Args:
        page: an HTML file.
        browser: from `find_browser`; None if the run was interrupted, so that nobody waits for a PDF.
        paper: one of `PAPERS`.
    """
    if browser is None:
        return None, ("there is no PDF: the run was interrupted",)
    target = page.with_suffix(".pdf")
    try:
        return target.name, print_page(page, target, browser, paper)
    except KeyboardInterrupt:
        return None, ("there is no PDF: it was stopped from outside",)
    except (PrintingError, OSError) as error:
        return None, (f"there is no PDF: {error}",)


def print_page(
    page: Path, target: Path, browser: Path, paper: str = PAPERS[0], longest: float = LONGEST
) -> tuple[str, ...]:
    """Write a page as a PDF, and return notes on how that was done. The file appears whole or not at all.

    Args:
        page: an HTML file.
        target: file of the PDF.
        browser: from `find_browser`.
        paper: one of `PAPERS`.
        longest: seconds that the browser may take; then it is killed.

    Raises:
        PrintingError: if there is no PDF then.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="aewidgets-pdf-", ignore_cleanup_errors=True) as made:
        scratch = Path(made)
        size = f"<style>@page {{ size: {paper} }}</style></head>".encode()
        (scratch / "page.html").write_bytes(page.read_bytes().replace(b"</head>", size, 1))
        options = [*_OPTIONS, *["--no-sandbox"] * root, f"--user-data-dir={scratch / 'profile'}"]
        command = [str(browser), *options, f"--print-to-pdf={scratch / 'page.pdf'}", (scratch / "page.html").as_uri()]
        said = _run(command, scratch, longest)
        try:
            with (scratch / "page.pdf").open("rb") as file:
                whole = file.read(5) == b"%PDF-" and os.fstat(file.fileno()).st_size <= _MOST
        except OSError:
            whole = False
        if not whole:
            raise PrintingError(f"{browser.name} made no PDF: {_why(said)}")
        with (scratch / "page.pdf").open("rb") as made_pdf, whole_file(target) as file:
            shutil.copyfileobj(made_pdf, file)
    return ("the PDF was printed as root, so without the browser's sandbox",) * root


def _run(command: list[str], scratch: Path, longest: float) -> str:
    """Run a browser in a process group of its own; return what it said, at most its last 20,000 characters.

    Raises:
        PrintingError: if it does not start, or takes too long.
    """
    environment = {name: value for name, value in os.environ.items() if _KEPT.match(name.upper())}
    with (scratch / "said").open("wb") as said:
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=scratch, env=environment,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise PrintingError(f"{command[0]} does not start: {error.strerror or error}") from error
        try:
            child.wait(longest)
        except subprocess.TimeoutExpired:
            raise PrintingError(f"{Path(command[0]).name} took more than {longest:g} s and was stopped") from None
        finally:
            _end(child)
    return (scratch / "said").read_text(encoding="utf-8", errors="replace")[-20_000:]


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a browser and its helpers."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _why(said: str) -> str:
    """Return the line in which a browser says why it failed, or its last one."""
    if "sandbox" in said.casefold():
        return (
            "its sandbox does not work here; run as a user who may make namespaces, or name in "
            f"{BROWSER} a script that starts the browser with --no-sandbox"
        )
    lines = [line.strip() for line in said.splitlines() if line.strip() and "dbus" not in line]
    words = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else "it said nothing"
    return words[:300]
