"""Figures by their path, parameters that differ, and the run with which another is compared."""

from dataclasses import replace

from aewidgets.reports.runs.comparisons import differing, figures_of, grouped, last_good, notebooks_of
from aewidgets.reports.runs.run import Run


def run(
    name: str, day: int, *, status: str = "completed", notebook: str | None = "a.ipynb", **parameters: object
) -> Run:
    started = f"2026-01-{day:02d}T00:00:00+00:00"
    return Run(name, status, notebook, started=started, parameters=parameters, parameters_sha256=str(parameters))


def test_figures_are_numbers_by_their_dotted_path():
    metrics = {"a": 1, "b": {"c": {"d": 2.5}, "e": "text"}, "f": True, "g": [1, 2], "h": None}
    assert figures_of(metrics) == {"a": 1, "b.c.d": 2.5}


def test_parameters_differ_where_two_runs_of_a_notebook_have_other_values():
    runs = [run("1", 1, n=1, s="x"), run("2", 2, n=2, s="x"), run("3", 3, notebook="b.ipynb", n=3)]
    assert differing(runs) == {"a": ["n"], "b": []}


def test_the_last_good_run_is_an_earlier_completed_one_of_the_same_parameters():
    first, other, failed = run("1", 1, n=1), run("2", 2, n=2), run("3", 3, status="timeout", n=1)
    now = run("4", 4, n=1)
    runs = [now, failed, other, first]
    assert last_good(runs, now) == last_good(runs, failed) == first
    assert last_good(runs, first) is None and last_good(runs, other) is None


def test_groups_are_of_one_notebook_and_one_parameter_set():
    runs = [run("1", 1, n=1), run("2", 2, n=2), run("3", 3, n=1), run("4", 4, notebook=None)]
    assert [[one.id for one in group] for group in grouped(runs).values()] == [["1", "3"], ["2"]]


def test_two_notebooks_of_one_name_are_two_and_an_edited_or_moved_one_stays_itself():
    old = run("1", 1)  # made before runs said where their notebook lay
    here = [replace(run(str(n), n), notebook_place="p" * 12, notebook_sha256=sha) for n, sha in ((2, "a"), (3, "b"))]
    moved = replace(run("4", 4), notebook_place="q" * 12, notebook_sha256="b")
    other = replace(run("5", 5), notebook_place="r" * 12, notebook_sha256="c")
    again = replace(run("6", 6), notebook_place="r" * 12, notebook_sha256="d")
    runs = [again, other, moved, *here[::-1], old]
    assert notebooks_of(runs) == {"1": "a", "2": "a", "3": "a", "4": "a", "5": "a (2)", "6": "a (2)"}
    assert [[one.id for one in group] for group in grouped(runs).values()] == [["6", "5"], ["4", "3", "2", "1"]]
    assert last_good(runs, again) == other and last_good(runs, other) is None and last_good(runs, moved) == here[1]
