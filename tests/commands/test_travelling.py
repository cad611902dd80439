"""Commands keep of the metadata what is asked for, name what a format does not hold, and list what travels along."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from odd import profile
from PIL import Image
from travelling import NOTE, XMP, camera_exif, file, places

from aewidgets.cli import main
from aewidgets.images.whole_metadata import kept_xmp


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("a.jpg").write_bytes(file("JPEG", exif=camera_exif(orientation=6), xmp=XMP))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_info_lists_what_travels_along(run):
    for options, told in ((["--metadata", "all"], ["the place", "a maker's note"]), (["--metadata", "safe"], [])):
        assert run("compress", "a.jpg", "--lossless", "--overwrite", *options).exit_code == 0
        facts = json.loads(run("info", "a.aew", "--json").stdout)
        assert facts["metadata_tell"] == told and facts["metadata_bytes"] > 100
        assert facts["xmp_bytes"] == (len(kept_xmp(XMP)) if told else 0)
        words = run("info", "a.aew").stdout
        assert ("chunk xmp: " in words) == ("the metadata tell: the place, a maker's note" in words) == bool(told)
        assert "not needed" not in words
    safe = Path("a.aew").read_bytes()
    assert run("compress", "a.jpg", "--lossless", "--overwrite", "--keep-metadata").exit_code == 0
    assert Path("a.aew").read_bytes() == safe
    clash = run("compress", "a.jpg", "--metadata", "all", "--keep-metadata")
    assert clash.exit_code == 2 and "--metadata and --keep-metadata exclude each other" in clash.stderr


def test_decompress_writes_all_or_says_what_is_left_out(run):
    assert run("compress", "a.jpg", "--lossless", "--metadata", "all").exit_code == 0
    for suffix, words in ((".png", ""), (".webp", ""), (".tif", ""), (".bmp", "without its metadata")):
        done = run("decompress", "a.aew", "-o", f"a{suffix}")
        assert done.exit_code == 0 and words in done.output and ("without" in done.output) == bool(words), done.output
        if not words:
            with Image.open(f"a{suffix}") as picture:
                assert picture.getexif().get_ifd(0x8825) and picture.info["xmp"] == kept_xmp(XMP)


@pytest.mark.parametrize("metadata", ["none", "safe", "all"])
def test_denoise_keeps_the_same_of_8_and_16_bits(run, metadata: str):
    deep = np.random.default_rng(0).integers(0, 65536, (20, 24), "uint16")
    buffer = io.BytesIO()
    Image.fromarray(deep).save(buffer, "PNG", exif=camera_exif())
    Path("deep.png").write_bytes(buffer.getvalue())
    tags = [(700, 1, len(XMP), XMP, True)]
    tifffile.imwrite("deep.tif", deep, photometric="minisblack", metadata=None, extratags=tags)
    for source, target in (("a.jpg", "b.png"), ("deep.png", "c.png"), ("deep.png", "c.tif"), ("deep.tif", "d.tif")):
        done = run("denoise", source, "-o", target, "--method", "median", "--metadata", metadata)
        assert done.exit_code == 0, done.stderr
        lost = "without the camera's settings and the place, which are not written into 16-bit TIFF" in done.output
        assert lost == (target == "c.tif" and metadata != "none")
        content = Path(target).read_bytes()
        told = any(place in content for place in places()) or NOTE in content
        assert told == (metadata == "all" and target != "c.tif"), (source, target)
    assert tifffile.imread("d.tif").dtype == tifffile.imread("c.tif").dtype == np.uint16
    tifffile.imwrite("icc.tif", deep, photometric="minisblack", metadata=None, iccprofile=profile(b"RGB "))
    options = ["-o", "e.tif", "--method", "median", "--metadata", metadata, "--overwrite"]
    refused = run("denoise", "icc.tif", *options)
    assert refused.exit_code == 1 and "no one curve for gray; leave it out, as --no-profile" in refused.stderr
    assert run("denoise", "icc.tif", *options, "--no-profile").exit_code == 0
    refused = run("denoise", "deep.png", "-o", "x.png", "--method", "median", "--to-srgb")
    assert refused.exit_code == 1 and "more than 8 bits a sample, and sRGB is made of 8 bits here" in refused.stderr
