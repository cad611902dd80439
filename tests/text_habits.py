"""Ten notebooks in the habits of other people, whose outputs are text, tables, formulas and pictures. No assertions.

docs/notebooks-of-others.md says what the page of each shows; tests/browser/test_notebooks_of_others.py holds it.
"""

import base64
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from PIL import Image

__all__ = ["TEXT_HABITS", "write_text_habits"]

KERAS = ["# Keras fits with its bar", """\
import os
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
keras.utils.set_random_seed(0)
x = np.random.rand(1600, 8)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.summary()""", """\
history = model.fit(x, x.sum(1), epochs=4, batch_size=32, validation_split=0.2, verbose=1)""", """\
model.evaluate(x, x.sum(1), verbose=1, return_dict=True).keys()"""]

TRAINING = ["# A training loop in the habit of PyTorch", """\
import time
import numpy as np
rng = np.random.default_rng(0)
w, x = np.zeros(4), rng.normal(size=(512, 4))
y = x @ np.array([1.0, -2.0, 3.0, 0.5])
for epoch in range(3):
    for step in range(40):
        batch = slice(step * 12, step * 12 + 12)
        error = x[batch] @ w - y[batch]
        w -= 0.05 * x[batch].T @ error / 12
        loss = float((error**2).mean())
        print(f"Epoch [{epoch + 1}/3], Step [{step + 1}/40], Loss: {loss:.{8 - step // 10}f}", end="\\r")
    print()
    print(f"Epoch {epoch + 1}: train loss {loss:.4f}, \\033[1mval\\033[0m \\033[32mok\\033[0m")""", """\
for name, value in {"w": w, "x": x[:2]}.items():
    print(name, value.shape)
for line in range(500):
    print(f"step {line:04d} | lr 1.0e-03 | loss {1 / (line + 1):.6f}")"""]

BARS = ["# tqdm's text bars, nested", """\
import time
from tqdm import tqdm
for epoch in tqdm(range(2), desc="epochs"):
    for batch in tqdm(range(30), desc="batches", leave=False):
        time.sleep(0.005)
print("after the bars")""", """\
with tqdm(total=40, desc="download", unit="B", unit_scale=True) as bar:
    for part in range(4):
        bar.update(10)
        bar.set_postfix(part=part)
        tqdm.write(f"part {part} is there")
for outer in tqdm(range(2), desc="outer"):
    for inner in tqdm(range(20), desc=f"inner {outer}"):
        time.sleep(0.004)"""]

TABLES = ["# Tables of pandas", """\
import numpy as np
import pandas as pd
frame = pd.DataFrame({"city": ["Oslo", "Rome", "Lima"], "t": [3.5, 18.25, np.nan], "open": [True, False, True]})
frame""", """\
(frame.style.format(precision=1, na_rep="missing").highlight_max(subset=["t"], color="yellow")
 .bar(subset=["t"], color="#5fba7d")
 .map(lambda v: "color: navy; font-weight: bold" if isinstance(v, str) else "").set_caption("styled caption"))""", """\
wide = pd.DataFrame(np.arange(80).reshape(2, 40), columns=[f"column {i:02d}" for i in range(40)])
pd.set_option("display.max_columns", None)
wide""", """\
print(frame)
frame.describe()""", """\
series = frame.set_index("city")["t"]
series""", """\
pd.DataFrame({"formula": ["$x^2$ costs $5"]})"""]

FORMULAS = ["# Formulas\n$e^{i\\pi}=-1$ in words.\n\n\\begin{align}\na &= b \\\\\nc &= d \\label{x}\n\\end{align}", """\
from IPython.display import Latex, Math, display
display(Math(r"F(k) = \\int_{-\\infty}^{\\infty} f(x)\\, e^{-2\\pi i k x}\\,\\mathrm{d}x"))
display(Latex(r"The norm $\\lVert x\\rVert$ is \\[\\sqrt{\\sum_i x_i^2}\\] as usual."))""", """\
%%latex
\\begin{aligned}
\\nabla \\cdot \\vec{E} &= \\rho \\\\
\\nabla \\cdot \\vec{B} &= 0
\\end{aligned}""", """\
class Fraction:
    def _repr_latex_(self):
        return r"$\\displaystyle \\frac{1}{1 + \\left(\\begin{matrix}a & b\\\\c & d\\end{matrix}\\right)}$"
Fraction()""", """\
Latex(r"\\begin{tikzpicture}\\draw (0,0) -- (1,1);\\end{tikzpicture}")""", """\
from IPython.display import HTML
HTML("<p id='prices'>between $5 and $6</p>")"""]

LOGGING = ["# Logs", """\
import logging, sys
log = logging.getLogger("job")
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
log.addHandler(handler)
log.setLevel(logging.DEBUG)
log.debug("starts")
log.info("12 files found")
print("on standard output")
log.warning("file 7 is empty")""", """\
for part in range(3):
    log.info("part %d", part)
    print("done with", part)
log.error("could not reach the mirror, went on without")
try:
    {}["key"]
except KeyError:
    log.exception("no such key")""", """\
import warnings
warnings.warn("an old way to call this", DeprecationWarning, stacklevel=1)
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", force=True)
logging.critical("to standard output")"""]

