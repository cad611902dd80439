"""Notes of runs that have started, so that one whose process is killed is seen afterwards. Reads no note.

Beside the hidden folder that a run fills lies a file with the record that the run has if nothing more is heard of it.
The run's process holds a lock on that file, which ends with the process, in whatever way it ends. So a note that nobody
holds is that of a run that did not end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aewidgets.system.locks import file_lock

__all__ = ["STARTED", "forgotten", "left_behind", "note_of", "noted"]

#: What follows the name of a hidden folder in the name of its note.
STARTED = ".started"
_PATIENCE = 0.05  # seconds for which two readers may look at one note


def note_of(folder: Path) -> Path:
    """Return the path of the note beside a hidden folder."""
    return folder.with_name(folder.name + STARTED)


@contextmanager
def noted(folder: Path, record: bytes) -> Iterator[None]:
    """Hold the note of a run while the block runs; it goes at the end, unless the hidden folder is still there.

    Args:
        folder: the hidden folder that the run fills.
        record: content of run.json for a run that does not end.
    """
    note = note_of(folder)
    with file_lock(note, 60.0):
        # Written in place, because a rename would leave the lock on a file without a name.
        note.write_bytes(record)
        try:
            yield
        finally:
            _remove_if_done(folder, note)
    _remove_if_done(folder, note)  # Windows removes no file that is open


def left_behind(root: Path) -> Iterator[Path]:
    """Yield the hidden folders in a folder whose runs did not end; those of runs that go on are left alone."""
    for entry in sorted(os.scandir(root), key=lambda one: one.name):
        if entry.name.startswith(".") and entry.name.endswith(STARTED):
            folder = Path(entry.path.removesuffix(STARTED))
            if folder.is_dir() and _is_free(Path(entry.path)):
                yield folder


def forgotten(folder: Path) -> None:
    """Remove the note of a hidden folder, if there is one."""
    with suppress(OSError):
        note_of(folder).unlink(missing_ok=True)


def _remove_if_done(folder: Path, note: Path) -> None:
    """Remove a note whose hidden folder is gone: the run has been published, or given up under a visible name."""
    if not folder.exists():
        with suppress(OSError):
            note.unlink(missing_ok=True)


def _is_free(note: Path) -> bool:
    """Return True if no process holds a note."""
    try:
        with file_lock(note, _PATIENCE):
            return note.exists() and note.stat().st_size > 0
    except OSError:  # it is held, or this user may not ask
        return False
