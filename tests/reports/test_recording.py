"""Recorded figures are collected as they were recorded."""

import numpy as np
import pytest

from aewidgets.reports.recording import MIME_TYPE, collect, collect_better, collect_headline, finite, record


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Return a list of the outputs that a kernel would have sent."""
    display = pytest.importorskip("IPython.display", reason="IPython comes with the lab and report extras")
    sent: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", sent.append)
    return sent


def executed(outputs: list[dict]) -> dict:
    return {"cells": [{"source": "text"}] + [{"outputs": [{"data": data}]} for data in outputs]}


def test_what_is_recorded_is_collected_and_the_last_value_counts(published: list[dict]):
    record(psnr_db=31.5, images=["a", "b"])
    record({"psnr_db": np.float32(32), "counts": np.arange(3), "ok": np.True_}, worst=None)
    expected = {"psnr_db": 32.0, "images": ["a", "b"], "counts": [0, 1, 2], "ok": True, "worst": None}
    assert collect(executed(published)) == expected


def test_figures_of_notebooks_that_were_run_long_ago_are_found():
    assert collect(executed([{"application/vnd.aewidgets.metrics+json": {"psnr_db": 30.0}}])) == {"psnr_db": 30.0}


def test_readers_see_names_and_rounded_values(published: list[dict]):
    record(psnr_db=31.23456)
    assert published[0]["text/plain"] == "recorded psnr_db = 31.23"
    assert published[0][MIME_TYPE] == {"psnr_db": 31.23456}


def test_infinite_figures_are_recorded_as_a_text_and_nan_is_still_refused(published: list[dict]):
    psnr = {"noisy": [np.float64(np.inf), 30.5], "name": "a", "below": -np.inf, "none": None, "count": 3}
    record(psnr_db=finite(psnr))
    kept = {"noisy": ["infinite", 30.5], "name": "a", "below": "-infinite", "none": None, "count": 3}
    assert collect(executed(published)) == {"psnr_db": kept}
    with pytest.raises(ValueError, match="finite makes infinity a text"):
        record(psnr_db=finite([np.nan]))


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"a b": 1}, ValueError, "expected names such as"),
        ({"a": float("inf")}, ValueError, "finite"),
        ({"a": {"b": [float("nan")]}}, ValueError, "finite"),
        ({"a": object()}, TypeError, "got object"),
    ],
)
def test_what_json_cannot_hold_is_refused(published: list[dict], values, error, words):
    with pytest.raises(error, match=words):
        record(values)
    assert published == []


def test_the_better_way_is_recorded_with_the_figures(monkeypatch: pytest.MonkeyPatch):
    display = pytest.importorskip("IPython.display", reason="IPython comes with the lab and report extras")
    sent: list[dict] = []

    def note(data: dict, metadata: dict | None = None) -> None:
        sent.append({"data": data, "metadata": metadata or {}})

    monkeypatch.setattr(display, "publish_display_data", note)
    record(success_rate=0.9, better="higher")
    record({"a": 1, "b": {"x": 2}, "c": 3}, better={"a": "lower", "b": "higher"})
    notebook = {"cells": [{"outputs": [*sent, {"metadata": None, "data": None}]}, {"outputs": None}, {}]}
    assert collect_better(notebook) == {"success_rate": "higher", "a": "lower", "b": "higher"}
    assert collect(notebook) == {"success_rate": 0.9, "a": 1, "b": {"x": 2}, "c": 3}
    assert "recorded success_rate = 0.9 (higher is better)" in sent[0]["data"]["text/plain"]
    for better in ("up", {"a": "up"}, {"z": "higher"}, {"a": None}):
        with pytest.raises(ValueError, match="better: "):
            record(a=1, better=better)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="better: expected 'higher'"):
        record(better=3)  # type: ignore[arg-type]
    assert len(sent) == 2
    record({"better": 3})
    assert collect({"cells": [{"outputs": sent[2:]}]}) == {"better": 3}


def test_headlines_are_marked_where_they_are_recorded_and_a_figure_of_that_name_stays_possible(
    monkeypatch: pytest.MonkeyPatch,
):
    display = pytest.importorskip("IPython.display", reason="IPython comes with the lab and report extras")
    sent: list[dict] = []
    monkeypatch.setattr(display, "publish_display_data", lambda data, metadata=None: sent.append(
        {"data": data, "metadata": metadata or {}}))  # fmt: skip
    record(count=3)
    record(psnr_db=31.0, verdict="as usual", headline=True, better={"psnr_db": "higher"})
    record({"headline": "All is well"}, headline=True)
    record(psnr_db=32.0)
    notebook = {"cells": [{"outputs": sent}]}
    assert collect_headline(notebook) == ("psnr_db", "verdict", "headline")
    assert collect(notebook) == {"count": 3, "psnr_db": 32.0, "verdict": "as usual", "headline": "All is well"}
    assert collect_better(notebook) == {"psnr_db": "higher"} and sent[0]["metadata"] == {}
    for value in (0.5, "All is well", None, np.True_, ["a"]):
        with pytest.raises(TypeError, match="headline: expected True or False"):
            record(a=1, headline=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="headline: expected figures in the same call"):
        record(headline=True)
    assert len(sent) == 4


@pytest.mark.parametrize("odd", [None, "a", ["a b", 3, None, {}, "absent", "__class__"], {"a": 1}, True])
def test_headlines_that_another_program_wrote_are_names_of_figures_or_nothing(odd):
    output = {"data": {MIME_TYPE: {"a": 1}}, "metadata": {MIME_TYPE: {"headline": odd}}}
    assert collect_headline({"cells": [{"outputs": [output, {"data": None, "metadata": {MIME_TYPE: odd}}]}]}) == ()
