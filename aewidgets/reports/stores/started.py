"""Notes of runs that have started, so that one is seen while it goes on, and after it was killed. Reads no note.

Beside the hidden folder that a run fills lies a file with the record that the run has if nothing more is heard of it.
While that file exists the run's process holds a lock, which ends with the process, in whatever way it ends. So a note
whose lock is free is that of a run that did not end, and one whose lock is held that of a run that goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aewidgets.system.locks import LockedError, file_lock
from aewidgets.system.writing import write_bytes

__all__ = ["STARTED", "forgotten", "goes_on", "note_of", "noted", "started_in"]

#: What follows the name of a hidden folder in the name of its note.
STARTED = ".started"
_PATIENCE = 0.05  # seconds for which two readers may look at one lock


def note_of(folder: Path) -> Path:
    """Return the path of the note beside a hidden folder."""
    return folder.with_name(folder.name + STARTED)


@contextmanager
def noted(folder: Path, record: bytes) -> Iterator[None]:
    """Keep the note of a run while the block runs; it goes at the end, unless the hidden folder is still there.

    Args:
        folder: the hidden folder that the run fills.
        record: content of run.json for a run that does not end.
    """
    try:
        with file_lock(_lock_of(folder), 60.0):
            write_bytes(note_of(folder), record)
            try:
                yield
            finally:
                if not folder.exists():  # published, or given up under a visible name
                    forgotten(folder)
    finally:
        with suppress(OSError):  # again, because Windows removes no file that is open
            _lock_of(folder).unlink(missing_ok=True)


def started_in(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the hidden folders of runs in a folder that have no end yet, and whether each still goes on.

    A folder about whose process this user may not ask is left out.
    """
    for entry in sorted(os.scandir(root), key=lambda one: one.name):
        if entry.name.startswith(".") and entry.name.endswith(STARTED):
            folder = Path(entry.path.removesuffix(STARTED))
            going = goes_on(folder)
            if going is not None:
                yield folder, going


def goes_on(folder: Path) -> bool | None:
    """Return True if a process fills a hidden folder, False if none does, None if nobody can say or there is none."""
    if not folder.is_dir():
        return None
    try:
        with file_lock(_lock_of(folder), _PATIENCE):
            if note_of(folder).exists():
                return False
            with suppress(OSError):  # the run ended while it was looked at: leave no lock of it behind
                _lock_of(folder).unlink(missing_ok=True)
            return None
    except LockedError:
        return True if note_of(folder).exists() and folder.is_dir() else None
    except OSError:  # this user may not ask
        return None


def forgotten(folder: Path) -> None:
    """Remove the note of a hidden folder and its lock, if there are any."""
    for path in (note_of(folder), _lock_of(folder)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    """Return the path of the lock of the process that fills a hidden folder."""
    return folder.with_name(folder.name + ".lock")
