"""Operating points are what their files say, and matched ones cost or lose the same. Real codecs, no mocks."""

import math
from pathlib import Path

import numpy as np
import pytest

import aewidgets
from aewidgets.codec.registry import codec_names, get_codec
from aewidgets.images.reading import write_image
from aewidgets.studies.rate.operating_points import (
    ORIGINAL,
    bits_of,
    codec_choice,
    codec_menu,
    curve,
    curve_plan,
    judged,
    match,
    operating_point,
    sweep,
)
from aewidgets.studies.subjects import Subject, open_subject


@pytest.fixture
def subject(photo: np.ndarray) -> Subject:
    """Return a photograph of 128 x 192 pixels."""
    return open_subject(photo, "face")


@pytest.mark.parametrize("codec", ["learned", "jpeg", "jpeg2000", "webp", "avif", "png"])
def test_a_point_is_what_its_file_says(subject: Subject, codec: str):
    point = judged(subject, operating_point(subject, codec))
    assert point.num_bytes == len(point.data)
    assert point.bpp == pytest.approx(8 * len(point.data) / (128 * 192))
    decoded = get_codec(codec).decompress(point.data)
    assert np.array_equal(point.image, decoded)
    assert point.psnr_db == aewidgets.psnr(subject.image, decoded)
    assert point.ssim == pytest.approx(aewidgets.ssim(subject.image, decoded))
    assert math.isinf(point.psnr_db) == (codec == "png")


def test_the_original_is_all_of_itself(subject: Subject):
    point = judged(subject, operating_point(subject, ORIGINAL))
    assert (point.percent, point.num_bytes, point.ssim) == (100, subject.image.nbytes, 1)
    assert math.isinf(point.psnr_db)
    assert np.array_equal(aewidgets.read_image(point.data), subject.image)


@pytest.mark.parametrize("codec", ["jpeg", "webp", "avif", "jpeg2000"])
def test_matched_sizes_are_as_close_as_the_steps_of_a_codec_allow(subject: Subject, codec: str):
    leader = operating_point(subject, "jpeg", 60)
    quality = match(subject, codec, leader, "size")
    size = operating_point(subject, codec, quality).num_bytes
    assert size == pytest.approx(leader.num_bytes, rel=0.06)


@pytest.mark.parametrize("codec", ["jpeg", "webp", "avif"])
def test_matched_qualities_have_the_same_psnr(subject: Subject, codec: str):
    leader = operating_point(subject, "webp", 60)
    found = operating_point(subject, codec, match(subject, codec, leader, "quality"))
    assert found.psnr_db == pytest.approx(leader.psnr_db, abs=0.3)


def test_the_nearest_to_lossless_is_the_best_there_is(subject: Subject):
    assert match(subject, "jpeg", operating_point(subject, ORIGINAL), "quality") == codec_choice("jpeg").best


def test_nothing_is_matched_where_there_is_nothing_to_choose(subject: Subject):
    assert match(subject, "png", operating_point(subject, "jpeg"), "size") is None


def test_a_search_can_be_watched_and_stopped(subject: Subject):
    class Enough(Exception):
        pass

    seen = []

    def watch(done: int, total: int, what: str) -> None:
        seen.append((done, total, what))
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        match(subject, "jpeg", operating_point(subject, "webp"), "size", watch)
    assert [done for done, _, _ in seen] == [0, 1, 2]
    assert all(done < total for done, total, _ in seen)


def test_bits_add_up_to_the_file(subject: Subject):
    point = operating_point(subject, "learned", 60)
    bits = bits_of(point.data)
    assert bits is not None
    assert bits.header_bytes + sum(bits.group_bytes) == point.num_bytes
    assert bits.positions.shape[:2] == (8, 12)
    assert bits.positions.shape[2] == len(bits.group_bytes)
    assert bits.channels > bits.positions.shape[2]
    payload_bits = 8 * sum(bits.group_bytes)
    assert bits.positions.sum() == pytest.approx(payload_bits, rel=0.15)


def test_files_of_other_codecs_have_no_map_of_bits(subject: Subject):
    assert bits_of(operating_point(subject, "jpeg").data) is None


def test_a_picture_that_is_kept_losslessly_has_no_map_of_bits():
    assert bits_of(aewidgets.compress(np.full((40, 40), 7, "uint8"))) is None


def test_percentages_are_of_the_file_that_was_opened(photo: np.ndarray, tmp_path: Path):
    write_image(photo, tmp_path / "face.png")
    subject = open_subject(tmp_path / "face.png")
    assert subject.num_bytes == (tmp_path / "face.png").stat().st_size
    assert operating_point(subject, "png").percent == pytest.approx(100, rel=0.3)


def test_everything_that_can_be_chosen_works_at_both_ends(photo: np.ndarray):
    small = open_subject(photo[:32, :48])
    for about in codec_menu():
        for quality in {about.worst, about.best} if about.usual is not None else {None}:
            assert operating_point(small, about.name, quality).num_bytes > 0


def test_every_codec_can_be_chosen_and_the_original():
    assert [c.name for c in codec_menu()] == [ORIGINAL, *codec_names()]


@pytest.mark.parametrize("codec", ["learned", "jpeg", "jpeg2000", "webp", "avif"])
def test_a_curve_rises_from_small_files_to_large_ones(photo: np.ndarray, codec: str):
    points = list(curve(open_subject(photo[:64, :64]), codec, 5))
    assert [p.quality for p in points] == sweep(codec, 5)
    assert [p.num_bytes for p in points] == sorted(p.num_bytes for p in points)


def test_of_large_pictures_only_the_sides_are_measured():
    large = Subject("large", np.zeros((1300, 1300), "uint8"), 1)
    assert curve_plan(large, ("avif", "png")) == ({"avif": "avif"}, 5)
