"""Reads one run folder of a store, with limits on sizes. Knows no index, and trusts nothing that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aewidgets.reports.parameters.cell import parameters_sha256
from aewidgets.reports.runs.run import DID_NOT_END, KILLED, RUNNING, Run, checked_run
from aewidgets.reports.runs.thumbnails import displayed, thumbnail_of
from aewidgets.reports.runs.untrusted import is_cut, parsed, plain_name
from aewidgets.reports.stores.started import STARTED
from aewidgets.reports.stores.store import GOES_ON, RECORD, Store, stem_of

__all__ = ["all_metrics", "read_metrics", "read_pictures", "read_run"]

_RECORD_BYTES, _METRICS_BYTES, _NOTEBOOK_BYTES = 1_000_000, 4_000_000, 64_000_000
_ALL_METRICS_BYTES = 50_000_000  # where they are judged


def read_run(store: Store, name: str, thumbnail: bool = True, stamp: str = "") -> Run:
    """Return a run, read from the files in its folder.

    Args:
        store: store that holds the run.
        name: name of the folder.
        thumbnail: whether to read the executed notebook too, for its first image.
        stamp: its stamp among `Store.stamps`, which says of a hidden folder whether its run goes on.

    Raises:
        FileNotFoundError: if the folder has no run.json, or a hidden one no note beside it.
        ValueError: if run.json is not a JSON object; the message says why. Any other file that is damaged becomes the
            run's `problem`.
        OSError: if a file cannot be read.
    """
    ended = not name.startswith(".")  # a hidden folder is that of a run without an end; its record lies beside it
    record = parsed(store.read(f"{name}/{RECORD}" if ended else f"{name}{STARTED}", _RECORD_BYTES))
    links, metrics, problem, image = {"record": f"{name}/{RECORD}"} if ended else {}, None, None, None
    if stamp.startswith(GOES_ON):  # what it has written so far is not read: it changes
        unknown = dict.fromkeys(("exit_code", "failure", "finished", "seconds"))
        return checked_run(name, {**record, **unknown, "status": RUNNING}, None, {})
    if not ended and record.get("status") == DID_NOT_END and not store.exists(f"{name}/{RECORD}"):
        record["status"] = KILLED
    try:
        metrics = parsed(store.read(f"{name}/metrics.json", _METRICS_BYTES))
        links["metrics"] = f"{name}/metrics.json"
    except FileNotFoundError:
        problem = "there is no metrics.json" if record.get("status") not in (DID_NOT_END, KILLED) else None
    except ValueError as error:
        problem = f"metrics.json: {error}"
    if "parameters_sha256" not in record:  # the run is older than this key
        record["parameters_sha256"] = _sha256_of(record.get("parameters"))
    notebook = record.get("notebook")
    if isinstance(notebook, str) and plain_name(notebook):
        stem = stem_of(notebook)
        pages = {"page": f"{name}/{stem}.html", "notebook": f"{name}/{stem}.ipynb"}
        if record.get("pdf"):
            pages["pdf"] = f"{name}/{stem}.pdf"
        links |= {kind: path for kind, path in pages.items() if store.exists(path)}
        if thumbnail and "notebook" in links:
            image = _thumbnail(store, links["notebook"])
    return checked_run(name, record, metrics, links, problem, image)


def read_metrics(store: Store, name: str) -> dict[str, Any]:
    """Return all figures of a run, as its metrics.json holds them; `Run.metrics` shortens long ones.

    Raises:
        FileExistsError: if they cannot be read; the message says what to do.
        OSError: if the store cannot be read.
    """
    try:
        return parsed(store.read(f"{name}/metrics.json", _ALL_METRICS_BYTES))
    except (FileNotFoundError, ValueError) as error:
        message = f"the figures of {store.url}/{name} cannot be read ({error}); move it away, so that it is run again"
        raise FileExistsError(message) from error


def all_metrics(store: Store, run: Run) -> Mapping[str, Any]:
    """Return the metrics of a run, from its file where the index holds only a part; only that part if it is gone."""
    if is_cut(run.metrics) and "metrics" in run.links:
        with suppress(FileNotFoundError, ValueError):
            return parsed(store.read(run.links["metrics"], _ALL_METRICS_BYTES))
    return run.metrics


def read_pictures(store: Store, run: Run) -> list[tuple[str, bytes]]:
    """Return the images that the cells of a run displayed, in order, each with the id of its cell.

    There are none if the notebook cannot be read as JSON, is gone, or is larger than 64 MB.
    """
    if "notebook" in run.links:
        with suppress(FileNotFoundError, ValueError):
            return list(displayed(store.read(run.links["notebook"], _NOTEBOOK_BYTES)))
    return []


def _sha256_of(parameters: object) -> str | None:
    """Return the hash of parameters; None for anything but a dictionary of limited depth."""
    try:
        return parameters_sha256(parameters) if isinstance(parameters, dict) else None
    except RecursionError:
        return None


def _thumbnail(store: Store, path: str) -> str | None:
    """Return the thumbnail of an executed notebook; None if it has no image, or is too large."""
    try:
        return thumbnail_of(store.read(path, _NOTEBOOK_BYTES))
    except ValueError:  # more than _NOTEBOOK_BYTES
        return None
