"""Files meet the size asked for, and the window holds the largest difference."""

import numpy as np
import pytest

from aewidgets.codec.registry import get_codec
from aewidgets.images.metrics import psnr
from aewidgets.studies.rate.equal_size import decode_at, equal_size, largest_gap


@pytest.mark.parametrize("codec", ["jpeg", "jpeg2000", "webp", "avif"])
@pytest.mark.parametrize("num_bytes", [1500, 4000])
def test_the_file_is_as_close_as_the_steps_allow(photo: np.ndarray, codec: str, num_bytes: int):
    found = equal_size(photo, codec, num_bytes)
    assert abs(found.num_bytes - num_bytes) < 0.06 * num_bytes
    assert found.psnr_db == pytest.approx(psnr(photo, found.image))
    assert found.num_bytes == len(get_codec(codec).compress(photo, found.quality))


def test_no_other_quality_is_closer(photo: np.ndarray):
    jpeg = get_codec("jpeg")
    found = equal_size(photo, jpeg, 3000)
    sizes = [len(jpeg.compress(photo, quality)) for quality in range(1, 101)]
    assert abs(found.num_bytes - 3000) == min(abs(size - 3000) for size in sizes)


def test_out_of_reach_gives_the_end(photo: np.ndarray):
    assert equal_size(photo, "jpeg", 1).quality == 1
    assert equal_size(photo, "jpeg", 10**9).quality == 100


def test_gray_stays_gray(photo: np.ndarray):
    gray = photo[..., 1]
    for name in ("jpeg", "webp", "avif"):
        assert decode_at(gray, get_codec(name), 50).image.shape == gray.shape


def test_a_lossless_codec_has_no_size_to_choose(photo: np.ndarray):
    with pytest.raises(ValueError, match="png has no choice of quality"):
        equal_size(photo, "png", 1000)


@pytest.mark.parametrize("gray", [False, True])
def test_the_window_covers_the_damage(photo: np.ndarray, gray: bool):
    image = photo[..., 0] if gray else photo
    worse = image.copy()
    worse[64:80, 96:112] ^= 0x40
    window = largest_gap(image, image, worse, 32)
    assert window.row <= 64 and window.row + 32 >= 80
    assert window.column <= 96 and window.column + 32 >= 112
    assert window.of(image).shape[:2] == (32, 32)


def test_the_window_agrees_with_a_search(photo: np.ndarray):
    rng = np.random.default_rng(0)
    image, better, worse = rng.integers(0, 256, (3, 20, 30)).astype(np.uint8)
    gap = (worse.astype(int) - image) ** 2 - (better.astype(int) - image) ** 2
    best = max(
        ((i, j) for i in range(13) for j in range(23)), key=lambda p: gap[p[0] : p[0] + 8, p[1] : p[1] + 8].sum()
    )
    window = largest_gap(image, better, worse, 8)
    assert (window.row, window.column) == best


def test_a_small_picture_is_the_window(photo: np.ndarray):
    assert largest_gap(photo, photo, photo, 10_000).size == min(photo.shape[:2])
