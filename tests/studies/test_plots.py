"""Figures show what results hold, tell codecs apart, and need no network."""

import re

import numpy as np
import pytest
from skimage.data import astronaut, chelsea

pytest.importorskip("plotly", reason="plotly comes with the lab and report extras")

from aewidgets.studies.plots import (
    CONFIG,
    bit_map,
    bits_by_group,
    error_curves,
    psnr_curves,
    rate_distortion_curves,
    rate_distortion_page,
)
from aewidgets.studies.rate.rate_distortion import CodecCurve, Point, compare, rate_distortion


@pytest.fixture(scope="module")
def study():
    images = [("astronaut", astronaut()[:180, :240]), ("chelsea", chelsea()[:180, :200])]
    ladders = {"jpeg": (90, 20, 50), "webp": (10, 50, 90)}
    return rate_distortion(images, ["jpeg", "webp", "png"], ladders, resamples=20)


def elsewhere(name: str) -> CodecCurve:
    points = [Point(i, 0.2 * i, None, 28 + 3 * i, None, None, None, None) for i in (1, 2, 3)]
    return CodecCurve(name, name, tuple(points))


def test_each_curve_is_drawn_from_few_bits_to_many(study):
    figure = rate_distortion_curves(study)
    drawn = {trace.name: trace for trace in figure.data}
    for curve in study.curves[:2]:
        points = sorted((p.bpp, p.psnr_db) for p in curve.points)
        assert list(zip(drawn[curve.label].x, drawn[curve.label].y, strict=True)) == points
    assert figure.layout.xaxis.type == "log"


def test_lossless_codecs_are_named_with_their_rate_and_draw_no_line(study):
    figure = rate_distortion_curves(study)
    assert len(figure.data) == 2
    assert f"{study.curve('png').points[0].bpp:.2f} bpp" in figure.layout.annotations[0].text


def test_ms_ssim_is_drawn_in_decibels(study):
    figure = rate_distortion_curves(study, "ms_ssim")
    expected = sorted(-10 * np.log10(1 - p.ms_ssim) for p in study.curve("jpeg").points)
    assert list(figure.data[0].y) == pytest.approx(expected)
    with pytest.raises(ValueError, match="expected a quality among"):
        rate_distortion_curves(study, "vmaf")


def test_codecs_differ_in_colour_and_marker_and_keep_their_own(study):
    alone = rate_distortion_curves([study.curve("webp")]).data[0]
    many = rate_distortion_curves([*study.curves, *(elsewhere(n) for n in "abcde")])
    assert len({(t.line.color, t.marker.symbol) for t in many.data}) == len(many.data) == 7
    assert alone.line.color == {t.name: t.line.color for t in many.data}[alone.name]


def test_curves_beyond_the_palette_are_dashed():
    many = rate_distortion_curves([elsewhere(f"c{i}") for i in range(12)])
    assert len({(t.line.color, t.line.dash) for t in many.data}) == 12


def test_the_bit_map_lies_over_the_picture():
    image = astronaut()[:100, :150]
    bits = np.arange(70.0).reshape(7, 10)
    figure = bit_map(bits, image)
    heat = figure.data[1]
    np.testing.assert_array_equal(heat.z, bits)
    assert (heat.y0 - 7.5, heat.dy, heat.x0 - 7.5, heat.dx) == (0, 16, 0, 16)
    assert tuple(figure.layout.yaxis.range) == (99.5, -0.5)
    with pytest.raises(ValueError, match="do not cover"):
        bit_map(bits[:6], image)
    with pytest.raises(ValueError, match="expected bits"):
        bit_map(bits[0], image)


def test_groups_and_the_rest_add_up_to_the_file():
    assert sum(bits_by_group([10, 20, 30], 100).data[0].x) == 100
    with pytest.raises(ValueError, match="at most 50"):
        bits_by_group([10, 20, 30], 50)


def test_error_curves_hold_every_error_on_a_logarithmic_axis():
    curves = {"PCA": {8: 0.02, 2: 0.05}, "dense": {epoch: 1 / epoch for epoch in range(1, 31)}}
    figure = error_curves(curves, "epoch")
    assert {t.name: dict(zip(t.x, t.y, strict=True)) for t in figure.data} == curves
    assert all(list(t.x) == sorted(t.x) for t in figure.data)
    assert [t.mode for t in figure.data] == ["lines+markers", "lines"]
    assert figure.layout.yaxis.type == "log" and figure.layout.xaxis.title.text == "epoch"


