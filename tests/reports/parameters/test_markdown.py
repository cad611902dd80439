"""Values of parameters stand in Markdown as text, whatever they hold, and names that are no parameter stay."""

import html
import re

import nbformat
import pytest

pytest.importorskip("nbconvert", reason="nbconvert comes with the report extra")

from nbconvert.filters.markdown_mistune import markdown2html_mistune

from aewidgets.reports.parameters.markdown import filled, filled_text

HOSTILE = [
    "<script>alert(1)</script>", "**bold** _it_ ~~no~~", "# heading", "- item", "1. item", "> quote", "[x](h://e.org)",
    "![x](y.png)", "a | b", "`code`", "$x^2$", "&lt;b&gt;", "\\*", "line\nbreak\n\n# two", "http://e.org", "a@b.org",
    "---", "==", "<img src=x onerror=alert(1)>", "```\n<b>", "{{ other }}", "\"quoted\" 'text'", "C:\\data\\x", "",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("source", ["{{ v }}", "before {{v}} after", "**{{ v }}**", "<b title='{{ v }}'>{{ v }}</b>"])
def test_a_value_is_text_and_makes_no_markup(value: str, source: str):
    plain = markdown2html_mistune(filled_text(source, {"v": "plain"}))
    found = markdown2html_mistune(filled_text(source, {"v": value}))
    if value:
        assert re.findall(r"<[a-z]+", found) == re.findall(r"<[a-z]+", plain)
    shown = html.unescape(re.sub(r"<[^>]*>", "", found)).strip()
    expected = html.unescape(re.sub(r"<[^>]*>", "", plain)).strip().replace("plain", " ".join(value.split()))
    assert shown == expected.strip()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ n }} of {{ name }}", "3 of a&#95;b"),
        ("{{n}}, {{  n  }}", "3, 3"),
        ("{{ date }}", "2026-11-23"),
        ("{{ other }} {{ n + 1 }} {n} {{{n}}} {{ 1 }}", "{{ other }} {{ n + 1 }} {n} {{{n}}} {{ 1 }}"),
        ("`{{ name }}` and ``{{ name }}``", "`a_b` and ``a_b``"),
        ("```\n{{ name }} <\n```\n{{ name }}", "```\na_b <\n```\na&#95;b"),
        (
            "$\\frac{{n}}{2}$, $\\sigma = {{ n }}$, $$x_{{ name }}$$",
            "$\\frac{{n}}{2}$, $\\sigma = 3$, $$x_{{ name }}$$",
        ),
        ("{{ items }}, {{ none }}, {{ share }}", "1, 2, None, 0.1"),
    ],
)
def test_names_are_replaced_where_they_are_known(source: str, expected: str):
    values = {"n": 3, "name": "a_b", "date": "2026-11-23", "items": [1, 2], "none": None, "share": 0.1}
    assert filled_text(source, values) == expected


def test_a_value_cannot_end_the_code_in_which_it_stands():
    for value in ("`", "a``b", "x\n```\n<script>", "~~~"):
        for source in ("`{{ v }}`", "```\n{{ v }}\n```\n\nend", "~~~\n{{ v }}\n~~~\n\nend"):
            found = markdown2html_mistune(filled_text(source, {"v": value}))
            assert found.count("<code") == 1 and "<script" not in found
            assert ("end" in source) == ("<p>end</p>" in found)


def test_only_markdown_cells_of_a_copy_are_filled():
    cells = [
        nbformat.v4.new_markdown_cell("{{ n }}"),
        nbformat.v4.new_code_cell("'{{ n }}'"),
        nbformat.v4.new_raw_cell("{{ n }}"),
    ]
    document = nbformat.v4.new_notebook(cells=cells)
    assert [cell.source for cell in filled(document, {"n": 3}).cells] == ["3", "'{{ n }}'", "{{ n }}"]
    assert document.cells[0].source == "{{ n }}"
