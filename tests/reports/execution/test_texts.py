"""Scripts and Markdown run as the notebooks that Jupytext sees in them; a file is only text until it runs."""

import builtins
import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("jupytext", reason="jupytext comes with the jupytext extra")

from aewidgets.cli import main
from aewidgets.reports.execution.runner import run_report
from aewidgets.reports.execution.sources import NotebookError, load_notebook
from aewidgets.reports.execution.texts import LONGEST_TEXT, ending_of
from aewidgets.reports.runs.index import list_runs
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.store import TEXTS, stem_of

PERCENT = '# %% [markdown]\n# # Weekly\n# %% tags=["parameters"]\nn: int = 3  # how many\n\n# %%\nprint("n is", n)\n'
LIGHT = '# # Weekly\n\n# + tags=["parameters"]\nn: int = 3  # how many\n# -\n\nprint("n is", n)\n'
MARKDOWN = '# Weekly\n\n```python tags=["parameters"]\nn: int = 3  # how many\n```\n```python\nprint("n is", n)\n```\n'
MYST = "# Weekly\n\n```{code-cell} ipython3\n:tags: [parameters]\n\nn: int = 3  # how many\n```\n\n```{code-cell}\n" \
    'print("n is", n)\n```\n'  # fmt: skip
R_MARKDOWN = "# Weekly\n\n```{python tags=c('parameters')}\nn: int = 3  # how many\n```\n\n```{python}\n" \
    'print("n is", n)\n```\n'  # fmt: skip
HEADER = "---\njupyter:\n  jupytext:\n    formats: ipynb,md\n  kernelspec: {name: python3, display_name: P}\n---\n\n"
KINDS = {
    "percent.py": PERCENT, "light.py": LIGHT, "plain.md": MARKDOWN, "header.md": HEADER + MARKDOWN, "myst.md": MYST,
    "r.Rmd": R_MARKDOWN,
}  # fmt: skip


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_the_same_notebook(tmp_path: Path, name: str):
    source = load_notebook(written(tmp_path, name, KINDS[name]))
    kinds = [(cell.cell_type, cell.source, cell.metadata) for cell in source.document.cells]
    assert kinds == [
        ("markdown", "# Weekly", {"tags": []}), ("code", "n: int = 3  # how many", {"tags": ["parameters"]}),
        ("code", 'print("n is", n)', {"tags": []}),
    ]  # fmt: skip
    (parameter,) = source.parameters
    assert (parameter.name, parameter.default, parameter.rule.help) == ("n", 3, "how many")
    assert source.stem == Path(name).stem and source.file_name == name and source.notes == ()
    assert "jupytext" not in source.document.metadata  # an executed notebook must not write a script again
    ids = [cell.id for cell in source.document.cells]
    assert ids == [cell.id for cell in load_notebook(tmp_path / name).document.cells]


def test_a_plain_script_is_read_in_paragraphs_and_that_is_said(tmp_path: Path):
    text = "import os\n\n\ndef f():\n    a = 1\n\n    return a\n\n\n# About it.\n\nprint(f())\n"
    source = load_notebook(written(tmp_path, "plain.py", text))
    assert [cell.cell_type for cell in source.document.cells] == ["code", "code", "markdown", "code"]
    assert source.document.cells[1].source == "def f():\n    a = 1\n\n    return a"
    (note,) = source.notes
    assert "no cell markers" in note
    (note,) = load_notebook(written(tmp_path, "lost.py", "# %% tags=parameters\nn = 1\n")).notes
    assert "cell 1" in note and "'tags=parameters'" in note


BOMB = "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 8)}]\n" for a, b in pairwise("abcdefghi"))


def test_prose_may_hold_what_yaml_calls_anchors(tmp_path: Path):
    text = "# Title\n\n---\nA &nbsp; and *emphasis* and R &D\n\n---\n\n```python\nf = lambda *a: a &mask\n```\n"
    assert len(load_notebook(written(tmp_path, "a.md", text)).document.cells) == 2
    header = HEADER.replace("P}", '"A & B *x*"}')
    assert load_notebook(written(tmp_path, "b.md", header + MARKDOWN)).parameters


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.md", f"---\na: &a [x]\n{BOMB}---\n# T\n", "anchors"),
        ("a.py", f"# ---\n# a: &a [x]\n{BOMB.replace(chr(10), chr(10) + '# ')}---\n1\n", "anchors"),
        ("a.md", "```{code-cell}\n:a: &a [x]\n:b: [*a]\n1\n```\n", "anchors"),
        ("a.md", f"```{{code-cell}}\n---\na: &a [x]\n{BOMB}1\n```\n", "anchors"),
        ("a.md", "> ~~~{code-cell}\n> :a: &a [x]\n> :b: [*a]\n> 1\n> ~~~\n", "anchors"),
        ("a.md", f"<!--\n---\na: &a [x]\n{BOMB}---\n-->\n# T\n", "anchors"),
        ("a.py", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# ---\n# a: &a [x]\n# b: *a\n# ---\n1\n", "anchors"),
        ("a.md", "---\n{{{: [\n---\n", "Jupytext"),
        ("a.md", "---\n!!python/object/apply:os.system ['touch owned']\n---\n", "Jupytext"),
        ("a.Rmd", "```{r}\nprint(1)\n```\n", "'R'"),
        ("a.qmd", "```{python}\n1\n```\n", "Quarto"),
        ("a.py", b"\xff\xfe".decode("latin-1"), None),
        ("a.py", "# %%\n" + "x" * LONGEST_TEXT, f"{LONGEST_TEXT:,}"),
    ],
)
def test_a_hostile_text_is_refused_in_words_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str | None
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(NotebookError, match=said):
        load_notebook(path)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_metadata_are_kept_where_they_are_short_and_plain(tmp_path: Path):
    text = '# %% tags=["hide-input"] jupyter={"source_hidden": true} deep=[[1]] editable=false\n1\n'
    (cell,) = load_notebook(written(tmp_path, "a.py", text)).document.cells
    assert dict(cell.metadata) == {
        "tags": ["hide-input"], "jupyter": {"source_hidden": True}, "deep": [], "editable": False
    }  # fmt: skip