def test_psnr_curves_hold_every_figure_in_plain_decibels():
    curves = {"learned": {25: 30.1, 15: 33.0}, "nlm": {15: 31.2, 25: 28.5}}
    figure = psnr_curves(curves, "noise level")
    assert {t.name: dict(zip(t.x, t.y, strict=True)) for t in figure.data} == curves
    assert figure.layout.yaxis.type is None and figure.layout.yaxis.title.text == "PSNR, dB"


def test_the_names_of_lines_stand_above_them_and_cover_none(study):
    lines = {"a": {1: 2.0}}
    figures = rate_distortion_curves(study), error_curves(lines, "epoch"), psnr_curves(lines, "level")
    for figure in figures:
        legend = figure.layout.legend
        assert (legend.orientation, legend.yanchor) == ("h", "bottom") and legend.y > 1


@pytest.mark.parametrize("draw", [error_curves, psnr_curves])
def test_a_band_lies_around_its_line_and_is_left_out_where_nothing_is_known(draw):
    curves = {"a": {5: 3.0, 15: 2.0, 25: 4.0}, "b": {5: 1.0, 15: 1.0}}
    band, line, other = draw(curves, "noise level", bands={"a": {5: 0.5, 15: None, 25: 3.9}, "b": {5: np.nan}}).data
    assert (line.name, other.name) == ("a", "b")
    assert list(band.x) == [5, 25, 25, 5]
    assert list(band.y) == pytest.approx([3.5, 7.9, 0.4 if draw is error_curves else 0.1, 2.5])
    assert band.legendgroup == line.legendgroup and not band.showlegend
    assert band.fillcolor.startswith("rgba(") and line.line.color == "#0072B2"


@pytest.mark.parametrize("draw", [error_curves, psnr_curves])
def test_curves_of_any_number_of_points_are_drawn_and_what_cannot_be_is_named(draw):
    def corner(figure):
        return [note.text for note in figure.layout.annotations]

    assert corner(draw({"a": {1: 0.5}, "b": {1: 0.5, 2: 0.7}}, "x")) == []
    gaps = draw({"a": {1: np.inf, 2: 0.5, 3: None}, "b": {}, "c": {4: np.nan}}, "x")
    assert {t.name: (*t.x, *t.y) for t in gaps.data} == {"a": (2, 0.5)}
    assert corner(gaps) == ["a: nothing to draw at 1, 3<br>c: nothing to draw at 4"]
    assert corner(draw({}, "x")) == corner(draw({"a": {}}, "x")) == ["nothing to draw: there is no point"]


def test_an_error_of_zero_has_no_place_on_a_logarithmic_axis():
    (note,) = error_curves({"PCA": {2: 0.1, 64: 0.0}}, "numbers").layout.annotations
    assert note.text == "PCA: nothing to draw at 64"


def test_a_chart_without_a_point_says_why():
    image = np.arange(64 * 64, dtype="uint8").reshape(64, 64)
    curves = rate_distortion([("small", image)], ["jpeg"], {"jpeg": (50,)}).curves
    assert not rate_distortion_curves(curves).layout.annotations
    (note,) = rate_distortion_curves(curves, "ms_ssim").layout.annotations
    assert note.text == "nothing to draw: MS-SSIM is known for pictures of 176 pixels a side or more"


def test_the_page_is_self_contained_with_plotly_once(study):
    page = rate_distortion_page(compare([*study.curves, elsewhere("<vtm>")], study.images), "faces & cats")
    assert page.count("Plotly.newPlot(") >= 2
    assert len(re.findall(r"plotly\.js v\d", page)) == 1
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "faces &amp; cats, 2 images" in page and "&lt;vtm&gt;" in page
    assert '"displaylogo": false' in page


def test_the_shared_configuration_sends_nothing_anywhere():
    assert CONFIG["modeBarButtonsToRemove"] == ["sendChartToCloud"]
