"""What the wheel carries, and that it is enough without the checkout. Built here, without a network."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import aewidgets

# What a checkout has and a user's installation must not get.
NOT_IN_A_WHEEL = ("tests/", "benchmarks/", "binder/", "js/", ".ci/", "shared/")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".npz")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a fresh wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, repository]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def members(wheel: Path) -> set[str]:
    """The names of all files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


def under(folder: Path, *suffixes: str) -> set[str]:
    """Names of the files below a folder, with one of the suffixes if any are given; caches left out."""
    hidden = ("__pycache__", ".ipynb_checkpoints")
    files = (path for path in folder.rglob("*") if path.is_file() and not set(hidden) & set(path.parts))
    return {path.relative_to(folder).as_posix() for path in files if not suffixes or path.suffix in suffixes}


def test_wheel_carries_every_module(repository: Path, members: set[str]):
    assert {f"aewidgets/{name}" for name in under(repository / "aewidgets", ".py")} <= members


def test_wheel_carries_the_notebooks(repository: Path, members: set[str]):
    notebooks = under(repository / "notebooks", ".ipynb", ".md", ".yaml")
    assert notebooks
    assert {f"aewidgets/_notebooks/{name}" for name in notebooks} <= members


def test_wheel_carries_the_weights(repository: Path, members: set[str]):
    weights = under(repository / "aewidgets" / "weights")
    assert weights
    assert {f"aewidgets/weights/{name}" for name in weights} <= members


def test_wheel_puts_the_extension_where_jupyterlab_looks(repository: Path, members: set[str]):
    place = f"aewidgets-{aewidgets.__version__}.data/data/share/jupyter/labextensions/aewidgets"
    files = under(repository / "aewidgets" / "labextension")
    assert {f"{place}/{name}" for name in files} == {name for name in members if ".data/" in name}
    package = json.loads((repository / "aewidgets" / "labextension" / "package.json").read_text(encoding="utf-8"))
    assert package["jupyterlab"]["_build"]["load"] in files


def test_wheel_carries_nothing_else(members: set[str]):
    tops = {name.split("/")[0] for name in members}
    assert tops == {"aewidgets", *(f"aewidgets-{aewidgets.__version__}.{part}" for part in ("data", "dist-info"))}
    assert [name for name in members if any(part in name for part in NOT_IN_A_WHEEL)] == []
    assert [name for name in members if name.endswith(PICTURES) and "weights" not in name] == []


def test_wheel_is_small_enough_to_pass_on(wheel: Path):
    assert wheel.stat().st_size < 32e6  # two codecs of 6 MB, a third to teach with, and what others weigh


def test_wheel_copies_out_the_notebooks_of_the_checkout(repository: Path, wheel: Path, tmp_path: Path):
    """From the unpacked wheel alone: another folder, and no checkout on the path."""
    installed, copied = tmp_path / "installed", tmp_path / "copied"
    zipfile.ZipFile(wheel).extractall(installed)
    code = (
        f"import sys; sys.path.insert(0, {str(installed)!r});"
        "import aewidgets.reports.notebooks as files;"
        f"assert files.__file__.startswith({str(installed)!r}), files.__file__;"
        f"files.copy_notebooks({str(copied)!r})"
    )
    environment = {**os.environ, "PYTHONPATH": ""}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    for name in under(repository / "notebooks", ".ipynb", ".yaml"):
        assert (copied / name).read_bytes() == (repository / "notebooks" / name).read_bytes()


def test_wheel_carries_the_built_modules_and_their_licences(repository: Path, members: set[str]):
    built = under(repository / "aewidgets" / "widgets", ".js", ".html", ".txt")
    modules = {f"static/{name}.js" for name in ("compare", "explorer", "monitor", "studio", "host")}
    assert {*modules, "static/LICENSES.txt", "page.html"} <= built
    assert {f"aewidgets/widgets/{name}" for name in built} <= members
