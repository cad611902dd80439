"""The calls that Keras makes to its callbacks, so that a widget can be one without importing Keras."""

from __future__ import annotations

from typing import Any

__all__ = ["KerasCalls"]


def _ignored(name: str) -> Any:
    """Return a method that does nothing, and that Keras takes for one that need not be waited for."""

    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        pass

    call.__name__, call.__doc__ = name, f"Ignore Keras' `{name}`."
    call._is_default = True  # type: ignore[attr-defined]  # what `keras.callbacks.Callback` marks its own with
    return call


class KerasCalls:
    """What Keras calls in a callback, handed on to a callback that is made for each fit.

    Keras takes any object with these methods in `callbacks=[...]`. Of `fit` it hands on all; `evaluate` and `predict`
    report nothing.
    """

    _fitted: Any = None  # the callback of the fit that goes on
    _keras_model: Any = None
    _keras_params: Any = None

    def _fit_callback(self) -> Any:
        """Return the callback that reports the fit that begins."""
        raise NotImplementedError

    def set_params(self, params: Any) -> None:
        """Take the number of epochs and of steps from Keras."""
        self._keras_params = params

    def set_model(self, model: Any) -> None:
        """Take the model from Keras."""
        self._keras_model = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to report a fit."""
        self._fitted = self._fit_callback()
        self._fitted.set_params(self._keras_params)
        self._fitted.set_model(self._keras_model)
        self._fitted.on_train_begin(logs)

    def on_train_end(self, logs: Any = None) -> None:
        """End the run."""
        fitted, self._fitted, self._keras_model = self._fitted, None, None  # a model is not kept from being collected
        fitted.on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin an epoch."""
        self._fitted.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Report an epoch."""
        self._fitted.on_epoch_end(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Obey what was asked: pause, stop, learning rate."""
        self._fitted.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report a batch."""
        self._fitted.on_train_batch_end(batch, logs)

    on_batch_begin = _ignored("on_batch_begin")
    on_batch_end = _ignored("on_batch_end")
    on_test_begin = _ignored("on_test_begin")
    on_test_end = _ignored("on_test_end")
    on_test_batch_begin = _ignored("on_test_batch_begin")
    on_test_batch_end = _ignored("on_test_batch_end")
    on_predict_begin = _ignored("on_predict_begin")
    on_predict_end = _ignored("on_predict_end")
    on_predict_batch_begin = _ignored("on_predict_batch_begin")
    on_predict_batch_end = _ignored("on_predict_batch_end")
