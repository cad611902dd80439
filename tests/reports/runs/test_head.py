"""The head of a page says how a run went, whatever its files hold: nothing in it is markup, and nothing breaks it."""

import io
import json
import math
import re
from html.parser import HTMLParser
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("nbconvert", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402
from PIL import Image  # noqa: E402

from aewidgets.reports.pages.report import page_of  # noqa: E402
from aewidgets.reports.requirements.drift import Baseline  # noqa: E402
from aewidgets.reports.requirements.figures import figures_of  # noqa: E402
from aewidgets.reports.requirements.thresholds import Requirement, outcomes_of  # noqa: E402
from aewidgets.reports.runs.head import Head, head_of  # noqa: E402

RECORD = {
    "notebook": "weekly.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None,
    "parameters": {"n": 3, "region": "north"}, "parameters_given": ["n"], "parameters_changed": {"n": {"default": 5}},
    "started": "2026-11-30T06:00:00+00:00", "started_local": "2026-11-30T07:00:00+01:00", "zone": "Europe/Berlin",
    "seconds": 134.2, "versions": {"python": "3.12"},
}  # fmt: skip
HOSTILE = "<script>alert(1)</script>\"'&lt;{{ 7*7 }}{% raw %}\u202e\x00\x1b[31m\ud800 javascript:x"
VOID = {"img", "meta", "br", "link", "input", "hr"}


class Tree(HTMLParser):
    """Reads HTML, and keeps its tags with attributes, its text, and whether every tag that opens is closed."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def links(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.tags if tag == "a"]


def notebook(*outputs: Any, title: str = "# Returns of the shops"):
    return new_notebook(cells=[new_markdown_cell(f"{title}\n\nWords."), new_code_cell("1", outputs=list(outputs))])


def head(metrics: dict[str, Any], before: dict[str, Any] | None = None, record: Any = RECORD, *, first=(), wanted=(),
         title: str = "Returns of the shops", book: Any = None, name: str = "weekly-1", started: Any = "2026-11-23T06:00:00+00:00"):  # fmt: skip  # noqa: E501
    outcomes = outcomes_of([Requirement.of(text) for text in wanted], metrics)
    good = None if before is None else Baseline(name, before, {}, "cd" * 32, started)
    figures = figures_of(metrics, {}, outcomes, good, first)
    shown = Head(figures, good, f"../{name}/weekly.html" if good else "")
    return Tree(head_of(shown, book or notebook(title=f"# {title}"), record, metrics))


def headed_page(book: Any) -> str:
    return page_of(book, RECORD, head=head_of(Head(), book, RECORD, {}))


def test_it_says_when_in_words_how_long_how_it_ended_and_with_what():
    said = head({"psnr_db": 31.25}).text
    assert said.startswith("✓ completed Returns of the shops Monday 30 November 2026, 07:00, Europe/Berlin (UTC+1)")
    assert "took 2 min 14 s" in said and "n = 3 (default 5)" in said and "All parameters (2)" in said
    assert "PSNR 31.25 dB" in said and "no earlier good run" in said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ({"psnr_db": 28.0}, {"psnr_db": 31.5}, "PSNR 28 dB ✗ worse: −3.5 dB, −11 % (was 31.5 dB)"),
        ({"psnr_db": 32.0}, {"psnr_db": 31.5}, "PSNR 32 dB ✓ better: +0.5 dB, +1.6 % (was 31.5 dB)"),
        ({"bpp": 0.5}, {"bpp": 0.25}, "Bits per pixel 0.5 bpp ✗ worse: +0.25 bpp, +100 % (was 0.25 bpp)"),
        ({"error_percent": 4}, {"error_percent": 5}, "Error 4 % ✓ better: −1 percentage points (was 5 %)"),
        ({"parcels": 12345}, {"parcels": 12000}, "Parcels 12,345 • changed: +345, +2.9 % (was 12,000)"),
        ({"psnr_db": 30.0}, {"psnr_db": 30}, "PSNR 30 dB = unchanged Compared"),
        ({"count": 3}, {"count": 0}, "Count 3 • changed: +3 (was 0) Compared"),
        ({"psnr_db": 30.0}, {"psnr_db": "infinite"}, "PSNR 30 dB ✗ worse (was infinite)"),
        ({"psnr_db": 30.0}, {"psnr_db": "soon"}, "PSNR 30 dB • changed (was soon)"),
        ({"psnr_db": 30.0}, {"psnr_db": True}, "PSNR 30 dB • changed (was yes)"),
        ({"psnr_db": 30.0}, {"psnr_db": [1]}, "PSNR 30 dB Compared"),
        ({"psnr_db": 30.0}, {}, "PSNR 30 dB Compared"),
    ],
)
def test_a_figure_stands_beside_the_last_good_run_with_its_way_its_change_and_a_mark(now, before, said: str):
    assert said.replace(" Compared", " Compared with the last good run") in head(now, before).text


def test_the_last_good_run_is_named_by_its_time_on_the_clock_of_this_run():
    said = head({"a": 1}, {"a": 1}, started="2026-10-19T05:00:00+00:00").text
    assert "of Monday 19 October 2026, 07:00, Europe/Berlin (UTC+2); the notebook has changed since" in said
    for odd in (None, "soon", "0001-01-01T00:00:00+00:00", "2026-13-45"):
        assert "the last good run" in head({"a": 1}, {"a": 1}, started=odd).text


def test_what_missed_its_threshold_is_said_on_top_and_beside_the_figure():
    record = RECORD | {
        "status": "threshold missed", "failure": {"cell": None, "cell_id": None, "name": "Missed", "message": ""},
        "requirements": [vars(one) for one in outcomes_of([Requirement.of("psnr_db >= 30")], {"psnr_db": 28.0})],
    }  # fmt: skip
    said = head({"a": 1, "psnr_db": 28.0, "ssim": 0.9}, None, record, wanted=["psnr_db >= 30", "ssim > 0.5"]).text
    assert "▲ threshold missed" in said and "A threshold was missed." in said and "psnr_db >= 30 : it is 28" in said
    assert said.index("▲ missed: required ≥ 30") < said.index("✓ met: required > 0.5") < said.index(" A 1")


def test_headlines_come_first_and_the_others_are_folded():
    many = {f"m{n}": n for n in range(20)}
    plain, chosen = head(many).text, head({**many, "verdict": "as usual"}, first=["verdict", "m9"])
    assert [f"M{n} {n} " in plain.partition("More figures (14)")[0] for n in range(8)] == [True] * 6 + [False] * 2
    top, _, rest = chosen.text.partition("More figures")
    assert "M9 9 Verdict as usual" in top and "M0" not in top and "m0 0" in rest and "(19)" in rest[:8]
    few = head({f"m{n}": n for n in range(6)}).text
    assert "More figures" not in few and "M5 5" in few
    (missed,) = re.findall("M19 19 ▲ missed", head(many, first=["m1"], wanted=["m19 < 3"]).text.partition("More")[0])
    assert missed


@pytest.mark.parametrize(
    "place", ["title", "status", "notebook", "parameter", "figure", "good", "failure", "cell", "zone"]
)
def test_nothing_in_a_file_becomes_markup(place: str):
    record, metrics, more = dict(RECORD), {"a": HOSTILE, "b": {HOSTILE: 3, "t": HOSTILE}, "c": [HOSTILE]}, {}
    odd = HOSTILE + "x" * 3000
    if place == "title":
        more["title"] = odd
    elif place == "status":
        record |= {"status": odd, "failure": {"cell": 0, "cell_id": odd, "name": odd, "message": odd}}
    elif place == "notebook":
        record["notebook"] = odd
    elif place == "parameter":
        record |= {"parameters": {odd: odd, "n": [odd]}, "parameters_changed": {odd: {"default": odd}, "n": {}}}
        record |= {"parameters_computed": {odd: odd}, "relative": {odd: odd}}
    elif place == "figure":
        more["first"] = ["a", "b", "c"]
    elif place == "good":
        more |= {"name": HOSTILE, "started": odd}
        metrics = {"a": 1}
    elif place == "zone":
        record |= {"zone": odd, "started_local": odd, "seconds": odd}
    else:
        error = new_output("error", ename=odd, evalue=odd, traceback=[odd, HOSTILE])
        more["book"] = notebook(new_output("stream", text=odd), error)
        record |= {"status": "cell failed", "failure": {"cell": 1, "cell_id": odd, "name": odd, "message": odd}}
    tree = head(metrics, {"a": HOSTILE}, record, **more)
    names = {tag for tag, _ in tree.tags}
    assert names <= {"header", "p", "span", "h1", "div", "strong", "a", "pre", "code", "details", "summary", "table",
                     "thead", "tbody", "tr", "th", "td", "nav", "ul", "li"}  # fmt: skip
    allowed = {"class", "href", "title", "aria-hidden", "aria-label", "role", "tabindex"}
    assert {name for _, attributes in tree.tags for name in attributes} <= allowed
    assert all(link.startswith(("#cell-id=", "../", "metrics.json", "run.json")) or link.endswith(".ipynb")
               for link in tree.links())  # fmt: skip
    assert not set("\u202e\x00\x1b\ud800") & set(tree.text) and "49" not in tree.text and len(tree.text) < 14_000


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, None, True, "text", "infinite", [], [1, "a"], {}, {"a": {"b": [None]}}, 10**400,
     -(10**400), 5e-324, 1.7e308, -0.0, "x" * 10**6, ["x"] * 1000,
     json.loads("[" * 400 + "]" * 400), {f"k{n}": n for n in range(300)}],
)  # fmt: skip
@pytest.mark.parametrize("other", [1.5, None, "infinite", 10**400, [2]])
def test_figures_of_any_kind_are_shown_and_break_nothing(value: Any, other: Any):
    for now, before in ((value, other), (other, value)):
        tree = head({"psnr_db": now, "b": 1}, {"psnr_db": before}, first=["psnr_db"], wanted=["psnr_db >= 1"])
        assert len(tree.text) < 60_000 and "b" in tree.text.lower()


def test_a_failed_run_says_what_where_and_its_last_lines_and_shows_no_figure_that_it_lacks():
    frames = ["----", "KeyError  Traceback",
              "Cell In[4], line 2\n      1 a\n----> 2 \x1b[31mframe['x']\x1b[0m\n      3 c",
              "File pandas.py\n" + "\n".join(f"   {n} inside" for n in range(40)), "KeyError: 'x'"]  # fmt: skip
    printed = new_output("stream", text="".join(f"\rstep {n}" for n in range(9)) + "\nreading week48.csv\n")
    book = notebook(printed, new_output("error", ename="KeyError", evalue="'x'", traceback=frames))
    cell = book.cells[1].id
    failure = {"cell": 1, "cell_id": cell, "name": "KeyError", "message": "\x1b[31m'x'"}
    tree = head({}, {"psnr_db": 3}, RECORD | {"status": "cell failed", "failure": failure}, wanted=["psnr_db > 1"],
                book=book)  # fmt: skip
    assert "✕ cell failed" in tree.text and "KeyError: 'x' It happened in cell 2 ." in tree.text
    assert f"#cell-id={cell}" in tree.links() and "not recorded" not in tree.text
    lines = "".join(tree.words).partition("stands below.")[2].strip().split("\n")
    assert lines[:8] == ["step 8", "reading week48.csv", "Cell In[4], line 2", "      1 a", "----> 2 frame['x']",
                         "      3 c", "…", "KeyError: 'x'"]  # fmt: skip


def test_a_run_that_ended_outside_all_cells_is_said_in_words():
    failure = {"cell": None, "cell_id": None, "name": "KeyboardInterrupt", "message": "stopped from outside"}
    for status in ("interrupted", "timeout", "kernel died"):
        said = head({}, None, RECORD | {"status": status, "failure": failure}).text
        assert f"✕ {status}" in said and "Stopped from outside (KeyboardInterrupt) What was reached before" in said


def picture(colour: str, side: int = 64) -> dict[str, Any]:
    """Return an output with a PNG."""
    import base64

    target = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(target, "PNG")
    return new_output("display_data", {"image/png": base64.b64encode(target.getvalue()).decode()})


def test_a_few_pictures_lead_to_their_cells_each_once_and_none_to_a_cell_that_is_left_out():
    kinds = [("red", 64), ("red", 64), ("blue", 64), ("green", 20), ("black", 64), ("white", 64), ("pink", 64)]
    cells = [new_code_cell("1", outputs=[picture(*one)]) for one in kinds]
    cells[4].metadata["tags"] = ["remove-cell"]
    tree = head({}, book=new_notebook(cells=cells))
    assert [link for link in tree.links() if link[0] == "#"] == [f"#cell-id={cells[n].id}" for n in (0, 2, 5, 6)]
    images = [attributes for tag, attributes in tree.tags if tag == "img"]
    assert len(images) == 4 and all(one["src"].startswith("data:image/webp;base64,") and one["alt"] for one in images)


def test_the_page_without_a_head_is_as_it_was_and_with_one_says_everything_once():
    book = notebook()
    plain, headed = page_of(book, RECORD), headed_page(book)
    assert "<header" not in plain and "started 2026-11-30" in plain and "<table>" in plain and ".head" not in plain
    footer = headed.partition("<footer")[2]
    assert "started 2026" not in footer and "<table>" not in footer and "python 3.12" in footer
    assert headed.count("Returns of the shops") == 2 and headed.count("<h1") == 1  # in <title>, and once on the page
    assert "Words." in headed and headed.index("<header") < headed.index("Words.")


@pytest.mark.parametrize("title", ["# A `x` and $x^2$", "# A <small> one", "# [Linked](x.html)", "# A &amp; b"])
def test_a_title_that_is_more_than_plain_text_stays_in_the_notebook_too(title: str):
    assert headed_page(notebook(title=title)).count("<h1") == 2
    assert headed_page(new_notebook()).count("<h1") == 1


def test_a_record_of_long_ago_has_a_head_too():
    old = {name: RECORD[name] for name in ("notebook", "notebook_sha256", "status", "failure", "parameters",
                                           "parameters_given", "started", "seconds", "versions")}  # fmt: skip
    said = head({"a": 1}, record=old).text
    assert "Monday 30 November 2026, 06:00, UTC, took 2 min 14 s" in said and "n = 3" in said
