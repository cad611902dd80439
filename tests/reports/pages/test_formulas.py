"""Formulas of Markdown are MathML on a page, which loads no MathJax; what is no formula stays as it is."""

import html
import re
from xml.etree import ElementTree

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("latex2mathml", reason="comes with the report extra")

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output  # noqa: E402

from aewidgets.reports.pages.formulas import latex_output, mathml  # noqa: E402
from aewidgets.reports.pages.report import page_of  # noqa: E402

RECORD = {
    "notebook": "x.ipynb", "notebook_sha256": "ab" * 32, "status": "completed", "failure": None, "parameters": {},
    "parameters_given": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.5, "versions": {"python": "3.12"},
}  # fmt: skip

FORMULAS = {
    r"\frac{1}{ND}\sum_{i=1}^{N}\lVert x_i-\hat x_i\rVert_2^2": "1ND∑i=1N‖xi−x^i‖22",
    r"\left\lfloor \frac{n-k}{s}\right\rfloor+1": "⌊n−ks⌋+1",
    r"x < y": "x<y",
    r"\text{a <b>} = 1": "a <b>=1",
    r"\begin{pmatrix}a&b\\c&d\end{pmatrix}": "(abcd)",
    r"\begin{aligned}a&=b\\c&=d\label{e}\end{aligned}": "a=bc=d",
}
NO_FORMULA = ("", r"\frac{", r"\nosuchcommand{x}", r"\begin{tikzpicture}\draw a&b;\end{tikzpicture}")


def page(markdown: str, *outputs) -> str:
    cells = [new_markdown_cell(markdown), new_code_cell("1", outputs=list(outputs), execution_count=1)]
    return page_of(new_notebook(cells=cells), RECORD)


@pytest.mark.parametrize(("latex", "text"), FORMULAS.items())
@pytest.mark.parametrize("display", ["block", "inline"])
def test_a_formula_is_one_element_that_holds_its_text_and_its_source(latex: str, text: str, display: str):
    element = ElementTree.fromstring(mathml(latex, display) or "")
    assert element.tag.endswith("math")
    assert (element.get("display"), element.get("alttext")) == (display, latex)
    # NO-BREAK SPACE is how a blank within \text is written.
    assert "".join(element.itertext()).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("latex", "spaced"),
    {
        r"\log p(x)": "log_p(x)", r"-\log(x)": "−log(x)", r"10\log_{10}x": "10_log10_x", r"[\ln\frac{1}{2}]": "[ln_12]",
        r"2\sin^2 x": "2_sin2_x", "x y": "xy",
    }.items(),
)  # fmt: skip
def test_a_function_has_a_thin_space_on_sides_without_a_sign_or_bracket(latex: str, spaced: str):
    element = ElementTree.fromstring(mathml(latex, "inline") or "")
    assert "".join("_" if part.tag.endswith("mspace") else part.text or "" for part in element.iter()) == spaced


@pytest.mark.parametrize("latex", NO_FORMULA)
def test_what_cannot_be_converted_is_shown_as_it_was_written(latex: str):
    assert mathml(latex, "block") is None
    if latex:
        shown = latex.replace("&", "&amp;")
        assert f"$${shown}$$" in page(f"before\n\n$${latex}$$\n\nafter")


@pytest.mark.parametrize("markdown", ["$$x^2$$", "so $x^2$ is", r"\begin{equation}x^2\end{equation}"])
def test_every_way_to_write_a_formula_is_drawn_in_cells_and_in_outputs(markdown: str):
    output = new_output("display_data", {"text/markdown": markdown, "text/plain": "-"})
    found = re.findall(r"<msup>.*?</msup>", page(markdown, output))
    assert found == ["<msup><mi>x</mi><mn>2</mn></msup>"] * 2


@pytest.mark.parametrize("markdown", ["`$x^2$`", "```\n$x^2$\n```", "it costs $5 and $6", "one $ alone"])
def test_code_and_prices_are_no_formulas(markdown: str):
    assert "<math" not in page(markdown)


def test_a_fold_of_html_holds_the_markdown_between_its_ends():
    fold = "<details><summary>Solution</summary>\n\nit is $x^2$, *so*\n\n</details>\n\nafter"
    (inside,) = re.findall(r"<summary>Solution</summary>(.*?)</details>", page(fold), flags=re.DOTALL)
    assert "<msup>" in inside and "<em>so</em>" in inside


@pytest.mark.parametrize(
    ("latex", "made"),
    {
        r"$\displaystyle \frac{1}{2}$": (1, ""), r"$$x^2$$": (1, ""), r"\begin{equation}x^2\end{equation}": (1, ""),
        r"\begin{align}a&=b\\c&=d\end{align}": (1, ""), r"so $x$ and \[y^2\] it is": (2, "so and it is"),
        r"\frac{1}{2}": (1, ""), r"no formula, <b>": (0, "no formula, <b>"), r"it is \$5": (0, r"it is \$5"),
        r"$\nosuchcommand{x}$": (0, r"$\nosuchcommand{x}$"), "": (0, ""), r"$a$ & $\frac{$": (1, r"& $\frac{$"),
    }.items(),
)  # fmt: skip
def test_an_output_of_latex_is_drawn_or_shown_as_it_was_written(latex: str, made: tuple[int, str]):
    shown = latex_output(latex)
    words = html.unescape(re.sub(r"<math.*?</math>|</?code>", "", shown, flags=re.DOTALL))
    assert (shown.count("<math"), " ".join(words.split())) == made


def test_latex_is_drawn_where_an_output_has_no_html_of_its_own():
    latex = {"text/latex": ["$x", "^2$"], "text/plain": "x**2"}
    own = latex | {"text/html": "<i>own</i>"}
    shown = page("-", new_output("display_data", latex), new_output("display_data", own))
    assert shown.count("<msup>") == 1 and "<i>own</i>" in shown and "x**2" not in shown
    assert "<math" not in page("-", new_output("display_data", {"text/html": "<td>$x^2$</td>"}))
