"""README and its companions say what is so: the code runs, the commands exist, the links lead somewhere."""

import ast
import re
import shlex
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import keras
import numpy as np
import pytest
import yaml
from sklearn.neighbors import NearestNeighbors

import aewidgets
from aewidgets.classical.codes import PCA
from aewidgets.images.reading import write_image
from aewidgets.training.diagnosis import kl_per_unit
from benchmarks.__main__ import PARTS
from benchmarks.__main__ import main as bench

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    """Return the text of README.md."""
    return (repository / "README.md").read_text(encoding="utf-8")


def test_three_lines_of_python_give_the_picture_back(
    readme: str, photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    code, *_ = blocks(readme, "python")
    assert len(code.splitlines()) == 3
    write_image(photo, tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(code, names)
    image = names["image"]
    assert isinstance(image, np.ndarray)
    assert (image.shape, image.dtype) == (photo.shape, np.uint8)


@pytest.mark.long
def test_three_lines_of_python_train_an_autoencoder_that_is_ahead_of_pca_and_uses_its_whole_code(readme: str):
    _, code, _ = blocks(readme, "python")
    assert len(code.splitlines()) == 3
    keras.utils.set_random_seed(1)
    names: dict[str, Any] = {}
    exec("import aewidgets\n" + code, names)
    digits, model, record = names["digits"], names["model"], names["record"]
    assert [entry["epoch"] for entry in record.epochs] == list(range(1, 31))
    assert record.error < 0.9 * PCA(2).fit(digits.train.images).error(digits.validation.images)
    assert kl_per_unit(*model.posterior(digits.validation.images)).min() > 0.5
    assert record.notes == ()
    held = digits.validation.floats().reshape(len(digits.validation), -1)
    search = NearestNeighbors(n_neighbors=1).fit(held)
    fitted, prior = (search.kneighbors(model.sample(500, prior=p).reshape(500, -1))[0].mean() for p in (False, True))
    assert fitted < prior  # samples are closer to digits than those of the prior


@pytest.mark.slow
def test_a_search_of_scikit_learn_finds_what_readme_says(readme: str):
    *_, code = blocks(readme, "python")
    lines = code.splitlines()
    names: dict[str, Any] = {"digits": aewidgets.load_splits("digits")}
    exec("\n".join(lines[:-1]), names)
    assert lines[-1].endswith(f"# {eval(lines[-1], names)}")


def test_commands_in_readme_are_those_of_the_command_line(readme: str):
    code = "import click; from aewidgets.cli import main; print(*main.list_commands(click.Context(main)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    table = "\n".join(re.findall(r"^\| `aewidgets.*", readme, flags=re.MULTILINE))
    assert set(re.findall(r"`aewidgets (\w+)", table)) == set(run.stdout.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_in_the_documents_exist(repository: Path, document: str):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE)
    text = (repository / document).read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE)
    assert set(named) <= set(targets)


def test_every_notebook_is_in_both_tables_of_notebooks(repository: Path):
    for document in ("README.md", "notebooks/README.md"):
        text = (repository / document).read_text(encoding="utf-8")
        rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
        assert [path.stem for path in (repository / "notebooks").glob("*.ipynb") if path.stem not in rows] == []


def test_commands_in_the_shell_blocks_are_understood(
    readme: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Parsed with all their options, and not run."""
    from aewidgets.cli import main as aewidgets

    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.yaml").write_text("quality: [1]\n")
    (tmp_path / "runs").mkdir()
    (tmp_path / "notebooks").symlink_to(repository / "notebooks")
    lines = [part.strip() for block in blocks(readme, "sh") for line in block.splitlines() for part in line.split("&&")]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("aewidgets ")]
    assert len(commands) >= 5
    for name, *words in commands:
        with click.Context(aewidgets) as context:
            command = aewidgets.get_command(context, name)
            assert command is not None
            command.make_context(name, [*words], parent=context)  # raises UsageError for what it does not understand


def test_benchmarks_in_the_documents_exist_and_say_where_their_figures_stand(repository: Path):
    found = {}
    for document in ("README.md", *(f"benchmarks/{path.name}" for path in (repository / "benchmarks").glob("*.md"))):
        text = (repository / document).read_text(encoding="utf-8")
        for name in re.findall(r"python\s+-m benchmarks (\w+)", text):
            found.setdefault(name, document)
    assert set(found) <= set(PARTS)
    assert {"README.md", "benchmarks/restoration.md"} <= set(found.values())
    for name, document in found.items():
        assert Path(document).stem in PARTS[name].document, name
    assert [name for name in PARTS if find_spec(f"benchmarks.{name}") is None] == []


def programs(repository: Path) -> dict[str, str]:
    """Return the programs that benchmarks hold as texts, to run them in processes of their own."""
    found = {}
    for path in sorted((repository / "benchmarks").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                text = node.value.value
                if isinstance(text, str) and "sys.argv" in text:
                    found[f"{path.stem}.{ast.unparse(node.targets[0])}"] = textwrap.dedent(text)
    return found


def test_programs_inside_benchmarks_know_every_name_that_they_use(repository: Path):
    """Nothing else reads these texts before they run."""
    held = programs(repository)
    assert {"decoder.PARTS", "backends.WORKER", "large.LAUNCH"} <= set(held)
    for place, text in held.items():
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,E9", "-"]
        run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{place}: {run.stdout}"


def test_make_bench_prints_every_benchmark_with_its_minutes(capsys: pytest.CaptureFixture):
    assert bench(["--list"]) == 0
    titles, *rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(PARTS)
    assert titles.endswith("minutes of processor")
    for row, part in zip(rows, PARTS.values(), strict=True):
        assert row.endswith("not measured" if part.minutes is None else f"{part.minutes:.3g}")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_that_are_there(repository: Path, document: str):
    text = (repository / document).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert [target for target in targets if not (repository / target).exists()] == []


def test_citation_names_this_version(repository: Path):
    citation = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == aewidgets.__version__


def test_changelog_has_the_word_on_the_bitstream(repository: Path):
    """Coded bytes are a promise, so the changelog always has a section for changes of the bitstream."""
    unreleased = (repository / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    assert "### Bitstream" in unreleased
