"""A real browser, and JupyterLab in it: Debian's Chromium, headless, driven by Playwright. No assertions here."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.browsing import CHROMIUM, Server, Watched, chromium, lab_server

pytest.importorskip("playwright.sync_api", reason="playwright comes with the browser extra")


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Debian's Chromium, headless."""
    if not Path(CHROMIUM).is_file():
        pytest.skip(f"no browser in {CHROMIUM}; set AEWIDGETS_CHROMIUM to one")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def axe(repository: Path) -> str:
    """The source of axe-core, out of js/'s lock file."""
    path = repository / "js" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("no axe-core: cd js && npm ci")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on an empty folder, without token or news; `lab.folder` is where notebooks go."""
    pytest.importorskip("jupyterlab", reason="jupyterlab comes with the lab extra")
    server = lab_server(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def serve():
    """Starts a Jupyter application: `serve(["voila", ...], folder, address_that_answers)`."""
    return lambda command, folder, ready: Server([sys.executable, "-m", *command], folder, ready)


@pytest.fixture
def under_voila(browser, watch, serve):
    """Shows x.ipynb of a folder through Voila: `with under_voila(folder) as watched`."""
    pytest.importorskip("voila", reason="voila comes with the browser extra")

    @contextmanager
    def shown(folder: Path) -> Iterator[Watched]:
        server = serve(["voila", "x.ipynb", "--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1"], folder, "/")
        watched = watch(browser)
        try:
            watched.page.goto(server.url, timeout=180_000)
            yield watched
        finally:
            watched.close()
            server.stop()

    return shown


@pytest.fixture(scope="session")
def watch() -> type[Watched]:
    """Opens a page whose errors and requests are kept: `watch(browser, viewport=..., offline=...)`."""
    return Watched


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where screenshots go: the folder in AEWIDGETS_SHOTS, or nowhere."""
    folder = os.environ.get("AEWIDGETS_SHOTS")
    if not folder:
        return None
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path
