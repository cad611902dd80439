"""Pending folders are hidden, leave nothing behind, and keep their files after a failure."""

import os
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.pending import pending_folder, point_latest


def seen(root: Path) -> list[str]:
    """Return the names in a folder that are not hidden, sorted."""
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


def publish(store: LocalStore, name: str, text: str) -> str:
    with pending_folder(store, name) as folder:
        assert folder.parent == store.root and folder.name.startswith(".")
        (folder / "file").write_text(text)
        (folder / "run.json").write_text("{}")
        return store.put_run(folder, name)


def test_what_was_published_was_moved_and_nothing_else_is_left(tmp_path: Path):
    store = LocalStore(tmp_path / "out")
    assert [publish(store, "run", str(number)) for number in range(3)] == ["run", "run-2", "run-3"]
    assert sorted(path.name for path in store.root.iterdir()) == ["run", "run-2", "run-3"]
    assert [(store.root / name / "file").read_text() for name in seen(store.root)] == ["0", "1", "2"]


def test_what_a_failure_left_is_kept_under_a_name_that_says_so(tmp_path: Path):
    with pytest.raises(RuntimeError) as caught, pending_folder(LocalStore(tmp_path), "run") as folder:
        (folder / "half").write_text("much work")
        raise RuntimeError
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("half")] == ["run-failed/half"]
    assert caught.value.__notes__ == [f"The files of the run were kept in {tmp_path / 'run-failed'}"]


def test_a_whole_run_that_could_not_be_published_does_not_count_as_one(tmp_path: Path):
    store = LocalStore(tmp_path)
    with pytest.raises(OSError) as caught, pending_folder(store, "run") as folder:
        (folder / "run.json").write_text("{}")
        raise OSError
    assert store.runs() == [] and seen(tmp_path) == []
    assert (Path(caught.value.__notes__[0].rpartition(" ")[2]) / "run.json").exists()


def test_beside_a_store_that_is_elsewhere_the_folder_is_temporary_and_kept_after_a_failure():
    store = open_store("memory://folders")
    with pending_folder(store, "run") as folder:
        (folder / "run.json").write_text("{}")
        store.put_run(folder, "run")
    assert store.runs() == ["run"] and not folder.exists()
    with pytest.raises(OSError) as caught, pending_folder(store, "next") as folder:
        (folder / "run.json").write_text("{}")
        raise OSError
    assert str(folder) in caught.value.__notes__[0] and (folder / "run.json").exists()
    (folder / "run.json").unlink()
    folder.rmdir()


def test_nothing_is_left_where_nothing_was_made(tmp_path: Path):
    with pytest.raises(RuntimeError), pending_folder(LocalStore(tmp_path), "run"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_latest_moves_to_the_newest(tmp_path: Path):
    store = LocalStore(tmp_path)
    for text in ("old", "new"):
        point_latest(store, "run-latest", publish(store, "run", text))
    assert (tmp_path / "run-latest" / "file").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_latest_is_a_file_where_links_are_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args, **_kwargs):
        raise OSError("links are not allowed")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    store = LocalStore(tmp_path)
    point_latest(store, "run-latest", publish(store, "run", "text"))
    assert (tmp_path / "run-latest.txt").read_text() == "run\n"


def test_the_umask_says_who_may_read_a_run(tmp_path: Path):
    before = os.umask(0o077)
    try:
        publish(LocalStore(tmp_path), "run", "mine")
    finally:
        os.umask(before)
    assert (tmp_path / "run").stat().st_mode & 0o077 == 0
