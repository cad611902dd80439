"""Formats that Pillow was built without: left out of every list, and named in words where they were asked for.

A format is taken away as a build of Pillow lacks it: its feature, its writer, and a writer that fails if it is called.
"""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, features
from skimage.data import astronaut, camera

import aewidgets
from aewidgets.cli import main
from aewidgets.codec.registry import available_codecs, codec_names, get_codec
from aewidgets.commands.batches import all_codecs
from aewidgets.images.encoders import can_write
from aewidgets.images.reading import write_image
from aewidgets.studies.rate.operating_grids import operating_grid
from aewidgets.studies.rate.operating_points import codec_choice, codec_menu, curve_plan, operating_point, usual_rival
from aewidgets.studies.restoration.grids import _webp
from aewidgets.studies.subjects import open_subject

IMAGE = astronaut()[60:84, 180:212]
FEATURES = {"JPEG2000": "jpg_2000", "WEBP": "webp", "AVIF": "avif"}
#: Pillow's format -> names of our codecs that need it.
FORMATS = {"JPEG2000": ["jpeg2000"], "WEBP": ["webp"], "AVIF": ["avif", "avif-speed-0", "avif-psnr"]}


def broken(image, file, name):
    raise OSError("encoder not available")


@pytest.fixture(params=FORMATS)
def absent(request, monkeypatch):
    """Return the format that Pillow lacks here; see `lack`."""
    lack(monkeypatch, request.param)
    return request.param


@pytest.fixture
def classical(monkeypatch):
    """Leave the learned codecs out of every list: seconds a curve."""
    monkeypatch.setattr("aewidgets.codec.registry._LEARNED", ())


def lack(monkeypatch, file_format):
    """Make Pillow what it is without a format. JPEG 2000 keeps a writer, as in such builds, and it fails."""
    Image.init()
    check = features.check
    monkeypatch.setattr(features, "check", lambda name: name != FEATURES[file_format] and check(name))
    if file_format == "JPEG2000":
        monkeypatch.setitem(Image.SAVE, file_format, broken)
    else:
        monkeypatch.delitem(Image.SAVE, file_format)


def test_what_can_be_written_is_what_pillow_writes():
    for file_format in ("JPEG", "PNG", *FORMATS):
        assert can_write(file_format) == (file_format in Image.SAVE)
    assert not can_write("NO SUCH FORMAT")


def test_it_is_in_no_list_and_the_others_are(absent):
    gone = FORMATS[absent]
    everything = {"learned", "learned-factorised", "jpeg", "jpeg2000", "webp", "avif", "png"}
    assert set(codec_names()) - {"jxl"} == everything - set(gone)
    assert not set(gone) & {*codec_names(slow=True), *(choice.name for choice in codec_menu())}
    assert not set(gone) & set(curve_plan(open_subject(IMAGE), ["jpeg"])[0])
    assert usual_rival() == ("jpeg" if absent == "AVIF" else "avif")
    here = available_codecs()
    assert [*here.left_out] == gone[:1] and gone[0] not in [codec.name for codec in here.codecs]


def test_it_is_named_where_it_was_asked_for(absent):
    for name in FORMATS[absent]:
        for ask in (get_codec, codec_choice, codec_menu, lambda n: operating_point(open_subject(IMAGE), n)):
            with pytest.raises(ValueError, match=f"^{name}: Pillow .* was built here without {absent}.*pip install"):
                ask(name)
        with pytest.raises(ValueError, match=f"none .*{name}: Pillow .* without {absent}"):
            available_codecs([name])


def test_a_codec_that_was_kept_from_before_says_so_too(monkeypatch):
    codecs = {name: get_codec(name) for names in FORMATS.values() for name in names}
    for file_format, names in FORMATS.items():
        with monkeypatch.context() as patch:
            data = codecs[names[0]].compress(IMAGE, 50)
            lack(patch, file_format)
            for ask in (lambda c: c.compress(IMAGE, 50), lambda c, data=data: c.decompress(data)):
                with pytest.raises(ValueError, match=f"^{names[0]}: Pillow .* without {file_format}"):
                    ask(codecs[names[0]])


