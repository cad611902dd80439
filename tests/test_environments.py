"""The environment files agree with pyproject.toml, and Binder builds from the right one. No installing."""

import ast
import importlib.util
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BINDER = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.12", "extra": ""}


def pyproject(repository: Path) -> dict[str, Any]:
    """The `project` table of pyproject.toml."""
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def every_line(repository: Path) -> list[str]:
    """All requirement lines of pyproject: the core ones and those of every extra."""
    project = pyproject(repository)
    return list(chain(project["dependencies"], *project["optional-dependencies"].values()))


def requirements(repository: Path, *extras: str) -> dict[str, Requirement]:
    """pyproject's requirements by canonical name: the core ones and those of the extras named."""
    project = pyproject(repository)
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r for r in found if r.marker is None or r.marker.evaluate(BINDER)}


def conda_and_pip_lines(path: Path) -> tuple[list[str], list[str]]:
    """The dependencies of a conda environment file: conda's own, and those under `pip`."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    conda = [entry for entry in entries if isinstance(entry, str)]
    pip = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    return conda, pip


def test_pyproject_pins_no_exact_version(repository: Path):
    assert [line for line in every_line(repository) if "==" in line.split(";")[0]] == []


def test_conda_ranges_are_those_of_pyproject(repository: Path):
    conda, pip = conda_and_pip_lines(repository / "environment.yml")
    python = Requirement(f"python{pyproject(repository)['requires-python']}")
    allowed = {"python": python, **requirements(repository, "lab", "report")}
    named = {r.name: r.specifier for r in map(Requirement, conda) if r.name != "pip"}
    assert named == {name: allowed[name].specifier for name in named}
    assert pip == ["--editable .[lab,report]"]


def test_binder_pins_every_requirement_exactly_and_inside_its_range(repository: Path):
    conda, pip = conda_and_pip_lines(repository / "binder" / "environment.yml")
    assert conda == ["python=3.12", "pip"]
    pins = {canonicalize_name(r.name): r.specifier for r in map(Requirement, pip)}
    wanted = requirements(repository, "report")
    assert set(pins) == set(wanted)
    for name, pin in pins.items():
        (exact,) = pin
        assert exact.operator == "==", name
        assert wanted[name].specifier.contains(exact.version), f"{name} {exact.version}"


def test_binder_has_no_cuda_and_no_local_reference(repository: Path):
    _, pip = conda_and_pip_lines(repository / "binder" / "environment.yml")
    unwanted = ("nvidia", "cuda", "/", "--editable")
    assert [line for line in pip if any(word in line for word in unwanted)] == []


def test_binder_installs_the_environment_before_it_copies_the_sources(repository: Path):
    """With mybinder.org's own setting: no default build pack, so that a wrong folder fails at once."""
    if importlib.util.find_spec("repo2docker") is None:
        pytest.skip("jupyter-repo2docker is not installed; it prints the Dockerfile that Binder would build")
    options = ["--no-build", "--debug", "--Repo2Docker.default_buildpack=None"]
    command = [sys.executable, "-m", "repo2docker", *options, "."]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=120, check=False)
    dockerfile = run.stdout + run.stderr
    assert run.returncode == 0, dockerfile
    assert "conda environment for python=3.12" in dockerfile
    environment = dockerfile.index('--file "binder/environment.yml"')
    sources = dockerfile.index("COPY --chown=0:0 src/ $")
    assert environment < sources < dockerfile.index("RUN ./binder/postBuild")
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile


def test_binder_start_ends_in_the_command_it_was_given(repository: Path):
    assert (repository / "binder" / "start").read_text(encoding="utf-8").rstrip().endswith('exec "$@"')


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_binder_scripts_stop_at_the_first_error(repository: Path, name: str):
    path = repository / "binder" / name
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o111


def test_every_package_that_the_library_imports_is_declared(repository: Path):
    """A package that only happens to be installed here would be missing on a user's machine."""
    declared = {canonicalize_name(Requirement(line).name) for line in every_line(repository)} | {"aewidgets"}
    # An extra that tests do not need may not be here to say which distribution its package is from.
    provided_by = {"umap": ["umap-learn"]} | packages_distributions()
    undeclared = set()
    for path in (repository / "aewidgets").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for top in {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names):
                makers = {canonicalize_name(maker) for maker in provided_by.get(top, [top])}
                if not makers & declared:
                    undeclared.add((top, str(path.relative_to(repository))))
    assert undeclared == set()
