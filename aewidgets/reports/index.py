"""The index of all runs of a store: index.jsonl, a line a run, and index.html. Rebuilt from the run folders alone.

The folders are the truth, the index is what was read of them. Local writers take turns. Object stores know neither
locks nor appends, so there each writer lists, writes, and looks again until both files hold what is listed: whoever
writes an older state over a newer one finds that out himself.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from aewidgets.reports.runs import Run, checked_run, from_line, to_line, unreadable
from aewidgets.reports.stores import RECORD, Store
from aewidgets.reports.untrusted import parsed, plain_name

__all__ = ["INDEX", "PAGE", "list_runs", "rebuild_index", "update_index"]

INDEX, PAGE = "index.jsonl", "index.html"
_RECORD_BYTES, _METRICS_BYTES, _NOTEBOOK_BYTES, _INDEX_BYTES = 1_000_000, 4_000_000, 64_000_000, 256_000_000
_ROUNDS, _PAUSE, _READERS = 40, 0.2, 8
_DIGEST = re.compile(rb'<meta name="index-sha256" content="([0-9a-f]{64})">')


class _Entry(NamedTuple):
    """A run, and the state of its run.json that it was read from; None where it should be read again."""

    run: Run
    stamp: str | None


def list_runs(store: Store) -> list[Run]:
    """All runs of a store, newest first, also those that no index holds yet. Writes nothing.

    Lines of index.jsonl save reading run folders; those that the index lacks are read, without thumbnails.

    Raises:
        OSError: if the store cannot be listed.
    """
    entries = _entries(store, store.stamps(), _indexed(store), thumbnails=False)
    return _newest_first(entries)


def update_index(store: Store, wait: float | None = 300.0) -> list[Run]:
    """Bring index.jsonl and index.html of a store up to date.

    Run folders that the index already holds are not read again while their run.json has the same size and time, or
    on object stores the same ETag. Locally, no reader ever sees fewer runs than before, unless folders were removed;
    on object stores that may happen for the moment until the slower of two writers has looked again.

    Args:
        store: with any number of runs.
        wait: seconds to wait for other writers of a local store; None waits as long as it takes.

    Returns:
        The runs, newest first.

    Raises:
        LockedError: (an OSError) if others held the index all the while.
        OSError: if reading or writing fails; the index is then as it was, or newer.
    """
    return _written(store, wait, fresh=False)


def rebuild_index(store: Store, wait: float | None = 300.0) -> list[Run]:
    """Write both files from the run folders alone, whatever is in them now; else as `update_index`."""
    return _written(store, wait, fresh=True)


def _written(store: Store, wait: float | None, fresh: bool) -> list[Run]:
    from aewidgets.reports.runs_page import runs_page

    with store.lock("index", wait):
        known: Mapping[str, _Entry] = {}
        for number in range(_ROUNDS):
            if number or not fresh:
                known = _indexed(store) or known
            stamps = store.stamps()
            whole = not (fresh and number == 0) and _is_whole(store, known, stamps, tried=number > 0)
            if whole:
                break
            known = _entries(store, stamps, known, thumbnails=True)
            lines = "".join(to_line(entry.run, entry.stamp) + "\n" for entry in _by_time(known)).encode()
            page = runs_page(_newest_first(known), store.url, hashlib.sha256(lines).hexdigest())
            store.write(PAGE, page.encode())  # first: an index that holds a run promises a page that does
            store.write(INDEX, lines)
            if store.is_local:
                break
            time.sleep(random.uniform(0, _PAUSE))  # writers that collide do not do so in step
    return _newest_first(known)


def _is_whole(store: Store, known: Mapping[str, _Entry], stamps: Mapping[str, str], tried: bool) -> bool:
    """Whether the index in the store holds these runs in this state, and the page the same as it."""
    if set(known) != set(stamps):
        return False
    if any(known[name].stamp != stamp and not (tried and known[name].stamp is None) for name, stamp in stamps.items()):
        return False
    try:
        lines, page = store.read(INDEX, _INDEX_BYTES), store.read(PAGE, _INDEX_BYTES)
    except (FileNotFoundError, ValueError):
        return False
    found = _DIGEST.search(page[:4_000])
    same = found is not None and found.group(1).decode() == hashlib.sha256(lines).hexdigest()
    return same and page.endswith(b"</html>")


def _indexed(store: Store) -> dict[str, _Entry]:
    """What index.jsonl holds; damaged lines are as good as missing ones."""
    try:
        text = store.read(INDEX, _INDEX_BYTES).decode("utf-8", "replace")
    except (FileNotFoundError, ValueError):
        return {}
    found = {}
    for line in text.split("\n"):
        try:
            run, stamp = from_line(line)
        except ValueError:
            continue
        found[run.id] = _Entry(run, stamp)
    return found


def _entries(
    store: Store, stamps: Mapping[str, str], known: Mapping[str, _Entry], thumbnails: bool
) -> dict[str, _Entry]:
    """Every listed run: those that are known in the same state as they are, the others read."""
    found = {name: known[name] for name, stamp in stamps.items() if name in known and known[name].stamp == stamp}
    missing = [name for name in stamps if name not in found]

    def read(name: str) -> _Entry | None:
        return _read(store, name, stamps[name], thumbnails)

    if store.is_local or len(missing) < 2:
        entries = [read(name) for name in missing]
    else:
        with ThreadPoolExecutor(_READERS) as pool:
            entries = list(pool.map(read, missing))
    return found | {entry.run.id: entry for entry in entries if entry is not None}


def _read(store: Store, name: str, stamp: str, thumbnails: bool) -> _Entry | None:
    """One run folder; None if it is gone meanwhile."""
    try:
        return _Entry(_run(store, name, thumbnails), stamp)
    except FileNotFoundError:
        return None
    except ValueError as error:
        return _Entry(unreadable(name, f"run.json: {error}"), stamp)
    except OSError as error:  # of a network or of rights, which may be better next time
        return _Entry(unreadable(name, error.strerror or str(error)), None)


def _run(store: Store, name: str, thumbnail: bool) -> Run:
    """A run of its files; ValueError or FileNotFoundError for what its run.json is."""
    record = parsed(store.read(f"{name}/{RECORD}", _RECORD_BYTES))
    links, metrics, problem, picture = {"record": f"{name}/{RECORD}"}, None, None, None
    try:
        metrics = parsed(store.read(f"{name}/metrics.json", _METRICS_BYTES))
        links["metrics"] = f"{name}/metrics.json"
    except FileNotFoundError:
        problem = "there is no metrics.json"
    except ValueError as error:
        problem = f"metrics.json: {error}"
    if "parameters_sha256" not in record:  # of a run that was made before there was this key
        record["parameters_sha256"] = _sha256_of(record.get("parameters"))
    notebook = record.get("notebook")
    if isinstance(notebook, str) and plain_name(notebook):
        pages = {"page": f"{name}/{notebook.removesuffix('.ipynb')}.html", "notebook": f"{name}/{notebook}"}
        links |= {kind: path for kind, path in pages.items() if store.exists(path)}
        if thumbnail and "notebook" in links:
            picture = _thumbnail(store, links["notebook"])
    return checked_run(name, record, metrics, links, problem, picture)


def _sha256_of(parameters: object) -> str | None:
    from aewidgets.reports.records import parameters_sha256

    try:
        return parameters_sha256(parameters) if isinstance(parameters, dict) else None
    except RecursionError:
        return None


def _thumbnail(store: Store, path: str) -> str | None:
    from aewidgets.reports.thumbnails import thumbnail_of

    try:
        return thumbnail_of(store.read(path, _NOTEBOOK_BYTES))
    except ValueError:  # too large
        return None


def _by_time(entries: Mapping[str, _Entry]) -> list[_Entry]:
    return sorted(entries.values(), key=lambda entry: entry.run.order)


def _newest_first(entries: Mapping[str, _Entry]) -> list[Run]:
    return [entry.run for entry in reversed(_by_time(entries))]
