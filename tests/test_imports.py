"""Who may import whom, as CONTRIBUTING.md draws it, read with `ast`; and the list of public names."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import aewidgets

PACKAGE = Path(aewidgets.__file__).parent

# Layer -> the layers that it may import, beside itself. A module that is not here fails: place it, here and
# in CONTRIBUTING.md's picture.
NOTHING: set[str] = set()
NETWORKS = {"ops", "layers", "entropy", "contexts"}
MEASURES = {"metrics", "images", "corruptions", "datasets"}
DENOISER_TRAINING = {"restoration_training", "self_supervision"}
LEARNED = {*NETWORKS, *DENOISER_TRAINING, "models", "codec_training", "zoo", "release", "coding"}
DATA = {"splits", "parts", "named_splits", "streaming"}
TRAINED = {*DATA, "baselines", "fitting", "training", "pretrained", "model_cards", "watching", "diagnosis"}
FILES = {"pictures", "deep_pictures", "lossless", "files", "targets"}
SHOWN = {"plots", "reports"}
LAYERS: dict[str, set[str]] = {
    "metrics": NOTHING,
    "image_headers": NOTHING,
    "writing": NOTHING,
    "spreading": NOTHING,
    "watching": NOTHING,
    "diagnosis": {"watching"},
    "images": {"image_headers", "writing"},
    "corruptions": NOTHING,
    "noise_levels": NOTHING,
    "classical": {"baselines", "noise_levels"},
    "notebook_files": {"writing"},
    "coding": NOTHING,
    "ops": NOTHING,
    "downloads": {"images", "writing"},
    "datasets": {"images", "downloads"},
    "layers": {"ops", "coding"},
    "entropy": {"ops", "coding"},
    "contexts": {"ops", "layers", "entropy", "coding"},
    "losses": {"metrics"},
    "models": {*NETWORKS, "losses", "coding"},
    "codec_training": {*NETWORKS, *MEASURES, "models", "coding", "zoo", "fitting"},
    "parts": NOTHING,
    "streaming": {"images", "datasets", "downloads", "parts", "writing"},
    "named_splits": {"images", "datasets", "downloads", "parts"},
    "splits": {"named_splits", "parts", "streaming"},
    "baselines": NOTHING,
    "interrupts": NOTHING,
    "fitting": {"images", "parts", "watching", "diagnosis", "writing"},
    "training": {"models", "losses", "parts", "fitting", "interrupts", "watching", "baselines", "writing"},
    "model_cards": NOTHING,
    "pretrained": {*NETWORKS, "models", "model_cards", "parts", "fitting", "training", "downloads", "writing"},
    "tiles": NOTHING,
    "learned_restoration": {"pretrained", "tiles"},
    "denoising": {*MEASURES, "classical", "noise_levels", "tiles", "learned_restoration"},
    "restoring_inputs": {"classical", "corruptions"},
    "restoring": {*MEASURES, "classical", "learned_restoration", "restoring_inputs", "tiles"},
    "restoration_training": {*MEASURES, "models", "fitting", "pretrained", "restoring_inputs"},
    "self_supervision": {"models", "noise_levels", "restoration_training"},
    "choices": {"coding"},
    "refinement": {*NETWORKS, "models", "coding", "choices"},
    "masks": {"images"},
    "trained_codec": {"models", "coding", "choices", "refinement"},
    "zoo": {"trained_codec", "coding"},
    "release": {*NETWORKS, "models", "coding", "trained_codec", "zoo", "writing"},
    "pictures": {"images", "coding"},
    "deep_pictures": {"images", "writing"},
    "lossless": {"coding"},
    "files": {"pictures", "lossless", "coding", "choices"},
    "targets": {"files", "coding"},
    "compression": {*FILES, "zoo", "coding", "choices", "masks", "trained_codec"},
    "codecs": {"compression", "zoo", "coding", "images", "choices"},
    "studies": {*MEASURES, *LEARNED, *TRAINED, "codecs", "classical", "denoising", "noise_levels", "restoring"},
    "pillow": {"compression", "zoo", "coding", "images"},
    "plots": {"studies", "metrics", "images"},
    "displays": {"images"},
    "widgets": {"studies", "displays", "images", "watching", "writing"},
    "reports": {"notebook_files", "plots", "displays", "interrupts", "writing", "spreading"},
    "commands": {
        *SHOWN, *MEASURES, *LEARNED, *TRAINED, *FILES, "compression", "codecs", "classical", "denoising",
        "learned_restoration", "restoring", "studies", "notebook_files", "interrupts", "writing", "spreading",
    },
    "cli": {"commands", "notebook_files"},
    "__main__": {"cli"},
}

# The same among the folders of reports/; what a notebook itself calls, metrics.py and show.py, lies beside them.
REPORTS: dict[str, set[str]] = {
    "metrics": NOTHING,
    "show": NOTHING,
    "stores": NOTHING,
    "parameters": NOTHING,
    "schedules": NOTHING,
    "requirements": {"stores"},
    "pages": {"metrics"},
    "runs": {"stores", "parameters", "pages"},
    "execution": {"metrics", "stores", "parameters", "requirements", "pages", "runs"},
    "sweeps": {"stores", "parameters", "requirements", "pages", "runs", "execution"},
}

BACKENDS = {"tensorflow", "jax", "torch"}
KERAS = {"keras", *BACKENDS}
# Outside package -> the layers that alone may import it, at any depth of a function.
OUTSIDERS: dict[str, set[str]] = {
    "keras": {*NETWORKS, *DENOISER_TRAINING, "losses", "models", "refinement", "codec_training", "named_splits",
              "fitting", "training", "pretrained", "studies", "commands"},
    "tensorflow": {"codec_training", "training", "commands"},
    "jax": {"codec_training", "training", "commands"},
    "torch": {"codec_training", "fitting", "training", "commands"},
    "constriction": {"coding"},
    "plotly": {"plots", "reports"},
    "papermill": {"reports"},
    "fsspec": {"reports"},
    "dask": {"spreading"},
    "distributed": {"spreading"},
    "anywidget": {"widgets"},
    "traitlets": {"widgets"},
    "click": {"cli", "commands"},
    "rich": {"cli", "commands"},
    "bm3d": set(),  # for non-commercial use only: benchmarks/ alone may import it
    "bm4d": set(),
}


class Import(NamedTuple):
    """One import statement: in which module, of what, and whether it runs when the module is imported."""

    importer: str
    imported: str
    at_import_time: bool


def modules() -> dict[str, Path]:
    """Every module of the library by dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def layer(module: str) -> str:
    """`aewidgets.codec.coding.entropy.tables` -> `coding`."""
    return module.split(".")[1]


