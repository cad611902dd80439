"""The index agrees with the run folders, whatever is in them, and however many writers there are at once."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import run_folders
from run_folders import put, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.runs import index as index_module
from aewidgets.reports.runs.index import INDEX, PAGE, list_runs, rebuild_index, update_index
from aewidgets.reports.runs.run import UNREADABLE, from_line
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.store import Store
from aewidgets.system.locks import LockedError

pytestmark = pytest.mark.long


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return a store on a disk, or one that has neither locks nor renames."""
    return open_store(tmp_path / "runs" if request.param == "folder" else f"memory://{tmp_path.name}/runs")


def ids(runs) -> list[str]:
    return [run.id for run in runs]


def lines(store: Store) -> list[dict]:
    return [json.loads(line) for line in store.read(INDEX, 10**8).splitlines()]


def on_page(store: Store) -> list[str]:
    """Return the ids of the runs on the page."""
    text = store.read(PAGE, 10**8).decode()
    assert text.endswith("</html>")
    data = text.split('<script type="application/json" id="runs-data">')[1].split("</script>")[0]
    return [run["id"] for run in json.loads(data)["runs"]]


def raw(store: Store, name: str, text: str | bytes) -> None:
    """Write a run folder with the given text as its run.json."""
    store.write(f"{name}/run.json", text.encode() if isinstance(text, str) else text)


def test_the_index_has_a_line_a_run_and_the_page_the_same_runs(store: Store):
    names = [put(store, record(n, parameters={"sigma": 0.1}), {"psnr_db": 30.0 + n}) for n in range(3)]
    assert ids(update_index(store)) == names[::-1]
    found = lines(store)
    assert [one["id"] for one in found] == names
    assert {key: found[2][key] for key in ("notebook", "status", "exit_code", "started", "seconds", "metrics")} == {
        "notebook": "noise.ipynb", "status": "completed", "exit_code": 0, "started": "2026-09-03T06:00:00+00:00",
        "seconds": 44.0, "metrics": {"psnr_db": 32.0},
    }  # fmt: skip
    assert found[2]["links"] == {
        "record": f"{names[2]}/run.json", "metrics": f"{names[2]}/metrics.json",
        "page": f"{names[2]}/noise.html", "notebook": f"{names[2]}/noise.ipynb",
    }  # fmt: skip
    assert on_page(store) == names[::-1]


def test_listing_needs_no_index_and_writes_none(store: Store):
    name = put(store, record())
    assert ids(list_runs(store)) == [name]
    assert not store.exists(INDEX) and not store.exists(PAGE)


