"""Keras models of other people as autoencoders: split at their narrowest place, reshaped to pictures, or refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aewidgets.studies.explanation.layers import network_of

__all__ = ["Adapted", "as_autoencoder"]

_CHUNK = 256
_FAR = 1e-3  # largest difference between the model and its layers run one by one


@dataclass(frozen=True, eq=False)
class Adapted:
    """A Keras model as explanations take one.

    Attributes:
        encoder: Keras model from images (n, height, width, channels) to codes.
        decoder: Keras model from codes to images.
        words: what it is, and where its code is, in a sentence.
        image_shape: (height, width, channels); None for any side.
    """

    encoder: Any
    decoder: Any
    words: str
    image_shape: tuple[int | None, ...]

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Return codes, float32 (n, ...), of images in [0, 1] or uint8."""
        return self._run(self.encoder, self.checked(images))

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return images, float32 (n, height, width, channels), of codes."""
        return self._run(self.decoder, np.asarray(codes))

    def checked(self, images: np.ndarray) -> np.ndarray:
        """Return images as an array; raise ValueError for another shape."""
        from aewidgets.models.autoencoder import check_images

        images = np.asarray(images)
        check_images(images.shape, self.image_shape)
        return images

    def describe(self) -> str:
        """Return what it is, in a sentence."""
        return self.words

    @staticmethod
    def _run(network: Any, arrays: np.ndarray) -> np.ndarray:
        from keras import ops

        found = []
        for start in range(0, len(arrays), _CHUNK):
            part = arrays[start : start + _CHUNK]
            part = part.astype("float32") / (255 if part.dtype == np.uint8 else 1)
            made = network(part, training=False)
            found.append(ops.convert_to_numpy(made[0] if isinstance(made, list | tuple) else made))
        return np.concatenate(found).astype("float32")


def as_autoencoder(model: Any, image_shape: Sequence[int]) -> Any:
    """Return a model as an autoencoder of images of a shape.

    Our own autoencoders stay as they are. A model that has a Keras model for an `encoder` and for a `decoder` is taken
    by these; any other Keras model from images to images of their shape is split behind the layer with the fewest
    outputs that everything goes through. Where a model takes rows of numbers, or images without a last axis, images
    are reshaped.

    Args:
        model: a Keras model, or an object with `encoder` and `decoder`.
        image_shape: (height, width, channels) of the pictures.

    Raises:
        TypeError: for what is no Keras model of layers that are connected.
        ValueError: for a model of images of another shape, that does not make images, or that cannot be run layer by
            layer; the message says what to do.
    """
    from aewidgets.models.autoencoder import Autoencoder

    image_shape = tuple(image_shape)
    if isinstance(model, Autoencoder):
        return model
    encoder, decoder = getattr(model, "encoder", None), getattr(model, "decoder", None)
    kind = type(model).__name__
    if encoder is not None and decoder is not None:
        _build(encoder, decoder, image_shape)
        words = f"{kind}: its own encoder and decoder"
    else:
        encoder, decoder = _split(model, image_shape)
        words = ""
    made = Adapted(_taking(encoder, image_shape), _making(decoder, image_shape), words, image_shape)
    code = _check(made, image_shape)
    where = f"{kind}: its code is the output of {code.partition('/')[2]}, the narrowest place"
    return made if words else replace(made, words=where)


def _build(encoder: Any, decoder: Any, image_shape: tuple[int, ...]) -> None:
    """Run parts that have not been built yet, or raise TypeError for those that are no networks of layers."""
    given = np.zeros((1, *image_shape), "float32")
    for name, part in (("encoder", encoder), ("decoder", decoder)):
        if not getattr(part, "inputs", None) and callable(part):
            try:
                part(encoder(given) if name == "decoder" else given)
            except Exception as error:
                raise TypeError(f"model: its {name} could not be run on an image of zeros: {error}") from error
        if not getattr(part, "inputs", None):
            raise TypeError(
                f"model: expected a {name} made by keras.Model(inputs, outputs) or keras.Sequential, got "
                f"{type(part).__name__}, whose layers and their order only its own code knows"
            )


def _split(model: Any, image_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return encoder and decoder of a whole model."""
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"model: expected a Keras model, got {type(model).__name__}")
    if not getattr(model, "inputs", None):
        try:
            model(np.zeros((1, *image_shape), "float32"))
        except Exception as error:
            raise TypeError(f"model: it could not be run on an image of zeros: {error}") from error
    if not getattr(model, "inputs", None):
        raise TypeError(
            f"model: expected keras.Model(inputs, outputs), keras.Sequential, or a model with both as `encoder` and "
            f"`decoder`, got {type(model).__name__}, whose layers and their order only its own code knows"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"model: expected one input and one output, got {len(model.inputs)} and {len(model.outputs)}; make one of "
            "them by keras.Model(input, output)"
        )
    source, result = model.inputs[0], model.outputs[0]
    size = math.prod(image_shape)
    if None not in result.shape[1:] and math.prod(result.shape[1:]) != size:
        maps = len(result.shape) == 4
        hint = "resize the pictures" if maps else "of a classifier there is no reconstruction to explain"
        raise ValueError(
            f"model: expected one that makes images of {image_shape}, got outputs of {tuple(result.shape[1:])}; {hint}"
        )
    cuts = [tensor for tensor in _tensors(source, result) if _is_cut(tensor, source, result)]
    if not cuts:
        raise ValueError("model: expected two layers at least, one of which makes the code, got one")
    code = _narrowest(model, cuts, image_shape)
    return keras.Model(source, code), keras.Model(code, result)


