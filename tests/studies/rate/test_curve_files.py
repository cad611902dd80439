"""Curves survive the way through JSON, ours and CompressAI's."""

import json
import math
import re

import pytest
from skimage.data import astronaut, chelsea

from aewidgets.studies.rate.curve_files import (
    CurveFileError,
    from_compressai,
    from_json,
    read_curves,
    to_compressai,
    to_json,
)
from aewidgets.studies.rate.rate_distortion import rate_distortion

# The first two points of results/image/kodak/mbt2018-mean-vbr-ans.json and webp.json in CompressAI.
OF_2024 = """{"name": "mbt2018-mean-vbr-mse", "description": "Inference (ans)", "results": {
 "psnr-rgb": [27.762981176376343, 29.08172607421875], "ms-ssim-rgb": [0.9164315611124039, 0.9386090611418089],
 "bpp": [0.13599310980902776, 0.19595336914062503],
 "encoding_time": [0.09457553426424663, 0.049073984225591026],
 "decoding_time": [0.04757573207219442, 0.0483685036500295]}}"""
OF_2020 = """{"name": "WebP", "description": "WebP. Pillow version 7.1.2", "results": {
 "psnr": [28.328423711178047, 29.15120466864292], "ms-ssim": [0.9257391567031542, 0.9396422306696574],
 "bpp": [0.23441908094618058, 0.2963358561197917]}}"""


@pytest.fixture(scope="module")
def study():
    images = [("astronaut", astronaut()[:200, :240]), ("chelsea", chelsea()[:180, :100])]
    return rate_distortion(images, ["jpeg", "webp", "png"], {"jpeg": (20, 50, 80), "webp": (10, 50, 90)})


def test_a_study_survives_json(study):
    assert from_json(to_json(study)) == study


def test_json_holds_plain_numbers_only_and_what_machines_look_for(study):
    text = to_json(study)
    assert not re.search(r"NaN|Infinity", text)
    codecs = json.loads(text)["codecs"]
    assert list(codecs) == ["jpeg", "webp", "png"]
    names = {"quality", "bpp", "bpp_ideal", "psnr_db", "ssim", "ms_ssim", "encode_s", "decode_s", "images"}
    assert set(codecs["jpeg"]["points"][0]) == names
    assert codecs["png"]["points"][0]["psnr_db"] is None
    assert {"percent", "low", "high", "interval", "full", "parts", "ms_ssim"} == set(codecs["webp"]["bd_rates"]["jpeg"])


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "expected JSON"),
        ("[]", "JSON object"),
        ("{}", "version 1"),
        ('{"format": "aewidgets rate-distortion", "version": 2}', "version 1, got .* version 2"),
        ('{"format": "aewidgets rate-distortion", "version": 1}', "damaged"),
    ],
)
def test_other_texts_are_no_study(text, words):
    with pytest.raises(CurveFileError, match=words):
        from_json(text)


@pytest.mark.parametrize("text", [OF_2020, OF_2024])
def test_both_forms_of_compressai_are_read(text):
    document = json.loads(text)
    curve = from_compressai(text)
    results = document["results"]
    assert (curve.codec, curve.label) == (document["name"], document["description"])
    assert [p.quality for p in curve.points] == [1, 2]
    assert [p.bpp for p in curve.points] == results["bpp"]
    assert [p.psnr_db for p in curve.points] == (results.get("psnr-rgb") or results["psnr"])
    assert [p.encode_s for p in curve.points] == results.get("encoding_time", [None, None])


def test_the_current_form_is_written_as_it_is_read():
    assert json.loads(to_compressai(from_compressai(OF_2024), "Inference (ans)")) == json.loads(OF_2024)


def test_columns_that_are_not_known_for_all_points_are_left_out(study):
    results = json.loads(to_compressai(study.curve("jpeg")))["results"]
    assert set(results) == {"psnr-rgb", "bpp", "encoding_time", "decoding_time"}
    assert json.loads(to_compressai(study.curve("png")))["results"]["bpp"] == []
    assert study.curve("png").points[0].psnr_db == math.inf


@pytest.mark.parametrize(
    "text, words",
    [
        ("{", "expected JSON"),
        ('{"name": "x"}', "CompressAI's form"),
        ('{"name": "x", "results": {"bpp": [1]}}', "expected lists bpp and psnr-rgb or psnr"),
        ('{"name": "x", "results": {"bpp": [1], "psnr": [30, 31]}}', "one length"),
        ('{"name": "x", "results": {"bpp": [1, 2], "psnr": [30, NaN]}}', "finite numbers"),
    ],
)
def test_other_texts_are_no_curve(text, words):
    with pytest.raises(CurveFileError, match=words):
        from_compressai(text)


def test_curves_are_read_from_either_form(study):
    assert read_curves(to_json(study)) == study.curves
    assert read_curves(OF_2024) == (from_compressai(OF_2024),)
