"""Models leave for other programs as Keras models do: by `export`, and by `save`, which Keras alone opens again."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from aewidgets.models.families import AUTOENCODERS, build_autoencoder
from aewidgets.models.residual_denoiser import ResidualDenoiser

SMALL: dict[str, dict[str, Any]] = {
    "convolutional": {"num_filters": 4, "levels": 1},
    "recurrent": {"width": 4},
    "sparse": {"k": 2, "hidden": ()},
    "dense": {"hidden": ()},
    "contractive": {"hidden": ()},
}
PICTURES = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")


def autoencoder(family: str) -> Any:
    return build_autoencoder(family, (8, 8, 1), latent_dim=3, **SMALL.get(family, {}))


@pytest.mark.parametrize(
    "family", [pytest.param(f, marks=pytest.mark.long) if f == "recurrent" else f for f in AUTOENCODERS]
)
def test_what_is_exported_reconstructs_as_the_model_does(family: str, tmp_path: Path):
    tensorflow = pytest.importorskip("tensorflow", reason="a SavedModel is TensorFlow's")
    model = autoencoder(family)
    model.export(tmp_path / "model", verbose=False)
    exported = tensorflow.saved_model.load(tmp_path / "model")
    np.testing.assert_allclose(exported.serve(PICTURES), model.reconstruct(PICTURES), atol=1e-5)


@pytest.mark.parametrize("maps", [1, 3])  # of a denoiser, and of a restorer
def test_a_denoiser_is_exported_for_pictures_of_any_size(maps: int, tmp_path: Path):
    tensorflow = pytest.importorskip("tensorflow", reason="a SavedModel is TensorFlow's")
    model = ResidualDenoiser(num_maps=maps, widths=(4,), blocks=(1,))
    model.set_weights([np.full(w.shape, 0.01, "float32") for w in model.get_weights()])
    model.export(tmp_path / "model", verbose=False)
    exported = tensorflow.saved_model.load(tmp_path / "model")
    for side in (8, 14):
        x = np.random.default_rng(1).random((1, side, side, 1)).astype("float32")
        given = np.full((1, side, side, maps), 0.1, "float32")
        np.testing.assert_allclose(exported.serve({"x": x, "maps": given}), model.restored(x, given), atol=1e-5)


def test_a_signature_of_ones_own_comes_first(tmp_path: Path):
    tensorflow = pytest.importorskip("tensorflow", reason="a SavedModel is TensorFlow's")
    signature = [keras.InputSpec(shape=(1, 8, 8, 1), dtype="float32")]
    autoencoder("dense").export(tmp_path / "model", verbose=False, input_signature=signature)
    exported = tensorflow.saved_model.load(tmp_path / "model")
    assert exported.serve(PICTURES[:1]).shape == (1, 8, 8, 1)
    with pytest.raises(TypeError):
        exported.serve(PICTURES)


@pytest.mark.long
@pytest.mark.parametrize("order", ["aewidgets, keras", pytest.param("keras, aewidgets", marks=pytest.mark.slow)])
def test_keras_opens_saved_models_after_importing_aewidgets_alone(order: str, tmp_path: Path):
    models = {family: autoencoder(family) for family in ("dense", "sparse")}
    models["denoiser"] = ResidualDenoiser(widths=(4,), blocks=(1,))
    for name, model in models.items():
        model.save(tmp_path / f"{name}.keras")
    code = (
        f"import pathlib, sys, {order}\n"
        "paths = sorted(pathlib.Path(sys.argv[1]).glob('*'))\n"
        "print({path.stem: type(keras.saving.load_model(path)).__name__ for path in paths})"
    )
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == str({name: type(models[name]).__name__ for name in sorted(models)})


def test_looking_for_keras_does_not_import_it():
    code = (
        "import importlib.util, sys, aewidgets\n"
        "assert importlib.util.find_spec('keras') and importlib.util.find_spec('keras')\n"
        "ours = [finder for finder in sys.meta_path if 'aewidgets' in type(finder).__module__]\n"
        "print(sorted({'keras', 'numpy'} & set(sys.modules)), len(ours))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] 1"
