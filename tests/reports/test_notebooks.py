"""Notebooks are copied as whole files, and no file of the user is lost."""

from pathlib import Path
from typing import BinaryIO

import pytest

from aewidgets.reports.notebooks import copy_notebooks, notebooks_folder


def test_copies_are_the_notebooks_byte_for_byte(tmp_path: Path):
    written = copy_notebooks(tmp_path / "new" / "folder")
    assert any(path.suffix == ".ipynb" for path in written)
    for path in written:
        assert path.read_bytes() == (notebooks_folder() / path.relative_to(tmp_path / "new/folder")).read_bytes()
    assert any(path.parent.name == "apps" for path in written)


def test_only_the_named_files_are_left_behind(tmp_path: Path):
    written = copy_notebooks(tmp_path)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(written)


def test_a_file_of_yours_is_refused_and_nothing_is_copied(tmp_path: Path):
    name = copy_notebooks(tmp_path / "first")[0].name
    mine = tmp_path / "second" / name
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(FileExistsError, match=f"already holds {name}"):
        copy_notebooks(mine.parent)
    assert [path.read_text() for path in mine.parent.iterdir()] == ["mine"]


def test_overwriting_gives_the_original_back(tmp_path: Path):
    path = copy_notebooks(tmp_path)[0]
    original = path.read_bytes()
    path.write_text("mine")
    copy_notebooks(tmp_path, overwrite=True)
    assert path.read_bytes() == original


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="name another one"):
        copy_notebooks(tmp_path / "file")


def test_what_cannot_be_written_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full_disk(source: BinaryIO, target: BinaryIO) -> None:
        target.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full_disk)
    with pytest.raises(OSError, match="No space left"):
        copy_notebooks(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
