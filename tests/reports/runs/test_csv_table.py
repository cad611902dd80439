"""Runs as CSV: the same columns in whatever order runs come, all digits, and no cell that a spreadsheet runs."""

import csv
import io

import pytest

from aewidgets.reports.runs.csv_table import csv_of
from aewidgets.reports.runs.run import Run


def run(number: int, **more: object) -> Run:
    return Run(f"a-{number}", "completed", "a.ipynb", started=f"2026-01-0{number}T00:00:00+00:00", **more)  # type: ignore[arg-type]


def table(runs: list[Run], metrics: list[dict]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_of(runs, metrics))))


def test_rows_are_oldest_first_and_columns_in_the_order_of_their_names_whatever_comes_first():
    runs = [run(1, parameters={"b": 1, "a": [1, 2]}), run(2, parameters={"c": None})]
    metrics: list[dict] = [{"z": 1, "nested": {"y": 0.1}}, {"m": 2}]
    text = csv_of(runs, metrics)
    assert text == csv_of(runs[::-1], metrics[::-1])
    heading = next(csv.reader(io.StringIO(text)))
    assert heading[10:] == ["parameter a", "parameter b", "parameter c", "figure m", "figure nested.y", "figure z"]
    one, two = table(runs, metrics)
    assert (one["run"], one["parameter a"], one["figure nested.y"], one["figure m"]) == ("a-1", "[1, 2]", "0.1", "")
    assert (two["run"], two["figure m"], two["parameter c"]) == ("a-2", "2", "")


def test_numbers_keep_their_digits_and_their_sign():
    (row,) = table([run(1, seconds=1.5)], [{"a": -0.1, "b": 1 / 3, "c": 1e-300, "d": -5}])
    assert [float(row[f"figure {n}"]) for n in "abcd"] == [-0.1, 1 / 3, 1e-300, -5]
    assert float(row["seconds"]) == 1.5 and "'" not in "".join(row.values())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "=cmd|' /C x'!A0"]
)
def test_no_text_is_a_formula_in_a_cell_or_a_heading(text: str):
    rows = csv.reader(io.StringIO(csv_of([run(1, parameters={text: text}, problem=text)], [{text: 1}])))
    cells = [cell for row in rows for cell in row]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells)
    assert sum("'" in cell for cell in cells) >= 2  # the value and its reason; the headings begin with a word
    assert all(cell.isprintable() for cell in cells)


def test_no_runs_give_the_heading_alone():
    assert csv_of([], []).count("\n") == 1
