"""Colours that a file tells other than by a profile are kept as one that shows the same colours."""

import io
import struct

import numpy as np
import pytest
from picture_kinds import nclx, png, saved
from PIL import Image, ImageCms

from aewidgets.codec.files.picture import read_picture
from aewidgets.images import profiles

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (8, 8, 3), dtype="uint8")
RAMP = np.arange(256, dtype="uint8").reshape(16, 16)
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
# Display P3 to linear sRGB (W3C, CSS Color 4, sample code: product of its two matrices)
P3_TO_SRGB = np.array([[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786361, 1.0982736]])


def in_srgb(samples, icc):
    """Return what a colour-managed viewer shows: the samples converted by LittleCMS."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    srgb = ImageCms.createProfile("sRGB")
    shown = ImageCms.profileToProfile(Image.fromarray(samples), source, srgb, renderingIntent=1, outputMode="RGB")
    return np.asarray(shown).astype(int)


def linear(x):
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def encoded(x):
    x = np.clip(x, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


P3_SHOWN = np.rint(255 * encoded(linear(COLOUR / 255) @ P3_TO_SRGB.T)).astype(int)


def test_a_profile_of_srgb_changes_nothing():
    icc = profiles.rgb_profile(profiles.SRGB_PRIMARIES, profiles.D65, profiles.SRGB_CURVE)
    assert np.abs(in_srgb(COLOUR, icc) - COLOUR).max() <= 1
    assert len(icc) < 600


def test_p3_is_shown_as_w3c_says():
    icc = profiles.rgb_profile(P3, profiles.D65, profiles.SRGB_CURVE)
    assert np.abs(in_srgb(COLOUR, icc) - P3_SHOWN).max() <= 2


def test_png_avif_and_tiff_of_p3_have_one_profile():
    codes = png(COLOUR, 8, 2, (b"cICP", bytes((12, 13, 0, 1))))
    points = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    primaries = png(COLOUR, 8, 2, (b"cHRM", struct.pack(">8I", *points)))
    avif = nclx(saved(COLOUR, "AVIF"), 12, 13)
    tiff = saved(COLOUR, "TIFF", tiffinfo={319: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06), 318: (0.3127, 0.329)})
    found = [read_picture(data).icc for data in (codes, primaries, avif, tiff)]
    assert np.abs(in_srgb(COLOUR, found[0]) - P3_SHOWN).max() <= 2
    for icc in found[1:]:
        assert np.abs(in_srgb(COLOUR, icc) - in_srgb(COLOUR, found[0])).max() <= 1


@pytest.mark.parametrize("gamma", [1.0, 1 / 1.8, 1 / 2.6])
def test_gamma_is_shown_as_the_power_that_it_is(gamma):
    data = png(RAMP, 8, 0, (b"gAMA", struct.pack(">I", round(gamma * 100000))))
    icc = read_picture(data).icc
    wanted = np.rint(255 * encoded((RAMP / 255) ** (1 / gamma)))
    difference = np.abs(in_srgb(RAMP, icc)[..., 1] - wanted).ravel()
    assert difference[8:].max() <= 1  # below, LittleCMS has too few digits for linear light in 8 bits
    carried = Image.open(io.BytesIO(data)).resize((4, 4))
    assert read_picture(carried).icc == icc


def test_adobe_rgb_of_a_camera_is_that_of_the_standard():
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 0xFFFF, 0xA005: {1: "R03"}}
    icc = read_picture(saved(COLOUR, "JPEG", exif=exif)).icc
    shown = in_srgb(np.array([[[0, 255, 0], [128, 128, 128], [200, 100, 50]]], "uint8"), icc)
    np.testing.assert_allclose(shown[0, 0], [0, 255, 0], atol=1)
    np.testing.assert_allclose(shown[0, 1], 128, atol=1)
    assert shown[0, 2, 0] > 220  # redder than in sRGB


def test_the_profile_of_gray_shows_gray_as_that_of_rgb_did():
    linear_rgb = profiles.rgb_profile(P3, profiles.D65, profiles.gamma_curve(1.4))
    data = saved(RAMP, "PNG", icc_profile=linear_rgb)
    icc = read_picture(data).icc
    assert icc[16:20] == b"GRAY"
    repeated = np.dstack([RAMP] * 3)
    assert np.abs(in_srgb(RAMP, icc) - in_srgb(repeated, linear_rgb)).max() <= 2
    back = read_picture(saved(repeated, "PNG", icc_profile=icc)).icc
    assert back[16:20] == b"RGB "
    assert np.abs(in_srgb(repeated, back) - in_srgb(RAMP, icc)).max() <= 2
