"""Notebooks as other people and other programs write them, made here; each under its habit. No assertions here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PYTHON = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
TAGGED = {"tags": ["parameters"]}


@dataclass(frozen=True)
class Stranger:
    """A notebook of somebody else.

    Attributes:
        habit: what is particular about it.
        data: bytes of its file.
        given: parameters as a command line gives them, that it takes.
        refused: parameters that it cannot take, and a part of the words that say so.
        unreadable: a part of the words with which the whole file is refused; empty if it runs.
        file: name of the file.
    """

    habit: str
    data: bytes
    given: dict[str, str] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    unreadable: str = ""
    file: str = "report.ipynb"


def code(source: str | list[str], /, *tags: str, **more: Any) -> dict[str, Any]:
    """Return a code cell; `more` replaces its keys, and None takes a key out."""
    metadata = {"tags": list(tags)} if tags else {}
    cell = {"cell_type": "code", "metadata": metadata, "source": source, "execution_count": None, "outputs": []} | more
    return {key: value for key, value in cell.items() if value is not ...}


def text(source: str, **more: Any) -> dict[str, Any]:
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source} | more


def file(*cells: dict, minor: int = 4, kernel: Any = PYTHON, **metadata: Any) -> bytes:
    """Return the bytes of a notebook of nbformat 4.`minor`; `kernel=None` leaves the kernelspec out."""
    about = ({"kernelspec": kernel} if kernel is not None else {}) | metadata
    if minor >= 5:
        cells = tuple({"id": f"id-{number}", **cell} for number, cell in enumerate(cells))
    document = {"nbformat": 4, "nbformat_minor": minor, "metadata": about, "cells": list(cells)}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def strangers() -> Iterator[Stranger]:
    """Yield all notebooks."""
    yield from _formats()
    yield from _programs()
    yield from _cells()
    yield from _odd_metadata()


def _formats() -> Iterator[Stranger]:
    """Yield notebooks of all formats, with odd bytes and names."""
    plain = (text("# Report"), code("n = 1  # how many", "parameters"), code("print(n)"))
    for minor in range(6):
        yield Stranger(f"nbformat 4.{minor}", file(*plain, minor=minor), {"n": "5"})
    yield Stranger(
        "nbformat 4.5 without ids", file(*plain).replace(b'"nbformat_minor": 4', b'"nbformat_minor": 5'), {"n": "5"}
    )
    same = [cell | {"id": "same"} for cell in plain]
    yield Stranger("nbformat 4.5 with one id for all", file(*same, minor=5), {"n": "5"})
    yield Stranger("a later nbformat", file(*plain, minor=9), {"n": "5"})
    old = {
        "input": ["n = 1"],
        "cell_type": "code",
        "language": "python",
        "outputs": [],
        "collapsed": False,
        "metadata": TAGGED,
    }
    sheets = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [old], "metadata": {}}],
    }
    yield Stranger("nbformat 3 with worksheets", json.dumps(sheets).encode(), {"n": "5"})
    yield Stranger("a byte order mark", b"\xef\xbb\xbf" + file(*plain), {"n": "5"})
    yield Stranger("Windows line ends in the file", file(*plain).replace(b"\n", b"\r\n"), {"n": "5"})
    lines = code("n = 1  # how many\r\nsize = (3, 4)  # of it\r\n", "parameters")
    yield Stranger("Windows line ends in a cell", file(lines, code("print(n)\r\n")), {"n": "5", "size": "5,6"})
    lone = code("label = 'a\x0bb'  # text\nn = 2  # 1..9: how many", "parameters")
    yield Stranger("line separators in a text", file(lone), {"n": "5"}, {"n": ("10", "1..9")})
    yield Stranger("UTF-16", file(*plain).decode().encode("utf-16"), unreadable="not a notebook")
    yield Stranger("a name with spaces and umlauts", file(*plain), {"n": "5"}, file="Prüf bericht №1.ipynb")
    yield Stranger("a very long name", file(*plain), {"n": "5"}, file="報" * 60 + ".ipynb")
    yield Stranger("a name for shells", file(*plain), {"n": "5"}, file="$(x);&#?.ipynb" if "/" else "")
    yield Stranger("cut off", file(*plain)[:200], unreadable="not a notebook")
    yield Stranger("an empty file", b"", unreadable="not a notebook")
    yield Stranger("JSON, but no notebook", b'{"a": [1]}', unreadable="not a notebook")


def _programs() -> Iterator[Stranger]:
    """Yield notebooks as programs leave them."""
    given, below = code("n = 1\nm = 2", "parameters"), code("print(n, m)")
    injected = code("# Parameters\nn = 5\nrun_id = 'scheduled__2026-01-01'\n", "injected-parameters")
    ran = {"papermill": {"parameters": {"n": 5}, "duration": 1.5, "exception": None, "version": "2.6.0"}}
    yield Stranger("executed by papermill", file(given, injected, below, **ran), {"n": "6", "run_id": "x"})
    yield Stranger("executed by papermill, other parameters given", file(given, injected, below, **ran), {"m": "7"},
                   file="報" * 60 + ".ipynb")  # fmt: skip
    top = code("# Parameters\nn = 5\nm = 2\n", "injected-parameters")
    yield Stranger("executed by papermill without a parameters cell", file(top, below, **ran), {"n": "6"})
    mark = text("An Exception was encountered", metadata={"tags": ["papermill-error-cell-tag"]})
    yield Stranger("failed under papermill", file(mark, given, injected, below, **ran), {"n": "6"})
    edited = code("n = 5\nprint('edited by hand')\nhelper = max", "injected-parameters")
    yield Stranger("injected and edited", file(given, edited, below), {"n": "6"})
    airflow = code("import os\nds = '2026-01-01'  # [day]\nbucket = None\ndry_run = False", "parameters")
    yield Stranger(
        "Airflow", file(airflow, code("print(ds)")), {"ds": "2026-02-03", "bucket": "s3://b", "dry_run": "true"}
    )
    form = code(
        '#@title Settings\nn = 10 #@param {type:"slider", min:0, max:100}\nname = "x" #@param ["x", "y"]', "parameters"
    )
    colab = {"colab": {"provenance": [], "name": "r.ipynb", "toc_visible": True}, "accelerator": "GPU",
             "widgets": {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "x"}}}}  # fmt: skip
    yield Stranger(
        "Colab with forms and widgets", file(form, code("print(n, name)"), **colab), {"n": "20", "name": "y"}
    )
    vscode = code("n = 3", "parameters", metadata={"tags": ["parameters"], "vscode": {"languageId": "python"}})
    yield Stranger("VS Code", file(vscode, code("print(n)"), vscode={"interpreter": {"hash": "ab"}}), {"n": "5"})
    there = {"name": ".venv", "display_name": ".venv (3.12)", "language": "python"}
    yield Stranger(
        "VS Code with a kernel of its own", file(vscode, kernel=there), unreadable="'.venv', which is not installed"
    )
    told = {"tags": ["parameters"], "application/vnd.databricks.v1+cell": {"title": "", "nuid": "x"}}
    asks = "try:\n    n = int(dbutils.widgets.get('n'))\nexcept NameError:\n    n = 4"
    widgets = code(asks, metadata=told)
    yield Stranger("Databricks", file(widgets, code("print(n)")), {"n": "5"})
    jupytext = {"jupytext": {"formats": "ipynb,py:percent", "text_representation": {"extension": ".py"}}}
    yield Stranger("jupytext", file(given, below, **jupytext), {"n": "5"})
    out = [{"output_type": "stream", "name": "stdout", "text": ["9 9\n"]}, {"output_type": "error", "ename": "E"}]
    yield Stranger(
        "executed, with outputs", file(given, code("print(n, m)", outputs=out, execution_count=7)), {"n": "5"}
    )
    huge = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 300_000}}]
    yield Stranger("executed, with huge outputs", file(given, code("print(n, m)", outputs=huge)), {"n": "5"})
    picture = text("![x](attachment:x.png)", attachments={"x.png": {"image/png": "AAAA"}})
    yield Stranger("nbconvert, with attachments and raw cells", file(
        picture, {"cell_type": "raw", "metadata": {"format": "text/latex"}, "source": "\\x"}, given, code(""), below,
    ), {"n": "5"})  # fmt: skip
    yield Stranger("no kernelspec", file(given, below, kernel=None), {"n": "5"})
    yield Stranger("no language", file(given, below, kernel={"name": "python3", "display_name": "x"}), {"n": "5"})
    r = {"name": "ir", "display_name": "R", "language": "R"}
    yield Stranger(
        "a notebook in R", file(code("n <- 1", "parameters"), kernel=r), unreadable="'ir', which is not installed"
    )


def _cells() -> Iterator[Stranger]:
    """Yield notebooks with parameters cells of all kinds."""
    n = code("print(n)")
    yield Stranger(
        "None as default", file(code("image = None\nn = None", "parameters"), n), {"image": "cat.png", "n": "3"}
    )
    yield Stranger("no parameters cell", file(n | {"source": "n = 1"}), {}, {"n": ("5", "no parameter 'n'")})
    yield Stranger(
        "an empty parameters cell", file(code("", "parameters"), code("n = 1")), {}, {"n": ("5", "it has none")}
    )
    two = (code("n = 1", "parameters"), code("m = 2", "parameters"), code("print(n, m)"))
    yield Stranger("two parameters cells", file(*two), {"n": "5", "m": "6"})
    yield Stranger(
        "two parameters cells, one after use", file(two[0], n, two[1]), {"m": "6"}, {"n": ("5", "uses it first")}
    )
    yield Stranger("two parameters cells for one name", file(two[0], code("n = 9", "parameters"), n), {"n": "5"})
    yield Stranger("a tag in capitals", file(code("n = 1", "Parameters"), n), {"n": "5"})
    yield Stranger("a tag with spaces", file(code("n = 1", " parameters "), n), {"n": "5"})
    again = (code("n = 1", "parameters"), code("n = 7"), n)
    yield Stranger("set again below", file(*again), {}, {"n": ("5", "sets it again")})
    later = (code("n = 1", "parameters"), code("seen_n = n"), code("n = 7"), n)
    yield Stranger("set again below, after use", file(*later), {}, {"n": ("5", "sets it again")})
    yield Stranger("made sure below", file(again[0], code("n = int(n)\nassert n > 0"), n), {"n": "5"})
    loop = code("for n in range(3):\n    pass")
    yield Stranger("a loop over its name", file(again[0], loop, n), {}, {"n": ("5", "sets it again")})
    hints = "from pathlib import Path\nn: int = 3\npath: Path = None\nname: str | None = None\nrate: float = 1e-3"
    yield Stranger(
        "type hints", file(code(hints, "parameters"), n), {"path": "/x", "name": "y", "rate": "2"}, {"n": ("x", "int")}
    )
    said = "n = None  # type: int  how many\nm = 1 # type: int"
    yield Stranger(
        "type comments", file(code(said, "parameters"), n), {"n": "4", "m": "2"}, {"n": ("x", "expected int")}
    )
    notes = "folder = 'a'  # ../set12\nn = 7  # 5..20, odd\nfiles = 3  # 10..20 files\nkind = 'x'  # one of x, y and z"
    yield Stranger("comments of all kinds", file(code(notes, "parameters"), n), {"n": "8", "files": "4", "kind": "z"},
                   {"kind": ("w", "one of 'x', 'y', 'z'")})  # fmt: skip
    sums = "'''Settings.'''\nhour = 60 * 60\nn = -1e-3\nbits = 1 << 4\nboth = bits + 1"
    yield Stranger(
        "arithmetic", file(code(sums, "parameters"), n), {"hour": "7", "n": "0.5"}, {"bits": ("5", "computes both")}
    )
    things = "n = {1: 'a', 2: 'b'}\nsize = (240, 180)\na = b = 2\nc, d = 1, 'x'\nempty = []\nkinds = {'x'}\nraw = b'1'"
    yield Stranger("literals of all kinds", file(code(things, "parameters"), n),
                   {"n": "{3: c}", "size": "1,2", "b": "3", "d": "y", "kinds": "[x]"})  # fmt: skip
    magic = "%load_ext autoreload\n%autoreload 0\nn = 1 # how many\nfiles = !echo x"
    yield Stranger(
        "magics in the parameters cell", file(code(magic, "parameters"), code("!true\n%time n"), n), {"n": "5"}
    )
    yield Stranger("a cell magic on the parameters cell", file(code("%%time\nn = 1", "parameters"), n), {"n": "5"})
    yield Stranger("cells in other languages", file(again[0], code("%%bash\nn=7"), code("%%html\n<b>"), n), {"n": "5"})
    yield Stranger("a shell in the way", file(again[0], code("!n=7"), n), {"n": "5"})
    waits = code("import asyncio\nawait asyncio.sleep(0)\nn = n")
    yield Stranger("await outside functions", file(again[0], waits, n), {"n": "5"})
    found = "import os\nn = 3\nhome = os.path.join('a', 'b')\nif n > 2:\n    mode = 'big'\nelse:\n    mode = 'small'"
    yield Stranger(
        "computed parameters", file(code(found, "parameters"), n), {"home": "/x"}, {"n": ("5", "computes mode")}
    )
    grown = "sizes = [1]\nsizes.append(2)\nn = 1\nn += 1\nn = n * 3"
    shuffled = "import random\nsizes = [1, 2]\nrandom.shuffle(sizes)\nn = [3]\nprint(n, sizes)"
    yield Stranger("a list that a call changes", file(code(shuffled, "parameters"), n), {"n": "[4]"})
    yield Stranger("values that grow in the cell", file(code(grown, "parameters"), n), {"n": "5", "sizes": "[4]"})
    yield Stranger("a parameters cell that is no Python", file(code("n = ", "parameters")), unreadable="not Python")
    names = "größe = 1\n名前 = 'x'  # é\nn = 'ä\\u0041\"'"
    yield Stranger(
        "names that are not ASCII", file(code(names, "parameters"), n), {"größe": "2", "名前": "y", "n": "\"'\\"}
    )


def _odd_metadata() -> Iterator[Stranger]:
    """Yield notebooks whose metadata are not as nbformat says."""
    n, cell = code("print(n)"), code("n = 1", "parameters")
    for odd in (None, "parameters", 7, {"a": 1}, [None, "parameters"]):
        takes = odd == "parameters" or isinstance(odd, list)
        first = code("n = 1", metadata={"tags": odd})
        yield Stranger(
            f"tags {odd!r}", file(first, n), {"n": "5"} if takes else {}, {} if takes else {"n": ("5", "no parameter")}
        )
    yield Stranger("cell metadata null", file(cell, n | {"metadata": None}), {"n": "5"})
    yield Stranger("cells without metadata", file(cell, code("print(n)", metadata=...)), {"n": "5"})
    yield Stranger("cells without outputs", file(cell, code("print(n)", outputs=..., execution_count=...)), {"n": "5"})
    yield Stranger("outputs null", file(cell, code("print(n)", outputs=None)), {"n": "5"})
    yield Stranger("sources in lines", file(code(["n = 1\n", "m = 2"], "parameters"), n), {"n": "5"})
    yield Stranger("source null", file(cell, code("x", source=None)), unreadable="not a notebook")
    yield Stranger(
        "an unknown type of cell", file(cell, {"cell_type": "heading", "source": "x", "level": 1}, n), {"n": "5"}
    )
    odd_cell = n | {"metadata": {"jupyter": None, "papermill": None, "collapsed": "yes", "execution": 3, "name": 1}}
    yield Stranger("odd types in cells", file(cell, odd_cell, text("x", attachments=None)), {"n": "5"})
    again = code("n = 1", metadata={"tags": ["parameters", "parameters", "a,b", ""], "name": "", "scrolled": 3})
    yield Stranger("tags twice, with commas and empty", file(again, n), {"n": "5"})
    bad = {"language_info": {"name": "python", "codemirror_mode": 3}, "authors": "me", "orig_nbformat": 0}
    yield Stranger("metadata that nbformat does not allow", file(cell, n, **bad), {"n": "5"})
    odd_all = {"papermill": None, "widgets": {"x": None}, "language_info": None, "title": 3, "authors": "me"}
    yield Stranger("odd types in the notebook", file(cell, n, **odd_all), {"n": "5"})
    for kernel in ("python3", {"name": None}, {}, []):
        yield Stranger(f"kernelspec {kernel!r}", file(cell, n, kernel=kernel), {"n": "5"})
    yield Stranger("metadata null", file(cell, n).replace(b'"kernelspec"', b'"x"'), {"n": "5"})
    yield Stranger(
        "cells null", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": null}', unreadable="cells"
    )
