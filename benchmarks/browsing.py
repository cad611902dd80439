"""JupyterLab and pages in Debian's Chromium, headless, driven by Playwright: for benchmarks and browser tests."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = os.environ.get("AEWIDGETS_CHROMIUM", "/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
SETTINGS = {"notification": '{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}'}
OPEN = ("--no-browser", "--allow-root", "--port=PORT", "--ip=127.0.0.1", "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True", "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=")  # fmt: skip
# One server shows both: Notebook 7, where it is installed, is an extension of the same server.
LAB = (*OPEN, "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True")
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@contextmanager
def chromium() -> Iterator[Any]:
    """Run Debian's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


class Server:
    """A server in a process of its own, until `stop`."""

    def __init__(self, command: list[str], folder: Path, ready: str):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "PYTHONWARNINGS": "ignore",
        }
        apputils = folder / "settings" / "@jupyterlab" / "apputils-extension"
        apputils.mkdir(parents=True, exist_ok=True)
        for name, text in SETTINGS.items():
            (apputils / f"{name}.jupyterlab-settings").write_text(text, encoding="utf-8")
        with self.log.open("wb") as log:
            command = [part.replace("PORT", str(self.port)) for part in command]
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        self._wait(f"{self.url}{ready}")

    def end_kernels(self) -> None:
        """End every kernel of a Jupyter server."""
        with urllib.request.urlopen(f"{self.url}/api/kernels", timeout=20) as listing:
            kernels = json.load(listing)
        for kernel in kernels:
            request = urllib.request.Request(f"{self.url}/api/kernels/{kernel['id']}", method="DELETE")
            for patience in (1, 3, 0):
                try:
                    urllib.request.urlopen(request, timeout=20).close()
                    break
                except urllib.error.HTTPError as error:  # 404: it has ended; 500: it is still starting
                    if error.code != 404 and not patience:
                        raise
                    time.sleep(patience)

    def _wait(self, address: str) -> None:
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(address, timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        self.stop()
        raise RuntimeError(f"no server at {address}:\n{self.log.read_text(errors='replace')[-3000:]}")

    def stop(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def lab_server(folder: Path) -> Server:
    """Start JupyterLab on a folder, without token or news; where Notebook 7 is installed, it is served too."""
    return Server([sys.executable, "-m", "jupyter", "lab", *LAB, f"--ServerApp.root_dir={folder}"], folder, "/lab")


def ours(error) -> bool:
    """Return False for JupyterLab's own race: it may remove a cell's output twice where one is renewed as it is shown.

    Our modules run from `blob:` addresses, so that a frame of theirs would name one.
    """
    stack = error.stack or ""
    return not ("'removeChild' on 'Node'" in str(error) and "blob:" not in stack and "/static/" in stack)


class Watched:
    """A page whose errors and requests are kept."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1600, "height": 1100}, **options})
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}") if ours(error) else None)
        inside = ("data:", "blob:")
        self.page.on("request", lambda r: None if r.url.startswith(inside) else self.requests.append(r.url))

    def close(self) -> None:
        """Close the page and everything that it opened."""
        self.context.close()

    def open_notebook(self, server: Server, name: str, below: str = "doc/tree") -> None:
        """Open a notebook of the server's folder in JupyterLab, or in Notebook 7 ("notebooks"), and run all of it."""
        self.page.goto(f"{server.url}/{below}/{name}?reset")
        cells = "window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length"
        self.page.wait_for_function(cells, timeout=120_000)
        kernel = "window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status"
        self.page.wait_for_function(f"['idle', 'busy'].includes({kernel})", timeout=120_000)
        self.page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def theme(self, name: str) -> None:
        """Put JupyterLab into a theme: "JupyterLab Light" or "JupyterLab Dark"."""
        change = "theme => void window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, name)
        light = "true" if name.endswith("Light") else "false"
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'")
        self.drawn()

    def drawn(self) -> None:
        """Wait until a few frames have been drawn, and with them what follows from a change of size or theme."""
        frames = "let left = 4; const next = () => (left-- ? requestAnimationFrame(next) : done()); next();"
        self.page.evaluate(f"() => new Promise((done) => {{ {frames} }})")

    def studio(self, index: int = 0) -> StudioPage:
        """Return one of the studios on the page, once it is there."""
        return StudioPage(self.page, index)

    def violations(self, axe: str, inside: str) -> list[str]:
        """Return what axe-core finds below an element: rules and elements."""
        self.page.evaluate(axe)
        found = self.page.evaluate("inside => axe.run(inside)", inside)
        return [f"{v['id']}: {[n['target'] for n in v['nodes']]}" for v in found["violations"]]


#: What a studio is waiting for, for a test whose patience ends.
STATE = """(index) => {
  const s = document.querySelectorAll(".aew")[index]?.parentElement.aewStudio;
  if (!s) return `${document.querySelectorAll(".aew").length} widgets on the page`;
  const { link, tokens, root } = s;
  const names = ["answered", "_ask", "status", "error", "left", "right", "left_quality", "right_quality"];
  const traits = Object.fromEntries([...names, "left_point", "right_point"].map((n) => [n, link.get(n)]));
  const bytes = ["original", "left_picture", "right_picture"].map((n) => link.get(n)?.byteLength);
  const { asked, shown, gone } = link;
  return JSON.stringify({ ...traits, bytes, asked, shown, gone, tokens, drawn: { ...root.dataset } });
}"""


class StudioPage:
    """One studio on a page: its state as traits, and the controls that a person uses."""

    def __init__(self, page, index: int = 0):
        self.page = page
        self.root = page.locator(".aew").nth(index)
        self.index = index
        self.root.wait_for(timeout=180_000)

    def js(self, expression: str, argument=None):
        """Evaluate an expression in the browser; `s` is the studio."""
        code = f"async (a) => {{ const s = document.querySelectorAll('.aew')[{self.index}].parentElement.aewStudio;"
        return self.page.evaluate(f"{code} return {expression} }}", argument)

    def get(self, trait: str):
        """Return the browser's value of a trait."""
        return self.js("s.link.get(a)", trait)

    def wait(self, condition: str, timeout: int = 90_000) -> None:
        """Wait until a condition on `s` holds."""
        code = f"() => {{ const s = document.querySelectorAll('.aew')[{self.index}]?.parentElement.aewStudio; "
        try:
            self.page.wait_for_function(f"{code} return s && ({condition}) }}", timeout=timeout)
        except Exception as error:
            error.add_note(f"the studio {self.index}: {self.page.evaluate(STATE, self.index)}")
            raise

    def ask(self, **traits) -> None:
        """Ask for settings as its controls do."""
        self.js("s.ask(a, false, 'left')", traits)

    def look(self, **traits) -> None:
        """Set what is drawn, as its controls do."""
        self.js("s.look(a)", traits)

    def choose(self, name: str) -> None:
        """Choose one of several options by its text."""
        self.root.get_by_role("radio", name=name, exact=True).check()

    def settled(self) -> None:
        """Wait until everything that was asked is answered and shown."""
        self.wait(
            "!s.link.waiting && ['left', 'right'].every((n) => s.link.get(n + '_point')?.codec === s.link.get(n)"
            " && !s.link.get(n + '_point').preview && s.root.dataset[n] === String(s.tokens[n]))"
        )

    def range(self, side: str):
        """Return the quality slider of a side."""
        return self.root.locator(f".aew-{side} input[type=range]")

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return self.root.locator(selector).inner_text()

    def number(self, selector: str) -> int:
        """Return the first whole number in the text of an element."""
        return int(re.sub(r"[^\d].*", "", self.text(selector).replace(",", "")))

    def drag_slider(self, side: str, to: float, steps: int = 8, release: bool = True) -> None:
        """Drag a quality slider with the mouse to a share of its length, and let it go, or not."""
        slider = self.range(side)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        now = float(slider.input_value()) / 1000
        self.page.mouse.move(box["x"] + 8 + now * (box["width"] - 16), middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 8 + to * (box["width"] - 16), middle, steps=steps)
        if release:
            self.page.mouse.up()
