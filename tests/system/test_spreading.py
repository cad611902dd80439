"""Items run in other processes: each comes back once, whatever its neighbours do, and nothing is left running."""

import os
import signal
import sys
from pathlib import Path

import pytest
from clusters import alive, cluster, deadly, process, soon, square, stop, threads, until_unwanted

from aewidgets.system.spreading import ClusterError, clusters, engine, spread, wanted

pytest.importorskip("distributed")

pytestmark = pytest.mark.long
SCRIPT = """
from pathlib import Path
from clusters import long_work
from aewidgets.system.spreading import spread
if __name__ == "__main__":
    for outcome in spread(long_work, [Path("a"), Path("b")], workers=2):
        print(outcome)
"""


@pytest.fixture(scope="module")
def loopback(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as (address, _):
        yield address


def numbers(folder: Path) -> list[int]:
    return [int(path.read_text() or 0) for path in (folder / "a", folder / "b") if path.exists()]


def test_every_item_comes_back_once_and_errors_stop_no_others():
    found = list(spread(square, range(8), workers=2))
    assert sorted(outcome.item for outcome in found) == list(range(8))
    results = {outcome.item: outcome.result for outcome in found if outcome.error is None}
    assert results == {n: n * n for n in range(8) if n not in (3, 4)}
    errors = {outcome.item: str(outcome.error) for outcome in found if outcome.error}
    assert errors == {3: "three is not squared here", 4: "SystemExit: four ends"}


def test_a_cluster_gives_the_same_results_as_processes_here(loopback):
    here = {outcome.item: outcome.result for outcome in spread(square, range(6), workers=1)}
    there = {outcome.item: outcome.result for outcome in spread(square, iter(range(6)), scheduler=loopback)}
    assert there == here


def test_threads_are_capped_so_that_workers_do_not_fight(loopback, monkeypatch):
    monkeypatch.setattr(engine, "core_count", lambda: 6)
    (local,) = spread(threads, [0], workers=1)
    assert local.result == ("6", "6")
    assert [outcome.result for outcome in spread(threads, range(2), workers=2)] == [("3", "3")] * 2
    assert [outcome.result for outcome in spread(threads, [0], scheduler=loopback)] == [("1", "1")]


def test_an_item_that_kills_its_workers_is_given_up_after_three_and_alone(tmp_path):
    paths = [tmp_path / name for name in ("a", "deadly", "b", "c", "d")]
    found = {outcome.item.name: outcome for outcome in spread(deadly, paths, workers=2)}
    assert {name for name, outcome in found.items() if outcome.error is None} == {"a", "b", "c", "d"}
    assert str(found["deadly"].error) == "its process died 3 times, perhaps for lack of memory"
    assert (tmp_path / "deadly").read_text() == "xxx"


def test_an_item_of_a_dead_worker_is_run_again_by_another(tmp_path):
    with cluster(tmp_path, workers=2) as (address, workers):
        paths = [tmp_path / str(number) for number in range(12)]
        outcomes = spread(deadly, paths, scheduler=address)
        found = [next(outcomes)]
        os.kill(workers[0].pid, signal.SIGKILL)
        found += outcomes
    assert sorted(outcome.result for outcome in found) == sorted(path.name for path in paths)


def test_a_function_on_a_cluster_learns_that_its_result_is_not_wanted(loopback, tmp_path):
    assert wanted()
    outcomes = spread(_either, [tmp_path / "quick", tmp_path / "slow"], scheduler=loopback)
    next(outcomes)
    outcomes.close()
    assert soon(lambda: (tmp_path / "slow").read_text() == "ended")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_neither_ctrl_c_nor_a_kill_leaves_a_process_behind(tmp_path, number):
    (tmp_path / "script.py").write_text(SCRIPT)
    client = process(sys.executable, "script.py", cwd=tmp_path)
    try:
        assert soon(lambda: len([n for n in numbers(tmp_path) if n]) == 2)
        children = numbers(tmp_path)
        if number == signal.SIGINT:
            os.killpg(client.pid, number)  # as a terminal does
        else:
            os.kill(client.pid, number)
        assert client.wait(120) != 0
        assert soon(lambda: not any(map(alive, children)), 120)
    finally:
        stop(client)


def test_a_cluster_that_cannot_be_reached_is_an_error_in_words(tmp_path, monkeypatch):
    with monkeypatch.context() as soon_given_up:  # a scheduler that is there may take longer on a busy machine
        soon_given_up.setattr(clusters, "_CONNECTING", 1.0)
        with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: "):
            list(spread(square, [1], scheduler="tcp://127.0.0.1:9"))
    with cluster(tmp_path, workers=0) as (address, _):
        monkeypatch.setattr(clusters, "_FIRST_WORKER", 0.2)
        with pytest.raises(ClusterError, match=f"{address} has no workers; start some with `dask worker"):
            list(spread(square, [1], scheduler=address))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'aewidgets\[dask\]'"):
        spread(square, [1])


def test_workers_must_have_the_same_aewidgets(loopback, monkeypatch):
    monkeypatch.setattr(clusters, "_installed", lambda: "0.0.0")
    with pytest.raises(ClusterError, match=r"has aewidgets .*, this process 0\.0\.0"):
        list(spread(square, [1], scheduler=loopback))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "expected at least 1 worker, got 0"),
        ({"scheduler": "tcp://a:1", "workers": 2}, "expected a scheduler or a number of workers, got both"),
        ({"scheduler": "localhost:8786"}, "expected a scheduler's address, tcp://HOST:PORT"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_starts(options, words):
    with pytest.raises(ValueError, match=words):
        spread(square, [1], **options)


def _either(path: Path) -> None:
    """Wait as long as the path's name says; pickled by value, since workers cannot import this file."""
    if path.name == "slow":
        until_unwanted(path)
    else:
        soon((path.parent / "slow").exists)
