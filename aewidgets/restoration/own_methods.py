"""Restoration methods of one's own: functions and Keras models, their names, what they are given and what is taken.

Every function that takes the name of a method takes one of these in its place. A method of one's own is

- a function, or any object that can be called, of an image: float32 in [0, 1], (h, w) for gray or (h, w, 3) for
  colour, a copy that may be changed. It returns the restored image in the same shape, floats in [0, 1], or uint8.
  (h, w, 1) for gray and a leading axis of 1 are taken too; values a little outside [0, 1] are clipped, as ours are.
- such a function with a second parameter for the noise level. Its name says in which unit: `noise_level` or `level`
  from 0 to 255, as in papers; `sigma` or `sigma_psd` in the unit of the image, the former over 255, as in scikit-image.
  A parameter with a default is left alone, but for `noise_level`, since `sigma` has other meanings, too. Parameters
  `psf`, `mask` and `quality` are given what `aewidgets.restore` is given.
- a Keras model of images (n, h, w, c): see `aewidgets.restoration.own_models.through_model`. It is given the noisy
  values unclipped, as the networks here are.

Its name is its `__name__`, class or Keras name; {"my name": function} gives another one.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from aewidgets.classical import CLASSICAL
from aewidgets.images.arrays import unit_floats
from aewidgets.restoration.learned import NETWORKS, through_network
from aewidgets.restoration.own_models import is_keras_model, through_model

__all__ = ["FACTS", "OwnMethod", "OwnMethodError", "own_method"]

#: Facts that may be known in each task.
FACTS = {
    "noise": ("noise_level",),
    "jpeg": ("quality", "noise_level"),
    "blur": ("psf", "noise_level"),
    "inpainting": ("mask",),
    "low-light": (),
}
_FACT_OF = {"noise_level": "noise_level", "level": "noise_level", "sigma": "noise_level", "sigma_psd": "noise_level",
            "psf": "psf", "mask": "mask", "quality": "quality"}  # fmt: skip
_IN_UNITS = ("sigma", "sigma_psd")  # in the unit of the image, not of 255
_ONLY_REQUIRED = ("level", *_IN_UNITS)  # with a default these may mean something else
_TAKEN = {*NETWORKS, *CLASSICAL, "original", "noisy", "corrupted", "auto"}
_LONGEST = 60  # characters of a name
_EXPECTED = "a function of an image, a Keras model, or {'name': function}"


class OwnMethodError(ValueError):
    """Error of a method of one's own, named; an exception that it raised itself is the cause."""


class _Parameter(NamedTuple):
    """A parameter that is given a fact: its name, the fact, whether it has no default, and whether it has no name."""

    name: str
    fact: str
    required: bool
    by_place: bool


@dataclass(frozen=True, eq=False)
class OwnMethod:
    """A method of one's own.

    Attributes:
        name: name in menus, tables and results.
        function: the function or the Keras model itself.
        parameters: parameters beside the image that it is given.
        is_network: whether it is a Keras model.
    """

    name: str
    function: Any = field(repr=False)
    parameters: tuple[_Parameter, ...]
    is_network: bool

    @property
    def facts(self) -> tuple[str, ...]:
        """Facts that it makes use of: of noise_level, psf, mask and quality."""
        return tuple(dict.fromkeys(parameter.fact for parameter in self.parameters))

    def does(self, task: str) -> bool:
        """Return whether all that it requires is known in a task of `FACTS`."""
        known = FACTS[task] if task == "noise" else [fact for fact in FACTS[task] if fact != "noise_level"]
        return all(parameter.fact in known for parameter in self.parameters if parameter.required)

    def __call__(self, image: np.ndarray, **facts: Any) -> np.ndarray:
        """Run it on an image, and check the result.

        Args:
            image: float32 (h, w) or (h, w, 3) in units of [0, 1].
            facts: what is known of the image, by name; None for what is not.

        Returns:
            float32 of the image's shape, not clipped.

        Raises:
            OwnMethodError: for what it raises, and a result that is no image of this shape and scale.
        """
        places, words = [], {}
        for name, fact, required, by_place in self.parameters:
            value = facts.get(fact)
            if value is None and required:
                raise OwnMethodError(f"{self.name} requires {fact}, which is not known here; give it a default")
            if value is None:
                continue
            value = value / 255 if name in _IN_UNITS else value
            if by_place:
                places.append(value)
            else:
                words[name] = value
        try:
            made = self._run(np.array(image, np.float32), *places, **words)
        except Exception as error:
            text = str(error) or "no more is known"
            hint = f"; it was given float32 {image.shape}" if isinstance(error, TypeError | ValueError) else ""
            raise OwnMethodError(f"{self.name} raised {type(error).__name__}: {text}{hint}") from error
        return _checked(self.name, made, image.shape)

    def _run(self, image: np.ndarray, *places: Any, **words: Any) -> Any:
        if not self.is_network:
            return self.function(image, *places, **words)
        if not hasattr(self.function, "num_maps"):
            return through_model(self.function, image)
        maps = np.full((*image.shape[:2], 1), words.get("noise_level", 0) / 255, np.float32)
        return through_network(self.function, image, maps)


