"""Our notebooks in JupyterLab's launcher: each opens, and Lab without them has no entry of ours."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.browsing import Server, lab_server

pytestmark = pytest.mark.browser


@pytest.fixture
def start(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Server]]:
    """Starts JupyterLab on a folder, with the launcher as an installed wheel would bring it."""
    pytest.importorskip("jupyterlab", reason="jupyterlab comes with the lab extra")
    target = tmp_path / "share" / "labextensions" / "aewidgets"
    shutil.copytree(repository / "aewidgets" / "labextension", target)
    monkeypatch.setenv("JUPYTER_PATH", str(target.parents[1]))
    servers: list[Server] = []

    def start(folder: Path) -> Server:
        servers.append(lab_server(folder))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.mark.parametrize("below", ["", "notebooks"])
def test_every_notebook_has_an_entry_that_opens_it(
    browser, watch, start: Callable[[Path], Server], repository: Path, tmp_path: Path, below: str, shots: Path | None
):
    """In the folder itself, as `make lab` has it, and below the checkout, as Binder has it."""
    stems = sorted(path.stem for path in (repository / "notebooks").glob("*.ipynb"))
    folder = tmp_path / "root" / below
    folder.mkdir(parents=True)
    for path in (*(repository / "notebooks").glob("*.ipynb"), repository / "notebooks" / "README.md"):
        shutil.copy(path, folder)
    watched = watch(browser)
    try:
        watched.page.goto(f"{start(tmp_path / 'root').url}/lab?reset", timeout=120_000)
        cards = watched.page.locator(".jp-LauncherCard[data-category=aewidgets]")
        cards.nth(len(stems) - 1).wait_for(timeout=120_000)
        titles = [title.strip() for title in cards.all_inner_texts()]
        if shots:
            watched.page.screenshot(path=shots / f"launcher{below}.png")
        cards.last.click()
        path = f"{below}/{stems[-1]}.ipynb".removeprefix("/")
        watched.page.wait_for_function(f"window.jupyterapp.shell.currentWidget?.context?.path === '{path}'")
    finally:
        watched.close()
    assert titles == [stem.replace("-", " ") for stem in stems]
    assert watched.errors == []


def test_without_our_notebooks_there_is_no_entry(browser, watch, start: Callable[[Path], Server], tmp_path: Path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "README.md").write_text("# Mine", encoding="utf-8")
    (root / "01-mine.ipynb").write_text("{}", encoding="utf-8")
    watched = watch(browser)
    try:
        watched.page.goto(f"{start(root).url}/lab?reset", timeout=120_000)
        watched.page.locator(".jp-LauncherCard").first.wait_for(timeout=120_000)
        watched.page.wait_for_timeout(3000)
        assert watched.page.locator(".jp-LauncherCard[data-category=aewidgets]").count() == 0
    finally:
        watched.close()
    assert watched.errors == []
