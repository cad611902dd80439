"""Commands `compress`, `decompress` and `info`: pictures in and out, targets, folders, exit codes."""

import hashlib
import json
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import tiny
from click.testing import CliRunner
from odd import COLOUR, GRAY, drawing, exif, hidden_noise, saved, srgb
from PIL import Image

from aewidgets.cli import main
from aewidgets.codec.compression import compress, open_aew
from aewidgets.codec.files.picture import read_picture
from aewidgets.images.reading import write_image
from aewidgets.system.cards import pack_weights

pytestmark = pytest.mark.long

PAGE = np.pad(np.full((30, 40, 3), 90, "uint8"), ((40, 40), (30, 60), (0, 0)), constant_values=250)


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """Write the card of the tiny codec's weights for `--model`, also in other processes."""
    path = tmp_path_factory.mktemp("weights") / "tiny.json"
    data = pack_weights(tiny.trained().arrays)
    path.with_suffix(".npz").write_bytes(data)
    path.write_text(json.dumps({"sha256": hashlib.sha256(data).hexdigest()}))
    return path


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    write_image(COLOUR, folder / "cat.png")
    write_image(GRAY, folder / "trip" / "man.tif")
    write_image(hidden_noise(), folder / "trip" / "disc.png")
    write_image(PAGE, folder / "page.webp")
    return folder


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_folder_goes_there_and_back(card, photos, tmp_path, jobs):
    before = {p: p.read_bytes() for p in photos.rglob("*.*")}
    result = run("compress", photos, "-o", tmp_path / "aew", "--model", card, "--jobs", jobs)
    assert result.exit_code == 0, result.output
    assert "lossless" in result.stdout and result.stdout.count(" bpp, ") == 4
    assert {p: p.read_bytes() for p in photos.rglob("*.*")} == before
    result = run("decompress", tmp_path / "aew", "-o", tmp_path / "back", "--model", card)
    assert result.exit_code == 0, result.output
    for name, samples in (("cat", COLOUR), ("trip/man", GRAY), ("trip/disc", hidden_noise()), ("page", PAGE)):
        again = read_picture(tmp_path / "back" / f"{name}.png")
        assert again.samples.shape == samples.shape
    np.testing.assert_array_equal(again.samples, PAGE)
    assert not list(tmp_path.rglob(".*"))  # nothing half-written


def test_a_bad_file_is_named_and_the_exit_code_is_one(card, photos, tmp_path):
    (photos / "broken.jpg").write_bytes(saved(COLOUR, "JPEG")[:500])
    result = run("compress", photos, "-o", tmp_path / "aew", "--model", card)
    assert result.exit_code == 1
    assert "broken.jpg" in result.stderr and "cut short" in result.stderr
    assert len(list((tmp_path / "aew").rglob("*.aew"))) == 4
    (tmp_path / "aew" / "cat.aew").write_bytes(b"AEW no more")
    result = run("decompress", tmp_path / "aew", "-o", tmp_path / "back", "--model", card)
    assert result.exit_code == 1
    assert "cat.aew" in result.stderr
    assert len(list((tmp_path / "back").rglob("*.png"))) == 3


def test_targets_are_met(card, photos, tmp_path):
    out = tmp_path / "cat.aew"
    result = run("compress", photos / "cat.png", "-o", out, "--model", card, "--bytes", 500)
    assert result.exit_code == 0, result.output
    assert 490 <= out.stat().st_size <= 500
    assert "quality " in result.stdout and " encodings" in result.stdout
    result = run("compress", photos / "cat.png", "-o", out, "--model", card, "--bytes", 500)
    assert result.exit_code == 1 and "--overwrite" in result.stderr
    result = run("compress", photos / "cat.png", "-o", out, "--model", card, "--psnr", 99, "--overwrite")
    assert result.exit_code == 1 and "no more than" in result.stderr
    assert 490 <= out.stat().st_size <= 500


@pytest.mark.slow
def test_effort_and_a_region_of_interest_make_files_smaller(card, photos, tmp_path):
    mask = np.zeros(COLOUR.shape[:2], "uint8")
    mask[:, :60] = 255
    write_image(mask, tmp_path / "mask.png")
    sizes = []
    for options in ([], ["--roi", tmp_path / "mask.png"], ["--roi", tmp_path / "mask.png", "--effort", 1]):
        out = tmp_path / "cat.aew"
        result = run("compress", photos / "cat.png", "-o", out, "--model", card, "--overwrite", *options)
        assert result.exit_code == 0, result.output
        sizes.append(out.stat().st_size)
        back = tmp_path / "cat.png"
        assert run("decompress", out, "-o", back, "--model", card, "--overwrite").exit_code == 0
        assert read_picture(back).samples.shape == COLOUR.shape
    assert max(sizes[1:]) < sizes[0]


