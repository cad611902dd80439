"""KL, bound and likelihood of variational autoencoders agree with limits and with a model whose likelihood is known."""

import keras
import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits

from aewidgets.models.variational import VariationalAutoencoder, kl_nats, log_bernoulli, log_gaussian
from aewidgets.training.diagnosis import kl_per_unit, units

pytestmark = [pytest.mark.backend, pytest.mark.long]


def digits(count: int = 64) -> np.ndarray:
    return (load_digits().images[:count, ..., None] / 16).astype("float32")


def tiny(**options) -> VariationalAutoencoder:
    keras.utils.set_random_seed(1)
    return VariationalAutoencoder((8, 8, 1), **{"latent_dim": 3, "options": {"hidden": (16,)}} | options)


def test_kl_is_that_of_the_diagnosis():
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 7, 4)).astype("float32")
    found = keras.ops.convert_to_numpy(kl_nats(*map(keras.ops.convert_to_tensor, (mean, log_var))))
    assert found.mean() == pytest.approx(kl_per_unit(mean, log_var).sum(), rel=1e-5)


@pytest.mark.parametrize("body", ["dense", "convolutional"])
@pytest.mark.parametrize(("likelihood", "variance"), [("gaussian", None), ("gaussian", 0.5), ("bernoulli", None)])
def test_the_loss_of_evaluation_is_minus_the_bound(likelihood, variance, body):
    options = {"hidden": (16,)} if body == "dense" else {"num_filters": 4, "levels": 1}
    model, x = tiny(likelihood=likelihood, variance=variance, body=body, options=options), digits()
    model.compile("adam", loss="bce" if likelihood == "bernoulli" else "mse")
    if likelihood == "gaussian" and variance is None:
        model.fit(x, x, epochs=2, verbose=0)
        assert model.decoder_variance < 0.5
    logs = [model.evaluate(x, x, verbose=0, return_dict=True) for _ in range(4)]
    bound = model.elbo(x, samples=32).mean() + (32 * np.log(2 * np.pi) if likelihood == "gaussian" else 0)
    assert np.mean([log["loss"] for log in logs]) == pytest.approx(-bound, rel=0.02)
    kl = kl_per_unit(*model.posterior(x)).sum()
    assert logs[0]["kl"] == pytest.approx(kl, rel=1e-4)


def test_beta_weighs_the_kl_and_not_the_bound():
    plain, heavy = tiny(beta=1.0), tiny(beta=4.0)
    heavy.set_weights(plain.get_weights())
    for model in (plain, heavy):
        model.compile("adam", loss="mse")
    kls = [model.evaluate(digits(), verbose=0, return_dict=True)["kl"] for model in (plain, heavy)]
    assert kls[1] == pytest.approx(4 * kls[0], rel=1e-5)
    np.testing.assert_allclose(plain.elbo(digits(8)), heavy.elbo(digits(8)), rtol=1e-5)


@pytest.mark.parametrize("beta", [0.25, 4.0])
def test_a_fixed_variance_with_beta_is_another_variance_with_beta_one(beta):
    """Both losses, the first divided by beta, differ by half the logarithm of the variances, whatever the weights."""
    first, second = tiny(beta=beta, variance=0.2), tiny(beta=1.0, variance=0.2 * beta)
    losses = []
    for model in (first, second):
        model.set_weights(first.get_weights())
        model.compile("adam", loss="mse")
        losses.append(model.evaluate(digits(), verbose=0, return_dict=True)["loss"])
    constant = 0.5 * 64 * (np.log(0.2) / beta - np.log(0.2 * beta))
    assert losses[0] / beta - losses[1] == pytest.approx(constant, abs=1e-3)


def linear_gaussian():
    """Return a model p(x|z) = N(Wz + b, 1), with a posterior near the true one, and its exact log p(x)."""
    model = VariationalAutoencoder((2, 2, 1), latent_dim=2, variance=1.0, options={"hidden": ()})
    last = next(layer for layer in model.decoder.layers if isinstance(layer, keras.layers.Activation))
    last.activation = keras.activations.linear
    rng = np.random.default_rng(5)
    kernel, bias = rng.normal(size=(2, 4)), rng.normal(size=4)
    model.decoder.set_weights([kernel, bias])
    covariance = np.linalg.inv(np.eye(2) + kernel @ kernel.T)
    towards = kernel.T @ covariance
    log_var = np.log(np.diag(covariance))
    weights = {"z_mean": (towards, -bias @ towards), "z_log_var": (np.zeros((4, 2)), log_var)}
    for name, values in weights.items():
        model.encoder.get_layer(name).set_weights(values)
    return model, multivariate_normal(bias, np.eye(4) + kernel.T @ kernel)


