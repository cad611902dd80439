"""Folders appear whole, overwrite nothing, and keep what a failure left."""

from pathlib import Path

import pytest

from aewidgets.reports.folders import pending_folder, point_latest


def fill(parent: Path, name: str, text: str, ending: str = "") -> Path:
    with pending_folder(parent, name) as folder:
        assert [p for p in parent.iterdir() if not p.name.startswith(".") and p.is_dir()] == folder_names(parent)
        (folder.path / "file").write_text(text)
        return folder.publish(ending)


def folder_names(parent: Path) -> list[Path]:
    return [p for p in parent.iterdir() if p.is_dir() and not p.name.startswith(".")]


def test_a_taken_name_is_numbered_and_nothing_overwritten(tmp_path: Path):
    paths = [fill(tmp_path / "out", "run", str(i)) for i in range(3)]
    assert [p.name for p in paths] == ["run", "run-2", "run-3"]
    assert [(p / "file").read_text() for p in paths] == ["0", "1", "2"]


def test_what_a_failure_left_is_kept_under_a_name_that_says_so(tmp_path: Path):
    with pytest.raises(RuntimeError), pending_folder(tmp_path, "run") as folder:
        (folder.path / "half").write_text("much work")
        raise RuntimeError
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("half")] == ["run-failed/half"]


def test_nothing_is_left_where_nothing_was_made(tmp_path: Path):
    with pytest.raises(RuntimeError), pending_folder(tmp_path, "run"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_latest_moves_to_the_newest(tmp_path: Path):
    for text in ("old", "new"):
        point_latest(tmp_path, "run-latest", fill(tmp_path, "run", text))
    assert (tmp_path / "run-latest" / "file").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_latest_is_a_file_where_links_are_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args, **_kwargs):
        raise OSError("links are not allowed")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    point_latest(tmp_path, "run-latest", fill(tmp_path, "run", "text"))
    assert (tmp_path / "run-latest.txt").read_text() == "run\n"