def test_a_mask_of_another_size_is_refused_in_words(card, photos, tmp_path):
    write_image(GRAY[:20, :30], tmp_path / "mask.png")
    result = run("compress", photos / "cat.png", "--model", card, "--roi", tmp_path / "mask.png")
    assert result.exit_code == 1
    assert "expected 131 x 97 as the picture, got 30 x 20" in " ".join(result.stderr.split())


def test_ctrl_c_takes_the_best_so_far(card, photos, tmp_path):
    """Ctrl-C before the first pass writes the file of effort 0."""
    from aewidgets.commands.codec import _Compressing

    def write(name, **options):
        names = ("num_bytes", "bpp", "psnr_db", "max_pixels", "roi", "keep_times", "frame", "lossless", "max_error")
        absent = dict.fromkeys(names) | {"metadata": "none", "profile": "keep", "bit_depth": None, "to_8_bit": False}
        work = _Compressing(model=str(card), quality=50.0, alone=True, **absent, **options)
        line = work(photos / "cat.png", tmp_path / name)
        return line, (tmp_path / name).read_bytes()

    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    line, stopped = write("stopped.aew", effort=9)
    timer.join()
    _, plain = write("plain.aew", effort=0)
    assert line.endswith("stopped: the best so far")
    assert len(stopped) <= 1.1 * len(plain)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--effort", 10], "10 is not in the range"),
        (["--roi", "absent.png"], "'absent.png' does not exist"),
        (["--bytes", 9, "--bpp", 1], "--bytes and --bpp exclude each other"),
        (["--quality", 9, "--psnr", 30], "--quality and --psnr exclude each other"),
        (["--quality", 0], "0.0 is not in the range"),
        (["--model", "nobody"], "no model is called 'nobody'"),
        (["--model", "absent.json"], "absent.json"),
    ],
)
def test_wrong_options_are_usage_errors(options, words, photos):
    result = run("compress", photos / "cat.png", *options)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_profile_stays_and_metadata_only_on_request_without_the_place(card, tmp_path):
    photo = tmp_path / "phone.jpg"
    photo.write_bytes(saved(COLOUR, "JPEG", icc_profile=srgb(), exif=exif(6)))
    for options, kept in (([], {}), (["--keep-metadata"], {0x010F: "Camera works"})):
        assert run("compress", photo, "--model", card, "--overwrite", *options).exit_code == 0
        assert run("decompress", tmp_path / "phone.aew", "--model", card, "--overwrite").exit_code == 0
        with Image.open(tmp_path / "phone.png") as picture:
            assert picture.size == COLOUR.shape[:2]
            assert picture.info["icc_profile"] == srgb()
            assert kept.items() <= dict(picture.getexif()).items()
            assert not {0x8825, 0x0112} & set(picture.getexif())
            assert bool(kept) == bool(picture.getexif())


def test_info_lists_the_size_of_every_prefix_and_chunk(card, photos):
    disc = photos / "trip" / "disc.png"
    assert run("compress", disc, "--model", card).exit_code == 0
    file = disc.with_suffix(".aew")
    facts = json.loads(run("info", file, "--json").stdout)
    assert facts["alpha"] and not facts["gray"] and not facts["lossless"]
    assert [p["groups"] for p in facts["prefixes"]] == [1, 2, 3]
    sizes = [p["bytes"] for p in facts["prefixes"]]
    assert sizes == sorted(sizes) and sizes[0] == facts["header_bytes"] + facts["stream_bytes"][0]
    assert facts["bytes"] == file.stat().st_size == sizes[-1] + facts["chunk_bytes"]["Alph"] + 4 + 2
    printed = run("info", file).stdout
    assert "--groups 2" in printed and "chunk Alph" in printed and "colour and alpha" in printed
    for groups, code in ((1, 0), (3, 0), (4, 1)):
        out = photos / f"{groups}.png"
        result = run("decompress", file, "-o", out, "--groups", groups, "--model", card)
        assert result.exit_code == code, result.output
        assert out.exists() == (code == 0)