def test_importance_sampling_finds_the_exact_likelihood_and_the_bound_is_below():
    model, exact = linear_gaussian()
    x = exact.rvs(24, random_state=1).reshape(-1, 2, 2, 1)
    expected = exact.logpdf(x.reshape(-1, 4))
    found = model.log_likelihood(x, samples=5000)
    np.testing.assert_allclose(found, expected, atol=0.1)
    bound = model.elbo(x, samples=2000)
    assert (bound < expected + 0.15).all()
    assert bound.mean() < found.mean()


def test_more_samples_tighten_the_likelihood_on_average():
    model, exact = linear_gaussian()
    x = exact.rvs(400, random_state=2).reshape(-1, 2, 2, 1)
    means = [model.log_likelihood(x, samples=s).mean() for s in (1, 10, 100)]
    assert means == sorted(means)


def test_likelihoods_are_those_of_their_distributions():
    rng = np.random.default_rng(0)
    x, p = rng.integers(0, 2, (5, 6)).astype("float32"), rng.uniform(0.1, 0.9, (5, 6)).astype("float32")
    np.testing.assert_allclose(log_bernoulli(x, p), np.log(np.where(x == 1, p, 1 - p)).sum(axis=1), rtol=1e-5)
    for variance in (1.0, 0.02):
        expected = [multivariate_normal(b, variance * np.eye(6)).logpdf(a) for a, b in zip(x, p, strict=True)]
        np.testing.assert_allclose(log_gaussian(x, p, variance), expected, rtol=1e-5)


def test_the_variance_is_the_mean_squared_error_of_training_and_is_saved(tmp_path):
    model, x = tiny(), digits()
    model.compile("adam", loss="mse")
    assert model.decoder_variance == 1.0
    model.train_on_batch(x, x)
    first = model.decoder_variance
    assert first == pytest.approx(np.square(x - 0.5).mean(), rel=0.1)  # an untrained sigmoid is near one half
    model.fit(x, x, epochs=20, verbose=0)
    drawn = np.mean([np.square(model.predict_on_batch(x) - x).mean() for _ in range(3)])
    assert drawn < 1.1 * model.decoder_variance < first
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").decoder_variance == model.decoder_variance


def test_units_that_a_variance_of_one_leaves_unused_are_used():
    """On small pictures a unit variance makes a code of nothing best (Lucas et al. 2019), whatever the network."""
    used = []
    for variance in (None, 1.0):
        model, x = tiny(variance=variance, latent_dim=2, options={"hidden": (64,)}), digits(512)
        model.compile(keras.optimizers.Adam(3e-3), loss="mse")
        model.fit(x, x, batch_size=64, epochs=20, verbose=0)
        used.append(kl_per_unit(*model.posterior(x)))
    assert used[0].min() > 0.5
    assert used[1].max() < 0.1


def test_a_model_saved_before_variances_were_estimated_has_one():
    config = tiny(variance=1.0).get_config()
    del config["variance"]
    assert VariationalAutoencoder.from_config(config).decoder_variance == 1.0
    config["likelihood"] = "bernoulli"
    assert VariationalAutoencoder.from_config(config).variance is None


def trained(epochs: int = 1, **options) -> VariationalAutoencoder:
    model, x = tiny(**options), digits()
    model.compile("adam", loss="bce" if model.likelihood == "bernoulli" else "mse")
    model.fit(x, x, batch_size=16, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("prior", [False, True])
def test_samples_follow_their_seed(prior):
    model = trained()
    np.testing.assert_array_equal(model.sample(3, 4, prior), model.sample(3, 4, prior))
    assert np.abs(model.sample(3, 4, prior) - model.sample(3, 5, prior)).max() > 1e-4
    assert model.sample(2, prior=prior).shape == (2, 8, 8, 1)


@pytest.mark.parametrize("batch_size", [60, 3000])
def test_the_codes_that_are_kept_are_the_newest_of_training(batch_size):
    model, x = tiny(likelihood="bernoulli"), np.resize(digits(), (3000, 8, 8, 1))
    model.compile(keras.optimizers.SGD(0.0), loss="bce")
    model.fit(x[:60], batch_size=60, verbose=0)
    first = model.drawn_codes
    assert first.shape == (60, 3)
    model.evaluate(x[:60], verbose=0)
    np.testing.assert_array_equal(model.drawn_codes, first)  # only training adds to them
    model.fit(x, batch_size=batch_size, shuffle=False, verbose=0)
    mean, log_var = model.posterior(x[-1024:])
    noise = (model.drawn_codes - mean) / np.exp(0.5 * log_var)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(3), atol=0.1)


