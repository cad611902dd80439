"""Results of studies as plotly figures, and as a page that needs no network. Measures nothing."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

import numpy as np

from aewidgets.images.arrays import to_rgb
from aewidgets.images.reading import png_bytes
from aewidgets.studies.rate.rate_distortion import CodecCurve, RateDistortion
from aewidgets.system.extras import extras_in_words

with extras_in_words("aewidgets.studies.plots"):
    import plotly.graph_objects as go
    import plotly.io

__all__ = [
    "CONFIG",
    "bit_map",
    "bits_by_group",
    "error_curves",
    "psnr_curves",
    "rate_distortion_curves",
    "rate_distortion_page",
]

#: Name of a line -> value on the horizontal axis -> value on the vertical axis, None where there is none.
Curves = Mapping[str, Mapping[float, float | None]]
#: Plotly's settings for every figure, as in `figure.show(config=CONFIG)`: no logo, and nothing is sent anywhere.
CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["sendChartToCloud"], "responsive": True}

# Okabe and Ito's colours, distinct also for colour-blind readers; markers differ too, for print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#666666", "#000000")
_MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "x", "cross", "star", "hexagon")
# From transparent to opaque, so that the picture shows where few bits go.
_HEAT = ((0, "rgba(255,200,60,0)"), (0.5, "rgba(240,120,20,0.6)"), (1, "rgba(190,0,60,0.9)"))
# Above the lines, in as many rows as it needs: beside or upon them there is no room on a phone.
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"}
# A codec keeps its colour whichever others are drawn.
_SLOTS = {"learned": 0, "jpeg": 1, "webp": 2, "avif": 3, "jpeg2000": 4, "learned-factorised": 5, "png": 6, "jxl": 7}
_BPP_TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 8, 12, 16, 24)
_UNKNOWN = {
    "ssim": "SSIM is known for pictures of 11 pixels a side or more",
    "ms_ssim": "MS-SSIM is known for pictures of 176 pixels a side or more",
}
_FIELDS = {"psnr_db": "PSNR, dB", "ssim": "SSIM", "ms_ssim": "MS-SSIM, dB: -10 log10(1 - value)"}


def rate_distortion_curves(
    result: RateDistortion | Sequence[CodecCurve], quality: str = "psnr_db", *, log_rate: bool = True
) -> go.Figure:
    """Draw quality over bits per pixel, one line per codec; lossless codecs are named with their rate in a corner.

    Where there is nothing to draw, the corner says why.

    Args:
        result: a study, or curves.
        quality: "psnr_db", "ssim" or "ms_ssim"; MS-SSIM is drawn in decibels, -10 log10(1 - value), because
            everything of interest lies between 0.95 and 1.
        log_rate: whether the axis of bits per pixel is logarithmic, so that equal savings are equal distances.

    Raises:
        ValueError: for an unknown quality.
    """
    if quality not in _FIELDS:
        raise ValueError(f"expected a quality among {', '.join(_FIELDS)}, got {quality!r}")
    curves = result.curves if isinstance(result, RateDistortion) else tuple(result)
    figure = go.Figure()
    lossless = []
    for curve, style in zip(curves, _styles([c.codec for c in curves]), strict=True):
        lossless += [f"{curve.label}: {p.bpp:.2f} bpp" for p in curve.points if np.isinf(p.psnr_db)]
        points = [(p, _height(getattr(p, quality), quality)) for p in curve.points if np.isfinite(p.psnr_db)]
        drawn = sorted(((p, y) for p, y in points if y is not None), key=lambda pair: pair[0].bpp)
        if not drawn:
            continue
        figure.add_scatter(
            x=[p.bpp for p, _ in drawn],
            y=[y for _, y in drawn],
            customdata=[[_text(p.quality), _text(p.encode_s), _text(p.decode_s)] for p, _ in drawn],
            name=curve.label,
            mode="lines+markers",
            **style,
            hovertemplate="%{x:.3f} bpp, %{y:.2f}<br>quality %{customdata[0]}<br>"
            "encode %{customdata[1]} s, decode %{customdata[2]} s<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        template="plotly_white",
        xaxis={"title": {"text": "bits per pixel, all bytes of the file"}},
        yaxis={"title": {"text": _FIELDS[quality]}},
        legend=_LEGEND,
        margin={"l": 60, "r": 20, "t": 30, "b": 55},
        height=520,
    )
    if not figure.data and not lossless:
        lossless = [f"nothing to draw: {_UNKNOWN.get(quality, 'there is no point')}"]
    _in_corner(figure, lossless)
    if log_rate:
        figure.update_xaxes(type="log", tickvals=_BPP_TICKS, ticktext=[f"{v:g}" for v in _BPP_TICKS])
    return figure


def bit_map(
    bits: np.ndarray, image: np.ndarray, *, stride: int = 16, title: str = "bits per latent position"
) -> go.Figure:
    """Draw the bits of a file by position, over the picture in gray.

    Args:
        bits: (h, w), bits of each latent position, not negative.
        image: the picture, uint8 (H, W) or (H, W, 3).
        stride: side, in pixels, of the square that a position stands for; parts past the edge of the picture are not
            drawn.
        title: title above the figure.

    Raises:
        ValueError: for bits of another shape, or positions that do not cover the picture.
    """
    bits = np.asarray(bits, dtype=float)
    if bits.ndim != 2 or min(bits.shape) < 1:
        raise ValueError(f"expected bits of shape (h, w), got {bits.shape}")
    height, width = image.shape[:2]
    gray = np.asarray(to_rgb(image)).mean(axis=2).astype(np.uint8)
    if bits.shape[0] * stride < height or bits.shape[1] * stride < width:
        raise ValueError(f"{bits.shape} positions of {stride} pixels do not cover {height}x{width}")
    figure = go.Figure()
    source = "data:image/png;base64," + base64.b64encode(png_bytes(gray)).decode()
    figure.add_image(source=source, hoverinfo="skip")
    figure.add_heatmap(
        z=bits,
        x0=(stride - 1) / 2,
        dx=stride,
        y0=(stride - 1) / 2,
        dy=stride,
        zmin=0,
        colorscale=_HEAT,
        colorbar={"title": {"text": "bits"}},
        hovertemplate="%{z:.1f} bits at row %{y:.0f}, column %{x:.0f}<extra></extra>",
    )
    margin = {"l": 10, "r": 10, "t": 50, "b": 10}
    figure.update_layout(template="plotly_white", title={"text": title}, margin=margin, height=560)
    figure.update_xaxes(visible=False, range=[-0.5, width - 0.5], constrain="domain")
    figure.update_yaxes(visible=False, range=[height - 0.5, -0.5], scaleanchor="x", constrain="domain")
    return figure


def bits_by_group(group_bytes: Sequence[int], total_bytes: int) -> go.Figure:
    """Draw the share of each substream in a file, lowest frequencies first, and that of the header.

    Raises:
        ValueError: for substreams that are larger than the file.
    """
    rest = total_bytes - sum(group_bytes)
    if rest < 0:
        raise ValueError(f"expected groups of at most {total_bytes} bytes together, got {sum(group_bytes)}")
    names = [f"substream {number}" for number in range(1, len(group_bytes) + 1)]
    figure = go.Figure(
        go.Bar(
            x=[*group_bytes, rest],
            y=[*names, "header"],
            orientation="h",
            marker_color=[*[_COLOURS[0]] * len(names), _COLOURS[7]],
            text=[f"{100 * value / total_bytes:.1f} %" for value in (*group_bytes, rest)],
            hovertemplate="%{y}: %{x} bytes<extra></extra>",
        )
    )
    figure.update_layout(
        template="plotly_white",
        xaxis={"title": {"text": "bytes"}},
        yaxis={"autorange": "reversed"},
        margin={"l": 10, "r": 10, "t": 20, "b": 50},
        height=80 + 40 * (len(names) + 1),
    )
    return figure


def error_curves(curves: Curves, over: str, *, bands: Curves | None = None) -> go.Figure:
    """Draw mean squared errors on a logarithmic axis, one line a model.

    Args:
        curves: name -> value on the horizontal axis -> error; one that is None, 0 or not finite has no place on
            the axis, and is named in a corner.
        over: title of the horizontal axis, such as "epoch".
        bands: name -> value on the horizontal axis -> half the height of a band around the line, such as two standard
            errors; below, a band ends at a tenth of the line, for the axis has no zero.
    """
    drawn = {name: {x: y if y is None or y > 0 else None for x, y in curve.items()} for name, curve in curves.items()}
    figure = _lines(drawn, over, "mean squared error", 5, bands, least=0.1)
    ticks = [digit * 10.0**power for power in range(-8, 2) for digit in (1, 2, 5)]
    figure.update_yaxes(type="log", tickvals=ticks, ticktext=[f"{value:g}" for value in ticks])
    return figure


def psnr_curves(curves: Curves, over: str, *, bands: Curves | None = None) -> go.Figure:
    """Draw PSNR in dB, one line a method.

    Args:
        curves: name -> value on the horizontal axis -> dB; one that is None or infinite is named in a corner.
        over: title of the horizontal axis, such as "noise level".
        bands: name -> value on the horizontal axis -> half the height of a band around the line in dB, such as two
            standard errors; there is no band where it is missing, None or not finite.
    """
    return _lines(curves, over, _FIELDS["psnr_db"], 2, bands)


def _in_corner(figure: go.Figure, lines: Sequence[str]) -> None:
    """Write lines of text into the upper left corner of a figure."""
    if lines:
        corner = {"x": 0.01, "y": 0.99, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
        figure.add_annotation(text="<br>".join(lines), showarrow=False, align="left", **corner)


def _lines(
    curves: Curves, over: str, of: str, digits: int, bands: Curves | None = None, least: float | None = None
) -> go.Figure:
    """Draw curves as lines, each over its band; `least` is the share of the line that a band does not fall below."""
    figure = go.Figure()
    left_out = []
    for name, style in zip(curves, _styles([*curves]), strict=True):
        points = sorted((x, y) for x, y in curves[name].items() if y is not None and np.isfinite(y))
        if len(points) < len(curves[name]):
            others = [f"{x:g}" for x, y in sorted(curves[name].items()) if (x, y) not in points]
            left_out.append(f"{name}: nothing to draw at {', '.join(others)}")
        if not points:
            continue
        x, y = zip(*points, strict=True)
        _add_band(figure, name, points, (bands or {}).get(name, {}), style["line"]["color"], least)
        hover = f"{over} %{{x}}: %{{y:.{digits}f}}<extra>%{{fullData.name}}</extra>"
        mode = "lines+markers" if len(x) <= 20 else "lines"
        figure.add_scatter(x=x, y=y, name=name, legendgroup=name, mode=mode, **style, hovertemplate=hover)
    figure.update_layout(
        template="plotly_white",
        xaxis={"title": {"text": over}},
        yaxis={"title": {"text": of}},
        legend=_LEGEND,
        margin={"l": 60, "r": 20, "t": 30, "b": 55},
        height=380,
    )
    _in_corner(figure, left_out or ([] if figure.data else ["nothing to draw: there is no point"]))
    return figure


def _add_band(
    figure: go.Figure,
    name: str,
    points: Sequence[tuple[float, float]],
    band: Mapping[float, float | None],
    colour: str,
    least: float | None,
) -> None:
    """Draw the band of a line, in its colour and on and off with it in the legend; nothing where none is known."""
    known = [(x, y, half) for x, y in points if (half := band.get(x)) is not None and np.isfinite(half)]
    if not known:
        return
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    figure.add_scatter(
        x=[x for x, _, _ in known] + [x for x, _, _ in reversed(known)],
        y=[y + half for _, y, half in known]
        + [y - half if least is None else max(y - half, least * y) for _, y, half in reversed(known)],
        fill="toself", fillcolor=f"rgba({red},{green},{blue},0.18)", line={"width": 0}, mode="lines",
        hoverinfo="skip", showlegend=False, legendgroup=name, name=f"{name}, band",
    )  # fmt: skip


def rate_distortion_page(result: RateDistortion, title: str) -> str:
    """Return a study as one HTML page that needs no network: both charts, BD-rates, and plotly.js once."""
    known = [
        q for q in _FIELDS if q != "ssim" and any(getattr(p, q) is not None for c in result.curves for p in c.points)
    ]
    charts = [
        plotly.io.to_html(rate_distortion_curves(result, q), config=CONFIG, full_html=False, include_plotlyjs=first)
        for first, q in zip([True] + [False] * len(known), known, strict=False)
    ]
    rows = "".join(
        f"<tr><td>{html.escape(r.test)}<td>{_percent(r.percent)}<td>"
        + (f"{r.low:.1f} to {r.high:.1f}" if r.low is not None else "-")
        + "".join(f"<td>{_percent(part.percent if part else None)}" for part in (*r.parts, r.full))
        for r in result.bd_rates
        if r.anchor == result.anchor
    )
    title = html.escape(f"Rate against distortion: {title}, {len(result.images)} images")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; color-scheme: light }}
table {{ border-collapse: collapse }} td, th {{ padding: .2rem .8rem; text-align: right }}
td:first-child, th:first-child {{ text-align: left }} thead {{ border-bottom: 1px solid #888 }}
</style></head><body><h1>{title}</h1>
{"".join(charts)}
<h2>BD-rate against {html.escape(result.anchor)}, percent of its rate at equal PSNR</h2>
<p>Negative is a saving. Over 29 to 38 dB, or what both curves cover of it; 95 % interval over images.</p>
<table><thead><tr><th>codec<th>29 to 38 dB<th>95 %<th>29 to 32<th>32 to 35<th>35 to 38<th>full overlap</thead>
<tbody>{rows}</tbody></table>
</body></html>
"""


def _styles(codecs: Sequence[str]) -> list[dict]:
    """Return colour and marker of each codec: its own if it has one, else the next free; dashed if none is free."""
    free = [slot for slot in range(len(_COLOURS)) if slot not in {_SLOTS.get(name) for name in codecs}]
    styles: list[dict] = []
    for name in codecs:
        dash = "solid" if name in _SLOTS or free else "dash"
        slot = _SLOTS[name] if name in _SLOTS else free.pop(0) if free else len(styles) % len(_COLOURS)
        line = {"color": _COLOURS[slot], "width": 2.5, "dash": dash}
        styles.append({"line": line, "marker": {"symbol": _MARKERS[slot], "size": 8, "color": _COLOURS[slot]}})
    return styles


def _height(value: float | None, quality: str) -> float | None:
    if value is None or quality != "ms_ssim":
        return value
    return float(-10 * np.log10(1 - value)) if value < 1 else None


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
