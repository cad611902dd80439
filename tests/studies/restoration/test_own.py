"""Any picture of one's own can be looked at; what was done to it on purpose is found, and undone as far as it can."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import chelsea

from aewidgets.images.arrays import ImageError, to_uint8
from aewidgets.images.jpeg_quality import jpeg_quality
from aewidgets.restoration.corruptions import corrupt
from aewidgets.studies.restoration.own import open_own, repair_own

CAT = chelsea()[80:176, 120:216]


def file(tmp_path, name: str, image: np.ndarray, **options) -> str:
    Image.fromarray(image).save(tmp_path / name, **options)
    return str(tmp_path / name)


def clear(height: int, width: int) -> np.ndarray:
    """Return a picture with alpha that rises from 0 to 255."""
    image = np.full((height, width, 4), 90, "uint8")
    image[..., 3] = np.linspace(0, 255, width)
    return image


ODD = {
    "one pixel": np.zeros((1, 1, 3), "uint8"),
    "a line": np.full((1, 40), 7, "uint8"),
    "tiny": CAT[:5, :7],
    "gray": CAT[..., 1],
    "flat": np.full((40, 40, 3), 128, "uint8"),
    "black": np.zeros((40, 40), "uint8"),
    "white": np.full((20, 20), 255, "uint8"),
    "transparent": clear(30, 40),
    "wholly transparent": np.zeros((20, 20, 4), "uint8"),
    "large": np.kron(CAT, np.ones((5, 5, 1), "uint8")),
}


@pytest.mark.parametrize("kind", ODD)
def test_any_picture_is_opened_and_repaired_with_and_without_an_original(kind: str, tmp_path):
    path = file(tmp_path, "x.png", ODD[kind])
    for original in (None, path):
        own = open_own(path, original)
        points = repair_own(own)
        assert points[0].image is own.image
        for point in points:
            assert point.image.shape == own.image.shape and point.image.dtype == np.uint8
            figures = [value for value in (point.psnr_db, point.ssim) if value is not None]
            assert bool(figures) == (original is not None) and not np.isnan(figures).any()
    assert own.image.shape[0] * own.image.shape[1] <= 160_000
    assert (own.part == "all of it") == (kind != "large")


def test_what_was_done_on_purpose_is_found(tmp_path):
    noisy = to_uint8(np.clip(corrupt(CAT, "gaussian", 20, 0).image, 0, 1))
    assert open_own(file(tmp_path, "noisy.png", noisy)).noise_level == pytest.approx(20, rel=0.15)
    assert open_own(file(tmp_path, "x.jpg", CAT, quality=30)).quality == 30
    dark = to_uint8(np.clip(corrupt(CAT, "low-light:0.2,noise_level=0").image, 0, 1))
    gains = [open_own(file(tmp_path, f"{n}.png", image)).gain for n, image in enumerate((CAT, dark))]
    assert gains[1] / gains[0] == pytest.approx(5, rel=0.1)
    assert np.array_equal(open_own(file(tmp_path, "clear.png", clear(30, 40))).lost, clear(30, 40)[..., 3] == 0)


def test_a_repair_that_fits_the_damage_comes_closer_to_the_original(tmp_path):
    good = file(tmp_path, "good.png", CAT)
    rough = repair_own(open_own(file(tmp_path, "rough.jpg", CAT, quality=10), good), ("jpeg",))
    noisy = to_uint8(np.clip(corrupt(CAT, "gaussian", 25, 0).image, 0, 1))
    grainy = repair_own(open_own(file(tmp_path, "grainy.png", noisy), good), ("noise",))
    for came, repaired in (rough, grainy):
        assert repaired.psnr_db > came.psnr_db


def test_transparent_pixels_are_filled_in_and_others_stay(tmp_path):
    image = np.dstack([CAT, np.full(CAT.shape[:2], 255, "uint8")])
    image[40:50, 30:60, 3] = 0
    own = open_own(file(tmp_path, "x.png", image))
    _, filled = repair_own(own, ("inpainting",))
    assert np.array_equal(filled.image[~own.lost], CAT[~own.lost])


def test_an_original_of_another_size_is_refused_in_words_and_gray_beside_colour_is_not(tmp_path):
    path = file(tmp_path, "x.png", CAT)
    with pytest.raises(ImageError, match=r"original: expected .* of 96 x 96 pixels as x.png has, got 96 x 95"):
        open_own(path, file(tmp_path, "y.png", CAT[1:]))
    own = open_own(file(tmp_path, "gray.png", CAT[..., 0]), path)
    assert own.image.shape == own.original.shape == CAT.shape


@pytest.mark.parametrize("quality", [1, 10, 50, 75, 95, 100])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(quality: int, mode: str):
    written = io.BytesIO()
    Image.fromarray(CAT).convert(mode).save(written, "JPEG", quality=quality)
    assert jpeg_quality(written.getvalue()) == quality


def test_tables_of_another_program_have_the_nearest_quality_and_other_files_none(tmp_path):
    written = io.BytesIO()
    Image.fromarray(CAT).save(written, "JPEG", qtables=[[17] * 64, [17] * 64])
    assert 60 <= jpeg_quality(written.getvalue()) <= 90
    assert jpeg_quality(file(tmp_path, "x.png", CAT)) is None
