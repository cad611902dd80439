"""Who may import whom: the tables of CONTRIBUTING.md and below, held against the imports in the code, both ways.

All imports count, those inside functions too. An arrow that no table allows fails, and so does a row that allows an
arrow which the code does not use.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import aewidgets

PACKAGE = Path(aewidgets.__file__).parent
CONTRIBUTING = PACKAGE.parent / "CONTRIBUTING.md"

Table = dict[str, set[str]]

NOTHING: set[str] = set()
# Inside two rooms: part -> the parts beside it that it imports.
CODEC: Table = {
    "coding": NOTHING,
    "model": {"coding"},
    "effort": {"coding", "model"},
    "files": {"coding", "effort"},
    "trained": {"coding", "effort", "model"},
    "zoo": {"coding", "trained"},
    "release": {"coding", "model", "trained"},
    "compression": {"coding", "effort", "files", "trained", "zoo"},
    "classical": NOTHING,
    "jpeg_xl": {"classical"},
    "own": {"classical"},
    "registry": {"classical", "compression", "effort", "jpeg_xl", "own", "zoo"},
}
REPORTS: Table = {
    "notebooks": NOTHING,
    "recording": NOTHING,
    "show": NOTHING,
    "wording": NOTHING,
    "escapes": NOTHING,
    "stores": NOTHING,
    "parameters": NOTHING,
    "schedules": {"stores"},
    "secrets": NOTHING,
    "requirements": {"stores"},
    "notices": {"requirements", "secrets", "wording", "escapes"},
    "pages": {"recording"},
    "runs": {"stores", "parameters", "requirements", "pages", "wording", "escapes"},
    "execution": {
        "recording", "stores", "parameters", "schedules", "requirements", "pages", "runs", "secrets", "notices",
        "escapes",
    },
    "sweeps": {"stores", "parameters", "requirements", "pages", "runs", "secrets", "execution"},
}
# Packages of others -> the rooms that alone import them, at any depth of a function. `codec/` is told apart by part.
OUTSIDERS: Table = {
    "keras": {"system", "codec.model", "codec.effort", "models", "training", "selection", "studies", "commands"},
    # Keras chooses the backend, and has no gradient of its own (`explanation/gradients.py`); LiteRT's converter takes a
    # constant of TensorFlow's.
    "tensorflow": {"models", "studies"},
    "jax": {"studies"},
    "torch": {"training", "studies"},
    "onnx": {"models"},
    "onnxruntime": {"models"},
    "ai_edge_litert": {"models"},
    "constriction": {"codec.coding"},
    "plotly": {"studies", "reports"},
    "papermill": {"reports"},
    "fsspec": {"reports"},
    "dask": {"system"},
    "distributed": {"system"},
    "anywidget": {"widgets"},
    "traitlets": {"widgets"},
    "click": {"cli", "commands"},
    "rich": {"commands"},
    "flip_evaluator": NOTHING,  # by name alone, in images/perceptual.py, where it is installed
    "bm3d": NOTHING,  # for non-commercial use only: benchmarks/ alone may import it
    "bm4d": NOTHING,
}
# codec/coding/ is what every decoder needs: besides Python it may import these and nothing else.
CODING_MAY_IMPORT = {"numpy", "constriction", "threadpoolctl"}


class Import(NamedTuple):
    """One import: the importing module, the imported one, and whether it runs when the importer is imported."""

    importer: str
    imported: str
    at_import_time: bool


def modules() -> dict[str, Path]:
    """Return every module of the library, dotted name -> path."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def part(module: str, depth: int = 1) -> str:
    """Return one part of a dotted name: `part("aewidgets.codec.zoo")` is `codec`, with depth 2 `zoo`."""
    parts = module.split(".")
    return parts[depth] if len(parts) > depth else ""


