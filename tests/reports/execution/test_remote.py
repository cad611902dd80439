"""Reports from and to S3, with a real server in a process of its own, which also fails half-way."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("papermill", reason="papermill comes with the report extra")
s3fs = pytest.importorskip("s3fs", reason="s3fs comes with the s3 extra")
pytest.importorskip("moto", reason="moto comes with the dev extra")

from failing_proxy import Proxy, failing_proxy  # noqa: E402
from s3_server import s3_server  # noqa: E402

from aewidgets.commands.report import report as command  # noqa: E402
from aewidgets.reports.stores.opening import open_store  # noqa: E402

pytestmark = pytest.mark.long

MakeNotebook = Callable[..., Path]
RUN = ["--quiet", "--out", "s3://bucket/team/runs"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start the server and return the environment in which boto finds it."""
    with s3_server(tmp_path_factory.mktemp("s3")) as environment:
        yield environment


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[s3fs.S3FileSystem]:
    """Return the file system of the server, with an empty bucket."""
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem(use_listings_cache=False)
    for path in fs.find("bucket"):
        fs.rm_file(path)
    yield fs
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def through(s3: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> Callable[[Proxy], None]:
    """Return a function that makes the command reach the server through a proxy."""

    def use(proxy: Proxy) -> None:
        s3fs.S3FileSystem.clear_instance_cache()
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # boto's own attempts; s3fs repeats each five times

    return use


def test_a_notebook_from_s3_leaves_its_run_there(s3: s3fs.S3FileSystem, make_notebook: MakeNotebook):
    path = make_notebook("n: int = 3", "from aewidgets.reports import record; record(double=2 * n)")
    s3.put_file(str(path), "bucket/nb/small.ipynb")
    result = CliRunner().invoke(command, ["s3://bucket/nb/small.ipynb", *RUN, "-p", "n", "5"])
    assert result.exit_code == 0, result.output
    page = result.stdout.strip()
    name = page.split("/")[-2]
    assert page == f"s3://bucket/team/runs/{name}/small.html"
    store = open_store("s3://bucket/team/runs")
    assert store.runs() == [name]
    record = json.loads(store.read(f"{name}/run.json", 100_000))
    assert (record["id"], record["status"], record["parameters"]) == (name, "completed", {"n": 5})
    assert json.loads(store.read(f"{name}/metrics.json", 1000)) == {"double": 10}
    assert store.read("small-latest.txt", 1000).decode() == f"{name}\n"
    assert b"double" in store.read(f"{name}/small.ipynb", 10**6)
    assert s3.info(f"bucket/team/runs/{name}/small.html")["ContentType"] == "text/html; charset=utf-8"
    assert s3.cat_file("bucket/nb/small.ipynb") == path.read_bytes()


def test_what_is_not_there_starts_nothing(s3: s3fs.S3FileSystem):
    result = CliRunner().invoke(command, ["s3://bucket/nb/none.ipynb", *RUN])
    assert result.exit_code == 5 and "none.ipynb" in result.stderr
    assert s3.find("bucket") == []


def test_a_server_that_fails_half_way_leaves_no_run_and_the_run_is_kept_here(
    s3: s3fs.S3FileSystem,
    make_notebook: MakeNotebook,
    through: Callable[[Proxy], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = make_notebook(None, "print('hours of work')")
    with failing_proxy(os.environ["AWS_ENDPOINT_URL"], left=2, dies=True) as proxy:
        through(proxy)
        result = CliRunner().invoke(command, [str(path), *RUN])
    assert result.exit_code == 5 and "Error: " in result.stderr
    kept = Path(result.stderr.strip().rpartition("The files of the run were kept in ")[2])
    assert kept.parent == tmp_path and "hours of work" in (kept / "small.html").read_text(encoding="utf-8")
    assert json.loads((kept / "run.json").read_text(encoding="utf-8"))["status"] == "completed"
    assert [key for key in s3.find("bucket") if key.endswith(("run.json", ".txt", "index.jsonl"))] == []


def test_a_server_that_fails_for_a_while_is_asked_again(
    s3: s3fs.S3FileSystem,
    make_notebook: MakeNotebook,
    through: Callable[[Proxy], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("aewidgets.reports.execution.retries.FIRST_PAUSE", 0.01)
    path = make_notebook(None, "print(1)")
    with failing_proxy(os.environ["AWS_ENDPOINT_URL"], left=2, fails=12) as proxy:
        through(proxy)
        result = CliRunner().invoke(command, [str(path), *RUN, "--retries", "4"])
        assert result.exit_code == 0, result.output
        (name,) = open_store("s3://bucket/team/runs").runs()
        attempts = json.loads(s3.cat_file(f"bucket/team/runs/{name}/run.json"))["attempts"]
    assert [row["status"] for row in attempts] == ["completed", "storage failed"]
