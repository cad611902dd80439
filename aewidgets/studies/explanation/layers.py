"""An autoencoder as a list of steps, encoder first, that can be run one by one, changed and looked into."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from aewidgets.system.forks import check_not_forked

__all__ = ["IMAGE", "Network", "Step", "at_once", "is_map", "network_of", "run_step", "to_images"]

IMAGE = "image"  # name of what the first steps read
_VALUES_AT_ONCE = 2**20  # pixel values of images that run together; bounds the memory

#: Takes a step and its inputs; returns the step's output.
Runner = Callable[["Step", list[Any]], Any]


@dataclass(frozen=True, eq=False)
class Step:
    """One layer of an autoencoder, or one call of a layer that is called several times.

    Attributes:
        name: name that is the same in every process: the network and the kind of layer, with a number from the second
            of a kind on, such as "encoder/conv2d" and "encoder/conv2d_2"; or the name that the layer was given.
        layer: the Keras layer, or operation of `keras.ops`.
        inputs: names of the steps whose outputs it reads; `IMAGE` is the image.
        shape: shape of its output for one image; None for unknown sides.
        call: runs the layer on its inputs, with the arguments that it was given when the model was built.
    """

    name: str
    layer: Any
    inputs: tuple[str, ...]
    shape: tuple[int | None, ...]
    call: Callable[[list[Any]], Any]

    @property
    def kind(self) -> str:
        """Name of the layer's class."""
        return type(self.layer).__name__


@dataclass(frozen=True, eq=False)
class Network:
    """Steps of an autoencoder in an order in which they can be run.

    Attributes:
        steps: steps of the encoder, then of the decoder.
        code: name of the step whose output is the code; of a variational autoencoder the mean.
        reconstruction: name of the last step.
    """

    steps: tuple[Step, ...]
    code: str
    reconstruction: str

    def step(self, name: str) -> Step:
        """Return a step by its name; raise ValueError for a name that there is not."""
        for step in self.steps:
            if step.name == name:
                return step
        raise ValueError(f"layer: expected one of {', '.join(s.name for s in self.steps)}, got {name!r}")

    def steps_to(self, name: str) -> tuple[Step, ...]:
        """Return the steps that the output of step `name` needs, itself included."""
        self.step(name)
        needed = {name}
        for step in reversed(self.steps):
            if step.name in needed:
                needed.update(step.inputs)
        return tuple(step for step in self.steps if step.name in needed)

    def run(
        self, image: Any, runner: Runner | None = None, probes: Mapping[str, Any] | None = None, until: str = ""
    ) -> dict[str, Any]:
        """Run the steps on images.

        Args:
            image: tensor (b, height, width, channels), float32 in [0, 1].
            runner: what runs a step; `run_step` by default.
            probes: tensors that are added to the outputs of the steps they are named after. Zeros change nothing, and
                the gradient with respect to them is that with respect to the outputs.
            until: name of the last step that is needed; all steps by default.

        Returns:
            The image, and the output of each step by its name. What is past the image's own sides, where the model pads
            images, is cut from the reconstruction.
        """
        outputs, probes = {IMAGE: image}, probes or {}
        for step in self.steps_to(until or self.reconstruction):
            made = (runner or run_step)(step, [outputs[name] for name in step.inputs])
            if step.name == self.reconstruction:
                made = made[:, : image.shape[1], : image.shape[2]]
            outputs[step.name] = made + _like(probes[step.name], made) if step.name in probes else made
        return outputs


def run_step(step: Step, inputs: list[Any]) -> Any:
    """Return the output of a step as the layer itself computes it."""
    return step.call(inputs)


def _like(probe: Any, made: Any) -> Any:
    """Return a probe of the type of what it is added to, which is float16 under a policy of mixed precision."""
    from keras import ops

    return ops.cast(probe, made.dtype)


def is_map(step: Step) -> bool:
    """Return whether a step's output is a map: rows, columns and channels."""
    return len(step.shape) == 3


