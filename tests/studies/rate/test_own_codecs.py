"""Codecs of other people in studies: every place that takes a codec's name takes them, and measures what they do."""

import numpy as np
import pytest
from own_codecs import Distance, Factorised, Halves, LittleVAE, MozLike
from skimage.data import astronaut, chelsea, coffee

import aewidgets
from aewidgets.codec.registry import available_codecs, get_codec
from aewidgets.studies.rate.equal_size import decode_at, equal_psnr, equal_size
from aewidgets.studies.rate.following import estimated_quality
from aewidgets.studies.rate.operating_grids import operating_grid
from aewidgets.studies.rate.operating_points import (
    codec_choice,
    codec_menu,
    curve,
    curve_plan,
    match,
    operating_point,
    sweep,
)
from aewidgets.studies.subjects import open_subject

IMAGE = astronaut()[60:124, 180:260]
SUBJECT = open_subject(IMAGE, "face")
JPEG = operating_point(SUBJECT, "jpeg")


@pytest.fixture(autouse=True)
def _only_sides_have_curves(monkeypatch):
    """Measure the curves of both sides alone, as for a large picture."""
    monkeypatch.setattr("aewidgets.studies.rate.operating_points._LARGE", 0)


def rate_of(result, name):
    """Return the bits per pixel of a codec in a study."""
    return result.curve(name).points[0].bpp