RICH = ["# rich", """\
from rich.console import Console
from rich.table import Table
from rich import print as rprint
table = Table(title="Star [italic]table[/italic]")
table.add_column("name", style="cyan")
table.add_column("value", style="navy_blue", justify="right")
table.add_row("alpha", "1.5")
table.add_row("beta", "[bold red]wrong[/bold red]")
Console().print(table)""", """\
rprint({"a": [1, 2.5, None], "b": "text", "url": "https://example.org"})
terminal = Console(force_terminal=True, force_jupyter=False, color_system="truecolor", width=80)
terminal.print("[bold magenta]true[/] [#102040]colours[/] [on yellow]paper[/] [reverse]turned[/] [dim]dim[/]")
terminal.print("[link=https://example.org]a link[/link]")
terminal.print(table)
print("\\x1b[38;5;226myellow of 256\\x1b[0m \\x1b[30mblack\\x1b[0m")
print("\\x1b[97mwhite\\x1b[0m \\x1b[3;4;9mall lines\\x1b[0m")""", """\
from rich.progress import track
import time
for step in track(range(3), description="working"):
    time.sleep(0.01)""", """\
console = Console(force_terminal=True, force_jupyter=False, width=80)
try:
    1 / 0
except ZeroDivisionError:
    console.print_exception()"""]

DISPLAYS = ["# IPython.display", """\
from IPython.display import HTML, Markdown, clear_output, display
import time
display(HTML("<b style='color: darkblue'>dark blue words</b> and <i>plain ones</i>"))
display(Markdown("**bold** with $x^2$ and ![a red square](red.png)"))
handle = display("first state", display_id="state")
handle.update("last state")""", """\
for step in range(5):
    clear_output(wait=True)
    print("state", step)
    display(Markdown(f"*step {step}*"))""", """\
%%html
<table><tr><td>from %%html</td></tr></table>""", """\
%%svg
<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20" fill="teal"/></svg>""", """\
%%javascript
element.append("written by JavaScript")""", """\
display({"application/x-unknown": "x"}, raw=True)
display({"application/json": {"a": 1}, "text/plain": "<json>"}, raw=True)""", """\
None""", """\
print("\\f a page break, a bell\\a, a zero \\0 and a tab\\tend")"""]

FAILING = ["# This one fails", """\
%xmode Verbose
def load(path):
    with open(path) as file:
        return file.read()

def prepare(name):
    try:
        return load(f"/nowhere/{name}.csv")
    except FileNotFoundError as error:
        raise RuntimeError(f"no data for <{name}>") from error""", """\
try:
    [].pop()
except IndexError as error:
    print("caught", error)
def deep(n):
    return deep(n - 1) if n else prepare("week 32")
print("before the failure")
deep(30)""", """\
print("never run")"""]

PICTURED = ["# Tags and pictures\n\n![beside](my%20plot.png) and ![in a folder](<figures/ä b.png>)",
    "<details><summary>Fold</summary>\n\n<img src='my plot.png' alt='in html' width='30'>\n\n*inside*\n\n</details>",
    "![gone](gone.png)\n\n![remote](https://example.org/remote.png)\n\n"
    "<img src='https://example.org/inline.png' alt='inline remote'> <img src='../outside.png'>",
    "![attached](attachment:my%20picture.png) ![not attached](attachment:lost.png) [a file](data/table.csv)",
    "print('shown output of hidden input')", "print('folded output')", "print('removed cell')",
    "removed_input = 1\nprint('output without code')", "print('removed output')",
    "#| echo: false\nprint('quarto output')", "print('folded cell')"]  # fmt: skip

#: Sources of cells by name of the notebook. The first is Markdown, the others code.
TEXT_HABITS = {
    "keras-fit": KERAS, "pytorch-loop": TRAINING, "tqdm-bars": BARS, "pandas-tables": TABLES, "formulas": FORMULAS,
    "logging": LOGGING, "rich-console": RICH, "ipython-display": DISPLAYS, "failing": FAILING,
    "tags-and-pictures": PICTURED,
}  # fmt: skip


def write_text_habits(folder: Path, names: Iterable[str] = tuple(TEXT_HABITS)) -> dict[str, Path]:
    """Write notebooks and the pictures beside them into a folder; return their paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    for name, colour in {"my plot.png": "green", "figures/ä b.png": "blue", "red.png": "red"}.items():
        Image.new("RGB", (24, 16), colour).save(folder / name)
    Image.new("RGB", (8, 8)).save(folder.parent / "outside.png")
    made = {}
    for name in names:
        first, *rest = TEXT_HABITS[name]
        cells = [new_markdown_cell(first), *map(new_code_cell, rest)]
        if name == "tags-and-pictures":
            cells = _pictured(folder)
        if name == "failing":
            cells.insert(2, new_code_cell("int('announced')", metadata={"tags": ["raises-exception"]}))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made[name] = folder / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), made[name])
    return made


def _pictured(folder: Path) -> list:
    """Return the cells of the notebook with tags, attachments and pictures beside it."""
    *words, hidden, folded, removed, code, output, quarto, whole = PICTURED
    cells = [new_markdown_cell(one) for one in words]
    png = base64.b64encode((folder / "red.png").read_bytes()).decode()
    cells[-1]["attachments"] = {"my picture.png": {"image/png": png}}
    tags = {hidden: "hide-input", folded: "hide_output", removed: "remove-cell", code: "remove_input",
            output: "remove-output", whole: "hide-cell"}  # fmt: skip
    cells += [new_code_cell(one, metadata={"tags": [tag]}) for one, tag in tags.items()]
    raw = [("text/latex", "\\section{raw latex}"), ("text/html", "<b>raw html</b>"), (None, "a raw note")]
    cells += [new_raw_cell(text, metadata={"raw_mimetype": kind} if kind else {}) for kind, text in raw]
    return [*cells, new_code_cell(quarto)]
