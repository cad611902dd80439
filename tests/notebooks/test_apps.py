"""Apps are one widget on a page: a heading, a cell, nothing stored. Voila serves them; here they are only read."""

import json
import re
from pathlib import Path

import pytest

from aewidgets import widgets

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "apps"
APPS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(params=APPS, ids=lambda path: path.stem)
def cells(request: pytest.FixtureRequest) -> list[dict]:
    """Return the cells of each app in turn."""
    return json.loads(request.param.read_text(encoding="utf-8"))["cells"]


def test_every_studio_has_an_app():
    headings = ["".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]) for path in APPS]
    assert sorted(text.splitlines()[0].removeprefix("# ") for text in headings) == sorted(widgets.__all__)


def test_an_app_is_a_heading_and_one_short_cell_with_nothing_stored(cells: list[dict]):
    heading, code = cells
    assert (heading["cell_type"], code["cell_type"], code["outputs"]) == ("markdown", "code", [])
    assert len("".join(code["source"]).splitlines()) <= 15


def test_an_app_opens_no_test_pictures(cells: list[dict]):
    assert ".test" not in "".join(cells[1]["source"])


@pytest.mark.parametrize("path", APPS, ids=lambda path: path.stem)
def test_the_readme_of_the_notebooks_names_every_app(path: Path):
    readme = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"\]\(apps/{path.name}\)", readme)