#: Every place that takes the name of a codec -> a number, or a text, that depends on the codec.
PLACES = {
    "get_codec": lambda c: len(get_codec(c).compress(IMAGE, 5)),
    "available_codecs": lambda c: available_codecs([c]).codecs[0].name,
    "rate_distortion": lambda c: rate_of(aewidgets.rate_distortion([("a", IMAGE)], [c], (5,)), get_codec(c).name),
    "codec_choice": lambda c: codec_choice(c).name,
    "codec_menu": lambda c: codec_menu(c)[-1 if get_codec(c).name == "halves" else 3].name,
    "operating_point": lambda c: operating_point(SUBJECT, c, 5).num_bytes,
    "decode_at": lambda c: decode_at(IMAGE, c, 5).num_bytes,
    "equal_size": lambda c: equal_size(IMAGE, c, 4000).num_bytes,
    "equal_psnr": lambda c: equal_psnr(IMAGE, c, 30.0).num_bytes,
    "match": lambda c: match(SUBJECT, c, JPEG, "quality"),
    "sweep": lambda c: sweep(c, 3)[1],
    "curve": lambda c: next(curve(SUBJECT, c, 2)).num_bytes,
    "curve_plan": lambda c: next(iter(curve_plan(SUBJECT, [c])[0])),
    "estimated_quality": lambda c: estimated_quality(c, list(curve(SUBJECT, c, 3)), JPEG, "size"),
    "operating_grid": lambda c: operating_grid(
        SUBJECT, operating_point(SUBJECT, c, 5), JPEG, 500_000, (c, "jpeg")
    ).points[1].point.num_bytes,
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_place_that_takes_a_codecs_name_takes_a_codec(place):
    """A name, the codec of that name, and a stranger's object; each gives what that codec gives."""
    ask = PLACES[place]
    assert ask("jpeg") == ask(get_codec("jpeg"))
    mine = Halves()
    assert ask(mine) == ask(get_codec(mine)) != ask("jpeg")


@pytest.mark.parametrize("codec", [Halves(), MozLike(), "jpeg"], ids=lambda c: getattr(c, "name", c))
def test_a_point_of_somebodys_codec_is_what_its_file_says(codec):
    point = operating_point(SUBJECT, codec)
    theirs = codec if not isinstance(codec, str) else get_codec(codec)
    assert (point.codec, point.num_bytes) == (theirs.name, len(point.data))
    assert point.suffix == getattr(codec, "suffix", ".jpg" if codec == "jpeg" else ".bin")
    assert point.psnr_db == aewidgets.psnr(IMAGE, get_codec(codec).decompress(point.data))


def test_matches_of_somebodys_codec_are_as_close_as_its_steps_allow():
    every = (operating_point(SUBJECT, Halves(), quality) for quality in range(1, 9))
    nearest = min(every, key=lambda point: abs(point.psnr_db - JPEG.psnr_db))
    assert match(SUBJECT, Halves(), JPEG, "quality") == nearest.quality
    moz = operating_point(SUBJECT, MozLike(), match(SUBJECT, MozLike(), JPEG, "size"))
    assert moz.num_bytes == pytest.approx(JPEG.num_bytes, rel=0.05)


def test_an_own_jpeg_is_shown_as_what_it_decodes_to_and_saved_as_what_it_is():
    """A browser would show the file itself, and not what `decode` makes of it."""
    grid = operating_grid(SUBJECT, operating_point(SUBJECT, MozLike()), JPEG, 500_000, (MozLike(), "jpeg"))
    mine = [e for e in grid.points if e.point.codec == "mozlike"]
    assert len(mine) == 5
    for embedded in mine:
        assert embedded.point.suffix == ".jpg" and embedded.point.data[:2] == b"\xff\xd8" and not embedded.is_file
        np.testing.assert_array_equal(aewidgets.read_image(embedded.shown), embedded.point.image)


def test_a_choice_begins_inside_its_range_and_has_a_hundred_steps_or_more():
    for codec in (Halves(), MozLike(), Distance()):
        about = codec_choice(codec)
        assert (about.worst, about.best) == codec.qualities
        assert min(codec.qualities) < about.usual < max(codec.qualities)
        assert about.step == 1 or 100 <= abs(about.best - about.worst) / about.step < 1001


def test_a_study_says_which_picture_somebodys_codec_failed_on_and_why():
    class Picky(Halves):
        name = "picky"

        def encode(self, image, quality):
            if image.shape[0] > 40:
                raise RuntimeError("too large")
            return super().encode(image, quality)

    images = [("small", IMAGE[:32]), ("large", IMAGE)]
    result = aewidgets.rate_distortion(images, [Picky(), "jpeg"], (5,))
    assert result.images == ("small",)
    assert "picky: encode of an image (64, 80, 3), uint8, at quality 5 raised RuntimeError" in result.failures[0].reason
    with pytest.raises(ValueError, match="none of 1 images could be measured: large: picky: encode") as caught:
        aewidgets.rate_distortion(images[1:], [Picky()])
    assert isinstance(caught.value.__cause__.__cause__, RuntimeError)


@pytest.mark.parametrize("shape", [(32, 80, 3), (64, 79, 3), (80, 64, 3), (16, 16)])
@pytest.mark.parametrize("place", ["rate_distortion", "decode_at", "operating_point", "match"])
def test_a_picture_of_another_size_is_refused_in_words_everywhere(place, shape):
    class Other(Halves):
        def decode(self, data):
            return np.zeros(shape, "uint8")

    words = rf"halves: expected from decode an image \(64, 80, 3\), got \({shape[0]}, {shape[1]}"
    with pytest.raises(ValueError, match=words):
        PLACES[place](Other())


def test_two_codecs_of_one_name_are_refused_before_anything_is_measured():
    class Silent(Halves):
        name = "mine"

        def encode(self, image, quality):
            raise AssertionError

    with pytest.raises(ValueError, match="expected codecs of different names, got mine, mine"):
        aewidgets.rate_distortion([("a", IMAGE)], [Silent(), Silent()])


def test_what_cannot_be_sent_to_processes_is_refused_before_they_start():
    def spread(function, items):
        raise AssertionError

    class Holding(Halves):
        def __reduce__(self):
            raise TypeError("holds a handle")

    with pytest.raises(ValueError, match=r"halves: cannot be sent to other processes .*holds a handle"):
        aewidgets.rate_distortion([("a", IMAGE)], [Holding()], spread=spread)
    assert rate_of(aewidgets.rate_distortion([("a", IMAGE)], [Holding()], (5,)), "halves") > 0


def beside_jpeg(codec):
    """Return a study of a codec and JPEG, after a look at its curve: more bytes, and in the end a smaller error."""
    result = aewidgets.rate_distortion([("chelsea", chelsea()[:96, :128])], [codec, "jpeg"])
    points = result.curve(codec.name).points
    assert [p.quality for p in points] == list(get_codec(codec).qualities)
    assert (np.diff([p.bpp for p in points]) > 0).all()
    assert points[-1].psnr_db > points[0].psnr_db + 2
    return result


def test_a_jpeg_of_somebodys_settings_runs_beside_ours():
    result = beside_jpeg(MozLike())
    assert result.bd_rate("jpeg", "mozlike").full.percent is not None


def test_jpeg_xl_of_imagecodecs_by_its_distance():
    pytest.importorskip("imagecodecs")
    beside_jpeg(Distance())


@pytest.mark.slow
@pytest.mark.backend
def test_a_little_autoencoder_with_a_quantiser_of_its_own_runs_in_every_place():
    vae = LittleVAE([coffee(), astronaut()])
    beside_jpeg(vae)
    gray = chelsea()[:40, :56, 1]
    assert operating_point(open_subject(gray), vae).image.shape == gray.shape
    found = equal_size(IMAGE, vae, 1500)
    assert found.num_bytes == pytest.approx(1500, rel=0.05)


@pytest.mark.slow
def test_a_network_of_compressai_is_measured_by_its_bytes():
    pytest.importorskip("compressai", reason="CompressAI is no extra of ours")
    result = aewidgets.rate_distortion([("face", IMAGE)], [Factorised()])
    (point,) = result.curve("compressai-factorised").points
    assert point.quality is None and point.bpp > 0 and np.isfinite(point.psnr_db)
