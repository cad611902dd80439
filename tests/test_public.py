"""What is public: the names of seven modules. Notebooks and README use these and no others."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aewidgets
import aewidgets.studies

REPOSITORY = Path(__file__).resolve().parents[1]
#: Modules whose names are promised; all others may change.
PUBLIC_MODULES = {
    "aewidgets",
    "aewidgets.selection",
    "aewidgets.widgets",
    "aewidgets.studies",
    "aewidgets.studies.plots",
    "aewidgets.reports",
    "aewidgets.pillow",
}
NOTEBOOKS = sorted((REPOSITORY / "notebooks").rglob("*.ipynb"))
LAZY = [aewidgets, aewidgets.studies]


def code_of(path: Path) -> list[str]:
    """Return the Python of a document: the code cells of a notebook, or the python blocks of Markdown."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def names_used(codes: list[str]) -> set[tuple[str, str | None]]:
    """Return (module, name) of every name of ours that code imports, or takes as an attribute of `aewidgets`.

    The name is None where a module itself is imported.
    """
    used: set[tuple[str, str | None]] = set()
    for code in codes:
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Import):
                used |= {(alias.name, None) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used |= {(node.module or "", alias.name) for alias in node.names}
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "aewidgets":
                used.add(("aewidgets", node.attr))
    return {(module, name) for module, name in used if module.split(".")[0] == "aewidgets"}


@pytest.mark.parametrize("path", [*NOTEBOOKS, REPOSITORY / "README.md"], ids=lambda path: path.stem)
def test_documents_use_public_names_of_public_modules(path: Path):
    used = names_used(code_of(path))
    assert used
    assert {module for module, _ in used} <= PUBLIC_MODULES
    for module, name in used:
        listed = importlib.import_module(module)
        public = getattr(listed, "PUBLIC", getattr(listed, "__all__", ()))
        assert name is None or name in public, f"{module}.{name}"


def test_public_modules_are_seven_and_notebooks_use_six_at_most():
    used = set().union(*(names_used(code_of(path)) for path in NOTEBOOKS))
    assert len(PUBLIC_MODULES) == 7
    assert len({module for module, _ in used}) <= 6


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_every_public_name_resolves_and_says_what_it_is(package):
    for name, module in package.PUBLIC.items():
        value = getattr(package, name)
        assert value is getattr(importlib.import_module(module), name)
        assert value.__doc__, name


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_type_checkers_see_the_public_names(package):
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {node.names[0].asname: node.module for node in block.body if isinstance(node, ast.ImportFrom)}
    assert seen == package.PUBLIC


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_public_names_are_listed_before_they_are_loaded(package):
    assert set(package.PUBLIC) <= set(dir(package))


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_a_name_that_is_not_public_is_refused(package):
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = package.no_such_name


def test_the_hint_at_the_root_names_a_public_module():
    with pytest.raises(AttributeError, match=r"'import aewidgets\.studies'"):
        _ = aewidgets.no_such_name


@pytest.mark.parametrize("module", ["aewidgets.studies", "aewidgets.reports"])
def test_importing_a_list_of_names_loads_neither_keras_nor_numpy(module: str):
    code = f"import sys, {module}; print(sorted({{'keras', 'numpy', 'PIL', 'plotly'}} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