def own_method(given: Any, *, name: str | None = None) -> OwnMethod:
    """Return a method of one's own, see the head of this file.

    Args:
        given: a function, another object that can be called, a Keras model, {name: one of these}, (name, one of these),
            or an `OwnMethod`, which is returned.
        name: name for it, in tables where no method of ours can be meant; any will do.

    Raises:
        OwnMethodError: for anything else, a name that a method here has, and parameters that nothing is known for.
    """
    if isinstance(given, OwnMethod):
        return given
    own_name, function = name, given
    if isinstance(given, Mapping | tuple | list):
        pairs = list(given.items()) if isinstance(given, Mapping) else [tuple(given)]
        if len(pairs) != 1 or len(pairs[0]) != 2 or not isinstance(pairs[0][0], str):
            raise OwnMethodError(f"method: expected {_EXPECTED} with one name, got {str(given)[:80]}")
        [(own_name, function)] = pairs
    if inspect.isclass(function):
        raise OwnMethodError(f"method: {function.__name__} is a class; give an object of it, {function.__name__}(...)")
    if not callable(function):
        got = f"{type(function).__name__} {str(function)[:40]!r}"
        raise OwnMethodError(f"method: expected the name of a method, {_EXPECTED}, got {got}")
    network = is_keras_model(function)
    own_name = _name_of(function, network) if own_name is None else own_name.strip()
    if own_name in _TAKEN and name is None:
        raise OwnMethodError(f"method: {own_name!r} is the name of a method that comes with the package; give yours "
                             f"another one, as in {{'my {own_name}': function}}")  # fmt: skip
    if not own_name or len(own_name) > _LONGEST or not own_name.isprintable():
        raise OwnMethodError(f"method: expected a name of 1 to {_LONGEST} letters, got {own_name[:80]!r}")
    return OwnMethod(own_name, function, _parameters(own_name, function, network), network)


def _name_of(function: Any, network: bool) -> str:
    """Return a readable name of a function, an object or a model."""
    if network:
        return str(function.name)
    if isinstance(function, partial):
        given = ", ".join([*map(_brief, function.args), *(f"{k}={_brief(v)}" for k, v in function.keywords.items())])
        inner = _name_of(function.func, network=False)
        return f"{inner}({given})" if given and len(given) + len(inner) < _LONGEST - 5 else inner
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        return type(function).__name__
    return "my function" if name == "<lambda>" else name


def _brief(value: Any) -> str:
    """Return a number or a text as it is written; the type of anything longer."""
    return repr(value) if isinstance(value, int | float | str | None) else type(value).__name__


def _parameters(name: str, function: Any, network: bool) -> tuple[_Parameter, ...]:
    """Return the parameters that a method is given beside the image.

    Raises:
        OwnMethodError: for a method that takes no image, or requires what nobody knows.
    """
    if network:
        maps = getattr(function, "num_maps", None)
        if maps not in (None, 1):
            raise OwnMethodError(f"{name} is a network for restoring; give it to `restore` as network=")
        return (_Parameter("noise_level", "noise_level", True, False),) if maps else ()
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):  # of C: nothing is known
        return ()
    P = inspect.Parameter
    places = [p for p in found if p.kind in (P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD, P.VAR_POSITIONAL)]
    if not places:
        raise OwnMethodError(f"{name} takes no image: its first parameter must be one")
    image = places[0]
    given: list[_Parameter] = []
    for parameter in found:
        if parameter is image or parameter.kind in (P.VAR_POSITIONAL, P.VAR_KEYWORD):
            continue
        fact, required = _FACT_OF.get(parameter.name), parameter.default is P.empty
        if fact and (required or parameter.name not in _ONLY_REQUIRED):
            given.append(_Parameter(parameter.name, fact, required, parameter.kind is P.POSITIONAL_ONLY))
        elif required:
            raise OwnMethodError(
                f"{name} requires {parameter.name!r}, and only an image is given; call it noise_level (0 to 255) or "
                "sigma (0 to 1) if it is the noise level, else fix it, as in lambda image: f(image, 3)"
            )
    return tuple(given)


def _checked(name: str, made: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return what a method returned as float32 of the image's shape; OwnMethodError for what is no such image."""
    if made is None:
        raise OwnMethodError(f"{name} returned None; expected the restored image: is there a `return`?")
    try:
        array = np.asarray(made)
    except Exception as error:  # a tensor that wants its gradient, a list of lists of several lengths
        raise OwnMethodError(f"{name} returned no image: {type(error).__name__}: {error}") from error
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        kind = f"{array.dtype} {array.shape}" if array.dtype != object else type(made).__name__
        raise OwnMethodError(f"{name} returned {kind}; expected floats in [0, 1] or uint8, {shape}")
    got = array.shape
    forgiven = {(1, *shape), *(((*shape, 1), (1, *shape, 1)) if len(shape) == 2 else ())}  # a batch of one, an axis
    array = array.reshape(shape) if got in forgiven else array
    if array.shape != shape:
        raise OwnMethodError(f"{name} returned an image of {got}; expected the shape that it was given, {shape}")
    if bad := int(array.size - np.isfinite(array).sum()):
        raise OwnMethodError(f"{name} returned {bad:,} values of {array.size:,} that are NaN or infinite")
    try:
        return unit_floats(array, noisy=True)
    except ValueError as error:
        raise OwnMethodError(f"{name} returned another scale: {error}") from error
