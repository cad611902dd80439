"""A secret reaches the kernel and nothing else: no file of a run, no line on a terminal, no message of an error."""

import base64
import html
import json
import pickle
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook, new_output

pytest.importorskip("papermill", reason="papermill comes with the report extra")

from aewidgets.cli import main
from aewidgets.reports.secrets import HIDDEN, SecretError, Secrets, secret_names

# Every way of writing changes this value: quotes, a backslash, a sign of HTML, a letter outside ASCII, a space.
VALUE = "pa\"ss'w\\rd <&> ü %41"
LINES = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA0m59\nl2u9iDnMbrXHfqkOrn2d\n-----END KEY-----"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("CI_TOKEN", VALUE)
    monkeypatch.setenv("CI_KEY", LINES)
    return Secrets.of(["TOKEN=env:CI_TOKEN", "KEY=env:CI_KEY"])


WRITTEN = {
    "as it is": VALUE,
    "repr": repr(VALUE)[1:-1],
    "JSON": json.dumps(VALUE)[1:-1],
    "HTML": html.escape(VALUE),
    "HTML of a repr": html.escape(repr(VALUE)[1:-1], quote=False),
    "a URL": urllib.parse.quote(VALUE),
    "a form": urllib.parse.quote_plus(VALUE),
    "one line of a key": LINES.split("\n")[1],
    "a repr of a key": repr(LINES)[1:-1],
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_secret_is_found_however_it_is_written(secrets: Secrets, how: str):
    assert secrets.hidden(f"before {WRITTEN[how]} after") == f"before {HIDDEN} after"
    assert secrets.redacted({"a": [WRITTEN[how], 1, None, True], WRITTEN[how]: 2.5}) == {
        "a": [HIDDEN, 1, None, True], HIDDEN: 2.5
    }  # fmt: skip


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "somebody:"])
def test_a_secret_is_found_inside_base64(secrets: Secrets, before: str):
    text = base64.b64encode(f"{before}{VALUE}{before}".encode()).decode()
    left = secrets.hidden(f"Basic {text}")
    assert HIDDEN in left and len(left.replace(HIDDEN, "")) <= len("Basic ") + len(text) - len(VALUE)


def test_a_secret_is_found_in_any_value_and_other_values_hold_none(secrets: Secrets):
    for value in ({"a": (VALUE,)}, {VALUE: 1}, [{"b": [f"x{VALUE}"]}], {VALUE}, f"{VALUE}!"):
        assert secrets.inside(value) and not Secrets().inside(value)
    for value in (("pass", "word"), {"a": (1, 2.5)}, None, True, {3}, object(), memoryview(b"")):
        assert not secrets.inside(value)


def test_text_without_a_secret_stays_as_it_is(secrets: Secrets):
    text = "pass 'word' <&> %41 " + base64.b64encode(bytes(range(256))).decode()
    assert secrets.hidden(text) == text and secrets.redacted({"x": [text, 3]}) == {"x": [text, 3]}
    notebook = new_notebook(cells=[new_code_cell("1")])
    assert Secrets().kept(notebook) is notebook


