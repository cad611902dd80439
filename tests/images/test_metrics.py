"""Metrics obey their laws and agree with scikit-image, TensorFlow and the figures that CompressAI publishes."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, chelsea
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from aewidgets.images.metrics import bits_per_pixel, ms_ssim, psnr, similarity, ssim

ANCHORS = json.loads((Path(__file__).parents[1] / "anchors" / "kodak_rd.json").read_text())


def noisy(image: np.ndarray, sigma: float = 8.0) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def test_psnr_agrees_with_scikit_image():
    image = chelsea()
    assert psnr(image, noisy(image)) == pytest.approx(peak_signal_noise_ratio(image, noisy(image)), abs=1e-9)


def test_psnr_of_equal_images_is_infinite_and_of_a_full_range_error_is_zero():
    assert psnr(chelsea(), chelsea()) == np.inf
    assert psnr(np.zeros((2, 2), np.uint8), np.full((2, 2), 255, np.uint8)) == 0.0


def test_psnr_does_not_depend_on_the_unit():
    image = chelsea()
    in_floats = psnr(image / 255, noisy(image) / 255, data_range=1.0)
    assert in_floats == pytest.approx(psnr(image, noisy(image)))


def test_psnr_of_a_batch_is_one_value_per_image():
    batch = np.stack([chelsea(), chelsea()])
    other = np.stack([noisy(chelsea(), 2.0), noisy(chelsea(), 20.0)])
    assert psnr(batch, other).tolist() == [psnr(batch[0], other[0]), psnr(batch[1], other[1])]


@pytest.mark.parametrize("metric", [psnr, ssim, ms_ssim])
def test_metrics_refuse_unequal_shapes_and_unknown_ranges(metric):
    with pytest.raises(ValueError, match="one shape"):
        metric(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8))
    with pytest.raises(ValueError, match="data_range"):
        metric(np.zeros((4, 4)), np.zeros((4, 4)))


@pytest.mark.parametrize("metric", [ssim, ms_ssim])
def test_similarity_of_equal_images_is_one_and_falls_with_noise(metric):
    image = astronaut()
    values = [metric(image, noisy(image, s)) for s in (0.0, 4.0, 16.0)]
    assert values[0] == pytest.approx(1.0)
    assert values[0] > values[1] > values[2] > 0


@pytest.mark.parametrize("image", [chelsea(), chelsea()[..., 0], chelsea()[:11, :40]], ids=lambda i: str(i.shape))
def test_ssim_agrees_with_scikit_image(image):
    other = noisy(image)
    axis = -1 if image.ndim == 3 else None
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": axis}
    assert ssim(image, other) == pytest.approx(structural_similarity(image, other, **options), abs=1e-12)


def test_similarity_is_both_values_and_none_where_an_image_is_too_small():
    image, other = astronaut(), jpeg(astronaut(), 20)
    assert similarity(image, other) == (ssim(image, other), ms_ssim(image, other))
    small = image[:100, :300], other[:100, :300]
    assert similarity(*small) == (ssim(*small), None)
    assert similarity(image[:10], other[:10]) == (None, None)
    with pytest.raises(ValueError, match="11 pixels"):
        ssim(image[:10], other[:10])


def test_ssim_is_the_mean_of_its_channels():
    image, other = astronaut(), jpeg(astronaut(), 20)
    channels = [ssim(image[..., c], other[..., c]) for c in range(3)]
    assert ssim(image, other) == pytest.approx(np.mean(channels), abs=1e-12)


def test_ssim_and_ms_ssim_agree_with_tensorflow_on_odd_sizes():
    tf = pytest.importorskip("tensorflow")
    image, other = chelsea()[:283, :431], jpeg(chelsea(), 15)[:283, :431]
    theirs = float(tf.image.ssim(tf.constant(image), tf.constant(other), 255))
    theirs_ms = float(tf.image.ssim_multiscale(tf.constant(image), tf.constant(other), 255))
    assert ssim(image, other) == pytest.approx(theirs, abs=2e-5)
    assert ms_ssim(image, other) == pytest.approx(theirs_ms, abs=2e-5)


def test_ms_ssim_is_refused_below_176_pixels_and_given_at_176():
    image = astronaut()
    assert ms_ssim(image[:176, :176], image[:176, :176]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="176 pixels a side"):
        ms_ssim(image[:175], image[:175])


@pytest.mark.long
@pytest.mark.parametrize("index", [1, *(pytest.param(more, marks=pytest.mark.slow) for more in (9, 17))])
def test_pillows_webp_reproduces_the_published_kodak_rows(index):
    """CompressAI's webp.json is reproduced to every printed digit but the last, which is float32 there."""
    folder = Path(os.environ.get("AEWIDGETS_DATA", "")) / "kodak"
    if not os.environ.get("AEWIDGETS_DATA") or not folder.is_dir():
        pytest.skip("the Kodak images are not here: set AEWIDGETS_DATA to a folder that holds kodak/")
    rows = []
    for path in sorted(folder.glob("*.png")):
        image = Image.open(path).convert("RGB")
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=5 * (index + 1))
        pair = np.asarray(image), np.asarray(Image.open(buffer).convert("RGB"))
        rows.append((bits_per_pixel(buffer.tell(), *pair[0].shape[:2]), psnr(*pair), ms_ssim(*pair)))
    bpp, psnr_db, ms = np.mean(rows, axis=0)
    published = ANCHORS["webp"]
    assert bpp == pytest.approx(published["bpp"][index], abs=1e-6)
    assert psnr_db == pytest.approx(published["psnr"][index], abs=1e-4)
    assert ms == pytest.approx(published["ms_ssim"][index], abs=2e-6)


def test_bits_per_pixel_counts_bits_over_pixels():
    assert bits_per_pixel(49152, 512, 768) == 1.0
    with pytest.raises(ValueError, match="sides >= 1"):
        bits_per_pixel(1, 0, 5)