def test_a_store_without_runs_has_an_empty_index(store: Store):
    assert (list_runs(store), rebuild_index(store), lines(store), on_page(store)) == ([], [], [], [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{nonsense", "Expecting property name"),
        ("", "Expecting value"),
        ("[1, 2]", "expected a JSON object, got list"),
        (b"\xff\xfe{}\x00", "not UTF-8"),
        ('{"status": NaN}', "NaN is not JSON"),
        ('{"status": 3}', "no status"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ('{"status": "' + "x" * 1_000_001 + '"}', "at most 1,000,000 bytes"),
    ],
)
def test_a_broken_record_is_a_row_that_says_so(store: Store, text: str | bytes, words: str):
    good = put(store, record())
    raw(store, "broken", text)
    runs = update_index(store)
    assert ids(runs) == [good, "broken"]
    assert runs[1].status == UNREADABLE and words in (runs[1].problem or "")
    assert on_page(store) == [good, "broken"]


def test_values_of_wrong_types_are_absent_and_long_ones_are_cut(store: Store):
    long = {f"p{n}": "x" * 2_000 for n in range(300)}
    odd = {
        "status": "completed\x1b[2J\u202e", "exit_code": "0", "started": "yesterday", "seconds": -1, "seeds": 3,
        "notebook": 7, "notebook_sha256": "no", "parameters_sha256": 5, "failure": [], "requirements": {"a": 1},
        "parameters": long, "versions": "all", "machine": None,
    }  # fmt: skip
    raw(store, "odd", json.dumps(odd))
    store.write("odd/metrics.json", json.dumps({"huge": 10**400, "deep": [[[[[[[[[[1]]]]]]]]]], "fine": 2}).encode())
    (run,) = update_index(store)
    assert run.status == "completed\ufffd[2J\ufffd"
    assert [run.exit_code, run.started, run.seconds, run.notebook, run.notebook_sha256] == [None] * 5
    assert (run.seeds, run.failure, run.requirements, run.versions, run.machine) == ({}, {}, (), {}, {})
    assert run.metrics["fine"] == 2 and run.metrics["huge"] is None
    assert len(run.parameters) == 200 and len(lines(store)[0]["parameters"]["p0"]) == 400
    assert len(store.read(INDEX, 10**8)) < 40_000


@pytest.mark.parametrize("name", ["../other.ipynb", "/etc/passwd.ipynb", "a/b.ipynb", "..\\x.ipynb", ".hidden.ipynb"])
def test_a_link_that_leaves_the_folder_is_dropped(store: Store, name: str):
    put(store, record(name="other"), name="there")
    raw(store, "odd", json.dumps(record() | {"notebook": name}))
    (odd,) = (run for run in update_index(store) if run.id == "odd")
    assert (odd.notebook, set(odd.links)) == (None, {"record"})


def test_a_link_that_a_line_of_the_index_smuggles_in_is_dropped(store: Store):
    name = put(store, record())
    update_index(store)
    (line,) = lines(store)
    line["links"] = {"page": "../../secret.html", "notebook": f"{name}/../x.ipynb", "other": f"{name}/x", "record": 3}
    store.write(INDEX, (json.dumps(line) + "\n").encode())
    assert list_runs(store)[0].links == {}


def counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which every name that is read from now on is added."""
    seen: list[str] = []
    before = store.read
    monkeypatch.setattr(store, "read", lambda name, limit: [seen.append(name), before(name, limit)][1])
    return seen


def test_runs_that_are_indexed_are_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    for n in range(3):
        put(store, record(n))
    update_index(store)
    new = put(store, record(3))
    seen = counted(store, monkeypatch)
    assert len(update_index(store)) == 4
    assert {name for name in seen if "/" in name} == {f"{new}/run.json", f"{new}/metrics.json", f"{new}/noise.ipynb"}


def test_an_index_that_is_up_to_date_is_not_written_again(store: Store, monkeypatch: pytest.MonkeyPatch):
    put(store, record())
    update_index(store)
    monkeypatch.setattr(store, "write", lambda *_: pytest.fail("wrote"))
    assert len(update_index(store)) == 1


def test_a_run_that_was_made_anew_under_its_name_is_read_again(store: Store):
    name = put(store, record(), {"psnr_db": 30})
    update_index(store)
    raw(store, name, json.dumps(record(status="cell failed")))
    store.write(f"{name}/metrics.json", b'{"psnr_db": 20}')
    (run,) = update_index(store)
    assert (run.status, run.metrics) == ("cell failed", {"psnr_db": 20})


def test_a_run_whose_folder_is_gone_leaves_the_index(tmp_path: Path):
    store = open_store(tmp_path)
    names = [put(store, record(n)) for n in range(2)]
    update_index(store)
    (tmp_path / names[0] / "run.json").unlink()
    assert ids(update_index(store)) == on_page(store) == [names[1]]


@pytest.mark.parametrize("update", [update_index, rebuild_index])
@pytest.mark.parametrize("damage", ["no index", "no page", "half an index", "half a page", "nonsense", "a stranger"])
def test_deleted_or_damaged_files_are_made_again(store: Store, damage: str, update: Callable):
    names = [put(store, record(n)) for n in range(3)]
    update_index(store)
    good, page = store.read(INDEX, 10**7), store.read(PAGE, 10**7)
    other = {**json.loads(good.splitlines()[0]), "id": "nobody"}
    changes = {
        "no index": (INDEX, b""), "no page": (PAGE, b""), "half an index": (INDEX, good[: len(good) // 2]),
        "half a page": (PAGE, page[: len(page) // 2]), "nonsense": (INDEX, b"\xff\x00{]\n\n{}\n[]\n3\n"),
        "a stranger": (INDEX, good + json.dumps(other).encode() + b"\n"),
    }  # fmt: skip
    store.write(*changes[damage])
    update(store)
    assert store.read(INDEX, 10**7) == good
    assert on_page(store) == names[::-1]


def test_a_run_without_the_hash_of_its_parameters_is_grouped_with_those_that_have_it(store: Store):
    from aewidgets.reports.parameters.cell import parameters_sha256

    put(store, record(parameters={"b": 1, "a": [2]}))
    assert list_runs(store)[0].parameters_sha256 == parameters_sha256({"a": [2], "b": 1})


def test_a_line_gives_back_the_run_that_it_was_written_of(store: Store):
    put(store, record(3, status="cell failed", parameters={"s": "ü\u2028<\ud800", "n": None}), {"a": {"b": [1, 2.5]}})
    raw(store, "broken", "{")
    written = update_index(store)
    text = store.read(INDEX, 10**7).decode("ascii").splitlines()
    assert [from_line(line)[0] for line in text][::-1] == written


def test_a_slow_writer_that_puts_an_older_state_over_a_newer_one_finds_out(monkeypatch: pytest.MonkeyPatch):
    """Another writer publishes and indexes a run between the listing and the writing; both runs are in the index."""
    slow, quick = (open_store("memory://slow/runs") for _ in range(2))
    put(slow, record(0), name="first")
    before, done = slow.write, []

    def late(name: str, data: bytes) -> None:
        if not done:
            done.append(put(quick, record(1), name="second"))
            update_index(quick)
            assert on_page(quick) == ["second", "first"]
        before(name, data)

    monkeypatch.setattr(slow, "write", late)
    update_index(slow)
    assert on_page(slow) == ["second", "first"]
    assert [one["id"] for one in lines(slow)] == ["first", "second"]


def test_a_page_that_another_left_behind_its_index_is_made_again(store: Store):
    put(store, record(0))
    update_index(store)
    old = store.read(PAGE, 10**7)
    put(store, record(1))
    update_index(store)
    store.write(PAGE, old)
    update_index(store)
    assert len(on_page(store)) == 2


def test_a_store_that_fails_for_a_while_is_not_remembered(store: Store, monkeypatch: pytest.MonkeyPatch):
    name = put(store, record())
    before = store.read

    def broken(path: str, limit: int) -> bytes:
        if path.endswith("metrics.json"):
            raise PermissionError(13, "Permission denied")
        return before(path, limit)

    monkeypatch.setattr(index_module, "_ROUNDS", 3)
    monkeypatch.setattr(store, "read", broken)
    assert [(run.status, run.problem) for run in update_index(store)] == [(UNREADABLE, "Permission denied")]
    monkeypatch.setattr(store, "read", before)
    assert [(run.id, run.status) for run in update_index(store)] == [(name, "completed")]


def test_a_locked_index_is_not_waited_for_longer_than_asked(tmp_path: Path):
    store = open_store(tmp_path)
    put(store, record())
    with store.lock("index"), pytest.raises(LockedError):
        update_index(store, wait=0.1)


class Watcher(threading.Thread):
    """A thread that reads index and page over and over, and notes how many runs each holds."""

    def __init__(self, store: Store):
        super().__init__(daemon=True)
        self.store, self.stop = store, threading.Event()
        self.lines: list[int] = []
        self.rows: list[int] = []
        self.torn: list[BaseException] = []

    def run(self) -> None:
        while not self.stop.wait(0.01):
            try:
                self.lines.append(len(lines(self.store)))
                self.rows.append(len(on_page(self.store)))
            except FileNotFoundError:
                continue
            except BaseException as error:
                self.torn.append(error)
                return


def write_at_once(url: str, processes: int, threads: int, **environment: str) -> None:
    """Run `processes * threads` writers at once, each of which publishes a run and updates the index."""
    program = [sys.executable, run_folders.__file__, url]
    inherited = {**os.environ, "PYTHONPATH": str(Path(run_folders.__file__).parent.parent), **environment}
    started = [
        subprocess.Popen([*program, str(n * threads), str(threads)], env=inherited, stderr=subprocess.PIPE, text=True)
        for n in range(processes)
    ]
    for process in started:
        _, error = process.communicate(timeout=1800)
        assert process.returncode == 0, error


@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.slow)])
def test_of_many_writers_at_once_nothing_is_lost_and_nothing_torn(tmp_path: Path, count: int):
    store = open_store(tmp_path)
    watcher = Watcher(store)
    watcher.start()
    write_at_once(str(tmp_path), 4, count // 4)
    watcher.stop.set()
    watcher.join(30)
    expected = [f"run-{n:04d}" for n in range(count)]
    assert [one["id"] for one in lines(store)] == on_page(store)[::-1] == expected
    assert [one["metrics"] for one in lines(store)] == [{"n": n} for n in range(count)]
    assert watcher.torn == [] and watcher.lines
    assert (watcher.lines, watcher.rows) == (sorted(watcher.lines), sorted(watcher.rows))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [".index.lock"]


@pytest.mark.parametrize(("processes", "threads"), [(1, 3), pytest.param(4, 5, marks=pytest.mark.slow)])
def test_of_many_writers_on_an_object_store_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int, threads: int
):
    """The server is moto's, in a process of its own, and the writers run in other processes."""
    pytest.importorskip("moto", reason="moto comes with the dev extra")
    fsspec = pytest.importorskip("s3fs", reason="s3fs comes with the s3 extra")
    from s3_server import s3_server

    with s3_server(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        fsspec.S3FileSystem.clear_instance_cache()
        store = open_store("s3://bucket/team/runs")
        watcher = Watcher(store)
        watcher.start()
        write_at_once(store.url, processes, threads, **environment)
        watcher.stop.set()
        watcher.join(60)
        expected = [f"run-{n:04d}" for n in range(processes * threads)]
        assert [one["id"] for one in lines(store)] == on_page(store)[::-1] == expected
        assert watcher.torn == [] and watcher.lines
        assert ids(list_runs(store)) == expected[::-1]
    fsspec.S3FileSystem.clear_instance_cache()


def test_a_report_brings_the_index_up_to_date(make_notebook: Callable[..., Path], tmp_path: Path):
    pytest.importorskip("papermill", reason="papermill comes with the report extra")
    from aewidgets.reports.execution.runner import run_report

    show = "from PIL import Image; display(Image.new('RGB', (320, 240), 'teal'))"
    recording = "from aewidgets.reports import record; record(double=2 * n)"
    path = make_notebook("n: int = 3\nseed: int = 7", recording, show)
    reports = [run_report(path, {"n": n}, tmp_path / "out") for n in (1, 2)]
    store = open_store(tmp_path / "out")
    assert on_page(store) == [report.folder.name for report in reports[::-1] if report.folder]
    found = lines(store)
    assert [(one["parameters"], one["seeds"], one["metrics"]) for one in found] == [
        ({"n": n, "seed": 7}, {"seed": 7}, {"double": 2 * n}) for n in (1, 2)
    ]
    assert all(one["thumbnail"].startswith("data:image/webp;base64,") for one in found)
    assert all((tmp_path / "out" / link).is_file() for one in found for link in one["links"].values())
    assert len({one["parameters_sha256"] for one in found}) == 2


def test_an_index_that_cannot_be_written_is_said_and_costs_no_run(make_notebook: Callable[..., Path], tmp_path: Path):
    pytest.importorskip("papermill", reason="papermill comes with the report extra")
    from aewidgets.reports.execution.runner import run_report

    (tmp_path / "out" / INDEX).mkdir(parents=True)
    with pytest.warns(RuntimeWarning, match="is whole, but the index is not up to date"):
        report = run_report(make_notebook(None), out=tmp_path / "out")
    assert report.status == "completed" and report.page and report.page.is_file()
