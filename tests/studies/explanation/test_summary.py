"""The summary of layers adds up to the model, and its names are the same in every process."""

import numpy as np
import pytest
from built_autoencoders import SMALL, digits, small

from aewidgets.models.cost import multiplications
from aewidgets.studies.explanation.summary import layer_activations, summarise_layers

pytestmark = [pytest.mark.backend, pytest.mark.long]


#: Those of other layers than the rest; all of them in slow tests.
FEW = ["convolutional", "convolutional, map", "sparse, top-k", "variational", "recurrent"]
FAMILIES = [pytest.param(name, marks=[] if name in FEW else [pytest.mark.slow]) for name in SMALL]


@pytest.mark.parametrize("name", FAMILIES)
def test_layers_add_up_to_the_model(name: str):
    model = small(name)
    found = summarise_layers(model)
    sums = {part: [one for one in found if one.name.startswith(f"{part}/")] for part in ("encoder", "decoder")}
    heads = 2 if name == "variational" else 1  # the variance is no part of the way from the image to its copy
    for part, network in (("encoder", model.encoder), ("decoder", model.decoder)):
        left = (heads - 1) * (16 + 1) * 6 if part == "encoder" else 0
        assert sum(one.parameters for one in sums[part]) == network.count_params() - left
        left = (heads - 1) * 16 * 6 if part == "encoder" else 0
        assert sum(one.multiplications for one in sums[part]) == multiplications(network) - left


@pytest.mark.parametrize("name", FAMILIES)
def test_activations_lead_from_the_image_to_its_reconstruction(name: str):
    model, image = small(name), digits(1)[0]
    found = layer_activations(model, image)
    layers = summarise_layers(model)
    assert list(found) == ["image", *(layer.name for layer in layers)]
    for layer in layers:
        assert found[layer.name].shape == layer.shape
        assert set(layer.inputs) <= set(found)
    assert np.array_equal(found["image"], image)
    made = model.reconstruct(image[None])[0]
    np.testing.assert_allclose(list(found.values())[-1], made, atol=1e-5)


def test_names_do_not_depend_on_what_was_built_before():
    one, other = (tuple(layer.name for layer in summarise_layers(small("convolutional"))) for _ in range(2))
    assert one == other
    assert len(set(one)) == len(one)
    assert "encoder/code" in one


def test_images_of_any_size_have_no_number_of_multiplications():
    from aewidgets.models.families import build_autoencoder

    model = build_autoencoder("convolutional", (None, None, 1), latent_channels=2, num_filters=4, levels=2)
    found = {layer.name: layer for layer in summarise_layers(model)}
    assert found["encoder/conv2d"].multiplications is None
    activations = layer_activations(model, np.full((10, 13, 1), 0.5, "float32"))
    assert list(activations.values())[-1].shape == (10, 13, 1)


def test_one_image_is_asked_for():
    with pytest.raises(ValueError, match=r"image: expected \(height, width, channels\), got \(4, 8, 8, 1\)"):
        layer_activations(small("dense"), digits())
