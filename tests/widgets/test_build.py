"""The built modules are those of js/'s sources, small enough to load in time, and their own tests pass in Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

#: Of a module: a slower one than 2 s is never heard from again, and every instance sends its own. Half of it is uPlot.
LARGEST = 104_000
OWN = {"explorer.js": 300_000, "inspector.js": 100_000, "compare.js": 48_000}  # WebGL; no uPlot


@pytest.fixture(scope="module")
def sources(repository: Path) -> Path:
    """js/, with what its lock file names installed; skips where there is no Node to build with."""
    if not shutil.which("node"):
        pytest.skip("no node: the built modules are not compared with their sources")
    folder = repository / "js"
    if not (folder / "node_modules" / "esbuild").is_dir():
        pytest.skip("no js/node_modules: cd js && npm ci, and the built modules are compared with their sources")
    return folder


@pytest.fixture
def built(repository: Path) -> Path:
    """The folder of built modules."""
    return repository / "aewidgets" / "widgets" / "static"


def test_the_built_modules_are_those_of_the_sources(sources: Path, built: Path, tmp_path: Path):
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=sources, check=True, timeout=120)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in built.iterdir()}


def test_modules_pass_their_own_tests(sources: Path):
    run = subprocess.run(["node", "--test", "test/"], cwd=sources, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("name", ["monitor.js", "studio.js", "denoise.js", "inspector.js", "explorer.js", "compare.js"])
def test_modules_are_small_and_fetch_nothing(built: Path, name: str):
    assert (built / name).stat().st_size < OWN.get(name, LARGEST)
    assert (built / "host.js").stat().st_size < 1500
    text = (built / name).read_text(encoding="utf-8")
    assert [word for word in ("import(", "fetch(", "XMLHttpRequest", "https://cdn", "WebSocket") if word in text] == []


def test_the_licence_of_what_is_bundled_stands_beside_it(repository: Path, built: Path):
    named = json.loads((repository / "js" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert list(named) == ["pub-sub-es", "regl", "regl-scatterplot", "uplot"]
    text = (built / "LICENSES.txt").read_text(encoding="utf-8")
    inside = (*named, "gl-matrix", "earcut", "regl-line", "dom-2d-camera")
    assert [name for name in inside if name not in text.lower()] == []
    assert "Permission is hereby granted, free of charge" in text
