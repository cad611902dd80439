"""An autoencoder as a list of steps, encoder first, that can be run one by one, changed and looked into."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aewidgets.system.forks import check_not_forked

__all__ = ["IMAGE", "Network", "Step", "is_map", "network_of", "run_step", "to_images"]

IMAGE = "image"  # name of what the first steps read

#: Takes a step and its inputs; returns the step's output.
Runner = Callable[["Step", list[Any]], Any]


@dataclass(frozen=True, eq=False)
class Step:
    """One layer of an autoencoder.

    Attributes:
        name: name that is the same in every process: the network and the kind of layer, with a number from the second
            of a kind on, such as "encoder/conv2d" and "encoder/conv2d_2"; or the name that the layer was given.
        layer: the Keras layer.
        inputs: names of the steps whose outputs it reads; `IMAGE` is the image.
        shape: shape of its output for one image; None for unknown sides.
    """

    name: str
    layer: Any
    inputs: tuple[str, ...]
    shape: tuple[int | None, ...]

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
            outputs[step.name] = made + probes[step.name] if step.name in probes else made
        return outputs


def run_step(step: Step, inputs: list[Any]) -> Any:
    """Return the output of a step as the layer itself computes it."""
    return step.layer(inputs if len(inputs) > 1 else inputs[0])


def is_map(step: Step) -> bool:
    """Return whether a step's output is a map: rows, columns and channels."""
    return len(step.shape) == 3


def network_of(model: Any) -> Network:
    """Return the steps of an autoencoder.

    Raises:
        TypeError: for a model whose `encoder` and `decoder` are not functional Keras models.
    """
    check_not_forked()
    for part in ("encoder", "decoder"):
        if not getattr(getattr(model, part, None), "inputs", None):
            raise TypeError(f"model: expected an autoencoder whose {part} is a Keras model, got {type(model).__name__}")
    counts: dict[str, int] = {}
    steps: list[Step] = []
    code = _add(steps, counts, "encoder", model.encoder.inputs[0], model.encoder.outputs[0], IMAGE)
    made = _add(steps, counts, "decoder", model.decoder.inputs[0], model.decoder.outputs[0], code)
    return Network(tuple(steps), code, made)


def _add(steps: list[Step], counts: dict[str, int], network: str, source: Any, result: Any, given: str) -> str:
    """Append the steps that lead from tensor `source`, which step `given` makes, to `result`; return its step's name.

    A tensor waits until its inputs are done, without recursion but for networks inside networks.
    """
    names, waiting = {id(source): given}, [result]
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in names:
            waiting.pop()
            continue
        layer, node, _ = tensor._keras_history
        needed = layer._inbound_nodes[node].input_tensors
        missing = [one for one in needed if id(one) not in names]
        if missing:
            waiting += missing
            continue
        inputs = tuple(names[id(one)] for one in needed)
        if getattr(layer, "layers", None) and getattr(layer, "inputs", None):
            names[id(tensor)] = _add(steps, counts, network, layer.inputs[0], layer.outputs[0], inputs[0])
            continue
        name = _name(network, layer, counts)
        steps.append(Step(name, layer, inputs, tuple(tensor.shape[1:])))
        names[id(tensor)] = name
    return names[id(result)]


def _name(network: str, layer: Any, counts: dict[str, int]) -> str:
    """Return the name of a step; the numbers that Keras appends to names depend on what was built before."""
    own = re.sub(r"_\d+$", "", layer.name)
    counts[f"{network}/{own}"] = number = counts.get(f"{network}/{own}", 0) + 1
    return f"{network}/{own}" + (f"_{number}" if number > 1 else "")


def to_images(model: Any, images: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Return images, uint8 or float in [0, 1], as float32 (n, height, width, channels); one image gets an axis.

    Raises:
        ValueError: for images of another shape than the model's.
    """
    images = np.asarray(images)
    images = images[None] if images.ndim == 3 else images
    if hasattr(model, "checked"):
        images = model.checked(images)
    return images.astype("float32") / (255 if images.dtype == np.uint8 else 1)
