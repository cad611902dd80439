"""Files of other runtimes compute what Keras does, in every part of every family; those that cannot are refused."""

import json
import sys

import keras
import numpy as np
import pytest

from aewidgets.models.edge import exporting, files
from aewidgets.models.edge.exporting import PARTS, check_file, export_checked, part_of, sample_inputs
from aewidgets.models.edge.files import FORMATS, EdgeError, edge_bytes, needed, with_small_integers
from aewidgets.models.families import AUTOENCODERS, build_autoencoder
from aewidgets.models.residual_denoiser import ResidualDenoiser

SMALL = {"convolutional": {"levels": 1, "num_filters": 4}, "recurrent": {"width": 4}, "sparse": {"k": 2, "hidden": ()}}


def small(family: str = "dense"):
    keras.utils.set_random_seed(1)
    return build_autoencoder(
        family, (8, 8, 1), latent_dim=3, **SMALL.get(family, {"hidden": ()} if family == "dense" else {})
    )


def installed(format: str) -> None:
    for name in FORMATS[format][1]:
        pytest.importorskip(name, reason="the extra edge is not installed")


@pytest.mark.parametrize(
    ("family", "part", "format"),
    [
        ("dense", "whole", "onnx"), ("variational", "encoder", "onnx"), ("convolutional", "decoder", "onnx"),
        pytest.param("variational", "encoder", "litert", marks=pytest.mark.long),
        ("dense", "whole", "keras"), ("variational", "encoder", "keras"), ("convolutional", "decoder", "keras"),
    ],
)  # fmt: skip
def test_a_file_is_as_near_to_keras_as_its_check_says(family: str, part: str, format: str, tmp_path):
    installed(format)
    path = tmp_path / f"model{FORMATS[format][0]}"
    check = export_checked(small(family), format, path, part=part, pictures=3)
    assert check.largest <= 1e-5 and check.mean <= check.largest and check.pictures == 3
    assert check.bytes == path.stat().st_size
    kept = json.loads((tmp_path / f"{path.name}.json").read_text())
    assert kept["largest"] == check.largest and kept["versions"]["keras"] == keras.__version__
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f"{path.name}.json"}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("family", AUTOENCODERS)
def test_every_part_of_every_family_runs_in_onnx_and_litert(family: str, part: str, tmp_path):
    model = small(family)
    for format in ("onnx", "litert"):
        installed(format)
        path = tmp_path / f"model{FORMATS[format][0]}"
        assert export_checked(model, format, path, part=part).largest <= 1e-5


@pytest.mark.long
def test_what_litert_has_no_operation_for_is_refused_in_words():
    installed("litert")
    steps = keras.Sequential([keras.Input((None, 3)), keras.layers.GRU(2)])  # of unknown number: no unrolling
    with pytest.raises(EdgeError, match=r"no litert file can be made of it: .*[Cc]annot unroll"):
        edge_bytes(steps, "litert")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.Lambda(keras.ops.erfinv)])
    with pytest.raises(EdgeError, match=r"Custom ops: Erfinv$"):
        edge_bytes(model, "litert")
    model = keras.Sequential([keras.Input((2, 2)), keras.layers.Dense(2), keras.layers.Lambda(keras.ops.det)])
    with pytest.raises(EdgeError, match="Flex delegate"):
        check_file(edge_bytes(model, "litert"), "litert", model, np.zeros((1, 2, 2), "float32"))


@pytest.mark.long
@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_a_denoiser_runs_on_pictures_of_any_size(format: str):
    installed(format)
    model = ResidualDenoiser(widths=(4,), blocks=(1,))
    model.set_weights([np.full(w.shape, 0.01, "float32") for w in model.get_weights()])
    data = edge_bytes(model, format)
    for side in (8, 14):
        x = np.random.default_rng(1).random((2, side, side, 1)).astype("float32")
        assert check_file(data, format, model, {"x": x, "maps": 0.1 * np.ones_like(x)}).largest <= 1e-5


@pytest.mark.long
@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_files_of_integers_are_smaller_and_near(format: str):
    installed(format)
    keras.utils.set_random_seed(1)
    model = build_autoencoder("dense", (16, 16, 1), latent_dim=16, hidden=(64,))
    inputs = sample_inputs(model, pictures=16)
    floats, integers = edge_bytes(model, format), with_small_integers(model, format, inputs)
    assert len(integers) < 0.4 * len(floats)
    check = check_file(integers, format, model, inputs)
    assert 1e-5 < check.largest < 0.05  # both weights and activations are rounded


def test_a_file_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    model, other = small(), build_autoencoder("dense", (8, 8, 1), latent_dim=3, hidden=())
    other.set_weights([w + 0.5 for w in model.get_weights()])
    data = edge_bytes(other, "keras")
    monkeypatch.setattr(exporting, "edge_bytes", lambda network, format: data)
    with pytest.raises(EdgeError, match="differ from Keras's by up to"):
        export_checked(model, "keras", tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []


def test_samples_are_the_same_pictures_every_time_and_fit_the_model():
    model = build_autoencoder("convolutional", (None, None, 3), latent_channels=2, levels=2)
    x = sample_inputs(model, pictures=2)
    assert x.shape == (2, 64, 64, 3) and 0 <= x.min() < x.max() <= 1
    np.testing.assert_array_equal(x, sample_inputs(model, pictures=2))
    assert sample_inputs(small(), "decoder", 2).shape == (2, 3)
    assert sample_inputs(ResidualDenoiser(num_maps=5))["maps"].shape == (8, 64, 64, 5)
    assert sample_inputs(build_autoencoder("dense", (600, 600, 1), hidden=(), latent_dim=1), pictures=1).shape[1] == 600


def test_what_has_no_file_is_refused_in_words(tmp_path, monkeypatch):
    with pytest.raises(EdgeError, match="format: expected one of onnx, litert, keras, got 'tflite'"):
        needed("tflite")
    with pytest.raises(EdgeError, match=r"ends in \.keras"):
        export_checked(small(), "keras", tmp_path / "a.onnx")
    with pytest.raises(EdgeError, match="part: expected one of"):
        part_of(small(), "half")
    with pytest.raises(EdgeError, match="expected whole, got encoder"):
        part_of(ResidualDenoiser(widths=(4,), blocks=(1,)), "encoder")
    with pytest.raises(EdgeError, match="compute with small integers"):
        with_small_integers(small(), "keras", np.zeros((1, 8, 8, 1)))
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(EdgeError, match=r"onnx|tf2onnx"):
        needed("onnx")
    monkeypatch.setattr(files.keras.backend, "backend", lambda: "jax")
    with pytest.raises(EdgeError, match="set KERAS_BACKEND=tensorflow"):
        needed("litert")
