"""A real browser and the servers of the browser tests, started once for all of them. No assertions here.

One Chromium, one JupyterLab and one Voila serve the whole session; pages are opened in contexts of their own. A browser
test that fails is run once more by itself, and the summary names it.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.browsing import CHROMIUM, Server, Watched, chromium, lab_server

pytest.importorskip("playwright.sync_api", reason="playwright comes with the browser extra")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run a browser test that fails once more, where pytest-rerunfailures is installed."""
    if config.pluginmanager.hasplugin("rerunfailures"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter) -> None:
    """Name the tests that were run once more, and what the first run said."""
    for report in terminalreporter.stats.get("rerun", []):
        errors = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
        terminalreporter.write_line("\n".join([f"RUN ONCE MORE {report.nodeid}", *errors]), yellow=True)


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
def jupyter(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab without token or news, with our extension as an installed wheel brings it."""
    pytest.importorskip("jupyterlab", reason="jupyterlab comes with the lab extra")
    extension = tmp_path_factory.mktemp("share") / "labextensions" / "aewidgets"
    shutil.copytree(repository / "aewidgets" / "labextension", extension)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(extension.parents[1]))
        server = lab_server(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def lab(jupyter: Server) -> Iterator[Server]:
    """The JupyterLab of all tests; `lab.folder`, its root, and its kernels are a module's own."""
    before = set(jupyter.folder.iterdir())
    yield jupyter
    jupyter.end_kernels()
    for path in set(jupyter.folder.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="session")
def voila(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Voila with the options of `make apps`, on a copy of notebooks/apps; other notebooks may be put beside them."""
    pytest.importorskip("voila", reason="voila comes with the apps and browser extras")
    folder = tmp_path_factory.mktemp("voila") / "apps"
    shutil.copytree(repository / "notebooks" / "apps", folder)
    text = (repository / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (command,) = re.findall(r"^\t@\$\(BIN\)/(voila .*)$", text, flags=re.MULTILINE)
    words = [word.replace("notebooks/apps", str(folder)) for word in shlex.split(command)]
    # Voila 0.5 sets no _xsrf cookie and then refuses to end the kernel of a page that is left, for want of one.
    ends = "--Voila.tornado_settings=disable_check_xsrf=1"
    options = ["--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1", ends]
    server = Server([sys.executable, "-m", *words, *options], folder, "/")
    yield server
    server.stop()


@pytest.fixture
def under_voila(browser, watch, voila: Server):
    """Shows a notebook of Voila's folder: `with under_voila("x.ipynb") as watched`."""

    @contextmanager
    def shown(name: str) -> Iterator[Watched]:
        watched = watch(browser)
        try:
            watched.page.goto(f"{voila.url}/voila/render/{name}", timeout=180_000)
            yield watched
        finally:
            watched.page.goto("about:blank")  # a page that is left ends its kernel, one that is closed may not
            watched.close()

    return shown


@pytest.fixture(scope="session")
def watch() -> type[Watched]:
    """Opens a page whose errors and requests are kept: `watch(browser, viewport=..., offline=...)`."""
    return Watched


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Folder of screenshots, from AEWIDGETS_SHOTS; None where there are none."""
    folder = os.environ.get("AEWIDGETS_SHOTS")
    if not folder:
        return None
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path
