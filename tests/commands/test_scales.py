"""The scale of a picture goes with it on request, whichever way its format writes it; else the command says so."""

import io

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from PIL import Image

from aewidgets.cli import main
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import read_picture

GRAY = np.random.default_rng(0).integers(0, 256, (3, 4), "uint8").repeat(8, 0).repeat(8, 1)
COLOUR = np.dstack([GRAY, GRAY[::-1], GRAY])
DEEP = GRAY * np.uint16(257)
OME = {"axes": "YX", "PhysicalSizeX": 0.22, "PhysicalSizeXUnit": "\u00b5m"}


def by_pillow(samples, name, **options):
    def make(folder):
        path = folder / name
        Image.fromarray(samples).save(path, **options)
        return path

    return make


def by_tifffile(samples, name="a.tif", **options):
    def make(folder):
        path = folder / name
        tifffile.imwrite(path, samples, **options)
        return path

    return make


def exif_of(**entries):
    exif = Image.Exif()
    exif.update({int(tag[1:], 16): value for tag, value in entries.items()})
    return exif.tobytes()


RESOLVED = exif_of(x011A=400.0, x011B=200.0, x0128=2)
SOURCES = {
    # name -> maker, dots per inch or None, words of the description
    "TIFF": (by_pillow(COLOUR, "a.tif", dpi=(400, 200)), (400, 200), ""),
    "TIFF in centimetres": (
        by_tifffile(COLOUR, resolution=(100, 50), resolutionunit="CENTIMETER", photometric="rgb", metadata=None),
        (254, 127), "",
    ),
    "PNG": (by_pillow(COLOUR, "a.png", dpi=(400, 200)), (400, 200), ""),
    "JPEG": (by_pillow(GRAY, "a.jpg", dpi=(400, 200)), (400, 200), ""),
    "JPEG with EXIF": (by_pillow(COLOUR, "a.jpg", exif=RESOLVED), (400, 200), ""),
    "WebP": (by_pillow(COLOUR, "a.webp", lossless=True, exif=RESOLVED), (400, 200), ""),
    "BMP": (by_pillow(COLOUR, "a.bmp", dpi=(400, 200)), (400, 200), ""),
    "ImageJ": (by_tifffile(GRAY, imagej=True, resolution=(4.5, 2.5), metadata={"unit": "um"}), None, "unit=um"),
    "OME": (by_tifffile(GRAY, "a.ome.tif", metadata=OME), None, 'PhysicalSizeXUnit="\u00b5m"'),
    "16 bits, TIFF": (
        by_tifffile(COLOUR * np.uint16(257), resolution=(400, 200), photometric="rgb", metadata=None), (400, 200), "",
    ),
    "16 bits, PNG": (by_pillow(DEEP, "a.png", dpi=(400, 200)), (400, 200), ""),
    "16 bits, ImageJ": (
        by_tifffile(DEEP, imagej=True, resolution=(4.5, 2.5), metadata={"unit": "um"}), None, "unit=um",
    ),
    "16 bits, OME": (by_tifffile(DEEP, "a.ome.tif", metadata=OME), None, 'PhysicalSizeXUnit="\u00b5m"'),
}  # fmt: skip


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def told(path):
    """Return the dots per inch, the bare resolution of a TIFF, and the description that a file tells."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            tags = file.pages[0].tags
            found = {name: tags[name].value for name in ("XResolution", "YResolution") if name in tags}
            bare = tuple(a / b for a, b in found.values())
            description = tags["ImageDescription"].value if "ImageDescription" in tags else ""
            return {2: bare, 3: tuple(2.54 * n for n in bare)}.get(tags["ResolutionUnit"].value), bare, description
    with Image.open(path) as picture:
        exif = picture.getexif()
        description = str(exif.get(0x010E, "")).encode("latin-1").decode("utf-8")
        unit = {2: 1, 3: 2.54}.get(exif.get(0x0128, 0))
        by_exif = (float(exif[0x011A]) * unit, float(exif[0x011B]) * unit) if unit else None
        if path.suffix == ".webp":
            return by_exif, None, description
        assert not unit or picture.info["dpi"] == pytest.approx(by_exif, rel=1e-4)
        return picture.info.get("dpi"), None, description


def outputs():
    for name in SOURCES:
        deep, png = name.startswith("16"), "PNG" in name
        for command in ("denoise",) if deep else ("denoise", "decompress"):
            for suffix in (".png" if png else ".tif",) if deep else (".png", ".tif", ".webp"):
                yield pytest.param(name, command, suffix, id=f"{name}, {command} {suffix}")


@pytest.mark.parametrize(("name", "command", "suffix"), list(outputs()))
def test_the_scale_goes_with_a_picture_on_request(name, command, suffix, tmp_path):
    make, dpi, words = SOURCES[name]
    source, out = make(tmp_path), tmp_path / f"out{suffix}"
    if command == "denoise":
        result = run("denoise", source, "-o", out, "--method", "median", "--keep-metadata")
    else:
        packed = tmp_path / "a.aew"
        packed.write_bytes(Packer(read_picture(source, metadata="safe"), None).lossless())
        result = run("decompress", packed, "-o", out)
    assert result.exit_code == 0, result.output
    assert "without" not in result.output
    got, bare, description = told(out)
    assert got == (None if dpi is None else pytest.approx(dpi, rel=1e-4))
    assert words in description
    if source.suffix == ".tif" == suffix:
        assert bare == pytest.approx(told(source)[1])
        with tifffile.TiffFile(source) as before, tifffile.TiffFile(out) as after:
            assert (before.is_imagej, before.is_ome) == (after.is_imagej, after.is_ome)


@pytest.mark.parametrize("name", SOURCES)
def test_a_scale_that_is_not_kept_is_named(name, tmp_path):
    source = SOURCES[name][0](tmp_path)
    suffix = ".png" if "PNG" in name else ".tif"
    result = run("denoise", source, "-o", tmp_path / f"out{suffix}", "--method", "median")
    assert result.exit_code == 0 and "without its scale (--keep-metadata keeps it)" in result.output
    if not name.startswith("16"):
        assert read_picture(source).scale_lost and not read_picture(source, metadata="safe").scale_lost


@pytest.mark.parametrize("dpi", [None, (72, 72), (96, 96), (1, 1)])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp"])
def test_what_programs_write_where_nobody_gave_a_scale_is_none(dpi, suffix, tmp_path):
    path = by_pillow(COLOUR, f"a{suffix}", **({"dpi": dpi} if dpi else {}))(tmp_path)
    assert not read_picture(path).scale_lost


def test_a_picture_that_is_turned_takes_its_scale_along(tmp_path):
    exif = exif_of(x0112=6, x011A=400.0, x011B=200.0, x0128=2)
    path = by_pillow(COLOUR, "a.jpg", exif=exif)(tmp_path)
    assert run("denoise", path, "-o", tmp_path / "b.tif", "--method", "median", "--keep-metadata").exit_code == 0
    assert told(tmp_path / "b.tif")[0] == (200, 400)


@pytest.mark.parametrize("suffix", [".bmp", ".ppm"])
@pytest.mark.parametrize("command", ["denoise", "decompress"])
def test_what_a_format_does_not_hold_is_named(command, suffix, tmp_path):
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = by_pillow(COLOUR, "a.png", icc_profile=icc, exif=exif_of(x010F="maker"))(tmp_path)
    (tmp_path / "a.aew").write_bytes(Packer(read_picture(source, metadata="safe"), None).lossless())
    options = ["--method", "median", "--keep-metadata"] if command == "denoise" else []
    source = source if command == "denoise" else tmp_path / "a.aew"
    result = run(command, source, "-o", tmp_path / f"b{suffix}", *options)
    assert f"without its colour profile and metadata, which {suffix} does not hold" in result.output
    result = run(command, source, "-o", tmp_path / "c.png", *options)
    assert result.exit_code == 0 and "without" not in result.output


def test_texts_beyond_ascii_stay_what_they_are(tmp_path):
    out = io.BytesIO()
    Image.fromarray(COLOUR).save(out, "PNG", exif=exif_of(x013B="J\u00fcrgen \u5c71".encode(), x8298=b"\xa9 2026"))
    (tmp_path / "a.png").write_bytes(out.getvalue())
    for suffix in (".png", ".tif", ".webp"):
        path = tmp_path / f"b{suffix}"
        assert run("denoise", tmp_path / "a.png", "-o", path, "--method", "median", "--keep-metadata").exit_code == 0
        exif = Image.open(io.BytesIO(path.read_bytes())).getexif()
        assert exif[0x013B].encode("latin-1").decode() == "J\u00fcrgen \u5c71"
        assert exif[0x8298].encode("latin-1") == b"\xa9 2026"


def test_sixteen_bits_keep_entries_and_name_those_of_the_camera(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif.get_ifd(0x8769)[0x829A] = 0.01
    exif[0x8769] = exif.get_ifd(0x8769)
    exif.get_ifd(0x8825)[1] = "N"
    Image.fromarray(DEEP).save(tmp_path / "a.tif", exif=exif)
    Image.fromarray(DEEP).save(tmp_path / "a.png", exif=exif)
    for suffix, camera in ((".tif", False), (".png", True)):
        path = tmp_path / f"b{suffix}"
        result = run("denoise", tmp_path / f"a{suffix}", "-o", path, "--method", "median", "--keep-metadata")
        assert result.exit_code == 0 and ("without the camera's settings" in result.output) != camera
        got = Image.open(io.BytesIO(path.read_bytes())).getexif()
        assert got[0x010F] == "maker" and bool(got.get_ifd(0x8769)) == camera and not got.get_ifd(0x8825)
