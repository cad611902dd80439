"""Our notebooks in JupyterLab's launcher: each opens, and Lab without them has no entry of ours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browsing import Server

pytestmark = pytest.mark.browser
CARDS = ".jp-LauncherCard[data-category=aewidgets]"


@pytest.fixture
def root(lab: Server) -> Iterator[Path]:
    """The root of Lab's files, without notebooks."""
    before = set(lab.folder.iterdir())
    yield lab.folder
    for path in set(lab.folder.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("below", ["", "notebooks"])
def test_every_notebook_has_an_entry_that_opens_it(
    browser, watch, lab: Server, root: Path, repository: Path, below: str, shots: Path | None
):
    """The notebooks are in Lab's folder, as with `make lab`, or in a folder below it, as on Binder."""
    stems = sorted(path.stem for path in (repository / "notebooks").glob("*.ipynb"))
    (root / below).mkdir(exist_ok=True)
    for path in (*(repository / "notebooks").glob("*.ipynb"), repository / "notebooks" / "README.md"):
        shutil.copy(path, root / below)
    watched = watch(browser)
    try:
        watched.page.goto(f"{lab.url}/lab?reset", timeout=120_000)
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


def test_without_our_notebooks_there_is_no_entry(browser, watch, lab: Server, root: Path):
    (root / "README.md").write_text("# Mine", encoding="utf-8")
    (root / "01-mine.ipynb").write_text("{}", encoding="utf-8")
    watched = watch(browser)
    try:
        watched.page.goto(f"{lab.url}/lab?reset", timeout=120_000)
        watched.page.locator(".jp-LauncherCard").first.wait_for(timeout=120_000)
        watched.page.wait_for_function("window.jupyterapp.commands.hasCommand('aewidgets:open-notebook')")
        watched.page.wait_for_load_state("networkidle")  # the launcher has listed its folders
        assert watched.page.locator(CARDS).count() == 0
    finally:
        watched.close()
    assert watched.errors == []
