"""Given pictures are brought to one size where that is sound, and refused in words where it is not."""

import io

import numpy as np
import pytest
from PIL import Image

from aewidgets.images.metrics import ms_ssim, psnr, ssim
from aewidgets.images.sets import load_images
from aewidgets.studies.comparison import compare_pair, fit_pictures, needed_correlation
from aewidgets.studies.subjects import Subject, open_subject


@pytest.fixture(scope="module")
def chelsea() -> np.ndarray:
    """A photograph of 300 x 451 pixels."""
    return dict(load_images("bundled-holdout"))["chelsea"]


def subjects(*images: np.ndarray) -> list[Subject]:
    return [open_subject(image, f"p{number}", alpha=True) for number, image in enumerate(images)]


def coded(image: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def test_pictures_of_one_size_stay_as_they_are(chelsea: np.ndarray):
    first, second = fit_pictures(subjects(chelsea, coded(chelsea, 10)))
    assert (first.image == chelsea).all() and (second.image == coded(chelsea, 10)).all()
    assert (first.note, second.note) == ("", "")


def test_figures_are_those_of_the_metrics_in_either_order(chelsea: np.ndarray):
    a, b = fit_pictures(subjects(chelsea, coded(chelsea, 10)))
    there, back = compare_pair(a, b), compare_pair(b, a)
    assert (there.psnr_db, there.ssim) == (psnr(a.image, b.image), ssim(a.image, b.image))
    assert there.ms_ssim == ms_ssim(a.image, b.image)
    assert (back.psnr_db, back.ssim, back.ms_ssim) == pytest.approx((there.psnr_db, there.ssim, there.ms_ssim))


def test_equal_pictures_are_infinitely_close(chelsea: np.ndarray):
    same = compare_pair(*fit_pictures(subjects(chelsea, chelsea.copy())))
    assert (same.psnr_db, same.ssim, same.ms_ssim) == (np.inf, pytest.approx(1), pytest.approx(1))


def test_small_pictures_have_no_ms_ssim_and_smaller_ones_no_ssim(chelsea: np.ndarray):
    for side, known in ((175, (True, False)), (10, (False, False))):
        pair = compare_pair(*fit_pictures(subjects(chelsea[:side, :side], chelsea[:side, 1 : side + 1])))
        assert (pair.ssim is not None, pair.ms_ssim is not None) == known


@pytest.mark.parametrize("made", [lambda x: x, lambda x: coded(x, 20)], ids=["exact", "coded"])
def test_a_part_is_found_to_the_pixel_from_either_side(chelsea: np.ndarray, made):
    part = made(np.ascontiguousarray(chelsea[37:237, 101:401]))
    for given in ([chelsea, part], [part, chelsea]):
        fitted = fit_pictures(subjects(*given))
        assert [f.image.shape for f in fitted] == [part.shape] * 2
        whole = fitted[0 if given[0] is chelsea else 1]
        assert (whole.image == chelsea[37:237, 101:401]).all()
        assert "column 101, row 37" in fitted[1].note


def test_two_parts_are_cut_to_what_they_share(chelsea: np.ndarray):
    fitted = fit_pictures(subjects(chelsea, chelsea[:250, :400], chelsea[20:, 30:]))
    assert [f.image.shape[:2] for f in fitted] == [(230, 370)] * 3
    assert all((f.image == chelsea[20:250, 30:400]).all() for f in fitted)


def test_parts_that_share_nothing_are_refused(chelsea: np.ndarray):
    with pytest.raises(ValueError, match="no pixel in common; compare them two by two"):
        fit_pictures(subjects(chelsea, chelsea[:140, :200], chelsea[150:, 220:]))


def test_a_picture_of_the_same_proportions_is_resized_with_lanczos(chelsea: np.ndarray):
    small = np.asarray(Image.fromarray(chelsea).resize((226, 150), Image.Resampling.LANCZOS))
    _, fitted = fit_pictures(subjects(chelsea, small))
    assert (fitted.image == np.asarray(Image.fromarray(small).resize((451, 300), Image.Resampling.LANCZOS))).all()
    assert fitted.note == "resized from 226 × 150 to 451 × 300 (Lanczos)"


def test_a_part_of_the_same_proportions_is_a_part_and_no_scale(chelsea: np.ndarray):
    _, fitted = fit_pictures(subjects(chelsea[:300, :400], chelsea[100:250, 60:260]))
    assert (fitted.image == chelsea[100:250, 60:260]).all()


@pytest.mark.parametrize("seed", range(3))
def test_parts_of_another_picture_are_not_found(chelsea: np.ndarray, seed: int):
    random = np.random.default_rng(seed)
    camera = dict(load_images("bundled-holdout"))["camera"]
    side = int(random.integers(64, 200))
    row, column = (int(random.integers(0, 512 - side)) for _ in range(2))
    part = camera[row : row + side, column : column + side]
    with pytest.raises(ValueError, match=rf"p1: expected the 451 × 300 pixels of p0.*got {side} × {side}"):
        fit_pictures(subjects(chelsea, part))


def test_what_fits_in_no_way_is_refused_with_what_to_do(chelsea: np.ndarray):
    with pytest.raises(ValueError, match=r"image\.resize\(\(451, 300\)\)"):
        fit_pictures(subjects(chelsea, np.zeros((310, 20), "uint8")))
    with pytest.raises(ValueError, match=r"turn it: numpy\.rot90\(image\)"):
        fit_pictures(subjects(chelsea, np.rot90(chelsea)))
    with pytest.raises(ValueError, match="neither"):
        fit_pictures(subjects(chelsea, np.full((100, 100), 128, "uint8")))


def test_fewer_pixels_need_more_likeness():
    needed = [needed_correlation(side, side) for side in (8, 64, 128, 256, 1000)]
    assert needed == sorted(needed, reverse=True) and 0.2 == needed[-1] < needed[0] == 0.9


def test_gray_beside_colour_counts_as_three_equal_colours(chelsea: np.ndarray):
    gray = np.asarray(Image.fromarray(chelsea).convert("L"))
    pair = compare_pair(*fit_pictures(subjects(chelsea, gray)))
    assert pair.psnr_db == psnr(chelsea, np.dstack([gray] * 3))


def test_transparent_pictures_are_laid_on_the_background():
    clear = np.zeros((20, 20, 4), "uint8")
    clear[5:] = (10, 20, 30, 255)
    for background, colour in (("white", 255), ("black", 0)):
        opaque = np.full((20, 20, 3), colour, "uint8")
        opaque[5:] = (10, 20, 30)
        fitted = fit_pictures(subjects(opaque, clear), background)
        assert (fitted[1].image == opaque).all() and fitted[1].note == f"transparent, laid on {background}"
    with pytest.raises(ValueError, match="background: expected a colour such as 'white'"):
        fit_pictures(subjects(opaque, clear), "no colour")


def test_gray_with_transparency_stays_gray_on_gray():
    clear = np.dstack([np.full((20, 20), 7, "uint8"), np.full((20, 20), 128, "uint8")])
    (white, _), (red, _) = (fit_pictures(subjects(clear, clear), name) for name in ("white", "red"))
    assert (white.image.shape, red.image.shape) == ((20, 20), (20, 20, 3))
