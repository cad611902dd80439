"""Pending folders, which are being filled before they become runs, and the pointer to the newest run. Reads no run.

A pending folder is hidden in a local store, and lies among the temporary files for an object store. The pointer is a
link in a local store, and elsewhere a small text file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from aewidgets.reports.stores.local import LocalStore, hidden_folder
from aewidgets.reports.stores.started import forgotten, note_of, noted
from aewidgets.reports.stores.store import RECORD, Store, checked_name, names_from, naming

__all__ = ["discard_pending", "latest_target", "pending_folder", "point_latest"]

_PENDING: set[Path] = set()  # the folders that this process is filling


@contextmanager
def pending_folder(store: Store, name: str, record: bytes | None = None) -> Iterator[Path]:
    """Create a folder for a run that will be called `name`, and remove it at the end of the block.

    If the block raises, the files in the folder are kept, since they may be the work of hours, and the error gets a
    note (PEP 678) that says where. In a local store the folder becomes `name-failed`; one with a run.json stays
    hidden, because under a visible name it would count as a finished run.

    Args:
        store: store of the runs.
        name: name of the run, if it finishes.
        record: content of run.json for a run that does not end. In a local store listings then show it, should this
            process be killed, or fail before the run has a record of its own.
    """
    if isinstance(store, LocalStore):
        store.root.mkdir(parents=True, exist_ok=True)
        folder = hidden_folder(store.root, name)
    else:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}."))
    _PENDING.add(folder)
    try:
        with noted(folder, record) if record and isinstance(store, LocalStore) else nullcontext():
            yield from _filled(store, folder, name)
    finally:
        _PENDING.discard(folder)
        with suppress(OSError):  # it is gone, unless not even the note could be written
            folder.rmdir()


def _filled(store: Store, folder: Path, name: str) -> Iterator[Path]:
    """Yield a pending folder once; keep its files if the block that fills it raises, else remove it."""
    try:
        with naming(folder):
            yield folder
    except BaseException as error:
        if folder.is_dir() and any(folder.iterdir()):
            error.add_note(f"The files of the run were kept in {_kept(store, folder, name)}")
        elif folder.is_dir():
            folder.rmdir()
        raise
    shutil.rmtree(folder, ignore_errors=True)


def discard_pending() -> None:
    """Remove the pending folders of this process, for a process that exits at once and whose runs are repeated."""
    for folder in list(_PENDING):
        shutil.rmtree(folder, ignore_errors=True)
        forgotten(folder)


def point_latest(store: Store, name: str, target: str) -> None:
    """Point `name` to the run `target`, by a link or, if the store has no links, by a text file `name.txt`."""
    if isinstance(store, LocalStore):
        temporary = store.root / f".{name}.{os.getpid()}"
        with suppress(FileNotFoundError):
            temporary.unlink()
        try:
            temporary.symlink_to(target, target_is_directory=True)
            os.replace(temporary, store.root / name)
            return
        except OSError:
            with suppress(FileNotFoundError):
                temporary.unlink()
    store.write(f"{name}.txt", f"{target}\n".encode())


def latest_target(store: Store, name: str) -> str | None:
    """Return the name of the run to which `point_latest` has pointed `name`; None if there is no such pointer."""
    if isinstance(store, LocalStore):
        with suppress(OSError, ValueError):  # not a link, or one that leads elsewhere
            return checked_name(str((store.root / name).readlink()), path=False)
    try:
        return checked_name(store.read(f"{name}.txt", 1_000).decode().strip(), path=False)
    except (FileNotFoundError, ValueError):
        return None


def _kept(store: Store, folder: Path, name: str) -> Path:
    """Rename a pending folder to `name-failed` where that is possible, and return its path."""
    if not isinstance(store, LocalStore) or (folder / RECORD).exists():
        return folder
    for free in names_from(f"{name}-failed"):
        target = store.root / free
        if not target.exists():
            with suppress(OSError):  # another run has taken the name since
                kept, note = folder.rename(target), note_of(folder)
                with suppress(OSError):  # there is no note
                    note.rename(kept / RECORD)  # a full disk has no room for another file
                return kept
    raise AssertionError("counting ended")