def test_a_study_of_all_codecs_goes_on_without_it(absent, classical):
    result = aewidgets.rate_distortion([("a", IMAGE)], None, (50,))
    assert {curve.codec for curve in result.curves} == set(codec_names()) and result.failures == ()


def test_commands_name_what_they_leave_out(absent, classical, tmp_path, capsys):
    (name, *_) = FORMATS[absent]
    assert name not in [codec.name for codec in all_codecs(["jpeg", name])]
    assert f"note: {name} is left out: Pillow" in capsys.readouterr().err
    write_image(IMAGE, tmp_path / "a.png")
    refused = CliRunner().invoke(main, ["rd", str(tmp_path / "a.png"), "--codec", name])
    assert refused.exit_code == 2 and f"{name}: Pillow" in refused.stderr
    run = CliRunner().invoke(main, ["rd", str(tmp_path / "a.png"), "--quality", "50", "--quiet"])
    assert run.exit_code == 0, run.output
    assert f"note: {name} is left out: Pillow" in run.stderr and f" {name} " not in run.stdout


def test_studios_and_their_pages_go_on_without_it(absent, classical, tmp_path):
    widgets = pytest.importorskip("aewidgets.widgets", reason="anywidget comes with the lab and report extras")
    studio = widgets.CompressionStudio(IMAGE, "jpeg", name="face")
    assert studio.right == usual_rival()
    assert FORMATS[absent][0] not in [choice["name"] for choice in studio.choices]
    page = studio.export_html(tmp_path / "face.html")
    assert page.stat().st_size > 100_000
    with pytest.raises(Exception, match=f"{FORMATS[absent][0]}: Pillow .* without {absent}"):
        widgets.CompressionStudio(IMAGE, FORMATS[absent][0])


def test_pages_hold_png_where_pillow_has_no_webp(monkeypatch):
    lack(monkeypatch, "WEBP")
    monkeypatch.setattr("aewidgets.studies.rate.operating_points._LARGE", 0)
    subject = open_subject(IMAGE)
    grid = operating_grid(subject, operating_point(subject, "jpeg"), operating_point(subject, "jpeg2000"), 500_000)
    shown = {e.point.codec: (e.media_type, e.shown[:4]) for e in grid.points}
    assert shown["original"] == shown["jpeg2000"] == ("image/png", b"\x89PNG")
    assert _webp(IMAGE)[:4] == b"\x89PNG"  # as DenoiseStudio's pages hold it
    explorer = pytest.importorskip("aewidgets.widgets.latent_explorer.views")
    about, data = explorer.sheet(np.stack([IMAGE, IMAGE]), 64)
    assert about["media"] == "image/png"
    assert aewidgets.read_image(data).shape == (24 * -(-2 // about["columns"]), 32 * about["columns"], 3)


def test_our_own_files_are_written_without_webp_and_one_that_needs_it_says_so(monkeypatch, tmp_path):
    flat = np.kron(np.arange(16, dtype="uint8").reshape(4, 4), np.ones((75, 75), "uint8"))
    clear = np.dstack([IMAGE, camera()[:24, :32]])
    before = aewidgets.compress(flat)
    lack(monkeypatch, "WEBP")
    assert aewidgets.decompress(aewidgets.compress(flat)).shape == flat.shape
    np.testing.assert_array_equal(aewidgets.decompress(aewidgets.compress(clear))[..., 3], clear[..., 3])
    with pytest.raises(aewidgets.BitstreamError, match=r"VP8L bitstream.*Pillow .* without WEBP"):
        aewidgets.decompress(before)
    with pytest.raises(aewidgets.ImageError, match=r"a\.webp: Pillow .* without WEBP.*use \.png"):
        write_image(IMAGE, tmp_path / "a.webp")


def test_imagecodecs_without_jpeg_xl_is_as_none(monkeypatch):
    pytest.importorskip("imagecodecs")
    monkeypatch.setattr("aewidgets.codec.jpeg_xl.PathFinder.find_spec", lambda name, path: None)
    assert "jxl" not in codec_names()
    assert "imagecodecs was built here without JPEG XL" in available_codecs().left_out["jxl"]
    with pytest.raises(ValueError, match=r"^jxl: imagecodecs was built here without JPEG XL"):
        get_codec("jxl")
