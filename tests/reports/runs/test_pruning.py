"""Pruning removes what fits all conditions, never what the next run is compared with, and each run as a whole."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from run_folders import START, put, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.runs.comparisons import grouped
from aewidgets.reports.runs.index import list_runs, update_index
from aewidgets.reports.runs.pruning import Choice, age_of, chosen, removed, with_sizes
from aewidgets.reports.stores.local import LocalStore
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.pending import point_latest
from aewidgets.reports.stores.store import Store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a store with two series: six runs of n = 1, the newest two failed, and a failed one of n = 2."""
    found = open_store(tmp_path / "runs" if request.param == "folder" else f"memory://{tmp_path.name}/pruned")
    for n, status in enumerate(["completed", "timeout", "completed", "threshold missed", "cell failed", "cell failed"]):
        put(found, record(n, parameters={"n": 1}, status=status), {"psnr_db": 30.0})
    put(found, record(9, parameters={"n": 2}, status="cell failed"))
    update_index(found)
    return found


def days(choices: list[Choice], kept: bool = False) -> list[int]:
    """Return the days of the runs that may go, or of those that stay although they were asked for."""
    return [(datetime.fromisoformat(c.run.started) - START).days for c in choices if bool(c.kept) == kept]


@pytest.mark.parametrize(
    ("conditions", "goes", "stays"),
    [
        ({"keep": 0}, [0, 1, 3, 4, 5, 9], [2]),
        ({"keep": 2}, [0, 1, 3], [2]),
        ({"keep": 6}, [], []),
        ({"failed": True}, [1, 4, 5, 9], []),
        ({"failed": True, "keep": 1}, [1, 4], []),
        ({"before": START + timedelta(days=4)}, [0, 1, 3], [2]),
        ({"before": START + timedelta(days=4), "failed": True}, [1], []),
        ({"before": START}, [], []),
        ({"keep": 0, "notebook": "other"}, [], []),
    ],
)
def test_a_run_goes_if_it_fits_all_conditions(store: Store, conditions: dict, goes: list[int], stays: list[int]):
    choices = chosen(store, list_runs(store), **conditions)
    assert (days(choices), days(choices, kept=True)) == (goes, stays)


def test_what_goes_is_gone_with_its_bytes_and_every_series_keeps_its_newest_good_run(store: Store):
    before = list_runs(store)
    good = {key: next((r for r in series if r.status == "completed"), None) for key, series in grouped(before).items()}
    choices = with_sizes(store, chosen(store, before, keep=0))
    bytes_of = {c.run.id: c.size for c in choices if not c.kept}
    assert all(size > 500 for size in bytes_of.values())
    gone, total = removed(store, choices, pytest.fail)
    assert {c.run.id for c in gone} == set(bytes_of) and total == sum(bytes_of.values())
    left = update_index(store)
    assert left == list_runs(store) == [run for run in good.values() if run]
    assert not any(store.exists(name) for name in bytes_of)
    assert [one.size for one in with_sizes(store, [Choice(r) for r in left])] == [store.run_size(left[0].id)]
    assert not store.remove_run("noise-1")


def test_the_run_to_which_a_pointer_leads_stays(store: Store):
    oldest = list_runs(store)[-1]
    point_latest(store, "noise-latest", oldest.id)
    kept = {c.run.id: c.kept for c in chosen(store, list_runs(store), keep=0) if c.kept}
    assert kept[oldest.id] == "noise-latest leads to it" and len(kept) == 2


def test_what_cannot_be_read_or_holds_more_than_a_run_stays(store: Store):
    name = list_runs(store)[0].id
    store.write(f"{name}/more/of/mine.txt", b"mine")
    store.write("broken/run.json", b"{")
    choices = with_sizes(store, chosen(store, list_runs(store), keep=0))
    kept = {c.run.id: c.kept for c in choices if c.kept}
    assert kept["broken"] == "it cannot be read" and kept[name] == "its folder holds more than a run"
    removed(store, choices, pytest.fail)
    assert store.read(f"{name}/more/of/mine.txt", 10) == b"mine" and store.exists("broken/run.json")


def test_a_removal_that_was_broken_off_left_no_run_and_the_next_one_finishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = LocalStore(tmp_path)
    one, two = put(store, record(1)), put(store, record(2))

    def broken(path: os.PathLike, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", broken)
        with pytest.raises(KeyboardInterrupt):
            store.remove_run(one)
    assert store.runs() == [two] and not (tmp_path / one).exists()
    assert len(list(tmp_path.iterdir())) == 2
    assert store.remove_run(two) and list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_removed_is_named_and_the_others_go(store: Store, monkeypatch: pytest.MonkeyPatch):
    choices = with_sizes(store, chosen(store, list_runs(store), failed=True))
    stuck, real = choices[1].run.id, store.remove_run

    def remove(name: str) -> bool:
        if name == stuck:
            raise PermissionError("not yours")
        return real(name)

    monkeypatch.setattr(store, "remove_run", remove)
    said: list[str] = []
    gone, _ = removed(store, choices, lambda one, error: said.append(f"{one.run.id}: {error}"))
    assert said == [f"{stuck}: not yours"] and len(gone) == len(choices) - 1


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "..x/y", ""])
def test_only_a_name_in_the_store_can_be_removed(store: Store, name: str):
    with pytest.raises((ValueError, IndexError)):
        store.remove_run(name)


def test_ages_are_hours_days_or_weeks():
    assert [age_of(t) for t in ("12h", " 90d ", "2 w")] == [timedelta(hours=12), timedelta(90), timedelta(14)]
    for text in ("90", "d", "-1d", "0d", "1y", "1.5d", "12345d", "9d 1h"):
        with pytest.raises(ValueError, match="expected hours, days or weeks"):
            age_of(text)
