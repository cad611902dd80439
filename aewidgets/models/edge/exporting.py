"""Files for other runtimes with a check beside each: how far their outputs are from Keras's on the same pictures."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import skimage.data

from aewidgets.models.autoencoder import Autoencoder
from aewidgets.models.edge.files import FORMATS, EdgeError, edge_bytes
from aewidgets.models.edge.runners import Runner, runner_of
from aewidgets.system.inference import outputs_of
from aewidgets.system.writing import write_bytes, write_text

__all__ = ["PARTS", "Check", "check_file", "export_checked", "part_of", "sample_inputs"]

PARTS = ("whole", "encoder", "decoder")
NEAR = 1e-3  # of the largest output: more is no rounding of another runtime, and the file is not written
SIDE = 64  # of pictures for a model that takes any size
VERSIONS = {"onnx": ("tf2onnx", "onnxruntime"), "litert": ("ai-edge-litert", "tensorflow"), "keras": ()}


@dataclass(frozen=True)
class Check:
    """How far the outputs of a file are from those of the Keras model that it was made of.

    Attributes:
        format: "onnx", "litert" or "keras".
        part: "whole", "encoder" or "decoder".
        pictures: number of pictures that both ran on, crops of scikit-image's astronaut.
        largest: largest difference of any value of any output, in its units; 1 is the range of pixel values.
        mean: mean difference.
        outputs: largest magnitude of Keras's outputs.
        bytes: size of the file.
        versions: of the packages that made and ran it.
    """

    format: str
    part: str
    pictures: int
    largest: float
    mean: float
    outputs: float
    bytes: int
    versions: dict[str, str]


def part_of(model: Any, part: str) -> keras.Model:
    """Return a model, or its encoder or decoder.

    Raises:
        EdgeError: for another part, and for parts of what is no autoencoder.
    """
    if part not in PARTS:
        raise EdgeError(f"part: expected one of {', '.join(PARTS)}, got {part!r}")
    if part == "whole":
        return model
    if not isinstance(model, Autoencoder):
        raise EdgeError(f"part: expected whole, got {part}: {model.describe()} has no encoder and decoder")
    return getattr(model, part)


def sample_inputs(model: Any, part: str = "whole", pictures: int = 8) -> Any:
    """Return inputs of a part of a model, made of crops of one photograph that scikit-image brings: always the same.

    Args:
        model: one of `aewidgets`' autoencoders or denoisers.
        part: as in `part_of`; a decoder gets the codes of the crops.
        pictures: number of crops.
    """
    draws, photo = np.random.default_rng(0), skimage.data.astronaut().astype("float32") / 255
    specs = model.input_specs()
    shape = (specs["x"] if isinstance(specs, dict) else specs).shape
    height, width, channels = (side or SIDE for side in shape[1:])
    high, wide = (max(1, -(-side // 512)) for side in (height, width))
    photo = np.tile(photo, (high, wide, 1))
    corners = [(draws.integers(photo.shape[0] - height + 1), draws.integers(photo.shape[1] - width + 1))
               for _ in range(pictures)]  # fmt: skip
    x = np.stack([photo[row : row + height, column : column + width] for row, column in corners])
    x = x if channels == 3 else np.repeat(x.mean(axis=-1, keepdims=True), channels, axis=-1)
    if isinstance(specs, dict):
        noise = draws.normal(0, 25 / 255, x.shape).astype("float32")
        maps = np.zeros((*x.shape[:3], specs["maps"].shape[-1]), "float32")
        maps[..., 0] = 25 / 255
        return {"x": x + noise, "maps": maps}
    return model.encode(x) if part == "decoder" else x


def check_file(data: bytes, format: str, network: keras.Model, inputs: Any, part: str = "whole") -> Check:
    """Return how far a file is from the Keras network that it was made of, on inputs.

    Raises:
        EdgeError: for a file that its runtime refuses.
    """
    run = _opened(data) if format == "keras" else runner_of(data, format)
    want, got = _listed(outputs_of(network, inputs)), run(inputs)
    if [each.shape for each in want] != [each.shape for each in got]:
        shapes = ", ".join(str(each.shape) for each in want), ", ".join(str(each.shape) for each in got)
        raise EdgeError(f"{format}: expected outputs of {shapes[0]}, as Keras's, got {shapes[1]}")
    away = np.concatenate([np.abs(a.astype("float64") - b).ravel() for a, b in zip(want, got, strict=True)])
    most = max(float(np.abs(each).max()) for each in want)
    count = len(inputs["x"] if isinstance(inputs, dict) else inputs)
    names = ("keras", *VERSIONS[format])
    versions = {name: _version(name) for name in names}
    return Check(format, part, count, float(away.max()), float(away.mean()), most, len(data), versions)


def export_checked(model: Any, format: str, path: Path | str, *, part: str = "whole", pictures: int = 8) -> Check:
    """Write a model as a file of another runtime and, beside it, PATH.json with its check against Keras.

    Nothing is written where the file's outputs are further from Keras's than another order of sums explains.

    Args:
        model: one of `aewidgets`' autoencoders or denoisers.
        format: "onnx", "litert" or "keras".
        path: of the file; it ends as files of the format do: .onnx, .tflite or .keras.
        part: "whole", "encoder" or "decoder".
        pictures: number of pictures that both run on.

    Raises:
        EdgeError: for another ending, a model that has no file of that format, or one that differs.
    """
    path, network = Path(path), part_of(model, part)
    if format in FORMATS and path.suffix != FORMATS[format][0]:
        raise EdgeError(f"{path}: expected a name that ends in {FORMATS[format][0]}, as files for {format} do")
    data = edge_bytes(network, format)
    check = check_file(data, format, network, sample_inputs(model, part, pictures), part)
    if not check.largest <= NEAR * max(1.0, check.outputs):
        raise EdgeError(f"{format}: outputs differ from Keras's by up to {check.largest:.2g}; nothing is written")
    write_bytes(path, data)
    write_text(path.with_name(path.name + ".json"), json.dumps(asdict(check), indent=1))
    return check


def _opened(data: bytes) -> Runner:
    """Return a function that runs the Keras model of a .keras file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    return lambda inputs: _listed(outputs_of(model, inputs))


def _listed(outputs: Any) -> list[np.ndarray]:
    """Return all outputs of a network."""
    return [np.asarray(each) for each in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def _version(name: str) -> str:
    """Return the version of an installed package, also of TensorFlow's builds of other names."""
    for known in (name, f"{name}-cpu"):
        try:
            return metadata.version(known)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