def test_info_on_a_lossless_file_needs_no_model(photos):
    result = run("compress", photos / "page.webp", "-o", photos / "page.aew", "--bpp", 8)
    if result.exit_code == 2:
        pytest.skip("the shipped weights are not in this checkout")
    assert result.exit_code == 0, result.output
    facts = json.loads(run("info", photos / "page.aew", "--json").stdout)
    assert facts["lossless"] and facts["model"] is None and facts["prefixes"] == []
    assert "lossless" in run("info", photos / "page.aew").stdout


def test_info_refuses_what_is_no_such_file(photos):
    result = run("info", photos / "cat.png")
    assert result.exit_code == 1 and "does not start with 'AEW'" in result.stderr


def test_pictures_above_the_cap_are_refused_both_ways(card, photos):
    assert run("compress", photos / "cat.png", "--model", card, "--max-pixels", 99).exit_code == 1
    assert run("compress", photos / "cat.png", "--model", card).exit_code == 0
    result = run("decompress", photos / "cat.aew", "-o", photos / "x.png", "--model", card, "--max-pixels", 99)
    assert result.exit_code == 1 and "max_pixels" in result.stderr
    assert not (photos / "x.png").exists()


def test_a_thin_picture_goes_there_and_back(card, tmp_path):
    line = np.random.default_rng(0).integers(0, 256, (1, 70_000), dtype="uint8")
    write_image(line, tmp_path / "line.png")
    result = run("compress", tmp_path / "line.png", "--model", card, "--quality", 1)
    assert result.exit_code == 0, result.output
    result = run("decompress", tmp_path / "line.aew", "-o", tmp_path / "back.png", "--model", card)
    assert result.exit_code == 0, result.output
    assert read_picture(tmp_path / "back.png").samples.shape == line.shape


def test_decompressing_a_lossless_file_loads_neither_keras_nor_weights(tmp_path):
    from aewidgets.codec.files.packing import Packer
    from aewidgets.codec.files.picture import picture_of

    (tmp_path / "d.aew").write_bytes(Packer(picture_of(drawing()), None).lossless())
    code = (
        "import sys; from aewidgets.cli import main;"
        f"main(['decompress', {str(tmp_path / 'd.aew')!r}], standalone_mode=False);"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'rich', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    np.testing.assert_array_equal(read_picture(tmp_path / "d.png").samples, drawing())


def test_rd_measures_each_effort_as_a_codec_of_its_own(card, photos):
    options = ["--codec", card, "--effort", 0, "--effort", 1, "--codec", "jpeg", "--quality", 30, "--json", "-"]
    result = run("rd", photos / "cat.png", *options, "--quiet")
    assert result.exit_code == 0, result.output
    codecs = json.loads(result.stdout)["codecs"]
    assert list(codecs) == ["tiny", "tiny-effort-1", "jpeg"]
    plain, effort = (codecs[name]["points"][0] for name in ("tiny", "tiny-effort-1"))
    assert effort["bpp"] != plain["bpp"]
    assert effort["encode_s"] > 0


def test_lossless_on_demand_keeps_every_sample_and_refuses_what_would_make_no_difference(photos, tmp_path, card):
    for name in ("cat.png", "trip/man.tif", "trip/disc.png"):
        done = run("compress", photos / name, "-o", tmp_path / "x.aew", "--lossless", "--overwrite")
        assert done.exit_code == 0 and ", lossless" in done.stdout
        data = (tmp_path / "x.aew").read_bytes()
        assert data == compress(photos / name, lossless=True)
        wanted = read_picture(photos / name)
        got = open_aew(data)
        assert got.lossless
        np.testing.assert_array_equal(got.samples if got.alpha is None else got.alpha,
                                      wanted.samples if wanted.alpha is None else wanted.alpha)  # fmt: skip
    for more in (["--quality", "50"], ["--bytes", "900"], ["--effort", "3"], ["--roi", photos / "cat.png"]):
        refused = run("compress", photos / "cat.png", "--lossless", *more)
        assert refused.exit_code == 2 and "exclude each other" in refused.stderr and more[0] in refused.stderr
    for more in ({"quality": 50}, {"effort": 1}, {"mask": COLOUR}):
        with pytest.raises(ValueError, match=f"lossless and {next(iter(more))} exclude"):
            compress(COLOUR, lossless=True, **more)
    assert compress(COLOUR, model=str(card)) == compress(COLOUR, 50, model=str(card))
