"""Folders that are being filled: hidden in a local store, elsewhere among temporary files. Knows no notebooks.

And the pointer to the newest run: a link where a store has links, else a small text.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.store import RECORD, Store, names_from

__all__ = ["discard_pending", "pending_folder", "point_latest"]

_PENDING: set[Path] = set()


@contextmanager
def pending_folder(store: Store, name: str) -> Iterator[Path]:
    """A new folder for a run that will be called `name`; gone at the end of the block, published or not.

    Nothing of a long run is thrown away, however: if the block raises, what the folder holds is kept, and the error
    gets a note (PEP 678) that says where. In a local store it becomes `name-failed`; a folder with a run.json stays
    hidden, because under a name it would count as a run.
    """
    if isinstance(store, LocalStore):
        store.root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=store.root, prefix=f".{name}."))
        folder.chmod(0o755)  # mkdtemp makes folders that only their owner may read
    else:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}."))
    _PENDING.add(folder)
    try:
        yield folder
    except BaseException as error:
        if folder.is_dir() and any(folder.iterdir()):
            error.add_note(f"What there is of the run was kept in {_kept(store, folder, name)}")
        elif folder.is_dir():
            folder.rmdir()
        raise
    finally:
        _PENDING.discard(folder)
    shutil.rmtree(folder, ignore_errors=True)


def discard_pending() -> None:
    """Remove the folders that this process is filling: for one that ends at once, and whose run somebody repeats."""
    for folder in list(_PENDING):
        shutil.rmtree(folder, ignore_errors=True)


def point_latest(store: Store, name: str, target: str) -> None:
    """Let `name` lead to the run `target`: by a link, or, where there are none, a text file `name.txt`."""
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


def _kept(store: Store, folder: Path, name: str) -> Path:
    if not isinstance(store, LocalStore) or (folder / RECORD).exists():
        return folder
    for free in names_from(f"{name}-failed"):
        target = store.root / free
        if not target.exists():
            with suppress(OSError):  # another run took the name in between
                return folder.rename(target)
    raise AssertionError("counting ended")
