"""A Keras model as the bytes of a file: ONNX, LiteRT, or Keras's own. Runs nothing.

Keras writes the files, ONNX through tf2onnx; both ways need its TensorFlow backend. The bytes of a file that was made
twice may differ, in names alone. LiteRT has no loops of its own: recurrent layers are unrolled for it, step by step.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from aewidgets.models.exportable import ExportableModel
from aewidgets.models.shrinking.shrink import twin_of

__all__ = ["FORMATS", "EdgeError", "edge_bytes", "needed", "quietly", "with_small_integers"]

#: Format -> (ending of its files, modules that making or running them needs).
FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "onnx": (".onnx", ("onnx", "onnxruntime", "tf2onnx")),
    "litert": (".tflite", ("ai_edge_litert",)),
    "keras": (".keras", ()),
}


class EdgeError(ValueError):
    """A model that has no file of that format, or whose file does not compute what Keras does; with what to do."""


def needed(format: str) -> None:
    """Raise EdgeError for an unknown format, another backend than TensorFlow, or a package that is missing."""
    if format not in FORMATS:
        raise EdgeError(f"format: expected one of {', '.join(FORMATS)}, got {format!r}")
    modules = FORMATS[format][1]
    if modules and keras.backend.backend() != "tensorflow":
        raise EdgeError(
            f"{format}: expected Keras on TensorFlow, got {keras.backend.backend()}; set KERAS_BACKEND=tensorflow: "
            "weights and cards are the same"
        )
    for name in modules:
        try:
            with quietly():
                import_module(name)
        except ImportError as error:
            raise EdgeError(f"{format} needs {name}: pip install 'aewidgets[edge]' ({error})") from error


def edge_bytes(model: keras.Model, format: str, **converter: Any) -> bytes:
    """Return the bytes of a model's file.

    Args:
        model: built; its inputs may leave the batch and the sides open.
        format: "onnx", "litert" or "keras".
        converter: further settings of `tf.lite.TFLiteConverter`, for "litert".

    Raises:
        EdgeError: for what `needed` refuses, and where the conversion fails.
    """
    needed(format)
    ending = FORMATS[format][0]
    inputs = getattr(model, "inputs", None) or ()
    if not isinstance(model, ExportableModel) and len(inputs) == 1:  # Keras would refuse one that was never called
        specs = [keras.InputSpec(shape=each.shape, dtype=each.dtype, name=each.name) for each in inputs]
        converter = {"input_signature": specs} | converter
    model = _unrolled(model) if format == "litert" else model
    with TemporaryDirectory() as folder, quietly():
        path = Path(folder) / f"model{ending}"
        try:
            if format == "keras":
                model.save(path)
            else:
                model.export(str(path), format=format, verbose=False, **converter)
        except Exception as error:  # a converter's errors are of all kinds
            raise EdgeError(f"{model.name}: no {format} file can be made of it: {_brief(error)}") from error
        return path.read_bytes()


def with_small_integers(model: keras.Model, format: str, calibration: Any) -> bytes:
    """Return a file whose runtime computes with integers of 8 bits, both weights and activations.

    The runtime's own converter rounds both; it finds the range of activations on some inputs beforehand. To measure
    ranges while it runs would need no inputs, and LiteRT is then 6 to 30 times slower than with floats.

    Args:
        model: as in `edge_bytes`.
        format: "litert" or "onnx".
        calibration: inputs such as the model will meet, but none that it is judged on: an array (n, ...), or a
            dictionary of arrays by name; a hundred are enough.

    Raises:
        EdgeError: as in `edge_bytes`, and for "keras", which computes with floats.
    """
    singles = [
        keras.tree.map_structure(lambda a, i=i: np.asarray(a[i : i + 1], "float32"), calibration)
        for i in range(len(keras.tree.flatten(calibration)[0]))
    ]
    if format == "litert":
        needed(format)
        import tensorflow

        given = [one if isinstance(one, dict) else [one] for one in singles]
        optimise = [tensorflow.lite.Optimize.DEFAULT]
        return edge_bytes(model, format, optimizations=optimise, representative_dataset=lambda: iter(given))
    if format != "onnx":
        raise EdgeError(f"format: expected onnx or litert, which compute with small integers, got {format!r}")
    data = edge_bytes(model, format)
    from onnxruntime.quantization import QuantType, quantize_static

    with TemporaryDirectory() as folder, quietly():
        source, target = Path(folder) / "floats.onnx", Path(folder) / "integers.onnx"
        source.write_bytes(data)
        try:
            quantize_static(source, target, _Reader(data, singles), per_channel=True,
                            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)  # fmt: skip
        except Exception as error:
            raise EdgeError(f"{model.name}: ONNX Runtime's quantiser fails on it: {_brief(error)}") from error
        return target.read_bytes()


def _unrolled(model: keras.Model) -> keras.Model:
    """Return a model without loops: itself, or a twin with the same weights whose recurrent layers are unrolled."""

    def recurrent(each: keras.Model) -> list:
        return [layer for layer in each._flatten_layers() if isinstance(layer, keras.layers.RNN)]

    if not recurrent(model):
        return model
    twin = twin_of(model)
    for layer in recurrent(twin):
        layer.unroll = True
    return twin


def _brief(error: Exception) -> str:
    """Return the line of a converter's error that names the operations it lacks, else its beginning."""
    lines = [" ".join(re.sub(r"\x1b\[\d*m", "", line).split()) for line in str(error).splitlines()]
    named = [line for line in lines if line.lower().startswith(("custom ops:", "flex ops:"))]
    return (named or [" ".join(filter(None, lines))])[0][:200]


class _Reader:
    """Inputs one by one, as ONNX Runtime's quantiser asks for them."""

    def __init__(self, data: bytes, singles: list):
        import onnx

        names = [one.name for one in onnx.load_from_string(data).graph.input]
        self._inputs = iter([one if isinstance(one, dict) else dict.fromkeys(names, one) for one in singles])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next inputs by name, None after the last."""
        return next(self._inputs, None)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep warnings and logs of other packages back: they are about their own code."""
    import logging

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)
