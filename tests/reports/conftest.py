"""Fixtures that make small notebooks. No assertions here."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest


@pytest.fixture
def make_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a notebook of a parameters cell (or None) and code cells, and returns its path."""

    def make(parameters: str | None, *sources: str, name: str = "small") -> Path:
        cells = [nbformat.v4.new_markdown_cell("# A <small> notebook\n\nSome words.")]
        if parameters is not None:
            cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make
