"""Notebooks are stored as readers should find them. nbval runs them; here they are only read."""

import json
import re
from pathlib import Path

import pytest
import yaml

from aewidgets.reports.parameters.cell import checked, declared_by, parameters_of

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
CLAIM = {"keep_output", "nbval-check-output"}


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Return each notebook in turn."""
    return request.param


@pytest.fixture
def cells(path: Path) -> list[dict]:
    """Return the cells of a notebook."""
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", ()))


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_code_cells_were_run_once_from_first_to_last(cells: list[dict]):
    """nbval passes a notebook that was never run without a word."""
    counts = [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_claims_are_kept_and_checked_and_nothing_else_is_kept(cells: list[dict]):
    claims = [cell for cell in cells if tags(cell) & CLAIM]
    assert claims
    assert [cell["id"] for cell in claims if not tags(cell) >= CLAIM or not cell["outputs"]] == []
    others = [cell for cell in cells if cell["cell_type"] == "code" and cell not in claims]
    assert [cell["id"] for cell in others if cell["outputs"]] == []


def test_no_claim_failed_when_the_notebook_was_stored(cells: list[dict]):
    texts = ["".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", ())]
    assert [text for text in texts if "False" in text] == []


def test_one_cell_holds_all_parameters_each_with_type_and_meaning(cells: list[dict]):
    parameters, notes, _ = declared_by({"cells": cells})
    assert parameters and notes == ()
    assert sum("parameters" in tags(cell) for cell in cells) == 1
    assert [p.name for p in parameters if p.computed or p.feeds or p.stuck] == []
    assert [p.name for p in parameters if len(p.comment) < 10] == []
    source = "".join(next(cell["source"] for cell in cells if "parameters" in tags(cell)))
    assert [line for line in source.splitlines() if line.strip() and not re.match(r"\w+: ", line)] == []


def test_cells_are_short(cells: list[dict]):
    long = [c["id"] for c in cells if c["cell_type"] == "code" and len("".join(c["source"]).splitlines()) > 15]
    assert long == []


def test_the_opening_says_what_to_do_learn_and_need(cells: list[dict]):
    opening = "".join(cells[0]["source"])
    assert opening.startswith("# ")
    assert [word for word in ("do", "learn", "need") if f"**What you'll {word}" not in opening] == []
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings[-2:] == ["In practice", "Further reading"]


def test_nothing_of_a_run_or_a_machine_is_stored(path: Path):
    text = path.read_text(encoding="utf-8")
    assert [word for word in ('"papermill"', '"execution": {', '"widgets"', "/home/", "/root/") if word in text] == []
    assert path.stat().st_size < 3e6


def test_the_reading_order_names_every_notebook(path: Path):
    assert f"]({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("long_run", sorted(NOTEBOOKS[0].parent.glob("full*.yaml")), ids=lambda path: path.stem)
def test_a_long_run_gives_parameters_that_its_notebook_takes(long_run: Path):
    """The first line of the file holds the command, with the notebook's name."""
    text = long_run.read_text(encoding="utf-8")
    name = re.search(rf"aewidgets report (\S+) -f notebooks/{long_run.name}", text.splitlines()[0])
    assert name
    known = parameters_of(json.loads((long_run.parent / f"{name[1]}.ipynb").read_text(encoding="utf-8")))
    values = yaml.safe_load(text)
    assert checked(known, values) == values


def test_claims_keep_nothing_that_new_weights_would_change(cells: list[dict]):
    """Recorded figures and tables belong into other cells: nbval would compare all their digits."""
    kept = [output for cell in cells for output in cell.get("outputs", ())]
    assert {output["output_type"] for output in kept} == {"stream"}


def test_exercises_are_counted_and_each_has_a_folded_solution(cells: list[dict]):
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    numbers = [int(number) for number in re.findall(r"^\*\*Exercise (\d+)\.\*\*", text, flags=re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    exercises = re.split(r"^\*\*Exercise \d+\.\*\*", text, flags=re.MULTILINE)[1:]
    # Blank lines, so that Markdown is read inside.
    folded = re.compile(r"<details><summary>Solution</summary>\n\n.+?\n\n</details>", flags=re.DOTALL)
    assert [number for number, text in enumerate(exercises, 1) if len(folded.findall(text)) != 1] == []


def test_every_formula_is_drawn_in_a_report(cells: list[dict]):
    """A page has no MathJax: what the conversion to MathML leaves out is shown as LaTeX."""
    pytest.importorskip("latex2mathml", reason="comes with the report extra")
    from aewidgets.reports.pages.formulas import mathml

    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = re.sub(r"`+[^`]*`+", "", text)
    formulas = re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", text, flags=re.DOTALL)
    assert [block or inline for block, inline in formulas if mathml(block or inline, "block") is None] == []
