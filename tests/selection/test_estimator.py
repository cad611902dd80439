"""AutoencoderEstimator keeps scikit-learn's laws, names every setting, and scores what its model reconstructs."""

import pickle
import random
from dataclasses import replace

import joblib
import numpy as np
import pytest
from clusters import cluster
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - scikit-learn asks for it
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from aewidgets.images.metrics import psnr
from aewidgets.models.families import AUTOENCODERS
from aewidgets.selection import AutoencoderEstimator, PictureKFold, estimator
from aewidgets.training.fitting.records import Recipe

#: Of scikit-learn's own checks those that bring no rows of numbers as data. The family decides which parameters there
#: are, so that it is checked when it is set, which two checks leave for `fit`.
SKLEARN_CHECKS = (
    "estimator_cloneable", "estimator_repr", "estimator_tags_renamed", "get_params_invariance", "mixin_order",
    "parameters_default_constructible", "set_params", "valid_tag_types", "get_feature_names_out_error",
)  # fmt: skip


@pytest.fixture(scope="module")
def images():
    return np.rint(load_digits().images[:60, :, :, None] * (255 / 16)).astype("uint8")


def small(**changes):
    return AutoencoderEstimator("dense", **{"hidden": (), "latent_dim": 4, "epochs": 1} | changes)


@pytest.fixture(scope="module")
def fitted(images):
    return small(epochs=2).fit(images)


@pytest.mark.parametrize("family", AUTOENCODERS)
def test_parameters_are_those_of_the_family_and_of_the_recipe(family):
    params = AutoencoderEstimator(family).get_params()
    config = AUTOENCODERS[family]((8, 8, 1)).get_config()
    options = set(config) - {"name", "trainable", "dtype", "image_shape"}
    recipe = {name: getattr(Recipe(), name) for name in Recipe.__dataclass_fields__}
    assert set(params) == options | set(recipe) | {"family", "metric", "validation"}
    assert {name: params[name] for name in recipe} == recipe


@pytest.mark.parametrize("family", AUTOENCODERS)
def test_a_clone_has_the_same_parameters_and_is_not_fitted(family):
    one = AutoencoderEstimator(family, latent_dim=3, seed=5)
    other = clone(one)
    assert other.get_params() == one.get_params() and repr(other) == repr(one)
    assert other.latent_dim == 3 and not hasattr(other, "model_")
    assert set(one.set_params(**other.get_params()).get_params()) == set(other.get_params())


def test_names_that_nobody_has_are_refused_with_the_nearest():
    with pytest.raises(TypeError, match="did you mean 'latent_dim'"):
        AutoencoderEstimator("dense", latentdim=3)
    with pytest.raises(ValueError, match="did you mean 'learning_rate'"):
        AutoencoderEstimator("dense").set_params(learning_rat=3)
    with pytest.raises(ValueError, match="did you mean 'dense'"):
        AutoencoderEstimator("densest")
    with pytest.raises(TypeError, match="'levels' is neither an option of the family 'dense'"):
        AutoencoderEstimator("dense", levels=3)


def test_another_family_brings_its_own_options_and_defaults():
    one = AutoencoderEstimator("convolutional", levels=2, epochs=3).set_params(family="sparse", k=8)
    assert one.get_params() == AutoencoderEstimator("sparse", k=8, epochs=3).get_params()
    assert not hasattr(one, "levels")
    kept = AutoencoderEstimator("convolutional", latent_dim=7).set_params(family="sparse")
    assert kept.latent_dim == 7


def test_values_out_of_range_are_refused_when_it_is_fitted(images):
    with pytest.raises(ValueError, match="epochs: expected at least 1"):
        small(epochs=0).fit(images)
    for validation, words in ((60, "fewer pictures than the 60"), (0, "a share below 1"), ("a", "a share below 1")):
        with pytest.raises(ValueError, match=f"validation: expected {words}"):
            small(validation=validation).fit(images)
    with pytest.raises(ValueError, match="metric: expected one of mse, mae"):
        small(metric="rmse").fit(images)
    with pytest.raises(ValueError, match="hidden: expected a list of widths"):
        small(hidden=5).fit(images)
    with pytest.raises(ValueError, match="at least two different pictures"):
        small().fit(images[[0, 0, 0]])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (lambda x: x / 255.0, r"np.rint\(255 \* x\)"),
        (lambda x: x.astype("float32"), r"np.rint\(x\)"),
        (lambda x: x.astype("int64"), r"np.rint\(x\)"),
        (lambda x: x - 300.0, "scale them to 0 to 255"),
        (lambda x: np.where(x > 200, np.nan, x), "no numbers"),
        (lambda x: x[..., 0], r"images\[..., None\]"),
        (lambda x: x.reshape(len(x), -1), "reshape them"),
        (lambda x: [x[0], x[1][:4]], "crop or resize"),
        (lambda x: x[:0], "expected uint8 pictures"),
        (lambda x: "digits", "expected uint8 pictures"),
        (lambda x: None, "expected uint8 pictures"),
    ],
)
def test_other_things_than_pictures_are_refused_with_what_to_do(images, form, words):
    with pytest.raises(ValueError, match=words):
        small().fit(form(images))
    with pytest.raises(ValueError, match=words):
        PictureKFold(2).folds_of(form(images))


def test_a_list_of_pictures_is_as_good_as_an_array(fitted, images):
    assert fitted.score(list(images)) == fitted.score(images)


