"""A figure that gets worse by more than it may is a miss; its name, or an option, says which way is worse."""

import json

import pytest

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from aewidgets.reports.requirements.directions import direction_of
from aewidgets.reports.requirements.drift import Baseline, NoWorse, find_baseline
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
        ("accuracy_percent", True), ("ssim_loss", None), ("worst.psnr_db", True), ("bits_per_pixel", False),
        ("bd_rate", False), ("error_rate", False), ("error_dense", False), ("psnr_db.nlm", True), ("PSNR", True),
        *((name, None) for name in (
            "success_rate", "bit_rate", "noise_db", "share_percent", "score", "test_elbo_nats", "mutual_bits",
            "psnr_gain_db", "psnr_drop", "error_reduction", "bd_rate_saving_percent", "loss_weight", "error_code",
            "neg_mean_squared_error", "errors_found", "bytes_per_second", "free_bytes", "precision",
        )),
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


def test_every_figure_is_compared_or_said_not_to_be_and_why():
    before = Baseline("old", {
        "success_rate": 0.95, "psnr_db": {"nlm": 30.0, "a b": [29.0, 28.0]}, "note": "x", "gone": 1,
        "encode_seconds": 3.0,
        "odd": {"error": None},
    })  # fmt: skip
    now = {"success_rate": 0.1, "psnr_db": {"nlm": 31.0, "a b": [29.0, 27.0]}, "note": "y", "encode_seconds": 2.0,
           "new_mse": 1, "odd": {"error": 1}}  # fmt: skip
    rule = NoWorse.of("latest")
    compared = {one.metric: (one.met, one.better) for one in rule.outcomes(before, now)}
    assert compared == {
        "psnr_db.nlm": (True, "higher"), "psnr_db['a b'][0]": (True, "higher"), "psnr_db['a b'][1]": (False, "higher")
    }  # fmt: skip
    left_out = {one.metric: one.reason for one in rule.left_out(before, now)}
    assert {name: reason[:20] for name, reason in left_out.items()} == {
        "success_rate": "nothing says which w", "note": "old did not record i", "gone": "nothing says which w",
        "encode_seconds": "times differ from ru", "new_mse": "old did not record i",
        "odd.error": "old did not record i",
    }  # fmt: skip
    assert "--better success_rate=higher" in left_out["success_rate"] and "as a number" in left_out["note"]


@pytest.mark.parametrize(("way", "met"), [("higher", False), ("lower", True)])
def test_the_better_way_is_as_it_was_said(way: str, met: bool):
    before = Baseline("old", {"success_rate": 0.95, "by_method": {"nlm": 0.5}})
    now = {"success_rate": 0.1, "by_method": {"nlm": 0.4}}
    expected = {"success_rate": met, "by_method.nlm": met}
    said = {"success_rate": way, "by_method": way}
    other = {name: {"higher": "lower", "lower": "higher"}[way] for name in said}
    option = NoWorse.of("latest", "0", better=[f"{name}={word}" for name, word in said.items()])
    for outcomes in (
        NoWorse.of("latest").outcomes(before, now, said),
        NoWorse.of("latest").outcomes(Baseline("old", before.metrics, said), now),
        option.outcomes(before, now, other),  # the command line counts most
        NoWorse.of("latest", "0", ["success_rate", "by_method"], [f"{n}={w}" for n, w in said.items()]).outcomes(
            before, now
        ),
    ):
        assert {one.metric: one.met for one in outcomes} == expected


@pytest.mark.parametrize("by", ["0", "0.2", "2%", "1e-30", ".5 %"])
def test_a_condition_survives_being_sent_as_texts(by: str):
    rule = NoWorse.of("latest", by, ["psnr_db", "a['x:y']:lower"], ["success_rate=higher", "b[0]=lower"])
    assert NoWorse.of(**json.loads(json.dumps(rule.texts))) == rule


@pytest.mark.parametrize("by", ["0", "0.2", "2%"])
@pytest.mark.parametrize(
    ("before", "now", "met"),
    [("infinite", "infinite", True), ("infinite", 30.0, False), (30.0, "infinite", True), (30.0, "-infinite", False)],
)
def test_infinite_figures_are_compared_as_infinity(before, now, met: bool, by: str):
    (outcome,) = NoWorse.of("latest", by).outcomes(Baseline("old", {"psnr_db": before}), {"psnr_db": now})
    assert (outcome.met, outcome.value) == (met, now)


@pytest.mark.parametrize("odd", [10**400, float("nan"), "x", True, None])
def test_what_cannot_be_compared_is_a_miss_now_and_left_out_before(odd):
    (outcome,) = NoWorse.of("latest", "2%").outcomes(Baseline("old", {"psnr_db": 30}), {"psnr_db": odd})
    assert (outcome.met, outcome.reason) == (False, "it is not a number")
    (outcome,) = NoWorse.of("latest", "2%").left_out(Baseline("old", {"psnr_db": odd}), {"psnr_db": 30})
    assert outcome.reason == "old did not record it as a number"


def test_a_figure_that_nobody_recorded_is_named():
    (outcome,) = NoWorse.of("latest", better=["sucess_rate=higher"]).left_out(Baseline("old", {}), {})
    assert outcome.metric == "sucess_rate" and "neither did this run" in outcome.reason
    (outcome,) = NoWorse.of("latest").left_out(Baseline("old", {}), {})
    assert outcome.reason == "no figure was recorded then or now"


@pytest.mark.parametrize("text", ["a", "a=up", "=higher", "a b=higher", "a=higher=lower"])
def test_a_better_way_of_another_form_is_refused(text: str):
    with pytest.raises(RequirementError, match="expected"):
        NoWorse.of("latest", better=[text])
    with pytest.raises(RequirementError, match="got both"):
        NoWorse.of("latest", better=["a=higher", "a=lower"])


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


def test_a_notebook_of_the_same_name_in_another_place_is_another_one():
    store = open_store("memory://places")
    for name, place, sha256 in (("a", "p", "1"), ("b", "q", "2"), ("c", None, "3")):
        put(store, name, f"2026-01-0{'abc'.index(name) + 1}")
        record = json.loads(store.read(f"{name}/run.json", 10_000)) | {
            "notebook_place": place,
            "notebook_sha256": sha256,
        }
        store.write(f"{name}/run.json", json.dumps(record).encode())
        found = [find_baseline(store, "latest", "n.ipynb", "s", *of) for of in (("p", "9"), ("z", "2"), ("z", "9"))]
        expected = {"a": ["a", None, None], "b": ["a", "b", None], "c": ["c", "c", "c"]}[name]
        assert [one and one.name for one in found] == expected


def test_a_baseline_whose_figures_cannot_be_read_is_no_empty_one():
    store = open_store("memory://damaged")
    put(store, "a", "2026-01-02")
    store.write("a/metrics.json", b"[1]")
    for than in ("a", "latest"):
        with pytest.raises(RequirementError, match=r"the figures of a in .* cannot be read"):
            find_baseline(store, than, "n.ipynb", "s")


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
