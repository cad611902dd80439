"""Gray has many shapes: each is coded as gray, and comes back in the shape that went in."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage.data import camera, chelsea

import aewidgets
import aewidgets.pillow
from aewidgets.codec import zoo
from aewidgets.codec.coding.container import BitstreamError, parse

GRAY = camera()[100:132, 200:248]
ALPHA = np.where(np.hypot(*(np.indices(GRAY.shape) - 16)) < 15, 255, 0).astype("uint8")
SHAPES = {
    "(h, w)": GRAY,
    "(h, w, 1)": GRAY[..., None],
    "three equal channels": np.dstack([GRAY] * 3),
    "gray and alpha": np.dstack([GRAY, ALPHA]),
    "three equal channels and alpha": np.dstack([*[GRAY] * 3, ALPHA]),
}
FLAT = {name: np.full_like(x, 7) for name, x in SHAPES.items()}


@pytest.mark.parametrize("name", SHAPES)
def test_gray_comes_back_in_its_shape(card, name):
    x = SHAPES[name]
    data = aewidgets.compress(x, 40, model=card)
    container, decoded = parse(data), aewidgets.decompress(data, model=card)
    assert container.gray and not container.lossless
    assert decoded.shape == x.shape
    plain = aewidgets.decompress(aewidgets.compress(SHAPES["(h, w)"], 40, model=card), model=card)
    if x.ndim == 2 or x.shape[2] in (1, 3):
        colour = np.atleast_3d(decoded)
        np.testing.assert_array_equal(colour, np.repeat(plain[..., None], colour.shape[2], 2))
        assert len(data) == len(aewidgets.compress(GRAY, 40, model=card))
    else:
        np.testing.assert_array_equal(decoded[..., -1], ALPHA)
        assert all((decoded[..., c] == decoded[..., 0]).all() for c in range(x.shape[2] - 1))


@pytest.mark.parametrize("name", FLAT)
def test_lossless_gray_comes_back_in_its_shape(card, name):
    data = aewidgets.compress(FLAT[name], model=card)
    assert parse(data).lossless
    decoded = aewidgets.decompress(data, model=card)
    assert decoded.shape == FLAT[name].shape
    np.testing.assert_array_equal(aewidgets.read_image(Image.fromarray(np.squeeze(decoded)).convert("RGB"))[16, 16], 7)


def test_what_has_arrived_and_thumbnails_have_its_shape_too(card):
    codec = zoo.load(card)
    data = aewidgets.compress(SHAPES["three equal channels"], 40, model=card)
    part = data[: len(data) - codec.group_bytes(data)[-1]]
    arrived = aewidgets.decompress_arriving(part, model=card)
    assert arrived.groups < arrived.of
    assert arrived.picture.shape == (*GRAY.shape, 3)
    assert aewidgets.thumbnail(data, 8, model=card).shape == (4, 6, 3)
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(picture), aewidgets.decompress(data, model=card))


def test_a_codec_alone_keeps_the_shape(card):
    codec = zoo.load(card)
    for name in ("(h, w)", "(h, w, 1)", "three equal channels"):
        data = codec.compress(SHAPES[name], 40)
        assert codec.decompress(data).shape == SHAPES[name].shape
    colour = chelsea()[:32, :48]
    assert not parse(codec.compress(colour, 40)).gray


def test_a_target_psnr_is_met_by_what_comes_back(card):
    x = SHAPES["three equal channels"]
    wanted = aewidgets.psnr(x, aewidgets.decompress(aewidgets.compress(x, 20, model=card), model=card))
    data = aewidgets.compress_to(x, psnr_db=wanted, model=card)
    assert abs(aewidgets.psnr(x, aewidgets.decompress(data, model=card)) - wanted) < 0.06


def test_shapes_that_contradict_the_file_are_damage(card):
    gray = parse(aewidgets.compress(GRAY, 40, model=card))
    lossless = parse(aewidgets.compress(FLAT["(h, w)"], model=card))
    masked = parse(aewidgets.compress(SHAPES["gray and alpha"], 40, model=card))
    for wrong in (
        replace(gray, gray=False, gray_axis=3),
        replace(gray, gray=False, gray_axis=1),
        replace(lossless, gray_axis=3),
        replace(masked, gray_axis=1),
    ):
        with pytest.raises(BitstreamError, match="damaged"):
            aewidgets.decompress(wrong.pack(), model=card)


@pytest.mark.parametrize("name", ["(h, w, 1)", "three equal channels"])
def test_denoising_and_restoring_treat_gray_as_gray(name):
    x = SHAPES[name]
    channels = x.shape[2]
    for whole, plain in (
        (aewidgets.denoise(x, 20, "nlm"), aewidgets.denoise(GRAY, 20, "nlm")),
        (aewidgets.denoise(x, 20, "learned"), aewidgets.denoise(GRAY, 20, "learned")),
        (aewidgets.restore(x, "low-light", "gamma"), aewidgets.restore(GRAY, "low-light", "gamma")),
        (aewidgets.restore(x / 255, "jpeg", "tv"), aewidgets.restore(GRAY / 255, "jpeg", "tv")),
        (
            aewidgets.restore(x, "inpainting", "harmonic", mask=GRAY > 150),
            aewidgets.restore(GRAY, "inpainting", "harmonic", mask=GRAY > 150),
        ),
    ):
        assert whole.image.shape == x.shape
        np.testing.assert_array_equal(whole.image, np.repeat(plain.image[..., None], channels, 2))
