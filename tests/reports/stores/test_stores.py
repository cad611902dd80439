"""A store returns the bytes that it was given, shows a run whole or not at all, and never leads out of itself."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.stores.opening import open_store, read_url
from aewidgets.reports.stores.store import PlaceError, Store, StoreError, names_from
from aewidgets.system.locks import LockedError

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a bucket on moto's server, which runs in a process of its own."""
    pytest.importorskip("moto", reason="moto comes with the dev extra")
    s3fs = pytest.importorskip("s3fs", reason="s3fs comes with the s3 extra")
    from s3_server import s3_server

    with s3_server(tmp_path_factory.mktemp("s3")) as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        yield "s3://bucket"
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return an empty store of each kind."""
    if request.param == "folder":
        return open_store(tmp_path / "out")
    base = request.getfixturevalue("s3") if request.param == "s3" else "memory://"
    return open_store(f"{base}/{uuid.uuid4().hex}/runs")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a folder with the files of a finished run."""
    folder = tmp_path / "a run"
    folder.mkdir()
    files = {"run.json": '{"id": null}', "metrics.json": "{}", "x.html": "<p>ä</p>", "x.ipynb": "{}", "empty": ""}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_what_is_written_is_read_and_replaced(store: Store):
    assert not store.exists("a/b.txt")
    for data in (b"first", b"", bytes(range(256)) * 300):
        store.write("a/b.txt", data)
        assert store.read("a/b.txt", 100_000) == data
    assert store.exists("a/b.txt") and store.exists("a")


def test_nothing_is_read_that_is_not_there_or_too_long(store: Store):
    store.write("x", b"12345")
    assert store.read("x", 5) == b"12345"
    with pytest.raises(ValueError, match="at most 4 bytes"):
        store.read("x", 4)
    with pytest.raises(FileNotFoundError):
        store.read("y", 4)


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "", "a//b", ".", "a\\..\\b", "a\0b", "x" * 2000])
def test_no_name_leads_out_of_a_store(store: Store, run: Path, name: str):
    acts = (lambda: store.read(name, 9), lambda: store.write(name, b""), lambda: store.put_run(run, name))
    for act in (*acts, lambda: store.exists(name)):
        with pytest.raises(PlaceError, match="expected"):
            act()


def test_a_store_that_is_not_there_yet_has_no_runs(store: Store):
    assert store.runs() == []


def test_runs_get_free_names_and_their_files_are_those_of_the_folder(store: Store, run: Path):
    named: list[str] = []
    assert [store.put_run(run, "x", named=named.append) for _ in range(3)] == ["x", "x-2", "x-3"] == named
    assert store.put_run(run, "x-failed") == "x-failed" and store.put_run(run, "x-failed") == "x-2-failed"
    assert store.runs() == ["x", "x-2", "x-2-failed", "x-3", "x-failed"]
    for path in run.iterdir():
        assert store.read(f"x-2/{path.name}", 1000) == path.read_bytes()


def test_a_run_can_hold_the_name_that_it_gets(store: Store, run: Path):
    store.put_run(run, "x")
    name = store.put_run(run, "x", named=lambda name: (run / "run.json").write_text(json.dumps({"id": name})))
    assert json.loads(store.read(f"{name}/run.json", 100)) == {"id": name}


def test_an_exclusive_name_is_given_once(store: Store, run: Path):
    assert store.put_run(run, "x", exclusive=True) == "x"
    before = store.stamps()
    with pytest.raises(FileExistsError):
        store.put_run(run, "x", exclusive=True)
    assert store.stamps() == before


def test_a_removed_run_is_gone_with_all_its_files_and_its_name_is_free(store: Store, run: Path):
    size = sum(path.stat().st_size for path in run.iterdir())
    store.put_run(run, "a")
    store.put_run(run, "ab")
    assert store.run_size("a") == size and store.run_size("no") is None
    assert store.remove_run("a") and not store.remove_run("a")
    assert store.runs() == ["ab"] and not any(store.exists(f"a/{path.name}") for path in run.iterdir())
    assert store.run_size("ab") == size and store.put_run(run, "a", exclusive=True) == "a"
    store.write("a/more/mine.txt", b"mine")
    assert store.run_size("a") is None and not store.remove_run("a") and store.exists("a/run.json")


def test_what_is_no_finished_run_is_refused(store: Store, run: Path):
    (run / "inner").mkdir()
    with pytest.raises(ValueError, match="got inner"):
        store.put_run(run, "x")
    (run / "inner").rmdir()
    (run / "run.json").unlink()
    with pytest.raises(ValueError, match="found none"):
        store.put_run(run, "x")
    assert store.runs() == [] and not store.exists("x")


