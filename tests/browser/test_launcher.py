"""Our notebooks in JupyterLab's launcher: each opens, and Lab without them has no entry of ours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browsing import Server, lab_server

pytestmark = pytest.mark.browser
CARDS = ".jp-LauncherCard[data-category=aewidgets]"


@pytest.fixture(scope="module")
def started(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab with the launcher as an installed wheel would bring it; `folder` is its root."""
    pytest.importorskip("jupyterlab", reason="jupyterlab comes with the lab extra")
    target = tmp_path_factory.mktemp("share") / "labextensions" / "aewidgets"
    shutil.copytree(repository / "aewidgets" / "labextension", target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(target.parents[1]))
        server = lab_server(tmp_path_factory.mktemp("root"))
    yield server
    server.stop()


@pytest.fixture
def root(started: Server) -> Iterator[Path]:
    """The root of Lab's files, without notebooks."""
    before = set(started.folder.iterdir())
    yield started.folder
    for path in set(started.folder.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("below", ["", "notebooks"])
def test_every_notebook_has_an_entry_that_opens_it(
    browser, watch, started: Server, root: Path, repository: Path, below: str, shots: Path | None
):
    """In the folder itself, as `make lab` has it, and below the checkout, as Binder has it."""
    stems = sorted(path.stem for path in (repository / "notebooks").glob("*.ipynb"))
    (root / below).mkdir(exist_ok=True)
    for path in (*(repository / "notebooks").glob("*.ipynb"), repository / "notebooks" / "README.md"):
        shutil.copy(path, root / below)
    watched = watch(browser)
    try:
        watched.page.goto(f"{started.url}/lab?reset", timeout=120_000)
        cards = watched.page.locator(CARDS)
        cards.nth(len(stems) - 1).wait_for(timeout=120_000)
        titles = [title.strip() for title in cards.all_inner_texts()]
        if shots:
            watched.page.screenshot(path=shots / f"launcher{below}.png")
        cards.last.click()
        path = f"{below}/{stems[-1]}.ipynb".removeprefix("/")
        opened = f"window.jupyterapp.shell.currentWidget?.context?.path === '{path}'"
        watched.page.wait_for_function(opened, timeout=120_000)
    finally:
        watched.close()
    assert titles == [stem.replace("-", " ") for stem in stems]
    assert watched.errors == []


def test_without_our_notebooks_there_is_no_entry(browser, watch, started: Server, root: Path):
    (root / "README.md").write_text("# Mine", encoding="utf-8")
    (root / "01-mine.ipynb").write_text("{}", encoding="utf-8")
    watched = watch(browser)
    try:
        watched.page.goto(f"{started.url}/lab?reset", timeout=120_000)
        watched.page.locator(".jp-LauncherCard").first.wait_for(timeout=120_000)
        watched.page.wait_for_function("window.jupyterapp.commands.hasCommand('aewidgets:open-notebook')")
        watched.page.wait_for_timeout(3000)
        assert watched.page.locator(CARDS).count() == 0
    finally:
        watched.close()
    assert watched.errors == []
