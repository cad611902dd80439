"""What the tags and the options of cells ask a page to hide or to leave out.

Words of Jupyter Book, nbconvert, JupyterLab, the classic notebook and Quarto are understood. A page folds all code, so
that `hide-input` changes nothing. A cell that failed is shown whole, whatever it asks for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["follow_tags"]

#: Tags, with - in place of _, and what they ask for.
_TAGS = {
    "hide-cell": "hide-cell", "hide-output": "hide-output", "hide-outputs": "hide-output",
    "remove-cell": "remove-cell", "remove-input": "remove-input", "remove-code": "remove-input",
    "no-input": "remove-input", "remove-output": "remove-output", "remove-outputs": "remove-output",
    "no-output": "remove-output", "remove-all-outputs": "remove-output",
}  # fmt: skip
#: Quarto's options of a cell, as comments at its start.
_QUARTO = re.compile(r"^#\|\s*([\w-]+)\s*:\s*(\S+)\s*$")
_OPTIONS = {"echo": "remove-input", "output": "remove-output", "include": "remove-cell"}
_LEFT_OUT = {"remove-cell": "cell", "remove-input": "code", "remove-output": "outputs"}


def follow_tags(notebook: Any, failed: str | None = None) -> str:
    """Hide and leave out what the cells of a notebook ask for, in place.

    Cells and outputs that are to be folded get `metadata["folded"]`, "cell" or "outputs".

    Args:
        notebook: the copy of an executed notebook that a page is made of.
        failed: id of the cell at which the run stopped.

    Returns:
        What was left out, in words; "" if nothing was.
    """
    left_out: Counter[str] = Counter()
    cells = []
    for cell in notebook.cells:
        asked = set() if _failed(cell, failed) else set(_asked(cell))
        if "remove-cell" in asked:
            left_out["remove-cell"] += 1
            continue
        if "remove-input" in asked and cell.cell_type == "code":
            cell.metadata["transient"] = {"remove_source": True}
            left_out["remove-input"] += bool(cell.source.strip())
        if "remove-output" in asked and cell.get("outputs"):
            cell.outputs = []
            left_out["remove-output"] += 1
        if "hide-cell" in asked:
            cell.metadata["folded"] = "cell"
        elif "hide-output" in asked and cell.get("outputs"):
            cell.metadata["folded"] = "outputs"
        cells.append(cell)
    notebook.cells = cells
    parts = [_counted(left_out[what], word) for what, word in _LEFT_OUT.items() if left_out[what]]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _failed(cell: Any, failed: str | None) -> bool:
    """Return True if a cell raised an exception, announced or not, or is the one at which the run stopped."""
    return (failed is not None and cell.get("id") == failed) or any(
        output.output_type == "error" for output in cell.get("outputs", ())
    )


def _asked(cell: Any) -> Iterator[str]:
    """Yield what a cell asks for, by its tags, its metadata, and comments at its start."""
    tags = cell.metadata.get("tags", ())
    for tag in tags if isinstance(tags, list) else ():
        known = _TAGS.get(str(tag).lower().replace("_", "-"))
        if known:
            yield known
    hidden = cell.metadata.get("jupyter")
    if (isinstance(hidden, Mapping) and hidden.get("outputs_hidden") is True) or cell.metadata.get("collapsed") is True:
        yield "hide-output"
    for line in cell.source.splitlines() if cell.cell_type == "code" else ():
        option = _QUARTO.match(line)
        if not option:
            break
        if option[1] in _OPTIONS and option[2] == "false":
            yield _OPTIONS[option[1]]


def _counted(count: int, word: str) -> str:
    """Return "1 cell", "3 cells", "the code of 1 cell" or "the outputs of 3 cells"."""
    cells = f"{count} cell{'s' * (count > 1)}"
    return cells if word == "cell" else f"the {word} of {cells}"
