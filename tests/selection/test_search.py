"""A search fits each candidate once on each fold with each seed, resumes, and opens the test pictures once."""

import json

import numpy as np
import pytest

from aewidgets.models.pretrained import load_autoencoder
from aewidgets.selection import SearchError, run_search, search
from aewidgets.selection.fits import Asked, Fit, fit_once, fold_splits, splits_of

SMALL = {"hidden": (), "epochs": 1}
POINTS = [SMALL | {"latent_dim": size} for size in (1, 2, 8)]


@pytest.fixture
def made_up(monkeypatch):
    """Fits are made up: their score is the size of the code, a little more on later folds. No winner is trained."""
    fits = []

    def fit_once(fit):
        fits.append(fit)
        one = fit.estimator()
        score = one.latent_dim + fit.fold / 10 + fit.seed / 100 + one.epochs / 1000
        return {"score": score, "mse": 1.0, "seconds": 1.0, "parameters": 3, "code_values": one.latent_dim}

    monkeypatch.setattr(search, "fit_once", fit_once)
    monkeypatch.setattr(search, "_tested", lambda *_: None)
    return fits


def tried(folder, points=POINTS, **changes):
    return run_search("dense", points, "digits", folder, **{"limit": 40, "folds": 2, "seeds": 2} | changes)


def test_every_candidate_is_fitted_once_on_each_fold_with_each_seed(tmp_path, made_up):
    record = tried(tmp_path)
    places = [(one.settings["latent_dim"], one.fold, one.seed) for one in made_up]
    assert sorted(places) == [(size, fold, seed) for size in (1, 2, 8) for fold in (0, 1) for seed in (1, 2)]
    assert len(list((tmp_path / "fits").glob("*.json"))) == record["fits"] == 12
    assert [row["settings"]["latent_dim"] for row in record["candidates"]] == [8, 2, 1]
    assert record["varied"] == ["latent_dim"] and record["status"] == "finished"
    assert json.loads((tmp_path / "search.json").read_text()) == record


def test_the_same_call_fits_nothing_again_and_a_larger_grid_only_what_is_new(tmp_path, made_up):
    tried(tmp_path)
    made_up.clear()
    record = tried(tmp_path, [*POINTS[::-1], POINTS[0]])  # in another order, and one twice
    assert made_up == [] and record["fits_before"] == record["fits"] == 12
    tried(tmp_path, [*POINTS, SMALL | {"latent_dim": 4}])
    assert {one.settings["latent_dim"] for one in made_up} == {4}
    made_up.clear()
    tried(tmp_path, limit=39)  # other pictures: nothing counts
    assert len(made_up) == 12


def test_halving_trains_longer_what_was_best(tmp_path, made_up):
    points = [{"hidden": (), "epochs": 9, "latent_dim": size} for size in range(1, 10)]
    record = tried(tmp_path, points, halving=True)
    rounds = {}
    for one in made_up:
        rounds.setdefault(one.estimator().epochs, []).append((one.settings["latent_dim"], one.fold, one.seed))
    assert list(rounds) == [1, 3, 9]
    assert sorted(rounds[1]) == [(size, fold, 1) for size in range(1, 10) for fold in (0, 1)]
    assert sorted(rounds[3]) == [(size, fold, 1) for size in (7, 8, 9) for fold in (0, 1)]
    assert sorted(rounds[9]) == [(size, fold, seed) for size in (8, 9) for fold in (0, 1) for seed in (1, 2)]
    assert [row["number"] for row in record["candidates"][:3]] == [9, 8, 7]
    assert [row["lead"] is not None for row in record["candidates"][:3]] == [False, True, False]


def test_rounds_of_equally_few_epochs_share_their_fits(tmp_path, made_up):
    record = tried(tmp_path, [*POINTS, SMALL | {"latent_dim": 4}], halving=True, seeds=1)
    assert record["fits"] == len(made_up) == 8 and record["fits_before"] == 0


def test_random_points_are_the_same_every_time(tmp_path, made_up):
    tried(tmp_path / "a", random=2)
    first = {one.settings["latent_dim"] for one in made_up}
    made_up.clear()
    tried(tmp_path / "b", random=2)
    assert len(first) == 2 and {one.settings["latent_dim"] for one in made_up} == first


def test_a_fit_that_fails_is_named_and_tried_again_unless_it_diverged(tmp_path, made_up, monkeypatch):
    whole = search.fit_once

    def failing(fit):
        if fit.settings["latent_dim"] == 8:
            raise ValueError("no memory")
        if fit.settings["latent_dim"] == 2:
            return {"failure": "the loss is NaN"}
        return whole(fit)

    monkeypatch.setattr(search, "fit_once", failing)
    said = []
    record = tried(tmp_path, on_failure=said.append)
    assert record["fits_failed"] == 4 and len(said) == 8 and "candidate 3, fold 1, seed 1: no memory" in said
    assert record["candidates"][0]["settings"]["latent_dim"] == 1
    assert {tuple(row["failures"]) for row in record["candidates"]} == {(), ("the loss is NaN",) * 4}
    monkeypatch.setattr(search, "fit_once", whole)
    made_up.clear()
    assert tried(tmp_path)["candidates"][0]["settings"]["latent_dim"] == 8
    assert {one.settings["latent_dim"] for one in made_up} == {8}


