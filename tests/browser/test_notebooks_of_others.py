"""Notebooks in other people's habits, reported, from a file, without a network: nothing vanishes without a note.

The table in docs/notebooks-of-others.md says the same in words.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("papermill", reason="papermill comes with the report extra")
for package in ("pandas", "rich", "tqdm"):
    pytest.importorskip(package, reason="comes with the dev extra")

from text_habits import write_text_habits  # noqa: E402

from aewidgets.commands.report import report  # noqa: E402

pytestmark = pytest.mark.browser

#: Text in view, text that is folded, and text that is not on the page, by name of the notebook.
SHOWN = {
    "keras-fit": (['Model: "sequential"', "Epoch 1/4", "Epoch 4/4", "40/40 ━", "dict_keys(['loss', 'mae'])"], [],
                  ["\b", " 1/40"]),
    "pytorch-loop": (["Step [40/40]", "Epoch 3: train loss", "step 0017", "step 0490", "472 more lines"], ["step 0333"],
                     ["Step [39/40]"]),
    "tqdm-bars": (["after the bars", "Messages: 1 line: epochs: 100%", "part 3 is there"], ["inner 1: 100%"],
                  ["batches", " 50%"]),
    "pandas-tables": (["Oslo", "styled caption", "missing", "column 39", "Name: t, dtype: float64", "$x^2$ costs $5"],
                      [], []),
    "formulas": (["in words", "as usual.", "tikzpicture", "between $5 and $6"], [], ["$$", "\\frac"]),
    "logging": (["on standard output", "done with 2", "Messages: 3 lines, 1 of a warning",
                 "▲ an error: ERROR job: could not reach", "CRITICAL to standard output"],
                ["KeyError: 'key'", "12 files found"], []),
    "rich-console": (["Star table", "alpha", "wrong", "'url': 'https://example.org'", "a link", "all lines",
                      "ZeroDivisionError: division by zero"], [], ["\x1b", "[0m"]),
    "ipython-display": (["dark blue words", "last state", "state 4", "step 4", "from %%html", "a zero \\x00 and"], [],
                        ["first state", "step 3"]),
    "failing": (["It happened in", "RuntimeError: no data for <week 32>", "Code of the cell that failed", "deep(30)",
                 "---> 10", "ValueError: invalid literal", "FileNotFoundError", "direct cause"],
                ["deep(n=12)"], ["never run"]),
    "tags-and-pictures": (
        ["gone.png is missing", "remote.png needs the network", "inline.png needs the network", "outside the folder",
         "lost.png is missing", "shown output of hidden input", "output without code", "quarto output", "raw html",
         "Left out, as the tags of the notebook ask: 1 cell, the code of 2 cells and the outputs of 1 cell"],
        ["inside", "folded output", "folded cell", "\\section{raw latex}", "a raw note"],
        ["removed cell", "removed_input"]),
}  # fmt: skip
#: What the page of a notebook says that it does not show: number of the cell, and some of the words.
LOST = {
    "ipython-display": [(6, "JavaScript"), (7, "application/x-unknown")],
    "tags-and-pictures": [(3, "gone.png"), (3, "remote.png"), (3, "inline.png"), (3, "outside.png"), (4, "lost.png")],
}
#: Elements on the page, how many.
ELEMENTS = {
    "formulas": {"math": 7}, "tags-and-pictures": {"img[src^='data:image/png']": 4, ".lost": 5},
    "ipython-display": {"math": 1, "img": 2, ".lost": 2},
    "keras-fit": {".output_stdout": 2}, "failing": {"details.failed": 1},
    "tqdm-bars": {".messages": 2, ".output_stdout": 2},
    "pandas-tables": {".own-colours table": 1, "table.dataframe": 4},
}  # fmt: skip
#: Text whose contrast with what is behind it is below 4.5 to 1, with the elements around it.
FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (rgba) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => sum + part * linear(rgba[i] / 255), 0);
  const paper = (node) => {
    for (; node; node = node.parentElement) {
      const back = rgb(getComputedStyle(node).backgroundColor);
      if (back[3] === 255) return back;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, around = node.parentElement;
    if (!node.textContent.trim() || !around.checkVisibility() || around.closest("svg, script, style")) continue;
    const [a, b] = [rgb(getComputedStyle(around).color), paper(around)].map(light).sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.45) found.push(node.textContent.trim().slice(0, 40));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Every notebook, reported by the command: the page is printed, and what it lacks on standard error."""
    folder = tmp_path_factory.mktemp("others")
    paths = write_text_habits(folder / "notebooks")
    words = ["--out", str(folder / "runs"), "--quiet"]
    return {name: CliRunner().invoke(report, [str(path), *words]) for name, path in paths.items()}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_of_a_strangers_notebook_vanishes_without_a_note(
    browser, watch, runs, theme: str, axe: str, shots: Path | None
):
    watched = watch(browser, viewport={"width": 1366, "height": 768}, color_scheme=theme, offline=True)
    page, addresses = watched.page, []
    for name, (in_view, folded, absent) in SHOWN.items():
        run = runs[name]
        assert run.exit_code == (name == "failing"), (name, run.stderr)
        addresses.append(Path(run.stdout.strip()).as_uri())
        page.goto(addresses[-1])
        seen = page.evaluate("document.querySelector('main').innerText")
        if shots:
            page.screenshot(path=shots / f"{name}-{theme}.png", full_page=True)
        faint, wide = page.evaluate(FAINT), page.evaluate("document.documentElement.scrollWidth")
        if theme == "dark" and name != "pandas-tables":  # pandas leaves the heads of its columns of labels empty
            assert watched.violations(axe, "body") == [], name
        page.evaluate("document.querySelectorAll('details.code > .highlight').forEach((one) => one.remove())")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        unfolded = page.evaluate("document.querySelector('main').innerText")
        assert [text for text in in_view if text not in seen] == [], name
        assert [text for text in folded if text in seen or text not in unfolded] == [], name
        assert [text for text in absent if text in unfolded] == [], name
        lost = re.findall(r"^Not shown: cell (\d+): (.*)", run.stderr, re.MULTILINE)
        assert [(int(cell), text) for (cell, words), (_, text) in zip(lost, LOST.get(name, lost), strict=True)
                if text in words] == LOST.get(name, []), name  # fmt: skip
        counts = ELEMENTS.get(name, {})
        assert {css: page.locator(css).count() for css in counts} == counts, name
        assert (faint, wide) == ([], 1366), name
    requests, errors = watched.requests, watched.errors
    watched.close()
    assert (requests, errors) == (addresses, [])