def test_without_jupytext_the_words_say_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *rest, **more):
        if name == "jupytext":
            raise ImportError("No module named 'jupytext'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    path = written(tmp_path, "a.py", PERCENT)
    result = CliRunner().invoke(main, ["report", str(path), "--out", str(tmp_path / "out"), "--quiet"])
    assert result.exit_code == 5 and "pip install jupytext" in result.output and "a.py" in result.output
    assert not (tmp_path / "out").exists()


def test_names_lose_the_ending_of_a_notebook_and_no_other():
    assert [stem_of(f"a.b{one}") for one in (".ipynb", *TEXTS)] == ["a.b"] * (1 + len(TEXTS))
    assert stem_of("a.txt") == "a.txt" and stem_of("a.py.ipynb") == "a.py"
    assert [ending_of(name) for name in ("a.py", "a.R", "a.ipynb", "a")] == [".py", None, None, None]


@pytest.mark.long
def test_a_script_runs_like_a_notebook_and_is_left_as_it_was(tmp_path: Path):
    path, out = written(tmp_path, "weekly.py", PERCENT), tmp_path / "out"
    before = path.read_bytes()
    report = run_report(path, {"n": 5}, out)
    assert report.status == "completed" and path.read_bytes() == before
    assert report.folder is not None and report.folder.name.startswith("weekly-2")
    assert {one.name for one in report.folder.iterdir()} == {"weekly.ipynb", "weekly.html", "metrics.json", "run.json"}
    executed = json.loads((report.folder / "weekly.ipynb").read_text(encoding="utf-8"))
    assert executed["cells"][-1]["outputs"][0]["text"] in ("n is 5\n", ["n is 5\n"])
    assert json.loads((report.folder / "run.json").read_text())["notebook"] == "weekly.py"
    (run,) = list_runs(open_store(out))
    assert (run.stem, set(run.links)) == ("weekly", {"page", "notebook", "metrics", "record"})
    for named in ("weekly", "weekly.py"):
        result = CliRunner().invoke(main, ["runs", str(out), "--notebook", named])
        assert result.exit_code == 0 and "weekly" in result.output, result.output


def test_help_lists_the_parameters_of_a_script(tmp_path: Path):
    result = CliRunner().invoke(main, ["report", str(written(tmp_path, "a.py", PERCENT)), "--help"])
    assert result.exit_code == 0 and "how many" in result.output and "n (int)" in result.output


@pytest.mark.parametrize("kind", ["cron", "systemd", "github", "gitlab", "kubernetes", "airflow", "jupyter-scheduler"])
def test_schedules_take_scripts_and_install_what_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "weekly.py", PERCENT)
    options = ["--cron", "@daily", "--print", kind, "-p", "n", "4", "--out", "s3://bucket/runs"]
    result = CliRunner().invoke(main, ["schedule", "weekly.py", *options])
    if kind == "jupyter-scheduler":
        assert result.exit_code == 2 and ".ipynb" in result.output
        return
    assert result.exit_code == 0 and "weekly.py" in result.output, result.output
    if kind in ("github", "gitlab", "kubernetes"):
        assert "[report,s3,jupytext]" in result.output


@pytest.mark.slow
def test_a_sweep_takes_a_script(tmp_path: Path):
    pytest.importorskip("distributed", reason="dask comes with the dask extra")
    path = written(tmp_path, "weekly.py", PERCENT)
    written(tmp_path, "grid.yaml", "grid: {n: [1, 2]}")
    options = ["--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]
    result = CliRunner().invoke(main, ["sweep", str(path), str(tmp_path / "grid.yaml"), *options])
    assert result.exit_code == 0, result.output
    found = {one.resolve() for one in (tmp_path / "out").glob("weekly-*/weekly.ipynb")}  # one is a link to the newest
    texts = [one.read_text(encoding="utf-8") for one in found]
    assert len(texts) == 2 and all("n is" in text for text in texts)


def test_a_script_at_a_url_is_read():
    fsspec = pytest.importorskip("fsspec", reason="fsspec comes with the report extra")
    with fsspec.open("memory://texts/weekly.py", "wt") as file:
        file.write(PERCENT)
    source = load_notebook("memory://texts/weekly.py")
    assert source.stem == "weekly" and [one.name for one in source.parameters] == ["n"]
