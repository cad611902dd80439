"""Variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114) and beta-VAE.

Letters of the paper: x is an image, z its code; the encoder gives mean and log variance of q(z|x), the decoder the
mean of p(x|z); p(z) is the unit normal. All likelihoods and bounds are in nats per image.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from aewidgets.models.autoencoder import Autoencoder, check_images, to_unit
from aewidgets.models.bodies import check_count, make_body, plain

__all__ = ["VariationalAutoencoder", "kl_nats"]

#: Likelihood -> name of the Keras loss that trains it.
LOSSES = {"gaussian": "mean_squared_error", "bernoulli": "binary_crossentropy"}
DECODED = 4096  # codes that estimates decode at a time
KEPT = 0.9  # share of the running mean of the error that a step keeps
CODES = 1024  # codes of training that are kept, the newest
LEAST_VARIANCE = 1e-6  # a quarter of an 8-bit level, squared


def log_gaussian(x: np.ndarray, x_hat: np.ndarray, variance: float = 1.0) -> np.ndarray:
    """Return the log density of each row of (n, d) under a normal of this variance around `x_hat`: (n,)."""
    squares = np.sum(np.square(x - x_hat), axis=1, dtype="float64") / variance
    return -0.5 * (squares + x.shape[1] * math.log(2 * math.pi * variance))


def log_bernoulli(x: np.ndarray, x_hat: np.ndarray, variance: float = 1.0) -> np.ndarray:
    """Return the log probability of each row of (n, d) under Bernoulli distributions: (n,).

    Their probabilities `x_hat` are kept 1e-7 away from 0 and 1, as in training; they have no free variance.
    """
    p = np.clip(x_hat, np.float32(1e-7), np.float32(1 - 1e-7))
    return np.sum(x * np.log(p) + (1 - x) * np.log1p(-p), axis=1, dtype="float64")


LOG_LIKELIHOODS = {"gaussian": log_gaussian, "bernoulli": log_bernoulli}


class Drawn(NamedTuple):
    """Codes drawn from the posteriors of a batch of images.

    Attributes:
        mean, log_var: (b, latent_dim) of q(z|x).
        noise: (b, samples, latent_dim), standard normal.
        z: (b, samples, latent_dim), mean + noise * deviation.
        log_p: (b, samples), log p(x|z).
    """

    mean: np.ndarray
    log_var: np.ndarray
    noise: np.ndarray
    z: np.ndarray
    log_p: np.ndarray

    def kl(self) -> np.ndarray:
        """Return the exact KL divergence of each q(z|x) from the prior in nats: (b,)."""
        return -0.5 * np.sum(1 + self.log_var - self.mean**2 - np.exp(self.log_var), axis=1)

    def log_weights(self) -> np.ndarray:
        """Return log of p(x|z) p(z) / q(z|x): (b, samples); the constants of the two normals cancel."""
        log_q = -0.5 * (np.square(self.noise).sum(axis=2) + self.log_var.sum(axis=1)[:, None])
        return self.log_p - 0.5 * np.square(self.z).sum(axis=2) - log_q


def kl_nats(z_mean, z_log_var):
    """Return the KL divergence of N(mean, var) from N(0, 1) in nats, summed over the code: (b,).

    It is -0.5 * sum(1 + log var - mean**2 - var).
    """
    return -0.5 * ops.sum(1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var), axis=-1)


@keras.saving.register_keras_serializable("aewidgets")
class VariationalAutoencoder(Autoencoder):
    """Autoencoder whose code is a normal distribution with a prior; `beta` times its KL divergence is part of the loss.

    The loss is summed over the values of an image and averaged over images: for "gaussian" half of squared error over
    variance plus log variance (its constant is left out), for "bernoulli" the binary cross-entropy, plus beta times
    the KL. Compile with "mse" or "bce" to match; other losses are not likelihoods and are refused. With beta = 1 the
    loss is minus the evidence lower bound; for "gaussian" it is a density's and may be negative.

    The variance of the Gaussian decoder is by default the best one, the mean squared error (Rybkin, Daniilidis and
    Levine 2021, arXiv:2006.13202, section 3.2): each batch's own in training; its running mean is kept with the model,
    for evaluation, `elbo` and `log_likelihood`. A fixed variance above the variance of the images along a direction
    makes it best to leave that direction out of the code: with 1, which many take, small pictures lose the whole code
    (posterior collapse; Lucas et al. 2019, arXiv:1911.02469).

    Beta means beta only where the variance is the best one. A fixed variance v with weight beta asks for the same
    weights of the networks as the variance v * beta with weight 1: variance 1 with beta 0.01 is not a light prior, but
    a decoder with variance 0.01. A weight of w on a summed KL beside a *mean* squared error, as some write it, is
    variance 1 with beta = 0.5 * w * number of values in an image.

    In evaluation the reconstruction and its metrics are those of the mean code; `val_loss` is still the bound, with a
    code that is drawn at random.

    Training also keeps the last 1,024 codes that it draws, with the model. `sample` draws from a mixture of ten normal
    distributions fitted to these, as Ghosh et al. 2020 (arXiv:1903.12436) do: the codes of all images together are near
    the prior, and still not the same, so that samples from the prior are further from images.

    Args:
        image_shape: (height, width, channels).
        latent_dim: length of a code; 2 can be drawn as a map.
        beta: weight of the KL, in nats summed over the code, beside the log-likelihood summed over the image (Higgins
            et al. 2017); 1 gives the evidence lower bound.
        likelihood: "gaussian" or "bernoulli".
        variance: fixed variance of the Gaussian decoder, above 0; None: the mean squared error.
        body: "dense" or "convolutional".
        options: options of the body, such as {"hidden": (512,)} or {"num_filters": 32, "levels": 3}.
        seed: seed of the codes that are drawn in training.
    """

    family = "variational"
    penalties = ("kl",)

    def __init__(
        self,
        image_shape,
        latent_dim: int = 32,
        beta: float = 1.0,
        likelihood: str = "gaussian",
        variance: float | None = None,
        body: str = "dense",
        options=None,
        seed: int = 1,
        **kwargs,
    ):
        super().__init__(image_shape, **kwargs)
        if likelihood not in LOSSES:
            raise ValueError(f"likelihood: expected one of {', '.join(LOSSES)}, got {likelihood!r}")
        if not beta >= 0:
            raise ValueError(f"beta: expected a number from 0 on, got {beta}")
        if variance is not None and not (likelihood == "gaussian" and 0 < variance < math.inf):
            raise ValueError(
                f"variance: expected a number above 0 with likelihood='gaussian', or None, got {variance} with "
                f"likelihood={likelihood!r}"
            )
        self.latent_dim, self.beta, self.likelihood, self.variance = latent_dim, beta, likelihood, variance
        self.body, self.options, self.seed = body, plain(options), seed
        networks = make_body(body, self.image_shape, dtype=self.dtype_policy, **self.options)
        self.random = keras.random.SeedGenerator(seed)
        check_count(latent_dim=latent_dim)
        heads = (layers.Dense(latent_dim, dtype="float32", name=name) for name in ("z_mean", "z_log_var"))
        self._ready(networks.encoder_of(*heads), networks.decoder(latent_dim))
        # All are 0 until the first step.
        kept: dict[str, Any] = {"initializer": "zeros", "trainable": False, "dtype": "float32"}
        if likelihood == "gaussian" and variance is None:
            self._mean_error = self.add_weight(name="mean_error", shape=(), **kept)
        self._codes = self.add_weight(name="codes", shape=(CODES, latent_dim), **kept)

    @property
    def statistics(self) -> list:
        """Variables that are found in training and belong to no network, in the order that they are saved in."""
        error = [self._mean_error] if self.likelihood == "gaussian" and self.variance is None else []
        return [*error, self._codes]

    @property
    def decoder_variance(self) -> float:
        """Variance of the Gaussian decoder: as given, or the mean squared error of training (1 before it)."""
        if self.likelihood != "gaussian":
            return 1.0
        return float(ops.convert_to_numpy(self._variance()))

    def _variance(self):
        """Return the kept variance as a tensor or number."""
        if self.variance is not None:
            return self.variance
        return ops.where(self._mean_error > 0, ops.maximum(self._mean_error, LEAST_VARIANCE), 1.0)

    def _keep_error(self, error) -> None:
        """Take the mean squared error of a batch into its running mean."""
        mean = KEPT * self._mean_error + (1 - KEPT) * error
        self._mean_error.assign(ops.where(self._mean_error > 0, mean, error))

    @property
    def drawn_codes(self) -> np.ndarray:
        """Codes that training drew last, the newest last: float32 (n, latent_dim), n from 0 to 1,024.

        There are none before training, and in a model that was saved by a version that kept none.
        """
        codes = ops.convert_to_numpy(self._codes)
        return codes[np.any(codes != 0, axis=1)]

    def _keep_codes(self, z) -> None:
        """Take codes (b, latent_dim) into those that are kept, in place of the oldest."""
        newest = ops.concatenate([self._codes, ops.cast(z, "float32")])[-CODES:]
        self._codes.assign(ops.reshape(newest, (CODES, self.latent_dim)))

    def draw(self, z_mean, z_log_var):
        """Draw z ~ N(mean, var), (b, latent_dim), with gradients to both (the reparameterisation trick)."""
        return z_mean + ops.exp(0.5 * z_log_var) * keras.random.normal(ops.shape(z_mean), seed=self.random)

    def call(self, x, training=None):
        """Reconstruct images, from drawn codes in training, and add the KL to the loss."""
        check_images(x.shape, self.image_shape)
        z_mean, z_log_var = self.encoder(to_unit(x), training=training)
        self.add_loss(self.beta * ops.mean(kl_nats(z_mean, z_log_var)))
        if not training:
            return self.decoder(z_mean, training=training)
        z = self.draw(z_mean, z_log_var)
        self._keep_codes(ops.stop_gradient(z))
        return self.decoder(z, training=training)

    def reconstruction_loss(self, x, y, y_pred, sample_weight, training):
        """Return the negative log-likelihood of images, without its constant, for drawn codes."""
        if not training:  # the bound needs a code that is drawn, and `y_pred` is that of the mean
            y_pred = self.decoder(self.draw(*self.encoder(to_unit(x))))
        self._check_loss()
        values = math.prod(side or 0 for side in self.image_shape)
        loss = super().reconstruction_loss(x, y, y_pred, sample_weight, training)
        if self.likelihood == "bernoulli":
            return values * loss
        variance = self._variance()
        if training and self.variance is None:
            error = ops.stop_gradient(loss)
            variance = ops.maximum(error, LEAST_VARIANCE)
            self._keep_error(error)
        return 0.5 * values * (loss / variance + ops.log(ops.cast(variance, "float32")))

    def _check_loss(self) -> None:
        """Raise ValueError unless the compiled loss is the one of the likelihood."""
        found, wanted = keras.losses.get(self.loss), LOSSES[self.likelihood]
        name = getattr(found, "name", None) or getattr(found, "__name__", repr(found))
        if name != wanted:
            raise ValueError(
                f"loss: the model's {self.likelihood!r} likelihood is trained by {wanted!r}, got {name!r}; "
                f"build it with another likelihood ({', '.join(f'{k!r} for {v!r}' for k, v in LOSSES.items())})"
            )

    def posterior(self, images, batch_size: int = 256) -> tuple[np.ndarray, np.ndarray]:
        """Return (z_mean, z_log_var) of q(z|x), float32 (n, latent_dim) each; arguments as in `encode`."""
        z_mean, z_log_var = self._encoded(images, batch_size)
        return z_mean, z_log_var

    def code_statistics(self, images, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Return {"z_mean", "z_log_var"}, as `posterior` returns them."""
        return dict(zip(("z_mean", "z_log_var"), self.posterior(images, batch_size), strict=True))

    def sample(self, count: int, seed: int = 0, prior: bool = False) -> np.ndarray:
        """Draw codes, and return the means of p(x|z).

        Args:
            count: number of images.
            seed: seed of the codes.
            prior: draw codes from the prior N(0, I), instead of from a mixture fitted to the codes of training.

        Returns:
            float32 (count, height, width, channels).

        Raises:
            ValueError: for a model that keeps no codes of a training, unless `prior` is true.
        """
        from aewidgets.classical.codes.mixture import fit_mixture  # and with it SciPy

        check_count(count=count)
        random = np.random.default_rng(seed)
        if prior:
            return self.decode(random.normal(size=(count, self.latent_dim)))
        codes = self.drawn_codes
        if len(codes) < 2:
            raise ValueError(
                "sample: this model keeps no codes to fit a density to, for it has not been trained, or was saved by a "
                "version that kept none; train it (`fit`), or draw from the prior: sample(count, prior=True)"
            )
        return self.decode(fit_mixture(codes).draw(count, random))

    def elbo(self, images, samples: int = 1, seed: int = 0) -> np.ndarray:
        """Return the evidence lower bound of each image in nats.

        It is the mean of log p(x|z) over codes drawn from q(z|x), less the KL divergence.

        Args:
            images: as in `encode`; for "bernoulli" values are 0 or 1, or probabilities, which give a cross-entropy.
            samples: number of codes drawn for each image.
            seed: seed of the codes.

        Returns:
            float64 (n,). For "gaussian" a density at `decoder_variance`, constant included; `beta` has no influence.
        """
        drawn = self._drawn(images, samples, seed)
        return np.concatenate([d.log_p.mean(axis=1) - d.kl() for d in drawn])

    def log_likelihood(self, images, samples: int = 200, seed: int = 0) -> np.ndarray:
        """Estimate log p(x) of each image in nats by importance sampling from q(z|x).

        The estimate is the log of the mean of p(x|z) p(z) / q(z|x) over the samples, on average a tight lower bound
        (Burda et al. 2016, arXiv:1509.00519). Arguments and conventions as in `elbo`; the memory does not depend on
        the number of samples.
        """
        drawn = self._drawn(images, samples, seed)
        return np.concatenate([np.logaddexp.reduce(d.log_weights(), axis=1) - np.log(samples) for d in drawn])

    def _drawn(self, images, samples: int, seed: int) -> Iterator[Drawn]:
        """Draw codes for a few images at a time, so that about `DECODED` are decoded at once."""
        check_count(samples=samples)
        images, random = self.checked(images), np.random.default_rng(seed)
        at_once, variance = max(1, DECODED // samples), self.decoder_variance
        for start in range(0, len(images), at_once):
            part = images[start : start + at_once]
            x = (part / np.float32(255) if part.dtype == np.uint8 else part).reshape(len(part), -1).astype("float32")
            mean, log_var = self.posterior(part)
            noise = random.normal(size=(len(part), samples, self.latent_dim)).astype("float32")
            z = mean[:, None] + np.exp(0.5 * log_var)[:, None] * noise
            owners, codes = np.repeat(np.arange(len(part)), samples), z.reshape(-1, self.latent_dim)
            log_p = np.concatenate(
                [
                    LOG_LIKELIHOODS[self.likelihood](
                        x[owners[i : i + DECODED]], self._rows(codes[i : i + DECODED]), variance
                    )
                    for i in range(0, len(codes), DECODED)
                ]
            )
            yield Drawn(mean.astype("float64"), log_var.astype("float64"), noise, z, log_p.reshape(len(part), samples))

    def _rows(self, codes: np.ndarray) -> np.ndarray:
        """Return the means of p(x|z) as rows, (n, values of an image)."""
        return self.decode(codes, batch_size=DECODED).reshape(len(codes), -1)

    def load_own_variables(self, store):
        """Load the statistics from a saved model; one that was saved when only the first were kept lacks the others."""
        for number, variable in enumerate(self.statistics[: len(store)]):
            variable.assign(store[str(number)])

    def get_config(self):
        """Return the arguments of `__init__`, for saving."""
        return super().get_config() | {
            "latent_dim": self.latent_dim,
            "beta": self.beta,
            "likelihood": self.likelihood,
            "variance": self.variance,
            "body": self.body,
            "options": self.options,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        """Build a model from its config; one that was saved without a variance had 1."""
        return super().from_config({"variance": None if config.get("likelihood") == "bernoulli" else 1.0} | config)