def test_samples_have_the_density_of_the_codes_or_the_priors():
    """The decoder is linear, so mean and covariance of samples are known."""
    model, _ = linear_gaussian()
    x = np.random.default_rng(3).random((1024, 2, 2, 1)).astype("float32")
    model.compile(keras.optimizers.SGD(0.0), loss="mse")
    model.fit(x, x, batch_size=256, verbose=0)
    kernel, bias = model.decoder.get_weights()
    codes = model.drawn_codes
    for prior, mean, covariance in ((False, codes.mean(axis=0), np.cov(codes.T)), (True, np.zeros(2), np.eye(2))):
        rows = model.sample(40_000, prior=prior).reshape(-1, 4)
        spread = kernel.T @ covariance @ kernel
        np.testing.assert_allclose(rows.mean(axis=0), mean @ kernel + bias, atol=0.02 * np.sqrt(spread.max()))
        np.testing.assert_allclose(np.cov(rows.T), spread, atol=0.04 * spread.max())
    assert np.abs(np.cov(codes.T) - np.eye(2)).max() > 0.1


def test_a_saved_model_draws_the_same_samples(tmp_path):
    model = trained()
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras").sample(4), model.sample(4), atol=1e-6)


def test_a_model_without_training_draws_from_the_prior_alone():
    model = tiny()
    assert len(model.drawn_codes) == 0
    with pytest.raises(ValueError, match=r"fit.*prior=True"):
        model.sample(2)
    codes = np.random.default_rng(0).normal(size=(2, 3))
    np.testing.assert_array_equal(model.sample(2, prior=True), model.decode(codes))


@pytest.mark.parametrize("options", [{}, {"variance": 1.0}, {"likelihood": "bernoulli"}])
def test_a_model_saved_before_codes_were_kept_loads_without_any(options, tmp_path, monkeypatch):
    def save_first(model, store):
        for number, variable in enumerate(model.statistics[:-1]):
            store[str(number)] = keras.ops.convert_to_numpy(variable)

    model = trained(**options)
    monkeypatch.setattr(VariationalAutoencoder, "save_own_variables", save_first)
    model.save(tmp_path / "old.keras")
    old = keras.saving.load_model(tmp_path / "old.keras")
    assert (len(old.drawn_codes), old.decoder_variance) == (0, model.decoder_variance)
    np.testing.assert_allclose(old.reconstruct(digits(4)), model.reconstruct(digits(4)), atol=1e-6)


def test_training_draws_codes_and_evaluation_takes_their_means():
    model, x = tiny(), digits(4)
    once, twice = (keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(2))
    assert np.abs(once - twice).max() > 1e-4
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), model.decode(model.posterior(x)[0]), atol=1e-5)


def test_diagnosis_measures_the_kl_of_each_unit():
    model = tiny()
    found = units(model.code_statistics(digits()))
    assert (found.measure, len(found.values)) == ("kl", 3)


@pytest.mark.parametrize(("likelihood", "loss"), [("gaussian", "bce"), ("bernoulli", "mse"), ("gaussian", "mae")])
def test_a_loss_that_is_not_the_likelihoods_is_refused(likelihood, loss):
    model = tiny(likelihood=likelihood)
    model.compile("adam", loss=loss)
    with pytest.raises(ValueError, match="build it with another likelihood"):
        model.train_on_batch(digits(4), digits(4))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"likelihood": "laplace"}, "gaussian, bernoulli"),
        ({"beta": -1.0}, "beta"),
        ({"variance": 0.0}, "variance: expected a number above 0"),
        ({"variance": float("nan")}, "variance: expected a number above 0"),
        ({"variance": 0.1, "likelihood": "bernoulli"}, "with likelihood='bernoulli'"),
        ({"body": "tree"}, "body: expected"),
    ],
)
def test_impossible_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        tiny(**options)
