"""Keeps the index of all runs of a store: index.jsonl, one line a run, and index.html. Runs no notebook.

The run folders hold the truth, and the index can be rebuilt from them alone. Local writers take turns. Object stores
have neither locks nor appends, so there each writer lists, writes, and checks again until both files hold what is
listed: a writer that puts an older state over a newer one notices and corrects it.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from aewidgets.reports.runs.reading import read_run
from aewidgets.reports.runs.run import Run, from_line, to_line, unreadable
from aewidgets.reports.stores.store import Store

__all__ = ["INDEX", "PAGE", "list_runs", "rebuild_index", "update_index"]

INDEX, PAGE = "index.jsonl", "index.html"
_INDEX_BYTES = 256_000_000  # bytes of the largest index or page that is read
_ROUNDS = 20  # attempts of a writer on an object store
_READERS = 8  # threads that read run folders of an object store
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0  # longest random pause, seconds; it doubles from round to round
_DIGEST = re.compile(rb'<meta name="index-sha256" content="([0-9a-f]{64})">')


class _Entry(NamedTuple):
    """A run, and the stamp of the run.json from which it was read; None if it should be read again."""

    run: Run
    stamp: str | None


class _Index(NamedTuple):
    """The content of an index.jsonl, and the SHA-256 of its bytes."""

    entries: dict[str, _Entry]
    digest: str


def list_runs(store: Store) -> list[Run]:
    """Return all runs of a store, newest first, also those that are not in the index yet. Nothing is written.

    Runs in index.jsonl are taken from there; the folders of all others are read, without thumbnails.

    Raises:
        OSError: if the store cannot be listed.
    """
    return _newest_first(_entries(store, store.stamps(), _indexed(store).entries, thumbnails=False))


def update_index(store: Store, wait: float | None = 300.0) -> list[Run]:
    """Bring index.jsonl and index.html of a store up to date.

    Run folders in the index are not read again while their run.json has the same size and time, or on object stores
    the same ETag. In a local store no reader ever sees fewer runs than before, unless folders were removed. On an
    object store that can happen for a moment, until the slower of two writers has checked again.

    Args:
        store: store with any number of runs.
        wait: seconds to wait for other writers of a local store; None waits as long as it takes.

    Returns:
        All runs, newest first.

    Raises:
        LockedError: (an OSError) if other writers held the index for that time.
        OSError: if reading or writing fails; the index is then as it was, or newer.
    """
    return _write(store, wait, fresh=False)


def rebuild_index(store: Store, wait: float | None = 300.0) -> list[Run]:
    """Write both files of the index from the run folders alone, and ignore what they hold now.

    Arguments, result and errors are those of `update_index`.
    """
    return _write(store, wait, fresh=True)


def _write(store: Store, wait: float | None, fresh: bool) -> list[Run]:
    """Write the index until it holds every run, and return the runs, newest first; `fresh` ignores the old index."""
    from aewidgets.reports.runs.page import runs_page  # `list_runs` answers without NumPy and Pillow

    with store.lock("index", wait):
        known: Mapping[str, _Entry] = {}
        for number in range(_ROUNDS):
            index = _indexed(store)
            stamps = store.stamps()
            if number or not fresh:
                if _is_whole(store, index, stamps, tried=number > 0):
                    known = index.entries
                    break
                known = {**known, **index.entries}
            known = _entries(store, stamps, known, thumbnails=True)
            lines = "".join(to_line(entry.run, entry.stamp) + "\n" for entry in _by_time(known)).encode()
            page = runs_page(_newest_first(known), store.url, hashlib.sha256(lines).hexdigest())
            store.write(PAGE, page.encode())  # first, because a run in the index must be on the page
            store.write(INDEX, lines)
            if store.is_local:
                break
            # Writers that collide must not repeat in step. The first that is not disturbed writes the runs of all.
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)))
    return _newest_first(known)


def _is_whole(store: Store, index: _Index, stamps: Mapping[str, str], tried: bool) -> bool:
    """Return True if the index holds these runs in this state, and the page belongs to that index."""
    known = index.entries
    if set(known) != set(stamps):
        return False
    if any(known[name].stamp != stamp and not (tried and known[name].stamp is None) for name, stamp in stamps.items()):
        return False
    try:
        page = store.read(PAGE, _INDEX_BYTES)
    except (FileNotFoundError, ValueError):
        return False
    found = _DIGEST.search(page[:4_000])
    return found is not None and found.group(1).decode() == index.digest and page.endswith(b"</html>")


def _indexed(store: Store) -> _Index:
    """Return the content of index.jsonl; damaged lines are skipped."""
    try:
        data = store.read(INDEX, _INDEX_BYTES)
    except (FileNotFoundError, ValueError):
        return _Index({}, "")
    found = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        try:
            run, stamp = from_line(line)
        except ValueError:
            continue
        found[run.id] = _Entry(run, stamp)
    return _Index(found, hashlib.sha256(data).hexdigest())


def _entries(
    store: Store, stamps: Mapping[str, str], known: Mapping[str, _Entry], thumbnails: bool
) -> dict[str, _Entry]:
    """Return every listed run, from the known entries if their state is the same, else from its folder."""
    found = {name: known[name] for name, stamp in stamps.items() if name in known and known[name].stamp == stamp}
    missing = [name for name in stamps if name not in found]

    def read(name: str) -> _Entry | None:
        """Read the run of that name."""
        return _read(store, name, stamps[name], thumbnails)

    if store.is_local or len(missing) < 2:
        entries = [read(name) for name in missing]
    else:
        with ThreadPoolExecutor(_READERS) as pool:
            entries = list(pool.map(read, missing))
    return found | {entry.run.id: entry for entry in entries if entry is not None}


def _read(store: Store, name: str, stamp: str, thumbnails: bool) -> _Entry | None:
    """Return the entry of one run folder; None if the folder has been removed since it was listed."""
    try:
        return _Entry(read_run(store, name, thumbnails, stamp), stamp)
    except FileNotFoundError:
        return None
    except ValueError as error:
        return _Entry(unreadable(name, f"run.json: {error}"), stamp)
    except OSError as error:  # network and permissions may be better the next time
        return _Entry(unreadable(name, error.strerror or str(error)), None)


def _by_time(entries: Mapping[str, _Entry]) -> list[_Entry]:
    """Return the entries in the order of time."""
    return sorted(entries.values(), key=lambda entry: entry.run.order)


def _newest_first(entries: Mapping[str, _Entry]) -> list[Run]:
    """Return the runs, newest first."""
    return [entry.run for entry in reversed(_by_time(entries))]