def test_of_writers_at_one_time_each_gets_a_name_of_its_own(store: Store, tmp_path: Path):
    names: dict[int, str] = {}

    def publish(number: int) -> None:
        folder = tmp_path / f"run {number}"
        folder.mkdir()
        for name in ("run.json", "metrics.json"):
            (folder / name).write_text(str(number))
        names[number] = store.put_run(folder, "x")

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(names.values()) == store.runs() and len(set(names.values())) == 8
    for number, name in names.items():
        assert {store.read(f"{name}/{file}", 9) for file in ("run.json", "metrics.json")} == {str(number).encode()}


def test_numbers_stand_before_the_word_that_a_run_failed():
    assert [name for name, _ in zip(names_from("a"), range(3), strict=False)] == ["a", "a-2", "a-3"]
    assert [name for name, _ in zip(names_from("a-failed"), range(2), strict=False)] == ["a-failed", "a-2-failed"]


@pytest.mark.parametrize("url", ["nosuch://x/y", "s3://me:secret@bucket/x", "s3://", "simplecache::s3://b/x"])
def test_urls_of_no_kind_and_with_passwords_are_refused(url: str):
    with pytest.raises(PlaceError) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_files_are_read_by_path_and_by_url(store: Store, tmp_path: Path):
    store.write("folder/x.ipynb", b"text")
    assert read_url(f"{store.url}/folder/x.ipynb", 10) == b"text"
    (tmp_path / "y z").write_bytes(b"text")
    assert read_url(f"file://{tmp_path}/y z", 10) == read_url(tmp_path / "y z", 10) == b"text"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes are POSIX's")
def test_links_that_lead_out_and_pipes_are_not_read(tmp_path: Path):
    store = open_store(tmp_path / "out")
    store.write("run/run.json", b"{}")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "out" / "run" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(PlaceError, match="leads out"):
        store.read("run/link", 100)
    os.mkfifo(tmp_path / "out" / "pipe")
    with pytest.raises(OSError, match="expected a file"):
        store.read("pipe", 100)
    (tmp_path / "out" / "run-latest").symlink_to("run")
    assert store.runs() == ["run"]


def test_a_lock_is_held_by_one_thread_and_waited_for(tmp_path: Path):
    store = open_store(tmp_path)
    done: list[str] = []

    def second() -> None:
        with store.lock("x", 30):
            done.append("second")

    with store.lock("x", 0):
        with pytest.raises(LockedError), store.lock("x", 0.1):
            pass
        with store.lock("y", 0):
            pass
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        done.append("first")
    thread.join(30)
    assert done == ["first", "second"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX's")
def test_a_lock_ends_with_its_process(tmp_path: Path):
    code = (
        "import sys, time; from aewidgets.reports.stores.opening import open_store\n"
        f"with open_store({str(tmp_path)!r}).lock('x', 0):\n print('held', flush=True); time.sleep(300)"
    )
    store = open_store(tmp_path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(LockedError), store.lock("x", 0):
            pass
        process.kill()
        process.wait(20)
        with store.lock("x", 10):
            pass


def test_object_stores_have_no_locks():
    store = open_store("memory://locks")
    with store.lock("x", 0), store.lock("x", 0):
        assert not store.is_local


@pytest.mark.parametrize("puts", [0, 4])
def test_a_server_that_goes_away_leaves_no_run(s3: str, run: Path, monkeypatch: pytest.MonkeyPatch, puts: int):
    """The server goes away after this number of the five PUTs of a run, the last of which is run.json."""
    from failing_proxy import failing_proxy

    path = f"{s3}/{uuid.uuid4().hex}"
    behind = open_store(path)
    with failing_proxy(os.environ["AWS_ENDPOINT_URL"], left=puts, dies=True) as proxy:
        store = _through(proxy.url, path, monkeypatch)
        with pytest.raises(OSError) as caught:
            store.put_run(run, "x")
    assert path in str(caught.value)
    assert behind.runs() == [] and not behind.exists("x/run.json")
    assert behind.exists("x") == (puts > 0)  # the files that could not be removed are not a run
    assert behind.put_run(run, "x", exclusive=True) == "x" and behind.runs() == ["x"]


def test_what_was_written_before_an_error_is_removed(s3: str, run: Path, monkeypatch: pytest.MonkeyPatch):
    from failing_proxy import failing_proxy

    path = f"{s3}/{uuid.uuid4().hex}"
    with failing_proxy(os.environ["AWS_ENDPOINT_URL"], left=4) as proxy, pytest.raises(OSError):
        _through(proxy.url, path, monkeypatch).put_run(run, "x")
    assert not open_store(path).exists("x")


def test_a_server_that_is_gone_is_said_in_words(s3: str, monkeypatch: pytest.MonkeyPatch):
    from benchmarks.browsing import free_port

    store = _through(f"http://127.0.0.1:{free_port()}", f"{s3}/x", monkeypatch)
    with pytest.raises(StoreError, match=r"cannot list s3://bucket/x: .*Could not connect"):
        store.runs()


def _through(url: str, path: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store whose requests go to another address."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        store = open_store(path)
        store._fs.connect()  # s3fs reads the environment here
    s3fs.S3FileSystem.clear_instance_cache()
    return store
