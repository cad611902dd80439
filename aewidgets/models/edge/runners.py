"""Files of ONNX and LiteRT run on arrays, each by its own runtime. Makes no files."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from aewidgets.models.edge.files import EdgeError, needed

__all__ = ["Runner", "runner_of"]

#: Takes an array, or a dictionary of arrays by name, and returns all outputs in Keras's order.
Runner = Callable[[Any], list[np.ndarray]]


def runner_of(data: bytes, format: str) -> Runner:
    """Return a function that runs a file on arrays, with as many threads as there are cores.

    Args:
        data: the bytes of the file.
        format: "onnx" or "litert".

    Raises:
        EdgeError: for a file that the runtime refuses; one for LiteRT with TensorFlow's own operations, when it is
            run.
    """
    needed(format)
    threads = os.cpu_count() or 1
    if format == "onnx":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # else it slows what runs after it
        try:
            session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EdgeError(f"ONNX Runtime refuses the file: {error}") from error
        return partial(_run_onnx, session)
    from ai_edge_litert.interpreter import Interpreter

    try:
        signature = Interpreter(model_content=data, num_threads=threads).get_signature_runner()
    except (RuntimeError, ValueError) as error:
        raise EdgeError(_litert_words(error)) from error
    return partial(_run_litert, signature)


def _litert_words(error: Exception) -> str:
    """Return why LiteRT refuses a file."""
    if "Select TensorFlow op" in str(error):
        return (
            "LiteRT itself cannot run an operation of this model; the file would need TensorFlow's Flex delegate, "
            f"which most devices lack: export it to onnx ({str(error).splitlines()[0][-80:]})"
        )
    return f"LiteRT refuses the file: {error}"


def _run_onnx(session: Any, inputs: Any) -> list[np.ndarray]:
    """Run a session of ONNX Runtime."""
    names = [one.name for one in session.get_inputs()]
    return list(session.run(None, inputs if isinstance(inputs, dict) else dict.fromkeys(names, inputs)))


def _run_litert(signature: Any, inputs: Any) -> list[np.ndarray]:
    """Run the signature of a LiteRT file, which takes new shapes where they differ; outputs are in Keras's order."""
    names = list(signature.get_input_details())
    try:
        found = signature(**(inputs if isinstance(inputs, dict) else dict.fromkeys(names, inputs)))
    except RuntimeError as error:
        raise EdgeError(_litert_words(error)) from error
    return [found[name] for name in sorted(found)]  # output_0, output_1 ...
