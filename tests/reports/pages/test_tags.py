"""Tags of cells fold and leave out as their authors ask; a cell that failed is shown whole."""

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.reports.pages.tags import follow_tags  # noqa: E402

RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip


def cell(source: str = "the_code = 1", raises: bool = False, **metadata):
    outputs = [new_output("stream", text="the output")]
    if raises:
        outputs.append(new_output("error", ename="E", evalue="v", traceback=["t"]))
    return new_code_cell(source, outputs=outputs, metadata=metadata)


def seen(*cells, failure=None) -> str:
    return page_of(new_notebook(cells=list(cells)), RECORD | {"failure": failure}).partition("<footer>")[0]


ASKED = [
    (cell(tags=["hide-input"]), True, True, ""), (cell(tags=["hide_code"]), True, True, ""),
    (cell(jupyter={"source_hidden": True}), True, True, ""), (cell(tags=["parameters"]), True, True, ""),
    (cell(tags=["remove-input"]), False, True, ""), (cell(tags=["Remove_Input"]), False, True, ""),
    (cell("#| echo: false\nthe_code"), False, True, ""), (cell("#| echo: true\nthe_code"), True, True, ""),
    (cell("#| label: a\n#| output: false\nthe_code"), True, False, ""),
    (cell("x = 1\n#| output: false\nthe_code"), True, True, ""),
    (cell(tags=["remove-output"]), True, False, ""), (cell(tags=["remove_all_outputs"]), True, False, ""),
    (cell(tags=["remove-cell"]), False, False, ""), (cell("#| include: false\nthe_code"), False, False, ""),
    (cell(tags=["hide-output"]), True, True, "Folded output"), (cell(collapsed=True), True, True, "Folded output"),
    (cell(jupyter={"outputs_hidden": True}), True, True, "Folded output"),
    (cell(tags=["hide-cell"]), True, True, "Folded cell"),
]  # fmt: skip


def test_what_a_tag_asks_for_is_done():
    between = [new_markdown_cell(f"between {number}") for number in range(len(ASKED) + 1)]
    cells = [one for pair in zip(between, (row[0] for row in ASKED), strict=False) for one in pair]
    page = seen(*cells, between[-1])
    for number, (one, code, output, folded) in enumerate(ASKED):
        part = page[page.index(f"between {number}<") : page.index(f"between {number + 1}<")]
        assert ("the_code" in part, "the output" in part) == (code, output), one
        assert [word for word in ("Folded cell", "Folded output") if word in part] == ([folded] if folded else []), one


def test_markdown_can_be_left_out_too():
    hidden, gone = (new_markdown_cell("some words", metadata={"tags": [tag]}) for tag in ("hide-cell", "remove-cell"))
    assert "Folded cell" in seen(hidden) and "some words" in seen(hidden) and "some words" not in seen(gone)


@pytest.mark.parametrize("tag", ["remove-cell", "remove-input", "remove-output", "hide-cell"])
def test_no_tag_hides_a_failure(tag: str):
    one = cell(raises=True, tags=[tag])
    assert "the_code" in seen(one) and "<strong>E</strong>" in seen(one) and "Folded" not in seen(one)
    stopped = cell(tags=[tag])
    page = seen(stopped, failure={"cell_id": stopped["id"], "cell": 0, "name": "CellTimeoutError", "message": "m"})
    assert "Code of the cell that failed" in page and "the output" in page and "Folded" not in page


def test_the_end_of_the_page_counts_what_was_left_out():
    cells = [cell(tags=["remove-cell"]), cell(tags=["remove-cell"]), cell(tags=["remove-output"])]
    words = follow_tags(nbformat.from_dict(new_notebook(cells=cells)))
    assert words == "2 cells and the outputs of 1 cell"
    assert words in page_of(new_notebook(cells=cells), RECORD).partition("<footer>")[2]
    assert follow_tags(new_notebook(cells=[cell()])) == ""


def test_the_code_of_a_failed_cell_is_open_and_that_of_others_folded():
    page = seen(cell(), cell(raises=True))
    assert page.count('<details class="code">') == 1 and page.count('<details class="code" open') == 1
