"""The protocol of a rate-distortion study, on a codec with figures known by hand, and on real ones."""

import math
import time
from dataclasses import dataclass

import numpy as np
import pytest
from skimage.data import astronaut, camera, chelsea, coffee

from aewidgets.codec.registry import get_codec
from aewidgets.images.metrics import psnr
from aewidgets.images.reading import write_image
from aewidgets.images.sets import load_images
from aewidgets.studies.rate.bd_rates import bd_rate
from aewidgets.studies.rate.rate_distortion import CodecCurve, Failure, Point, compare, measure, rate_distortion

pytestmark = pytest.mark.long

IMAGES = [
    ("astronaut", astronaut()[:200, :240]),
    ("chelsea", chelsea()[:180, :240]),
    ("coffee", coffee()[:190]),
]
LADDERS = {"jpeg": (20, 50, 80, 92), "webp": (10, 40, 75, 92)}


@dataclass(frozen=True)
class Rounding:
    """Codec that keeps the upper bits of each sample, and writes each sample as a byte after a header of five."""

    name: str = "rounding"
    label: str = "the upper bits"
    qualities: tuple = (2, 4, 6)

    def compress(self, image, quality):
        step = 2 ** (8 - quality)
        sides = b"".join(side.to_bytes(2, "big") for side in image.shape[:2])
        return bytes([image.ndim, quality]) + sides + (image // step * step + step // 2).tobytes()

    def decompress(self, data):
        shape = [int.from_bytes(data[i : i + 2], "big") for i in (2, 4)] + [3] * (data[0] - 2)
        return np.frombuffer(data[6:], np.uint8).reshape(shape)

    def ideal_bits(self, data):
        return (len(data) - 6) * data[1]


def shifted(curve: CodecCurve, name: str, factor: float) -> CodecCurve:
    return CodecCurve(
        name,
        name,
        tuple(Point(p.quality, p.bpp * factor, None, p.psnr_db, *[None] * 4) for p in curve.points),
    )


@pytest.fixture(scope="module")
def study():
    return rate_distortion(IMAGES, ["jpeg", "webp", "png"], LADDERS, resamples=200)


def test_a_point_is_the_mean_of_per_image_values_with_every_byte_counted():
    curves, names, failures = measure(IMAGES, [Rounding()])
    assert (names, failures) == (("astronaut", "chelsea", "coffee"), ())
    for quality, point in zip((2, 4, 6), curves[0].points, strict=True):
        bpp = [8 * (6 + i.size) / (i.shape[0] * i.shape[1]) for _, i in IMAGES]
        decoded = [Rounding().decompress(Rounding().compress(i, quality)) for _, i in IMAGES]
        psnr_db = [psnr(i, d) for (_, i), d in zip(IMAGES, decoded, strict=True)]
        assert point.quality == quality
        assert point.bpp == pytest.approx(np.mean(bpp))
        assert point.psnr_db == pytest.approx(np.mean(psnr_db))
        assert point.bpp_ideal == pytest.approx(3 * quality)
        assert [m.psnr_db for m in point.images] == pytest.approx(psnr_db)
        assert all(m.encode_s > 0 and m.decode_s > 0 for m in point.images)


def test_classical_codecs_state_no_ideal_rate_and_png_is_one_lossless_point(study):
    assert all(p.bpp_ideal is None for p in study.curve("jpeg").points)
    (point,) = study.curve("png").points
    assert point.quality is None and point.psnr_db == math.inf and point.ssim == point.ms_ssim == 1.0
    assert not any("png" in (b.anchor, b.test) for b in study.bd_rates)


def test_the_bd_rate_is_that_of_the_mean_curves(study):
    rate = study.bd_rate("jpeg", "webp")
    pair = [study.curve(c).rates_and_psnr for c in ("jpeg", "webp")]
    assert rate.percent == bd_rate(*pair, rate.interval)
    assert rate.full.percent == bd_rate(*pair, None)
    assert rate.low <= rate.percent <= rate.high
    assert [p.percent for p in rate.parts] == [bd_rate(*pair, p.interval) for p in rate.parts]


def test_swapping_anchor_and_test_gives_reciprocal_ratios_and_swapped_ends(study):
    there, back = study.bd_rate("jpeg", "webp"), study.bd_rate("webp", "jpeg")
    for a, b in [(there.percent, back.percent), (there.low, back.high), (there.high, back.low)]:
        assert (1 + a / 100) * (1 + b / 100) == pytest.approx(1)


def test_bootstrap_intervals_are_repeatable_and_collapse_on_equal_images(study):
    again = rate_distortion(IMAGES, ["jpeg", "webp"], LADDERS, resamples=200)
    assert again.bd_rate("jpeg", "webp").low == study.bd_rate("jpeg", "webp").low
    twice = rate_distortion([("a", IMAGES[0][1]), ("b", IMAGES[0][1])], ["jpeg", "webp"], LADDERS, resamples=20)
    rate = twice.bd_rate("jpeg", "webp")
    assert rate.low == pytest.approx(rate.percent) and rate.high == pytest.approx(rate.percent)
    one = rate_distortion(IMAGES[:1], ["jpeg", "webp"], LADDERS).bd_rate("jpeg", "webp")
    assert one.percent == pytest.approx(rate.percent) and one.low is None and one.high is None


def test_the_worst_image_is_the_one_that_saves_least(study):
    (webp,) = [a for a in study.against if a.codec == "webp"]
    assert (study.anchor, webp.anchor) == ("jpeg", "jpeg")
    assert webp.worst.percent == max(i.percent for i in webp.images)
    alone = rate_distortion([i for i in IMAGES if i[0] == webp.worst.image], ["jpeg", "webp"], LADDERS)
    assert alone.bd_rate("jpeg", "webp").percent == pytest.approx(webp.worst.percent)


def test_ms_ssim_is_none_where_any_image_is_too_small():
    curves, _, _ = measure([*IMAGES, ("small", chelsea()[:100, :100])], [Rounding()])
    assert all(p.ms_ssim is None and p.ssim is not None for p in curves[0].points)
    assert [m.ms_ssim is None for m in curves[0].points[0].images] == [False, False, False, True]


def test_gray_images_are_compared_in_gray_by_every_codec():
    codecs = [get_codec(name) for name in ("jpeg", "webp", "avif")]
    curves, names, failures = measure([("camera", camera()[:180, :200])], codecs)
    assert (names, failures) == (("camera",), ())
    assert all(curve.points[-1].psnr_db > 35 for curve in curves)


def test_a_bad_file_is_named_and_counts_for_no_codec(tmp_path):
    for name, image in IMAGES:
        write_image(image, tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    result = rate_distortion(load_images(tmp_path), ["jpeg"], (50, 80))
    assert result.images == ("astronaut", "chelsea", "coffee")
    assert [f.image for f in result.failures] == ["broken"]
    assert "not a picture" in result.failures[0].reason
    assert all(len(p.images) == 3 for p in result.curve("jpeg").points)


def test_a_study_without_a_single_image_is_an_error_in_words(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="none of 1 images could be measured: broken"):
        rate_distortion(load_images(tmp_path), ["jpeg"])


def test_the_time_of_a_codecs_first_use_is_not_encoding_time():
    class SlowStart(Rounding):
        used = False

        def compress(self, image, quality):
            time.sleep(0 if SlowStart.used else 0.3)
            SlowStart.used = True
            return super().compress(image, quality)

    curves, _, _ = measure(IMAGES[:1], [SlowStart()])
    assert all(p.encode_s < 0.2 for p in curves[0].points)


def test_progress_counts_files_up_to_all_of_them():
    steps = []
    measure(IMAGES, [Rounding()], progress=lambda done, total, what: steps.append((done, total)))
    assert steps == [(n, 9) for n in range(10)]


def test_a_constant_factor_in_rate_is_found_on_every_part(study):
    jpeg = study.curve("jpeg")
    result = compare([jpeg, shifted(jpeg, "thrifty", 0.7)])
    rate = result.bd_rate("jpeg", "thrifty")
    assert [rate.percent, rate.full.percent, *[p.percent for p in rate.parts]] == pytest.approx(
        [-30] * (2 + len(rate.parts))
    )
    assert rate.low is None


def test_ms_ssim_has_a_bd_rate_of_its_own():
    """Two codecs of one PSNR per byte, of which one keeps structure better."""
    shared = [(0.2, 28.0), (0.6, 33.0), (1.8, 39.0)]
    anchor, test = (
        CodecCurve(
            name,
            name,
            tuple(
                Point(b, b, None, db, None, value, None, None) for (b, db), value in zip(shared, values, strict=True)
            ),
        )
        for name, values in (("a", (0.93, 0.98, 0.995)), ("b", (0.95, 0.985, 0.996)))
    )
    rate = compare([anchor, test]).bd_rate("a", "b")
    assert rate.percent == pytest.approx(0)
    assert rate.ms_ssim.interval == pytest.approx((-10 * np.log10(0.05), 20.0))
    assert rate.ms_ssim.percent < -10
    back = compare([anchor, test]).bd_rate("b", "a").ms_ssim
    assert (1 + rate.ms_ssim.percent / 100) * (1 + back.percent / 100) == pytest.approx(1)


def test_curves_that_share_no_quality_have_no_bd_rate():
    points = [tuple(Point(q, q, None, base + q, *[None] * 4) for q in (1, 2)) for base in (20, 40)]
    result = compare([CodecCurve("a", "a", points[0]), CodecCurve("b", "b", points[1])], failures=[Failure("x", "y")])
    rate = result.bd_rate("a", "b")
    assert (rate.percent, rate.interval, rate.full, rate.parts) == (None, None, None, (None, None, None))


def test_flat_pictures_that_are_never_wrong_do_not_stop_a_study():
    flat = [("gray", np.full((180, 180, 3), 128, np.uint8)), ("white", np.full((180, 180, 3), 255, np.uint8))]
    result = rate_distortion([*flat, IMAGES[0]], ["jpeg", "webp"], LADDERS, resamples=50)
    assert len(result.images) == 3
    assert all(p.psnr_db == math.inf for c in rate_distortion(flat, ["jpeg"], LADDERS).curves for p in c.points)


def test_wrong_requests_are_refused(study):
    with pytest.raises(ValueError, match="no codec is called 'gif'"):
        rate_distortion(IMAGES, ["gif"])
    with pytest.raises(ValueError, match="at least one quality"):
        rate_distortion(IMAGES, ["jpeg"], {"jpeg": ()})
    with pytest.raises(ValueError, match="not among the curves"):
        compare(study.curves, anchor="avif")
    with pytest.raises(ValueError, match="rename one"):
        compare([*study.curves, study.curves[0]])


def test_a_bd_rate_that_there_is_not_is_refused_with_the_codec_that_has_no_curve(study):
    alone = rate_distortion(IMAGES[:1], ["jpeg", "webp", "png"], {"jpeg": (50,), "webp": (20, 80)})
    for anchor, test, words in (
        ("webp", "jpeg", "without that: jpeg"),
        ("png", "jpeg", "without that: png, jpeg"),
        ("webp", "webp", "a codec against itself"),
        ("avif", "webp", "no codec of this study is called 'avif'; it has jpeg, webp, png"),
    ):
        with pytest.raises(KeyError, match=words):
            alone.bd_rate(anchor, test)


def test_curves_measured_apart_are_compared_as_if_together_but_other_images_have_no_interval(study):
    apart = [rate_distortion(IMAGES, [c], LADDERS).curves[0] for c in ("jpeg", "webp")]
    together = compare(apart, resamples=200).bd_rate("jpeg", "webp")
    assert (together.percent, together.low) == (
        study.bd_rate("jpeg", "webp").percent,
        study.bd_rate("jpeg", "webp").low,
    )
    fewer = rate_distortion(IMAGES[:2], ["webp"], LADDERS).curves[0]
    assert compare([apart[0], fewer]).bd_rate("jpeg", "webp").low is None