def at_once(image_shape: Sequence[int]) -> int:
    """Return how many images of a shape are run together."""
    return max(1, _VALUES_AT_ONCE // int(np.prod(image_shape)))


def network_of(model: Any) -> Network:
    """Return the steps of an autoencoder.

    Args:
        model: anything with an `encoder` and a `decoder`, functional or sequential Keras models of one input each. Of
            several outputs of the encoder, as of a variational one, the first is the code; the decoder has one.

    Raises:
        TypeError: for parts that are none, or are not built.
        ValueError: for parts of several inputs, or that do not fit each other.
    """
    check_not_forked()
    for part in ("encoder", "decoder"):
        _check_part(part, getattr(model, part, None), model)
    encoder, decoder = model.encoder, model.decoder
    tensors = (encoder.inputs[0], encoder.outputs[0], *decoder.inputs, *decoder.outputs)
    image, coded, given, made = (tuple(tensor.shape[1:]) for tensor in tensors)
    if len(image) != 3:
        raise ValueError(
            f"model: expected an encoder of images (height, width, channels), got one of {image}; let it begin with "
            "keras.Input((height, width, 1)) and keras.layers.Reshape"
        )
    if not _fits(coded, given):
        raise ValueError(f"model: the encoder's (first) output is {coded}, the decoder takes {given}")
    short = any(a is not None and b is not None and a < b for a, b in zip(made[:2], image[:2], strict=False))
    if len(made) != 3 or made[2] != image[2] or short:
        raise ValueError(f"model: expected a decoder that returns images like {image}, got {made}")
    counts: dict[str, int] = {}
    steps: list[Step] = []
    (code,) = _add(steps, counts, "encoder", {id(encoder.inputs[0]): IMAGE}, encoder.outputs[:1])
    (last,) = _add(steps, counts, "decoder", {id(decoder.inputs[0]): code}, decoder.outputs)
    return Network(tuple(steps), code, last)


def _check_part(part: str, network: Any, model: Any) -> None:
    """Raise TypeError or ValueError unless encoder or decoder can be taken apart into steps."""
    if not _has_steps(network):
        raise TypeError(
            f"model: expected an autoencoder whose {part} is a Keras model, functional or Sequential and built, got "
            f"{type(model).__name__} with {type(network).__name__}. Of parts of another model, make "
            "types.SimpleNamespace(encoder=keras.Model(...), decoder=keras.Model(...))"
        )
    if len(network.inputs) != 1 or (part == "decoder" and len(network.outputs) != 1):
        wanted = {"encoder": "an encoder of one input", "decoder": "a decoder of one input and one output"}[part]
        raise ValueError(
            f"model: expected {wanted}, got {len(network.inputs)} and {len(network.outputs)}; make a keras.Model of "
            "what is to be explained"
        )


def _has_steps(layer: Any) -> bool:
    """Return whether a layer is a network of layers that Keras knows one by one."""
    import keras

    return isinstance(layer, keras.Model) and bool(getattr(layer, "inputs", None) and getattr(layer, "outputs", None))


def _fits(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    """Return whether two shapes can be the same, None being any side."""
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def _add(
    steps: list[Step], counts: dict[str, int], network: str, names: dict[int, str], results: Sequence[Any]
) -> list[str]:
    """Append the steps that lead to the tensors `results`, and return the names of the steps that make them.

    A tensor waits until its inputs are done, without recursion but for networks inside networks.

    Args:
        steps: steps so far.
        counts: number of uses of each name so far.
        network: "encoder" or "decoder".
        names: step that makes a tensor, by the tensor's id; holds the inputs.
        results: symbolic tensors of Keras.
    """
    waiting = list(results)
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in names:
            waiting.pop()
            continue
        layer, index, output = tensor._keras_history
        node = layer._inbound_nodes[index]
        missing = [one for one in node.input_tensors if id(one) not in names]
        if missing:
            waiting += missing
            continue
        inputs = [names[id(one)] for one in node.input_tensors]
        if _has_steps(layer):
            inner = {id(one): name for one, name in zip(layer.inputs, inputs, strict=True)}
            (names[id(tensor)],) = _add(steps, counts, network, inner, [layer.outputs[output]])
            continue
        name = _name(network, layer, counts)
        steps.append(Step(name, layer, tuple(inputs), tuple(tensor.shape[1:]), partial(_call, node, output)))
        names[id(tensor)] = name
    return [names[id(one)] for one in results]


def _call(node: Any, output: int, inputs: list[Any]) -> Any:
    """Return one output of a layer, called as a node of Keras's graph records it."""
    given = {id(tensor): value for tensor, value in zip(node.input_tensors, inputs, strict=True)}
    args, kwargs = node.arguments.fill_in(given)
    made = node.operation(*args, **kwargs)
    return made[output] if isinstance(made, list | tuple) else made


def _name(network: str, layer: Any, counts: dict[str, int]) -> str:
    """Return the name of a step; the numbers that Keras appends to names depend on what was built before."""
    own = re.sub(r"_\d+$", "", layer.name)
    counts[f"{network}/{own}"] = number = counts.get(f"{network}/{own}", 0) + 1
    return f"{network}/{own}" + (f"_{number}" if number > 1 else "")


def to_images(model: Any, images: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Return images, uint8 or float in [0, 1], as float32 (n, height, width, channels); one image gets an axis.

    Raises:
        ValueError: for images of another shape than the model's, or values far from [0, 1], as noise does not make.
    """
    from aewidgets.models.autoencoder import check_images

    images = np.asarray(images)
    images = images[None] if images.ndim == 3 and len(model.encoder.inputs[0].shape) == 4 else images
    check_images(images.shape, model.encoder.inputs[0].shape[1:])
    if not len(images):
        raise ValueError("images: expected at least one, got none")
    if images.dtype == np.uint8:
        return images.astype("float32") / 255
    low, high = float(images.min()), float(images.max())
    if not (low >= -1 and high <= 2):
        raise ValueError(f"images: expected uint8, or floats in [0, 1], got {images.dtype} of {low:g} to {high:g}")
    return images.astype("float32")
