"""Base of our Keras models for what Keras's own export needs to know of them."""

from typing import Any

import keras

__all__ = ["ExportableModel"]


class ExportableModel(keras.Model):
    """Keras model that knows its inputs, so that it can be exported before it was ever called.

    Keras infers the inputs of a subclassed model from the call that builds it; ours are built from parts that are
    built already, and never see one.
    """

    def input_specs(self) -> Any:
        """Return a `keras.InputSpec` of the model's inputs, in their structure; None fits any number of images."""
        raise NotImplementedError

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        """Export the model for inference, as `keras.Model.export` does.

        Args:
            filepath: path of the exported folder or file.
            format: "tf_saved_model", "onnx" or another that Keras knows.
            verbose: whether to print what was exported.
            input_signature: `keras.InputSpec` of the inputs; float32 images of the model's shape by default.
            kwargs: further arguments of `keras.Model.export`.
        """
        signature = [self.input_specs()] if input_signature is None else input_signature
        return super().export(filepath, format, verbose, signature, **kwargs)
