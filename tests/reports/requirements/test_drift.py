"""A figure that gets worse by more than it may is a miss; its name, or an option, says which way is worse."""

import json

import pytest

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.requirements.drift import Baseline, NoWorse, direction_of, find_baseline
from aewidgets.reports.requirements.thresholds import RequirementError
from aewidgets.reports.stores.opening import open_store
from aewidgets.reports.stores.store import Store

BEFORE = Baseline("old", {"psnr_db": 30.0, "bpp": 0.5, "epochs": 7, "encode_seconds": 1.0, "name": "x"})


def judged(rule: NoWorse, **metrics) -> dict[str, bool | None]:
    return {outcome.metric: outcome.met for outcome in rule.outcomes(BEFORE, metrics)}


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        ("psnr_db", True), ("ms_ssim", True), ("test_accuracy", True), ("bpp", False), ("test_mse", False),
        ("bd_rate_percent_against_jpeg", False), ("encode_seconds", False), ("file_bytes", False), ("epochs", None),
        ("accuracy_percent", None), ("ssim_loss", None), ("worst.psnr_db", True), ("bits_per_pixel", False),
    ],
)  # fmt: skip
def test_a_name_says_which_way_is_better_or_nothing(name: str, higher: bool | None):
    assert direction_of(name) is higher


def test_figures_may_be_better_or_worse_by_the_given_amount_and_no_more():
    rule = NoWorse.of("latest", "0.2")
    assert judged(rule, psnr_db=29.8, bpp=0.7) == {"psnr_db": True, "bpp": True}
    assert judged(rule, psnr_db=29.7, bpp=0.71) == {"psnr_db": False, "bpp": False}
    assert judged(rule, psnr_db=99, bpp=0) == {"psnr_db": True, "bpp": True}


def test_percent_is_of_the_earlier_figure():
    rule = NoWorse.of("latest", "10%")
    assert judged(rule, psnr_db=27.0, bpp=0.55) == {"psnr_db": True, "bpp": True}
    assert judged(rule, psnr_db=26.9, bpp=0.56) == {"psnr_db": False, "bpp": False}


def test_times_and_names_that_say_nothing_are_compared_when_they_are_named():
    rule = NoWorse.of("latest", "0", ["encode_seconds", "epochs:higher", "bpp:higher"])
    assert set(judged(rule, encode_seconds=2.0, epochs=6, bpp=0.4).items()) == {
        ("encode_seconds", False), ("epochs", False), ("bpp", False)
    }  # fmt: skip


def test_a_figure_that_is_missing_now_is_a_miss_and_one_that_was_missing_then_is_not():
    outcomes = {o.metric: o for o in NoWorse.of("latest", "0", ["psnr_db", "ssim"]).outcomes(BEFORE, {"psnr": 31})}
    assert outcomes["psnr_db"].met is False and "did you mean psnr?" in outcomes["psnr_db"].reason
    assert outcomes["ssim"].met is None and "old did not record it" in outcomes["ssim"].reason


def test_without_an_earlier_run_there_is_nothing_to_compare_with():
    (outcome,) = NoWorse.of("latest").outcomes(None, {"psnr_db": 1})
    assert outcome.met is None and "no completed run" in outcome.reason


@pytest.mark.parametrize(
    ("than", "by", "metrics"),
    [("latest", "-1", ()), ("latest", "much", ()), ("latest", "nan", ()), ("../x", "0", ()),
     ("latest", "0", ["epochs"]), ("latest", "0", ["bpp:up"]), ("latest", "0", ["a b"]), ("latest", "1%%", ())],
)  # fmt: skip
def test_nonsense_is_refused_in_words(than: str, by: str, metrics: list[str]):
    with pytest.raises(RequirementError, match="expected"):
        NoWorse.of(than, by, metrics)


def put(store: Store, name: str, finished: str, status: str = "completed", sha: str = "s", notebook: str = "n.ipynb"):
    record = {"status": status, "notebook": notebook, "parameters_sha256": sha, "finished": finished}
    store.write(f"{name}/run.json", json.dumps(record).encode())
    store.write(f"{name}/metrics.json", json.dumps({"who": name}).encode())


def test_the_baseline_is_the_newest_completed_run_of_the_same_notebook_and_parameters():
    store = open_store("memory://baselines")
    assert find_baseline(store, "latest", "n.ipynb", "s") is None
    put(store, "b", "2026-01-02")
    put(store, "a", "2026-01-03")
    put(store, "failed", "2026-01-09", status="cell failed")
    put(store, "missed", "2026-01-09", status="threshold missed")
    put(store, "other", "2026-01-09", sha="t")
    put(store, "another", "2026-01-09", notebook="m.ipynb")
    store.write("broken/run.json", b"[" * 100_000)
    store.write("list/run.json", b"[1]")
    assert find_baseline(store, "latest", "n.ipynb", "s") == Baseline("a", {"who": "a"})
    assert find_baseline(store, "b", "n.ipynb", "s") == Baseline("b", {"who": "b"})
    for name in ("nowhere", "failed", "broken"):
        with pytest.raises(RequirementError, match="expected a completed run"):
            find_baseline(store, name, "n.ipynb", "s")