def _inputs_of(tensor: Any) -> list[Any]:
    """Return the tensors that a tensor is made of."""
    layer, node, _ = tensor._keras_history
    return list(layer._inbound_nodes[node].input_tensors)


def _tensors(source: Any, result: Any) -> list[Any]:
    """List the tensors between input and output, each after those that it is made of."""
    found: dict[int, Any] = {}
    waiting, seen = [result], set[int]()
    while waiting:
        tensor = waiting[-1]
        needed = [] if tensor is source else [one for one in _inputs_of(tensor) if id(one) not in seen]
        if id(tensor) not in seen and needed:
            waiting += needed
            continue
        waiting.pop()
        seen.add(id(tensor))
        if tensor is not source and tensor is not result:
            found.setdefault(id(tensor), tensor)
    return list(found.values())


def _is_cut(cut: Any, source: Any, result: Any) -> bool:
    """Return whether every way from input to output goes through a tensor."""
    waiting, seen = [result], {id(cut)}
    while waiting:
        tensor = waiting.pop()
        if tensor is source:
            return False
        if id(tensor) not in seen:
            seen.add(id(tensor))
            waiting += _inputs_of(tensor)
    return True


def _narrowest(model: Any, cuts: list[Any], image_shape: tuple[int, ...]) -> Any:
    """Return the first tensor of the fewest values, or what layers without weights make of it that keep their number.

    So an activation after a layer belongs to the encoder, and a convolution of as many values to the decoder.
    """
    import keras

    entry = _taking(keras.Model(model.inputs[0], cuts), image_shape)
    made = entry(np.zeros((1, *image_shape), "float32"), training=False)
    sizes = [math.prod(one.shape[1:]) for one in (made if isinstance(made, list | tuple) else [made])]
    at = sizes.index(min(sizes))
    while at + 1 < len(cuts) and sizes[at + 1] == sizes[at]:
        if getattr(cuts[at + 1]._keras_history[0], "weights", None):
            break
        at += 1
    return cuts[at]


def _taking(network: Any, image_shape: tuple[int, ...]) -> Any:
    """Return a network that takes images of a shape, by a Reshape before it where it takes the values otherwise."""
    return _reshaped(network, image_shape, network.inputs[0].shape[1:], before=True)


def _making(network: Any, image_shape: tuple[int, ...]) -> Any:
    """Return a network that makes images of a shape, by a Reshape behind it where it makes the values otherwise."""
    return _reshaped(network, image_shape, network.outputs[0].shape[1:], before=False)


def _reshaped(network: Any, image_shape: tuple[int, ...], shape: Sequence[int | None], before: bool) -> Any:
    """Return a network as it is where a shape fits images, else with a Reshape before or behind it."""
    import keras

    if len(shape) == 3 and all(side in (None, want) for side, want in zip(shape, image_shape, strict=True)):
        return network
    if len(shape) == 3 or None in shape or math.prod(shape) != math.prod(image_shape):  # type: ignore[arg-type]
        verb = "takes" if before else "makes"
        words = f"model: expected one that {verb} images of {image_shape}, got {tuple(shape)}; resize the pictures"
        raise ValueError(words)
    if before:
        given = keras.Input(image_shape)
        return keras.Model(given, network(keras.layers.Reshape(tuple(shape))(given)))
    given = keras.Input(network.inputs[0].shape[1:])
    made = network(given)
    return keras.Model(given, keras.layers.Reshape(image_shape)(made[0] if isinstance(made, list | tuple) else made))


def _check(made: Adapted, image_shape: tuple[int, ...]) -> str:
    """Return the code's layer; raise ValueError unless layers run one by one make what the networks make."""
    from keras import ops

    image = np.random.default_rng(0).random((1, *image_shape), "float32")
    try:
        network = network_of(made)
        outputs = network.run(ops.convert_to_tensor(image))
        found = ops.convert_to_numpy(ops.stop_gradient(outputs[network.reconstruction]))
    except Exception as error:
        raise ValueError(f"model: its layers cannot be run one by one: {error}") from error
    wanted = made.decode(made.encode(image))
    if found.shape != (1, *image_shape) or np.abs(found - wanted).max() > _FAR * max(1.0, float(np.abs(wanted).max())):
        raise ValueError(
            f"model: run layer by layer it makes {found.shape[1:]} that differs from its own output; expected images "
            f"of {image_shape} by layers that do the same each time"
        )
    return network.code