def test_a_notebook_stays_a_notebook_and_its_numbers_and_pictures_are_looked_at(monkeypatch: pytest.MonkeyPatch):
    """Words that nbformat itself puts into a file are not replaced, even if one is a secret."""
    monkeypatch.setenv("A", "stream")
    monkeypatch.setenv("B", "123456")
    monkeypatch.setenv("C", "in the metadata of a picture")
    hidden = Secrets.of(["X=env:A", "Y=env:B", "Z=env:C"])
    picture = base64.b64encode(b"\x89PNG tEXt in the metadata of a picture").decode()
    outputs = [
        new_output("stream", name="stdout", text="12"),
        new_output("stream", name="stdout", text="3456 in two pieces"),
        new_output("display_data", data={"application/json": {"pin": 123456}, "image/png": picture}),
        new_output("display_data", data={"image/png": "AAstream"}),  # by chance: bytes of a picture, no text
    ]
    kept = hidden.kept(new_notebook(cells=[new_code_cell("", outputs=outputs)]))
    nbformat.validate(kept)
    stream, *others = kept.cells[0].outputs
    assert (stream.output_type, stream.text) == ("stream", "*** in two pieces")
    assert [dict(one.data) for one in others] == [
        {"application/json": {"pin": HIDDEN}, "text/plain": HIDDEN}, {"image/png": "AAstream"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["TOKEN=env:ABSENT"], "variable ABSENT is not set"),
        (["TOKEN=env:EMPTY"], "variable EMPTY is empty"),
        (["TOKEN=env:SHORT"], "at least 6 characters"),
        (["TOKEN=hunter2222"], "can be read by every user"),
        (["hunter2222"], "expected NAME=env:VARIABLE"),
        (["2=env:EMPTY"], "expected NAME=env:VARIABLE"),
        (["TOKEN=env:"], "the name of a variable"),
        (["TOKEN=env:A B"], "the name of a variable"),
        (["TOKEN=file:/etc/x"], "the name of a variable"),
        (["TOKEN=env:LONG", "TOKEN=env:LONG"], "given twice"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, texts: list[str], said: str
):
    for name, value in {"EMPTY": "", "SHORT": " x1y ", "LONG": "long enough"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("ABSENT", raising=False)
    with pytest.raises(SecretError, match=said) as error:
        Secrets.of(texts)
    assert "hunter2222" not in str(error.value) and "x1y" not in str(error.value)
    if said == "variable ABSENT is not set":
        nbformat.write(new_notebook(), tmp_path / "a.ipynb")
        options = [word for text in texts for word in ("--secret", text)]
        result = CliRunner().invoke(main, ["report", str(tmp_path / "a.ipynb"), "--out", str(tmp_path / "o"), *options])
        assert result.exit_code == 2 and "nothing was started" in result.output
        assert not (tmp_path / "o").exists()


def test_values_are_not_shown_and_not_sent(secrets: Secrets):
    assert VALUE not in repr(secrets) and "KEY" not in repr(secrets)
    with pytest.raises(TypeError, match="not sent"):
        pickle.dumps(secrets)
    assert secret_names(["A=env:B"]) == {"A": "B"}


def everything_in(folder: Path) -> list[tuple[Path, bytes]]:
    """Return all files below a folder with their bytes."""
    return [(path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


SOURCES = [
    "import os, sys\ntoken = os.environ['TOKEN']\nassert token.endswith('%41')\n"
    "assert not {'MAIL', 'AEWIDGETS_SMTP_USER', 'AEWIDGETS_SMTP_PASSWORD'} & set(os.environ)",
    "print(token); print(token, file=sys.stderr); print(token[:9], end='', flush=True)",
    "print(token[9:]); print(os.environ['KEY']); token",
    "import pandas as pd\npd.DataFrame({token: [token], 'pair': [{'t': token}]})",
    "import plotly.graph_objects as go\ngo.Figure(layout_title_text=token).show()\n"
    "from IPython.display import SVG\nSVG(f'<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- {token[:3]} --><text>'\n"
    "    + os.environ['KEY'].splitlines()[2] + '</text></svg>')",
    "from aewidgets.reports import record\nrecord(token=token, keys={token: 1}, psnr_db=30.0)",
    "from IPython.display import HTML, JSON, Markdown, display\nimport html, base64\n"
    "display(HTML(f'<a href=\"/{html.escape(token)}\">x</a>'), JSON({token: token}), Markdown(token))\n"
    "base64.b64encode(b'user:' + token.encode()).decode()",
]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # jupyter_client's sockets
@pytest.mark.parametrize("last", ["raise ValueError(token)", "{}[token]", "import os; os.kill(os.getpid(), 9)"])
def test_no_file_of_a_run_holds_a_secret_and_nothing_printed_does(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secrets: Secrets, last: str
):
    path = make_notebook("n: int = 3  # how many", *(SOURCES if "ValueError" in last else SOURCES[:2]), last)
    monkeypatch.setenv("MAIL", "https://example.org/hooks/T0K3N-of-the-hook")
    options = ["--secret", "TOKEN=env:CI_TOKEN", "--secret", "KEY=env:CI_KEY", "--notify", "threshold=slack:env:MAIL"]
    monkeypatch.setenv("AEWIDGETS_SMTP_USER", "somebody")
    monkeypatch.setenv("AEWIDGETS_SMTP_PASSWORD", "T0K3N-of-the-mail")
    options += ["--notify", "threshold=mail:a@x.org", "--smtp", "smtps://x.org", "--mail-from", "r@x.org"]
    options += ["--notify", f"always=command:sh -c 'cat > {tmp_path}/out/said; cat {tmp_path}/out/said; exit 3'"]
    result = CliRunner().invoke(main, ["report", str(path), "--out", str(tmp_path / "out"), "--quiet", *options])
    assert result.exit_code == (4 if "kill" in last else 1), result.output
    files = everything_in(tmp_path / "out")
    assert {".json", ".jsonl", ".html", ".ipynb", ""} <= {file.suffix for file, _ in files}
    assert "Not told: command sh: it ended with code 3: {" in result.output  # with what it printed, the message itself
    looked_at = [(file.name, data) for file, data in files] + [("the terminal", result.output.encode())]
    forms = [*WRITTEN.values(), "T0K3N", *(LINES.split("\n")), base64.b64encode(b"user:" + VALUE.encode()).decode()]
    for name, data in looked_at:
        text = data.decode("utf-8", "replace")
        found = [form for form in forms if form in text or html.unescape(text).count(form)]
        assert not found, (name, found)
    notebook = next(data.decode() for file, data in files if file.suffix == ".ipynb")
    assert notebook.count(HIDDEN) >= 2
    if "kill" not in last:
        assert HIDDEN in result.output and "Error: cell failed" in result.output


@pytest.mark.long
def test_the_file_that_a_killed_run_leaves_holds_no_secret(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The notebook is written after every cell: look at it in the middle of the run."""
    from aewidgets.reports.execution.runner import run_report

    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    look = (
        "import json, pathlib\nfrom aewidgets.reports import record\n"
        f"(path,) = pathlib.Path({str(tmp_path / 'out')!r}).rglob('*.ipynb')\n"
        "text = path.read_text()\n"
        "(shown,) = [o['text'] for c in json.loads(text)['cells'] for o in c.get('outputs', []) if 'text' in o]\n"
        "record(shown=''.join(shown), bare=os.environ['TOKEN'] in text)"
    )
    path = make_notebook(None, "import os; print('it is', os.environ['TOKEN'])", look)
    report = run_report(path, out=tmp_path / "out", secrets=["TOKEN=env:CI_TOKEN"])
    assert dict(report.metrics) == {"shown": f"it is {HIDDEN}\n", "bare": False}


@pytest.mark.parametrize("where", ["-p", "--require", "--name", "--out", "the notebook"])
def test_a_secret_in_what_a_run_keeps_is_refused_before_anything_runs(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
):
    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    path = make_notebook("text: str = 'none'" if where != "the notebook" else "text: str = 'tok-en-123'", "text")
    arguments: dict[str, Any] = {"--out": str(tmp_path / "out"), "--secret": "TOKEN=env:CI_TOKEN"}
    arguments |= {
        "--require": {"--require": 'text == "tok-en-123"'}, "--name": {"--name": "tok-en-123"},
        "--out": {"--out": str(tmp_path / "tok-en-123")},
    }.get(where, {})  # fmt: skip
    words = [word for pair in arguments.items() for word in pair]
    words += ["-p", "text", "the tok-en-123"] if where == "-p" else []
    result = CliRunner().invoke(main, ["report", str(path), *words])
    assert result.exit_code == 2 and "expected no secret there" in result.output, result.output
    assert "tok-en-123" not in result.output and sorted(tmp_path.iterdir()) == [path]


def test_a_schedule_holds_the_reference_and_no_value(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    make_notebook(None, "1")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    common = ["schedule", "small.ipynb", "--cron", "@daily", "--secret", "TOKEN=env:CI_TOKEN", "--out", "s3://b/runs"]
    for kind in ("cron", "systemd", "github", "gitlab", "kubernetes", "airflow"):
        result = CliRunner().invoke(main, [*common, "--print", kind])
        assert result.exit_code == 0, result.output
        assert "TOKEN=env:CI_TOKEN" in result.output and "tok-en-123" not in result.output
        assert result.output.replace("env:CI_TOKEN", "").count("CI_TOKEN")  # it says where the value is to be put
    result = CliRunner().invoke(main, [*common[:-4], "--secret", "TOKEN=tok-en-123", "--print", "cron"])
    assert result.exit_code == 2 and "tok-en-123" not in result.output


@pytest.mark.slow
def test_a_sweep_sends_references_and_hides_values(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("distributed", reason="dask comes with the dask extra")
    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    path = make_notebook("n: int = 3", "import os; print(n, os.environ['TOKEN'])")
    (tmp_path / "grid.yaml").write_text("grid: {n: [1]}")
    options = ["--out", str(tmp_path / "out"), "--workers", "1", "--quiet", "--secret", "TOKEN=env:CI_TOKEN"]
    result = CliRunner().invoke(main, ["sweep", str(path), str(tmp_path / "grid.yaml"), *options])
    assert result.exit_code == 0, result.output
    files = everything_in(tmp_path / "out")
    assert any(b"1 ***" in data for _, data in files)
    assert not [file for file, data in files if b"tok-en-123" in data]


@pytest.mark.slow
def test_what_the_process_of_a_point_said_last_holds_no_secret(
    make_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A cell writes the secret past its kernel, and kills the process whose last words become the error."""
    from aewidgets.reports.stores.opening import open_store
    from aewidgets.reports.sweeps.points import MARK, PointError, PointRunner, Task

    monkeypatch.setenv("CI_TOKEN", "tok-en-123")
    past = "open(f'/proc/{os.getppid()}/fd/2', 'w').write('last words: ' + os.environ['TOKEN'])"
    path = make_notebook(None, f"import os\n{past}\nos.kill(os.getppid(), 9)")
    open_store(tmp_path / "out").write(MARK, b"{}")
    options = {"secrets": ["TOKEN=env:CI_TOKEN"]}
    runner = PointRunner(path.read_bytes(), path.name, str(tmp_path / "out"), str(tmp_path), options)
    with pytest.raises(PointError, match=r"last words: \*\*\*"):
        runner(Task("point-1", {}))
