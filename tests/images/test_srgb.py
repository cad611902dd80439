"""Conversion to sRGB against formulas, within a level: IEC 61966-2-1 and the primaries of other spaces."""

import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from odd import saved, srgb
from PIL import Image

import aewidgets
import aewidgets.pillow
from aewidgets.cli import main
from aewidgets.codec.compression import open_aew
from aewidgets.codec.files.picture import read_picture
from aewidgets.images import profiles
from aewidgets.images.arrays import ImageError
from aewidgets.system.notices import Notice

SAMPLES = np.random.default_rng(2).integers(0, 256, (24, 32, 3), "uint8")
SAMPLES[:4] = SAMPLES[:4, :, :1]  # grays
P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))


def light(samples: np.ndarray) -> np.ndarray:
    """Return the light of sRGB's curve."""
    x = samples / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def sample(light: np.ndarray) -> np.ndarray:
    """Return sRGB's samples of light, clipped."""
    x = np.clip(light, 0, 1)
    return 255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def matrix(primaries: tuple) -> np.ndarray:
    """Return the matrix from light of primaries under D65 to XYZ (SMPTE RP 177)."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return columns * np.linalg.solve(columns, white)


SPACES = {
    "Display P3": (P3, profiles.SRGB_CURVE, light),
    "Adobe RGB": (ADOBE, profiles.gamma_curve(profiles.ADOBE_GAMMA), lambda x: (x / 255) ** (2 + 51 / 256)),
    "sRGB's primaries, linear": (profiles.SRGB_PRIMARIES, profiles.gamma_curve(1), lambda x: x / 255),
    "sRGB": (profiles.SRGB_PRIMARIES, profiles.SRGB_CURVE, light),
}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("alpha", [False, True])
def test_colours_are_converted_as_the_formulas_say(space: str, alpha: bool):
    primaries, curve, to_light = SPACES[space]
    given = np.dstack([SAMPLES, np.arange(768, dtype="uint8").reshape(24, 32) | 1]) if alpha else SAMPLES
    data = saved(given, "PNG", icc_profile=profiles.rgb_profile(primaries, profiles.D65, curve))
    with pytest.warns(Notice, match="converted to sRGB through its colour profile, rounded to 8 bits"):
        picture = read_picture(data, profile="srgb")
    assert picture.icc == b""
    to_srgb = np.linalg.inv(matrix(profiles.SRGB_PRIMARIES)) @ matrix(primaries)
    linear = to_light(SAMPLES) @ to_srgb.T
    reached = ((linear > -0.001) & (linear < 1.001)).all(axis=2)  # others become the nearest there is
    assert reached.mean() > 0.3
    assert np.abs(picture.colour[reached] - sample(linear)[reached]).max() <= 1.0
    if alpha:
        np.testing.assert_array_equal(picture.alpha, given[..., 3])


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2])
def test_gray_stays_gray(exponent: float):
    gray = np.arange(256, dtype="uint8").reshape(16, 16)
    curve = profiles.gamma_curve(exponent)
    for icc in (profiles.gray_profile(curve), profiles.rgb_profile(P3, profiles.D65, curve)):
        with pytest.warns(Notice, match="converted to sRGB"):
            picture = read_picture(saved(gray, "PNG", icc_profile=icc), profile="srgb")
        assert picture.gray and picture.icc == b""
        assert np.abs(picture.colour - sample((gray / 255) ** exponent)).max() <= 1.0


def test_gray_under_a_curve_for_each_channel_becomes_colour():
    curves = tuple(map(profiles.gamma_curve, (1.0, 1.8, 2.2)))
    icc = profiles.rgb_profile(profiles.SRGB_PRIMARIES, profiles.D65, curves)
    data = saved(SAMPLES[..., 0], "PNG", icc_profile=icc)
    with pytest.raises(ImageError, match="no one curve for gray"):
        read_picture(data)
    with pytest.warns(Notice, match="converted to sRGB"):
        colour = read_picture(data, profile="srgb").colour
    wanted = np.dstack([sample((SAMPLES[..., 0] / 255) ** g) for g in (1.0, 1.8, 2.2)])
    inside = (wanted < 254).all(axis=2)
    assert np.abs(colour - wanted)[inside].max() <= 1.5


@pytest.mark.filterwarnings("error")
def test_without_a_profile_nothing_is_changed_and_nothing_said():
    for given in (SAMPLES, SAMPLES[..., 0], SAMPLES[..., :1], saved(SAMPLES, "PNG")):
        plain = read_picture(given)
        same = read_picture(given, profile="srgb")
        np.testing.assert_array_equal(same.samples, plain.samples)
        assert same.icc == b""
    dropped = read_picture(saved(SAMPLES, "PNG", icc_profile=srgb()), profile="drop")
    np.testing.assert_array_equal(dropped.samples, SAMPLES)
    assert dropped.icc == b""


def test_profiles_that_cannot_be_used_are_refused_with_what_to_do():
    from odd import profile

    for icc in (profile(b"RGB "), profile(b"GRAY")):
        samples = SAMPLES if icc[16:20] == b"RGB " else SAMPLES[..., 0]
        with pytest.raises(ImageError, match=r"with a profile that cannot be used .*; convert it to sRGB first"):
            read_picture(saved(samples, "PNG", icc_profile=icc), profile="srgb")
    with pytest.raises(ValueError, match="profile: expected one of keep, drop, srgb, got 'p3'"):
        read_picture(SAMPLES, profile="p3")


def test_commands_and_the_plug_in_convert_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    icc = profiles.rgb_profile(P3, profiles.D65, profiles.SRGB_CURVE)
    Path("a.png").write_bytes(saved(SAMPLES, "PNG", icc_profile=icc))
    with pytest.warns(Notice):
        wanted = aewidgets.compress("a.png", lossless=True, profile="srgb")
    run = CliRunner().invoke
    done = run(main, ["compress", "a.png", "--lossless", "--to-srgb"])
    assert done.exit_code == 0 and "note: a.png: converted to sRGB through its colour profile" in done.stderr
    assert Path("a.aew").read_bytes() == wanted
    with pytest.warns(Notice), Image.open("a.png") as picture:
        picture.save("b.aew", lossless=True, profile="srgb")
        picture.save("c.aew", lossless=True, profile="srgb", exif=b"")
    assert Path("b.aew").read_bytes() == wanted == Path("c.aew").read_bytes()
    with pytest.warns(Notice):
        made = io.BytesIO()
        Image.fromarray(SAMPLES).save(made, "AEW", lossless=True, icc_profile=icc, profile="srgb")
    assert made.getvalue() == wanted
    plain = run(main, ["compress", "a.png", "--lossless", "--no-profile", "-o", "d.aew"])
    assert plain.exit_code == 0 and open_aew("d.aew").icc == b""
    np.testing.assert_array_equal(open_aew("d.aew").samples, SAMPLES)
    for command in (["compress", "a.png"], ["denoise", "a.png", "-o", "e.png"]):
        both = run(main, [*command, "--no-profile", "--to-srgb"])
        assert both.exit_code == 2 and "exclude each other; give one" in both.stderr
    done = run(main, ["denoise", "a.png", "-o", "e.png", "--method", "median", "--to-srgb"])
    assert done.exit_code == 0 and "note: a.png: converted to sRGB" in done.stderr
    with Image.open("e.png") as picture:
        assert "icc_profile" not in picture.info


@pytest.mark.long
def test_a_command_says_it_of_each_picture_whichever_process_converts_it(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    icc = profiles.rgb_profile(P3, profiles.D65, profiles.SRGB_CURVE)
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(saved(SAMPLES, "PNG", icc_profile=icc))
    for jobs in ("1", "2"):
        options = ["--lossless", "--to-srgb", "--overwrite", "--jobs", jobs]
        done = CliRunner().invoke(main, ["compress", "a.png", "b.png", *options])
        assert done.exit_code == 0, done.output
        words = "converted to sRGB through its colour profile, rounded to 8 bits"
        assert sorted(done.stderr.splitlines()) == [f"note: {name}: {words}" for name in ("a.png", "b.png")]
