"""Labels and columns of tables: classes, scales, dates and texts, and points found by them."""

from datetime import date
from typing import Any

import numpy as np
import pytest

pandas = pytest.importorskip("pandas", reason="the tables of these tests are pandas'")

from aewidgets.studies.latent.columns import MISSING, Classes, classes_of, columns_of, found, table_of  # noqa: E402


def test_texts_in_any_form_are_the_same_classes():
    words = ["oak", "ash", "oak", "elm"]
    for form in (words, np.array(words), np.array(words, object), pandas.Series(words), tuple(words),
                 pandas.Series(words, dtype="category")):  # fmt: skip
        made = classes_of(form, 4)
        assert made.names == ("ash", "elm", "oak")
        assert made.indexes.tolist() == [2, 0, 2, 1]


def test_classes_undo_their_labels():
    rng = np.random.default_rng(0)
    labels = rng.integers(-5, 300, 2000)
    made = classes_of(labels, 2000)
    assert [int(made.names[k]) for k in made.indexes] == labels.tolist()
    assert made.names == tuple(str(one) for one in np.unique(labels))


@pytest.mark.parametrize("none", [None, float("nan"), pandas.NA, pandas.NaT, np.float64("nan")])
def test_missing_labels_are_a_class_of_their_own_and_the_last(none: Any):
    made = classes_of(["oak", none, "zeder", none], 4)
    assert made.names == ("oak", "zeder", MISSING)
    assert made.indexes.tolist() == [0, 2, 1, 2]


def test_labels_may_be_anything_hashable_and_of_several_kinds():
    made = classes_of([1, "b", (2, 3), True, date(2024, 1, 2), b"x", 2.5, ""], 8)
    assert len(set(made.indexes.tolist())) == 7  # True is 1
    assert {"b", "(2, 3)", "2024-01-02", "2.5", "(empty)"} < set(made.names)


def test_categories_keep_their_order_and_whole_floats_their_looks():
    sizes = pandas.Series(pandas.Categorical(["l", "s", "m", "s"], ["s", "m", "l", "xl"], ordered=True))
    assert classes_of(sizes, 4).names == ("s", "m", "l")
    assert classes_of(pandas.Series([2, None, 1]), 3).names == ("1", "2", MISSING)


def test_names_are_by_number_or_by_label():
    assert classes_of([1, 0, 1], 3, ("oak", "ash")).names == ("oak", "ash")
    assert classes_of(["o", "a", "o"], 3, {"o": "oak"}).names == ("a", "oak")


@pytest.mark.parametrize(
    ("labels", "names", "kind", "words"),
    [
        (np.eye(3), None, ValueError, r"labels.argmax\(1\)"),
        ([1, 2], None, ValueError, "expected 3 labels"),
        ("oak", None, ValueError, "one for each point"),
        ([[1], [2], [3]], None, TypeError, "hashable values, got list"),
        (["a", "b", "c"], ("x", "y", "z"), ValueError, "whole numbers as labels"),
        ([0, 1, 5], ("x", "y"), ValueError, "each label up to 5"),
    ],
)
def test_what_is_no_labels_is_refused_in_words(labels: Any, names: Any, kind: type[Exception], words: str):
    with pytest.raises(kind, match=words):
        classes_of(labels, 3, names)


def test_labels_that_name_single_points_are_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"at most 5,000 different ones, got 6,000.*column of frame="):
        classes_of([f"point {k}" for k in range(6000)], 6000)


def table(count: int = 60) -> Any:
    rows = range(count)
    return pandas.DataFrame({
        "height": [np.nan if k == 3 else k / 2 for k in rows],
        "many": pandas.array([None if k == 5 else k for k in rows], "Int64"),
        "kind": [None if k == 7 else ("oak", "ash", "elm")[k % 3] for k in rows],
        "size": pandas.Categorical(["sml"[k % 3] for k in rows], ["s", "m", "l"]),
        "leans": [k % 2 == 0 for k in rows],
        "day": pandas.Timestamp("2024-02-28") + pandas.to_timedelta(rows, unit="D"),
        "zoned": pandas.Series([pandas.Timestamp("2024-02-28", tz="Europe/Berlin")] * count),
        "took": pandas.to_timedelta(rows, unit="s"),
        "file": [f"Scan-{k:03d}.png" for k in rows],
        "odd": [[k] for k in rows],
    })  # fmt: skip


def test_columns_are_scales_dates_classes_or_texts():
    made = {column.name: column for column in columns_of(table())}
    kinds = {name: column.kind for name, column in made.items()}
    assert kinds == {"height": "scale", "many": "scale", "kind": "class", "size": "class", "leans": "class",
                     "day": "date", "zoned": "date", "took": "scale", "file": "text", "odd": "text"}  # fmt: skip
    assert np.flatnonzero(np.isnan(made["height"].values)).tolist() == [3]
    assert np.flatnonzero(np.isnan(made["many"].values)).tolist() == [5]
    assert made["size"].classes.names == ("s", "m", "l")
    assert made["kind"].classes.names[-1] == MISSING
    assert [made[name].text(2) for name in made] == [
        "1", "2", "elm", "l", "True", "2024-03-01", "2024-02-27", "2", "Scan-002.png", "[2]",
    ]  # fmt: skip
    assert [made[name].text(row) for name, row in (("height", 3), ("kind", 7))] == ["", ""]


def test_columns_of_one_name_and_of_names_that_are_taken_are_told_apart():
    frame = pandas.DataFrame([[1, 2, 3]], columns=["a", "a", "label"])
    assert [one.name for one in columns_of(frame, ("label",))] == ["a", "a (column)", "label (column)"]


def test_tables_may_be_columns_by_name():
    assert table_of({"a": [1, 2]}, 2)["a"].tolist() == [1, 2]
    with pytest.raises(ValueError, match="expected 3 rows"):
        table_of({"a": [1, 2]}, 3)
    with pytest.raises(ValueError, match="expected a pandas DataFrame"):
        table_of([1, 2], 2)


def test_points_are_found_by_label_text_and_date_and_not_by_number():
    columns = columns_of(table())
    labels = Classes(("birch", "Ash tree"), np.arange(60) % 2)
    assert found("ASH", 60, labels, columns).tolist() == [k for k in range(60) if k % 2 or (k % 3 == 1 and k != 7)]
    assert found(" scan-01 ", 60, labels, columns).tolist() == list(range(10, 20))
    assert found("2024-02-29", 60, None, columns).tolist() == [1]
    assert found("29.5", 60, None, columns).tolist() == []
    assert found("  ", 60, labels, columns).tolist() == []
