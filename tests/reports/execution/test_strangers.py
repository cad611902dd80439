"""The record of any notebook tells what ran: its parameters are the values that the cells saw, or it is refused."""

import ast
import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from strangers import Stranger, strangers

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.reports.execution.records import all_parameters
from aewidgets.reports.execution.runner import run_report
from aewidgets.reports.execution.sources import NotebookError, Source, load_notebook
from aewidgets.reports.parameters.cell import INJECTED, ParameterError, checked, injected, tags_of
from aewidgets.reports.parameters.types import Word

STRANGERS = {one.habit: one for one in strangers()}
RUN = [habit for habit, one in STRANGERS.items() if not one.unreadable]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory):
    """Yield an IPython shell without a kernel, which runs cells as a kernel's shell does; leave no trace of it."""
    from IPython.core.async_helpers import get_asyncio_loop
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    main, path, hooks = sys.modules["__main__"], list(sys.path), (sys.displayhook, sys.excepthook)
    off = {"enabled": False}
    config, folder = Config({"HistoryManager": off, "HistoryAccessor": off}), tmp_path_factory.mktemp("ipython")
    yield InteractiveShell.instance(config=config, ipython_dir=str(folder))
    InteractiveShell.clear_instance()
    get_asyncio_loop().close()
    sys.modules["__main__"], sys.path[:] = main, path
    sys.displayhook, sys.excepthook = hooks


def loaded(stranger: Stranger, folder: Path) -> Source:
    (folder / stranger.file).write_bytes(stranger.data)
    return load_notebook(folder / stranger.file)


def as_given(stranger: Stranger) -> dict[str, Word]:
    return {name: Word(text) for name, text in stranger.given.items()}


def seen(shell: Any, document: Any) -> dict[str, Any]:
    """Run all cells and return the names of the notebook: `seen_n` is what `n` was when a cell looked."""
    shell.user_ns.clear()
    shell.init_user_ns()
    for cell in document.cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    return dict(shell.user_ns)


def test_there_are_many():
    assert len(STRANGERS) >= 70 and len(STRANGERS) == len(list(strangers()))


@pytest.mark.parametrize("habit", RUN)
def test_the_record_tells_what_the_cells_saw(shell, tmp_path: Path, habit: str, capsys: pytest.CaptureFixture[str]):
    stranger = STRANGERS[habit]
    source = loaded(stranger, tmp_path)
    for values in ({}, as_given(stranger)):
        given = checked(source.parameters, values)
        document = injected(source.document, given)
        assert nbformat.validator.isvalid(document)
        assert sum(INJECTED in tags_of(cell) for cell in document.cells) <= 1 + ("edited" in habit)
        ran = seen(shell, document)
        record = all_parameters(source, given)
        assert set(record) >= set(given) and json.loads(json.dumps(record)) == record
        cells = {name: ran.get(f"seen_{name}", ran[name]) for name in record}
        assert json.loads(json.dumps(cells)) == record
        # Once more, from the file that ran: nothing is given, and the same runs.
        (tmp_path / "again.ipynb").write_text(nbformat.writes(document), encoding="utf-8")
        again = load_notebook(tmp_path / "again.ipynb")
        assert all_parameters(again, {}).items() >= record.items()
    capsys.readouterr()


@pytest.mark.parametrize("habit", [habit for habit in RUN if STRANGERS[habit].refused])
def test_what_cannot_be_given_is_refused_in_words_and_nothing_else_is(tmp_path: Path, habit: str):
    source = loaded(STRANGERS[habit], tmp_path)
    for name, (text, words) in STRANGERS[habit].refused.items():
        with pytest.raises(ParameterError) as caught:
            checked(source.parameters, {name: Word(text)})
        assert words in str(caught.value)


@pytest.mark.parametrize("habit", [habit for habit, one in STRANGERS.items() if one.unreadable])
def test_a_file_that_cannot_run_is_refused_in_words(tmp_path: Path, habit: str):
    with pytest.raises((NotebookError, ParameterError)) as caught:
        loaded(STRANGERS[habit], tmp_path)
    assert STRANGERS[habit].unreadable in str(caught.value)


@pytest.mark.long
@pytest.mark.parametrize(
    "habit",
    ["executed by papermill, other parameters given", "odd types in the notebook", "literals of all kinds"],
)
def test_a_kernel_sees_what_the_record_tells(tmp_path: Path, habit: str):
    stranger = STRANGERS[habit]
    source = loaded(stranger, tmp_path)
    document = json.loads(nbformat.writes(source.document))
    names = [parameter.name for parameter in source.parameters if not parameter.computed]
    show = f"print({{n: v for n, v in globals().items() if n in {names}}})"
    cell = {"cell_type": "code", "metadata": {"tags": None}, "source": show, "outputs": [], "execution_count": None}
    document["cells"].append(cell)
    document["metadata"].update(json.loads(stranger.data).get("metadata", {}))  # odd as it came
    (tmp_path / stranger.file).write_text(json.dumps(document), encoding="utf-8")
    report = run_report(tmp_path / stranger.file, as_given(stranger), tmp_path / "out")
    assert report.status == "completed" and report.folder
    record = json.loads((report.folder / "run.json").read_text(encoding="utf-8"))
    ran = nbformat.read(report.folder / f"{source.stem}.ipynb", as_version=4)
    cells = ast.literal_eval(ran.cells[-1].outputs[0].text)
    assert json.loads(json.dumps(cells)) == {name: record["parameters"][name] for name in names}
    assert set(record["parameters_given"]) == set(stranger.given)