def parsed(module: str) -> ast.Module:
    """Return the syntax tree of one module."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def inside_functions(tree: ast.AST) -> set[ast.AST]:
    """Return all nodes that only run when something is called, or never (`if TYPE_CHECKING`)."""
    late: set[ast.AST] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            late.update(ast.walk(node))
    return late


def imports_of(module: str) -> Iterator[Import]:
    """Yield the imports of one module; `from package import module` counts as an import of that module."""
    tree = parsed(module)
    late = inside_functions(tree)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively; write the full name"
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else str(node.module) for name in whole]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            # `import_module(f"aewidgets.commands.{name}")` imports from that package
            start = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else None
            names = [start.value.rstrip(".")] if isinstance(start, ast.Constant) else []
        for name in names:
            yield Import(module, name, node not in late)


IMPORTS = [found for module in MODULES for found in imports_of(module)]
# The public list itself names everything; it loads nothing before it is asked.
OURS = [found for found in IMPORTS if found.importer != "aewidgets" and found.imported.startswith("aewidgets.")]


def arrows(inside: str = "") -> Table:
    """Return the imports in use between the rooms, or between the parts of one room: importer -> imported."""
    depth = 2 if inside else 1
    found: Table = {part(m, depth): set() for m in MODULES if part(m) == inside or not inside}
    for one in OURS:
        ends = part(one.importer, depth), part(one.imported, depth)
        if (not inside or part(one.importer) == part(one.imported) == inside) and ends[0] != ends[1]:
            found[ends[0]].add(ends[1])
    found.pop("", None)  # the package's own __init__
    return found


def documented_arrows() -> Table:
    """Return the table of CONTRIBUTING.md: rows of a room in backticks, what it holds, and the rooms it imports."""
    rows = re.findall(r"^\| `([\w/.]+)` \| [^|]+ \| ([^|]*) \|$", CONTRIBUTING.read_text(encoding="utf-8"), re.M)
    return {Path(room).stem: set(re.findall(r"\w+", words)) - {"nothing"} for room, words in rows}


def test_contributing_shows_exactly_the_imports_between_rooms():
    assert documented_arrows() == arrows()


@pytest.mark.parametrize(("room", "table"), [("codec", CODEC), ("reports", REPORTS)], ids=["codec", "reports"])
def test_the_tables_inside_rooms_show_exactly_the_imports_in_use(room: str, table: Table):
    assert table == arrows(room)


@pytest.mark.parametrize("room", ["", "codec", "reports"])
def test_rooms_have_no_cycle(room: str):
    assert tuple(TopologicalSorter(arrows(room)).static_order())


def test_modules_have_no_import_cycle_not_even_inside_functions():
    graph: Table = {module: set() for module in MODULES}
    for found in OURS:
        if found.imported != found.importer:
            graph[found.importer].add(found.imported)
    assert tuple(TopologicalSorter(graph).static_order())


def test_no_chain_of_rooms_is_longer_than_the_one_in_contributing():
    used = arrows()

    def floors(room: str) -> int:
        return 1 + max((floors(below) for below in used[room]), default=0)

    chain = "system images codec models restoration training studies reports commands cli __main__"
    rooms = chain.split()
    assert all(below in used[room] for below, room in pairwise(rooms))
    assert floors("__main__") == len(rooms)
    assert chain.removesuffix(" cli __main__").replace(" ", " ← ") in CONTRIBUTING.read_text(encoding="utf-8")


def test_the_root_is_small():
    """At most 5 modules and 12 packages; `weights` and `labextension` hold no Python."""
    assert len(list(PACKAGE.glob("*.py"))) <= 5
    assert len(list(PACKAGE.glob("*/__init__.py"))) <= 12


def test_outside_packages_are_imported_in_their_rooms_and_in_all_of_them():
    used: Table = {name: set() for name in OUTSIDERS}
    for found in IMPORTS:
        outside = found.imported.split(".")[0]
        if outside in used:
            room = part(found.importer)
            used[outside].add(f"codec.{part(found.importer, 2)}" if room == "codec" else room)
    assert used == OUTSIDERS


def test_the_coder_knows_no_model_and_no_picture():
    """codec/coding/ imports itself, Python and three packages: what a decoder in another program would need."""
    imported = {f.imported for f in IMPORTS if f.importer.startswith("aewidgets.codec.coding")}
    foreign = {name for name in imported if not name.startswith("aewidgets.codec.coding")}
    assert {name.split(".")[0] for name in foreign} - set(sys.stdlib_module_names) <= CODING_MAY_IMPORT


@pytest.mark.parametrize("name", ["codec.registry", "codec.zoo", "studies", "commands", "cli"])
def test_keras_is_loaded_only_when_something_is_asked_of_a_model(name: str):
    """Classical codecs and `--help` answer at once, without two seconds of Keras anywhere below them."""
    early: Table = {module: set() for module in MODULES}
    for found in IMPORTS:
        if found.at_import_time and found.importer != "aewidgets":
            early[found.importer].add(found.imported)
            # importing a module imports the packages it lies in
            parents = found.imported.split(".")
            early[found.importer] |= {".".join(parents[:n]) for n in range(2, len(parents))} & set(MODULES)
    reached = [module for module in MODULES if f"{module}.".startswith(f"aewidgets.{name}.")]
    assert reached
    for module in reached:
        reached += [further for further in early.get(module, ()) if further not in reached]
    assert {"keras", "tensorflow", "jax", "torch", "aewidgets.system.quiet_keras"}.intersection(reached) == set()


def test_importing_aewidgets_loads_nothing_but_its_list_of_names():
    """Neither Keras nor NumPy nor any other module of ours; `benchmarks.seconds` measures what that is worth."""
    code = (
        "import importlib, sys, typing; before = set(sys.modules); import aewidgets;"
        "print(sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['aewidgets']"


def test_help_loads_no_keras():
    code = (
        "import sys; from aewidgets.cli import main; main(['--help'], standalone_mode=False);"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_no_widget_is_cut_into_mixins():
    """A widget's class lies in one file: its other bases, as far as they are ours, are those of widgets/base/."""
    from aewidgets import widgets

    for name in widgets.__all__:
        ours = [base for base in getattr(widgets, name).__mro__[1:] if base.__module__.startswith("aewidgets.")]
        assert {base.__module__.rpartition(".")[0] for base in ours} == {"aewidgets.widgets.base"}, name
