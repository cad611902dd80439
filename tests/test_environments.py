"""The environment files agree with pyproject.toml, and Binder builds from the right one. No installing."""

import ast
import importlib.util
import json
import re
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
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from aewidgets.reports.schedules.cron import parse_cron
from aewidgets.system.extras import EXTRAS

BINDER = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.12", "extra": ""}


def pyproject(repository: Path) -> dict[str, Any]:
    """The `project` table of pyproject.toml."""
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def every_line(repository: Path) -> list[str]:
    """All requirement lines of pyproject: the core ones and those of every extra."""
    project = pyproject(repository)
    return list(chain(project["dependencies"], *project["optional-dependencies"].values()))


def requirements(repository: Path, *extras: str) -> dict[str, Requirement]:
    """pyproject's requirements by canonical name: the core ones, those of the extras named and of extras in them."""
    project = pyproject(repository)
    found = [Requirement(line) for line in project["dependencies"]]
    wanted, seen = list(extras), set()
    while wanted:
        extra = wanted.pop()
        seen.add(extra)
        brought = [Requirement(line) for line in project["optional-dependencies"][extra]]
        wanted += [further for r in brought if r.name == "aewidgets" for further in r.extras - seen]
        found += [r for r in brought if r.name != "aewidgets"]
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
    allowed = requirements(repository, "lab", "report")
    named = {r.name: r.specifier for r in map(Requirement, conda) if r.name != "pip"}
    least, above = re.findall(r"\((3, \d+)\)", (repository / "Makefile").read_text(encoding="utf-8"))
    assert named.pop("python") == SpecifierSet(f">={least},<{above}".replace(", ", "."))
    assert named == {name: allowed[name].specifier for name in named}
    assert pip == ["--editable .[lab,report]"]


def test_binder_pins_every_requirement_exactly_and_inside_its_range(repository: Path):
    conda, pip = conda_and_pip_lines(repository / "binder" / "environment.yml")
    assert conda == ["python=3.12", "pip"]
    pins = {canonicalize_name(r.name): r.specifier for r in map(Requirement, pip)}
    wanted = requirements(repository, "report", "jxl")
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


def test_binder_starts_everything_on_one_thread(repository: Path):
    """And hands over the command as it came."""
    code = "import os, sys; print(*sys.argv[1:], *(f'{k}={v}' for k, v in os.environ.items()))"
    words = [repository / "binder" / "start", sys.executable, "-c", code, "a  b"]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("a  b ")
    threads = re.findall(r"\b(\w+_NUM(?:_INTRAOP|_INTEROP)?_THREADS)=(\d+)", run.stdout)
    wanted = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    assert dict(threads).keys() >= wanted | {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"}
    assert {number for _, number in threads} == {"1"}


def test_the_codec_alone_brings_no_backend_and_each_extra_brings_what_it_promises(repository: Path):
    heavy = {"keras", "tensorflow-cpu", "jax", "torch", "scikit-image", "scikit-learn", "scipy"}
    assert not heavy & set(requirements(repository))
    for backend, package in {"tensorflow": "tensorflow-cpu", "jax": "jax", "torch": "torch"}.items():
        assert heavy & set(requirements(repository, backend)) == {"keras", package}
    whole = {"keras", "tensorflow-cpu", "scikit-image", "scikit-learn", "scipy"}
    for extra in ("lab", "report", "apps", "dev"):
        assert heavy & set(requirements(repository, extra)) == whole, extra


def test_each_package_is_brought_by_the_extra_that_its_absence_names(repository: Path):
    for name, extra in EXTRAS.values():
        brought = requirements(repository, extra)
        assert {name, f"{name}-cpu"} & set(brought), (name, extra)


def test_the_badge_opens_a_notebook_that_is_there_in_lab(repository: Path):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    (path,) = re.findall(r"https://mybinder\.org/v2/gh/[^/]+/[^/]+/HEAD\?urlpath=lab/tree/([^)\s]+)\)", readme)
    assert path == "notebooks/04-compression.ipynb"
    assert (repository / path).is_file()


def test_extras_of_the_makefile_and_of_the_readme_are_declared(repository: Path):
    extras = set(pyproject(repository)["optional-dependencies"])
    named = set(re.findall(r"\.done-(\w+)", (repository / "Makefile").read_text(encoding="utf-8"))) - {"backends"}
    for document in ("README.md", "notebooks/README.md"):
        found = re.findall(r'"(?:\.|aewidgets)\[([a-z,0-9]+)\]"', (repository / document).read_text(encoding="utf-8"))
        named |= {extra for group in found for extra in group.split(",")}
    assert named <= extras


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (".github/workflows/ci.yml", "github-workflows"),
        (".github/workflows/weekly.yml", "github-workflows"),
        (".github/dependabot.yml", "dependabot"),
        (".github/ISSUE_TEMPLATE/bug.yml", "github-issue-forms"),
        (".github/ISSUE_TEMPLATE/idea.yml", "github-issue-forms"),
        (".github/ISSUE_TEMPLATE/config.yml", "github-issue-config"),
        ("CITATION.cff", "citation-file-format"),
    ],
)
def test_files_that_github_reads_fit_the_schema_that_is_published_for_them(repository: Path, path: str, schema: str):
    found = importlib.util.find_spec("check_jsonschema")
    if found is None:
        pytest.skip("check-jsonschema is not installed; it carries GitHub's schemas")
    import jsonschema

    folder = Path(str(found.submodule_search_locations[0])) / "builtin_schemas" / "vendor"
    document = json.loads(json.dumps(yaml.safe_load((repository / path).read_text(encoding="utf-8")), default=str))
    jsonschema.validate(document, json.loads((folder / f"{schema}.json").read_text(encoding="utf-8")))


def test_hooks_before_a_commit_check_what_make_lint_checks(repository: Path):
    """The same programs from .venv, with the same options."""
    document = yaml.safe_load((repository / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"]: hook["entry"] for repo in document["repos"] for hook in repo["hooks"]}
    assert set(hooks) == {"ruff", "mypy", "nbstripout"}
    recipe = (repository / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    (extra_keys,) = re.findall(r'--extra-keys "[^"]+"', hooks["nbstripout"])
    for words in (".venv/bin/ruff check", ".venv/bin/mypy", extra_keys):
        assert words in recipe


def workflow(repository: Path, name: str) -> dict[str, Any]:
    """One of the repository's workflows."""
    return yaml.safe_load((repository / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def test_continuous_integration_runs_what_every_fresh_clone_can_run(repository: Path):
    (job,) = workflow(repository, "ci")["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert (repository / ".ci" / "run").stat().st_mode & 0o111


def test_the_weekly_job_tests_both_ends_of_the_ranges(repository: Path):
    document = workflow(repository, "weekly")
    (schedule,) = document["on"]["schedule"]
    assert len(parse_cron(schedule["cron"]).weekdays) == 1
    runs = {name: [step.get("run", "") for step in job["steps"]] for name, job in document["jobs"].items()}
    assert set(runs) == {"newest", "oldest"}
    assert all("make test" in steps for steps in runs.values())
    (install,) = (step for step in runs["oldest"] if "lowest-direct" in step)
    assert "touch .venv/.done-dev" in install  # or make would install the newest over it
    pythons = [job["steps"][1]["with"]["python-version"] for job in document["jobs"].values()]
    allowed = Requirement(f"python{pyproject(repository)['requires-python']}").specifier
    assert all(python in allowed for python in pythons)


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