def test_scores_are_those_of_the_reconstructions(fitted, images):
    floats, found = images.astype("float32") / 255, fitted.predict(images)
    assert fitted.score(images) == pytest.approx(-np.mean(np.square(found - floats)))
    of = {name: clone(fitted).set_params(metric=name) for name in ("mae", "psnr", "rmse")}
    for one in of.values():
        one.model_ = fitted.model_
    assert of["mae"].score(images) == pytest.approx(-np.mean(np.abs(found - floats)))
    assert of["psnr"].score(images) == pytest.approx(np.mean(psnr(floats, found, data_range=1)))
    with pytest.raises(ValueError, match="metric: expected one of mse, mae"):
        of["rmse"].score(images)


def test_codes_decode_to_the_reconstructions(fitted, images):
    codes = fitted.transform(images)
    assert codes.shape == (60, 4)
    np.testing.assert_array_equal(fitted.inverse_transform(codes), fitted.predict(images))
    with pytest.raises(ValueError, match=r"codes of shape \(n, 4\), got \(60, 3\)"):
        fitted.inverse_transform(codes[:, :3])


def test_codes_are_columns_of_a_table_where_scikit_learn_is_asked_for_one(images):
    pandas = pytest.importorskip("pandas")
    found = small().set_output(transform="pandas").fit_transform(images)
    assert isinstance(found, pandas.DataFrame) and list(found)[:2] == ["autoencoderestimator0", "autoencoderestimator1"]


@pytest.mark.filterwarnings("ignore:ValueError occurred during set_params of param family:UserWarning")
@pytest.mark.parametrize("name", SKLEARN_CHECKS)
def test_scikit_learn_finds_the_interface_as_it_should_be(name):
    getattr(estimator_checks, f"check_{name}")("AutoencoderEstimator", small())


@pytest.mark.backend
def test_starting_weights_follow_the_seed_though_other_threads_draw_numbers(monkeypatch):
    """Weights are drawn from Python's global state, and the threads of a Dask worker draw from it too."""
    quiet, build, calls = small().build((8, 8, 1)).get_weights(), estimator.build_autoencoder, []

    def disturbed(*arguments, **options):
        calls.append(random.random() if len(calls) in (0, 2) else None)
        return build(*arguments, **options)

    monkeypatch.setattr(estimator, "build_autoencoder", disturbed)
    for one, other in zip(small().build((8, 8, 1)).get_weights(), quiet, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(calls) == 5

    def always(*arguments, **options):
        calls.append(None)
        random.seed(len(calls))
        return build(*arguments, **options)

    monkeypatch.setattr(estimator, "build_autoencoder", always)
    with pytest.raises(RuntimeError, match="another thread draws random numbers"):
        small().build((8, 8, 1))


@pytest.mark.backend
def test_a_pickle_holds_arrays_and_gives_the_same_answers(fitted, images):
    state = fitted.__getstate__()
    assert "model_" not in state
    twin = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(twin.predict(images), fitted.predict(images))
    assert twin.record_ == fitted.record_ and twin.get_params() == fitted.get_params()


@pytest.mark.backend
def test_a_fit_repeats_by_its_seed_and_leaves_the_global_one_alone(images):
    np.random.seed(3)  # noqa: NPY002 - what a stranger's script does
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    scores = [small(seed=seed).fit(images).score(images) for seed in (1, 1, 2)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-5) and scores[0] != pytest.approx(scores[2], rel=1e-5)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_run_that_was_stopped_is_no_fit(fitted, images, monkeypatch):
    stopped = replace(fitted.record_, reason="stopped")
    monkeypatch.setattr(estimator, "train", lambda *_: stopped)
    with pytest.raises(KeyboardInterrupt):
        small().fit(images)


@pytest.mark.long
def test_a_grid_search_runs_as_users_write_it(images):
    search = GridSearchCV(small(epochs=4, batch_size=8), {"latent_dim": [1, 16]}, cv=2).fit(images)
    assert search.best_params_ == {"latent_dim": 16}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.score(images) == search.best_estimator_.score(images)


@pytest.mark.slow
def test_the_other_searches_run_too(images):
    grid = {"latent_dim": [2, 4, 8]}
    conv = AutoencoderEstimator("convolutional", levels=1, num_filters=2, epochs=1)
    assert GridSearchCV(conv, {"latent_dim": [2]}, cv=3, refit=False).fit(images).best_params_ == {"latent_dim": 2}
    assert RandomizedSearchCV(small(), grid, n_iter=1, cv=2, random_state=0, refit=False).fit(images).best_params_
    folds = PictureKFold(2)
    halving = HalvingGridSearchCV(small(), grid, resource="epochs", max_resources=3, cv=folds).fit(images)
    assert halving.n_resources_ == [1, 3] and halving.best_estimator_.n_iter_ == 3
    found = cross_validate(small(), images, cv=folds, return_estimator=True, error_score="raise")
    assert np.isfinite(found["test_score"]).all() and found["estimator"][0].transform(images).shape == (60, 4)
    assert len(make_pipeline(small(), KMeans(3, n_init=1, random_state=0)).fit(images).predict(images)) == 60


@pytest.mark.slow
def test_a_grid_search_spreads_over_a_dask_cluster(images, tmp_path):
    """A scheduler and two workers over loopback find what this process finds."""
    distributed = pytest.importorskip("distributed")
    make = lambda: GridSearchCV(small(), {"latent_dim": [1, 8]}, cv=3, refit=False)  # noqa: E731
    here = make().fit(images)
    with cluster(tmp_path) as (address, workers), distributed.Client(address) as client:
        client.wait_for_workers(len(workers), timeout=120)
        with joblib.parallel_backend("dask"):
            there = make().fit(images)
    assert there.best_params_ == here.best_params_
    np.testing.assert_allclose(
        there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"], rtol=1e-4
    )