def test_ctrl_c_keeps_what_has_ended(tmp_path, made_up, monkeypatch):
    whole = search.fit_once

    def stopped(fit):
        if len(made_up) == 5:
            raise KeyboardInterrupt
        return whole(fit)

    monkeypatch.setattr(search, "fit_once", stopped)
    record = tried(tmp_path)
    assert record["status"] == "interrupted" and record["fits"] == 5 and record["test"] is None
    monkeypatch.setattr(search, "fit_once", whole)
    assert tried(tmp_path)["fits_before"] == 5 and len(made_up) == 12


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([{"latentdim": 3}], "point 1: 'latentdim' is .* did you mean 'latent_dim'"),
        ([{"epochs": 0}, {"seed": 3}], "point 1: epochs: expected at least 1.*\npoint 2: seed: is not searched"),
        ([{"latent_dim": 0}], "latent_dim"),
        ([], "at least one point"),
    ],
)
def test_points_that_cannot_be_tried_are_refused_before_anything_runs(tmp_path, made_up, points, words):
    with pytest.raises(SearchError, match=words):
        tried(tmp_path, points)
    assert made_up == [] and not list(tmp_path.iterdir())


def test_pictures_that_make_too_few_folds_are_refused_before_anything_is_written(tmp_path, made_up):
    with pytest.raises(ValueError, match="at least 9 different pictures for 9 folds, got 5"):
        tried(tmp_path / "new", folds=9, sample=5)
    assert not (tmp_path / "new").exists()


def test_weights_for_other_pictures_are_no_rival(tmp_path, made_up):
    with pytest.raises(ValueError, match=r"is for pictures of shape \(28, 28, 1\), and these have \(8, 8, 1\)"):
        tried(tmp_path / "new", rival="fashion-convolutional-64")
    assert not (tmp_path / "new").exists()


def test_a_sample_is_searched_and_the_winner_has_all_pictures(tmp_path, monkeypatch, made_up):
    seen = []
    monkeypatch.setattr(search, "_tested", lambda _, row, trial: seen.append(len(trial.splits.train)))
    tried(tmp_path, sample=30)
    assert seen == [40] and {one.asked.sample for one in made_up} == {30}
    sizes = [(len(part.train), len(part.validation)) for part in (fold_splits(made_up[0].asked, n) for n in (0, 1))]
    assert [sum(pair) for pair in sizes] == [30, 30] and sizes[0] == sizes[1][::-1]
    made_up.clear()
    tried(tmp_path)  # on all pictures: other fits
    assert len(made_up) == 12


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"score": "high"}', "{"])
def test_a_file_that_holds_no_result_of_a_fit_is_refused(tmp_path, made_up, text):
    tried(tmp_path)
    path = next((tmp_path / "fits").glob("*.json"))
    path.write_text(text)
    with pytest.raises(ValueError, match="expected the result of a fit as a search writes it; move it away"):
        tried(tmp_path)


@pytest.mark.parametrize("wrong", [{"folds": 1}, {"seeds": 0}, {"random": 0}, {"scheduler": "tcp://x:1", "workers": 2}])
def test_numbers_out_of_range_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"expected 2 folds|not both"):
        tried(tmp_path, **wrong)


def test_a_fit_is_measured_on_pictures_that_it_did_not_see():
    asked = Asked.of("digits", None, 40, 2)
    fit = Fit("dense", SMALL | {"latent_dim": 2}, asked, splits_of(asked).fingerprint, 1, 1)
    result, splits = fit_once(fit), fold_splits(asked, 1)
    assert splits.shared == 0 and result["train"] + result["test"] == 80
    one = fit.estimator().fit(splits.train.images)
    assert result["score"] == pytest.approx(one.score(splits.validation.images), rel=1e-4)
    assert result["mse"] == -result["score"] and result["code_values"] == 2
    with pytest.raises(ValueError, match="other pictures here"):
        fit_once(Fit("dense", SMALL, asked, "0" * 16, 1, 1))


@pytest.mark.long
def test_the_winner_is_measured_once_on_the_test_pictures(tmp_path):
    points, changes = [SMALL | {"latent_dim": size} for size in (1, 8)], {"seeds": 1}
    splits = splits_of(Asked.of("digits", None, 40, 2))
    before = splits.test.opened
    record = tried(tmp_path, points, **changes)
    assert splits.test.opened == before + 1 and record["test"]["opened"] == 1
    again = tried(tmp_path, points, **changes)
    assert splits.test.opened == before + 1 and again["test"] == record["test"]
    beside = tried(tmp_path, points, **changes, rival=str(tmp_path / "winner.json"))["test"]
    assert beside["mse"] == beside["rival"]["mse"] and beside["opened"] == 1
    assert (beside["rival"]["p"], beside["rival"]["better"]) == (1, 0)
    won = record["candidates"][0]["settings"]["latent_dim"]
    second = [point for point in points if point["latent_dim"] != won]
    assert tried(tmp_path, second, **changes)["test"]["opened"] == 2  # another winner
    assert load_autoencoder(tmp_path / "winner.json").latent_dim != won
    back = tried(tmp_path, points, **changes)["test"]
    assert back["mse"] == record["test"]["mse"] and back["opened"] == 2
    model, test = load_autoencoder(tmp_path / "winner.json"), splits.test._part
    error = np.mean(np.square(model.reconstruct(test.images) - test.floats()))
    assert record["test"]["mse"] == pytest.approx(float(error), rel=1e-5)
    assert model.latent_dim == won
    assert all(row["pca_mse"] > 0 for row in record["candidates"] if row["code_values"] > 1)