def folder(module: str) -> str:
    """`aewidgets.reports.stores.local` -> `stores`; the package itself, which names nothing below it, -> ``."""
    return module.removeprefix("aewidgets.reports").lstrip(".").split(".")[0]


def parsed(module: str) -> ast.Module:
    """The syntax tree of one module."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def inside_functions(tree: ast.AST) -> set[ast.AST]:
    """All nodes that only run when something is called, or never (`if TYPE_CHECKING`)."""
    late: set[ast.AST] = set()
    for node in ast.walk(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            late.update(ast.walk(node))
    return late


def imports_of(module: str) -> Iterator[Import]:
    """The imports of one module; `from aewidgets.codec.coding import ans` imports `aewidgets.codec.coding.entropy.ans`."""
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
        for name in names:
            yield Import(module, name, node not in late)


IMPORTS = [found for module in MODULES for found in imports_of(module)]
# The public list itself may name everything: it loads nothing before it is asked.
INSIDE = [found for found in IMPORTS if found.importer != "aewidgets"]
OURS = [found for found in INSIDE if found.imported.startswith("aewidgets.")]
OUTSIDE = [found for found in IMPORTS if found.imported.split(".")[0] in OUTSIDERS]


def test_every_module_has_a_layer():
    assert {layer(module) for module in MODULES if module != "aewidgets"} <= set(LAYERS)


def test_layers_import_only_downwards():
    wrong = [
        f"{found.importer} imports {found.imported}"
        for found in OURS
        if layer(found.imported) not in LAYERS[layer(found.importer)] | {layer(found.importer)}
    ]
    assert wrong == []


def test_folders_of_reports_import_only_downwards():
    """Late imports too: what a function of theirs needs, a folder needs."""
    below = [found for found in OURS if layer(found.importer) == layer(found.imported) == "reports"]
    wrong = [
        f"{found.importer} imports {found.imported}"
        for found in below
        if found.importer != "aewidgets.reports"
        and folder(found.imported) not in REPORTS[folder(found.importer)] | {folder(found.importer)}
    ]
    assert below and wrong == []


@pytest.mark.parametrize("allowed", [LAYERS, REPORTS], ids=["aewidgets", "reports"])
def test_the_allowed_layers_have_no_cycle(allowed: dict[str, set[str]]):
    """Otherwise the table could allow what it is there to forbid."""
    assert tuple(TopologicalSorter(allowed).static_order())


def test_modules_have_no_import_cycle():
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in OURS:
        if found.at_import_time and found.imported != found.importer:
            graph[found.importer].add(found.imported)
    assert tuple(TopologicalSorter(graph).static_order())


def test_outside_packages_stay_in_their_layers():
    wrong = [
        f"{found.importer} imports {found.imported}"
        for found in OUTSIDE
        if layer(found.importer) not in OUTSIDERS[found.imported.split(".")[0]]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["codecs", "zoo", "studies", "commands", "cli"])
def test_keras_is_loaded_only_when_something_is_asked_of_a_model(name: str):
    """Classical codecs and `--help` answer at once, without two seconds of Keras anywhere below them."""
    early_outside = [found for found in OUTSIDE if found.at_import_time]
    loads_keras = {found.importer for found in early_outside if found.imported.split(".")[0] in KERAS}
    early: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in OURS:
        if found.at_import_time:
            early[found.importer].add(found.imported)
    reached = [module for module in MODULES if module != "aewidgets" and layer(module) == name]
    for module in reached:
        reached += [further for further in early[module] if further not in reached]
    assert loads_keras.intersection(reached) == set()


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


@pytest.mark.parametrize("name", sorted(aewidgets.PUBLIC))
def test_every_public_name_resolves_and_says_what_it_does(name: str):
    value = getattr(aewidgets, name)
    assert value is getattr(importlib.import_module(aewidgets.PUBLIC[name]), name)
    assert value.__doc__


def test_public_names_are_those_that_type_checkers_see():
    (block,) = (node for node in parsed("aewidgets").body if isinstance(node, ast.If))
    seen = {node.names[0].asname: node.module for node in block.body if isinstance(node, ast.ImportFrom)}
    assert seen == aewidgets.PUBLIC


def test_public_names_are_listed_before_they_are_loaded():
    assert set(aewidgets.PUBLIC) <= set(dir(aewidgets))


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match=r"did you mean 'aewidgets\.compress'"):
        aewidgets.compres  # noqa: B018 - the access itself is the act


def test_every_module_says_what_it_holds():
    assert [module for module in MODULES if not ast.get_docstring(parsed(module))] == []


def test_contributing_names_every_layer():
    picture = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    layers = {layer(module) for module in MODULES if module != "aewidgets"}
    assert [name for name in sorted(layers) if name not in picture] == []
