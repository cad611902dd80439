"""An autoencoder family with its training as a scikit-learn estimator, for scikit-learn's searches. Opens no test set.

The parameters are the options of the family and the fields of the recipe, by their own names: `latent_dim`, `epochs`.
"""

from __future__ import annotations

import inspect
import math
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from difflib import get_close_matches
from numbers import Real
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.families import AUTOENCODERS, build_autoencoder
from aewidgets.selection.metrics import check_metric, score_of
from aewidgets.selection.pictures import images_of
from aewidgets.training.autoencoders import code_size, train
from aewidgets.training.data.parts import HeldOut, Part, Splits, keys_of, shares_of
from aewidgets.training.fitting.records import Recipe

__all__ = ["AutoencoderEstimator"]

_OWN = {"metric": "mse", "validation": 0.1}
_RECIPE = {field.name: field.default for field in fields(Recipe)}
_SEEDING = threading.Lock()  # two fits in threads would draw starting weights from one state
# Models that are built until two are equal. Keras draws starting weights from Python's global random state, and other
# threads draw from it meanwhile, as those of a Dask worker do: there, one model in six had other weights.
_BUILDS = 20


class AutoencoderEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Autoencoder of one family as scikit-learn takes models: parameters by name, `fit`, `score`, `clone`.

    Pictures are uint8 (n, height, width, channels). `fit` builds a model for their shape and trains it. Of the pictures
    that it gets, it sets some aside to find the best epoch; equal pictures stay together. What `score` gets, such as a
    fold that was left out of `fit`, decides nothing in the fit.

    Args:
        family: "dense", "convolutional", "sparse", "contractive", "denoising", "variational" or "recurrent".
        metric: what `score` returns, higher is better: minus "mse" or "mae" (the mean squared or absolute error of
            values in [0, 1]), or the mean "psnr", "ssim" or "ms-ssim" of a picture.
        validation: share (below 1) or number of pictures that `fit` sets aside.
        settings: options of the family, such as `latent_dim`, and fields of `aewidgets.Recipe`, such as `epochs`.
            `seed` decides starting weights, order and noise, as in `aewidgets train`.

    Attributes:
        model_: trained `aewidgets.Autoencoder`.
        record_: `Record` of the training.
        n_iter_: number of epochs that were trained.

    Raises:
        ValueError: for an unknown family.
        TypeError: for a setting that neither the family nor the recipe has; the message names the nearest one.

    Example:
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.model_selection import GridSearchCV
        >>> images = (load_digits().images[:90, :, :, None] * 15.9).astype("uint8")
        >>> search = GridSearchCV(AutoencoderEstimator("dense", hidden=(), epochs=2), {"latent_dim": [1, 16]}, cv=3)
        >>> search.fit(images).best_params_
        {'latent_dim': 16}
    """

    def __init__(
        self, family: str = "convolutional", *, metric: str = "mse", validation: float = 0.1, **settings: Any
    ):
        self._take({"family": family, "metric": metric, "validation": validation} | settings)

    def _take(self, given: dict[str, Any]) -> None:
        """Set all parameters: those given, and the defaults of the family and the recipe for the others."""
        known = _defaults(given["family"])
        for name in given:
            if name not in known:
                raise TypeError(_unknown(name, known, given["family"]))
        self.__dict__.update(known | given)  # as they are: `clone` compares identities

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters by name: those of this class, of the family and of the recipe."""
        return {name: getattr(self, name) for name in _defaults(self.family)}

    def set_params(self, **params: Any) -> AutoencoderEstimator:
        """Change parameters, and return the estimator.

        With another family, options that it does not have go, and those that had the former family's default get the
        new one's.

        Raises:
            ValueError: for an unknown family, or a name that the family and the recipe do not have.
        """
        if not params:
            return self
        now, before = self.get_params(), _defaults(self.family)
        family: Any = params.get("family", self.family)
        known = _defaults(family)
        for name in params:
            if name not in known:
                raise ValueError(_unknown(name, known, family))
        kept = {n: v for n, v in now.items() if n in known and (family == self.family or v != before[n])}
        for name in before:
            self.__dict__.pop(name, None)
        self._take(kept | {"family": family} | params)
        return self

    def fit(self, X: Any, y: Any = None) -> AutoencoderEstimator:
        """Build and train a model on pictures, and return the estimator.

        Args:
            X: uint8 (n, height, width, channels) or a list of pictures, channels 1 or 3; at least two different ones.
            y: ignored; the pictures themselves are the target.

        Raises:
            ValueError: for other pictures, or parameters out of range.
            RuntimeError: while another thread draws random numbers all the time.
            ArithmeticError: if the loss stops being finite.
            KeyboardInterrupt: after Ctrl-C, at the end of the batch.
        """
        part = Part(images_of(X))
        self.check()
        splits, recipe = self._set_aside(part), self.recipe()
        model = self.build(part.images.shape[1:])
        record = train(model, splits, recipe)
        if record.reason == "stopped":  # a search must not take half a training for a whole one
            raise KeyboardInterrupt
        self.model_, self.record_ = model, record
        self.n_iter_ = len(record.epochs)
        return self

    def recipe(self) -> Recipe:
        """Return the recipe of the parameters; raise ValueError for one that is out of range."""
        return Recipe(**{name: getattr(self, name) for name in _RECIPE})

    def check(self) -> None:
        """Raise ValueError for a recipe, a metric or a validation share out of range; `build` checks the options."""
        self.recipe()
        check_metric(self.metric)
        share = self.validation
        if isinstance(share, bool) or not isinstance(share, Real) or not 0 < float(share) < math.inf:
            raise ValueError(f"validation: expected a share below 1 or a number of pictures, got {share!r}")

    def build(self, image_shape: tuple[int, ...]) -> Autoencoder:
        """Return an untrained model for pictures of (height, width, channels), its weights drawn by `seed`.

        Raises:
            ValueError: for options out of range.
        """
        options = {name: getattr(self, name) for name in _options(self.family)}
        before: list[np.ndarray] = []
        with _SEEDING, _random_states_kept():
            for _ in range(_BUILDS):
                keras.utils.set_random_seed(int(self.seed))
                model = build_autoencoder(self.family, image_shape, **options)
                weights = model.get_weights()
                if before and all(map(np.array_equal, before, weights)):
                    return model
                before = weights
        raise RuntimeError(
            "starting weights cannot be drawn by seed while another thread draws random numbers all the time; end it"
        )

    def _set_aside(self, part: Part) -> Splits:
        """Return the pictures as a set with a validation part, and no test pictures but these."""
        share = self.validation
        count = max(1, round(share * len(part)) if share < 1 else int(share))
        keys = keys_of(part.images, int(self.seed))
        different = len(np.unique(keys))
        if different < 2:
            raise ValueError(f"expected at least two different pictures to train on and to validate, got {different}")
        if count >= len(part):
            raise ValueError(f"validation: expected fewer pictures than the {len(part)} of the fit, got {share}")
        chosen, rest = shares_of(keys, (count,))
        aside = part.take(chosen)
        return Splits("pictures of a fit", part.take(rest), aside, HeldOut(aside))  # nobody opens it

    def predict(self, X: Any) -> np.ndarray:
        """Return the reconstructions of pictures, float32 of their shape in [0, 1]; arguments as in `fit`."""
        check_is_fitted(self, "model_")
        return self.model_.reconstruct(images_of(X))

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of pictures, float32 (n, values of a code); arguments as in `fit`."""
        check_is_fitted(self, "model_")
        codes = self.model_.encode(images_of(X))
        return codes.reshape(len(codes), -1)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the pictures that codes stand for, float32 (n, height, width, channels).

        Args:
            X: (n, values of a code), as `transform` returns it.

        Raises:
            ValueError: for another number of values.
        """
        check_is_fitted(self, "model_")
        codes, shape = np.asarray(X, "float32"), self.model_.code_shape
        if codes.ndim != 2 or codes.shape[1] != self._n_features_out:
            raise ValueError(f"expected codes of shape (n, {self._n_features_out}), got {codes.shape}")
        return self.model_.decode(codes.reshape(len(codes), *shape))

    @property
    def _n_features_out(self) -> int:
        """Number of values of a code, by which scikit-learn names columns."""
        return code_size(self.model_)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the score of the reconstructions of pictures by `metric`; higher is better.

        Args:
            X: as in `fit`.
            y: ignored.
        """
        images = images_of(X)
        return score_of(self.metric, images.astype("float32") / 255, self.predict(images))

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn asks of an estimator: this one takes arrays of four axes and no target."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        tags.requires_fit = True
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        default = _defaults(self.family) | {"family": None}
        changed = [f"{n}={v!r}" for n, v in self.get_params().items() if n != "family" and v != default[n]]
        text = f"{type(self).__name__}({', '.join([repr(self.family), *changed])})"
        return text if len(text) <= N_CHAR_MAX else f"{text[: N_CHAR_MAX - 3]}..."

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickles: in the place of a Keras model its family, its options and its weights."""
        state = dict(super().__getstate__())
        if model := state.pop("model_", None):
            state["_kept"] = (model.family, model.get_config(), model.get_weights())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the model of a pickle again, with its weights."""
        state = dict(state)
        kept = state.pop("_kept", None)
        super().__setstate__(state)
        if kept:
            family, config, weights = kept
            with _SEEDING:
                self.model_ = AUTOENCODERS[family].from_config(config)
            self.model_.set_weights(weights)


def _options(family: str) -> dict[str, Any]:
    """Return the options of a family with their defaults; raise ValueError for an unknown one."""
    if not isinstance(family, str) or family not in AUTOENCODERS:
        near = get_close_matches(str(family), AUTOENCODERS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"family: expected one of {', '.join(AUTOENCODERS)}, got {family!r}{hint}")
    found = inspect.signature(AUTOENCODERS[family].__init__).parameters.values()
    return {one.name: one.default for one in found if one.default is not one.empty}


def _defaults(family: str) -> dict[str, Any]:
    """Return all parameters of a family with their defaults, in order; `seed` is that of model and recipe both."""
    return {"family": family} | _OWN | _options(family) | _RECIPE


def _unknown(name: str, known: dict[str, Any], family: str) -> str:
    """Return what is wrong with a name, with the nearest one where there is one."""
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
    return f"{name!r} is neither an option of the family {family!r} nor a field of the recipe; {hint}"


@contextmanager
def _random_states_kept() -> Iterator[None]:
    """Give Python's and NumPy's global random states back after the block, which seeds them."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - the state that `set_random_seed` seeds
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
