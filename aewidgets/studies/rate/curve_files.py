"""Rate-distortion results as JSON text: our own form, and CompressAI's for exchanging curves. Opens no files.

JSON has no infinity: the PSNR of a lossless codec is written as null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from aewidgets.studies.rate.bd_rates import AgainstAnchor, BDRate, ImageRate, PartRate
from aewidgets.studies.rate.curves import CodecCurve, Failure, Measurement, Point
from aewidgets.studies.rate.rate_distortion import RateDistortion

__all__ = ["CurveFileError", "from_compressai", "from_json", "read_curves", "to_compressai", "to_json"]

_FORMAT, _VERSION = "aewidgets rate-distortion", 1
#: CompressAI's columns: its bench of 2020 wrote the plain names, later ones say which colours were measured.
_PSNR, _MS_SSIM = ("psnr-rgb", "psnr"), ("ms-ssim-rgb", "ms-ssim")


class CurveFileError(ValueError):
    """Raised for a text that holds no curve in the expected form."""


def to_json(result: RateDistortion) -> str:
    """Write a whole study as JSON; `from_json` gives back an equal one.

    Per codec: `label`, `points` (quality, bpp, bpp_ideal, psnr_db, ssim, ms_ssim, encode_s, decode_s, and
    `images`, the rows whose means they are), `bd_rates` (by anchor: percent, interval, low, high, full,
    parts, ms_ssim) and `against_anchor` (image, percent, interval; worst first).
    """
    codecs = {}
    against = {a.codec: a for a in result.against}
    for curve in result.curves:
        rates = {b.anchor: _without(b, "anchor", "test") for b in result.bd_rates if b.test == curve.codec}
        codecs[curve.codec] = {
            "label": curve.label,
            "bd_rates": rates,
            "against_anchor": [asdict(i) for i in against[curve.codec].images] if curve.codec in against else None,
            "points": [asdict(p) for p in curve.points],
        }
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "images": result.images,
        "failures": [{"image": f.image, "reason": f.reason} for f in result.failures],
        "anchor": result.anchor,
        "codecs": codecs,
    }
    return json.dumps(_finite(document), indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> RateDistortion:
    """Read a study that `to_json` wrote.

    Raises:
        CurveFileError: for any other text, or an unknown version.
    """
    document = _object(text)
    if document.get("format") != _FORMAT or document.get("version") != _VERSION:
        raise CurveFileError(
            f"expected {_FORMAT!r} version {_VERSION}, got {document.get('format')!r} "
            f"version {document.get('version')!r}"
        )
    try:
        codecs = document["codecs"]
        curves = tuple(CodecCurve(name, c["label"], tuple(map(_point, c["points"]))) for name, c in codecs.items())
        return RateDistortion(
            curves,
            tuple(document["images"]),
            tuple(Failure(**f) for f in document["failures"]),
            tuple(
                _bd_rate(anchor, test, codecs[test]["bd_rates"][anchor])
                for anchor in codecs
                for test in codecs
                if anchor in codecs[test]["bd_rates"]
            ),
            tuple(
                AgainstAnchor(name, document["anchor"], tuple(map(_image_rate, c["against_anchor"])))
                for name, c in codecs.items()
                if c["against_anchor"] is not None
            ),
            document["anchor"],
        )
    except (KeyError, TypeError) as error:
        raise CurveFileError(f"a damaged {_FORMAT} text: {error!r}; measure again") from error


def to_compressai(curve: CodecCurve, description: str = "") -> str:
    """Write one curve as CompressAI writes results: `name`, `description`, and lists under `results`.

    Columns that are unknown for some point, and lossless points, are left out.
    """
    points = [p for p in curve.points if math.isfinite(p.psnr_db)]
    names = {"psnr_db": _PSNR[0], "ms_ssim": _MS_SSIM[0], "bpp": "bpp"}
    names |= {"encode_s": "encoding_time", "decode_s": "decoding_time"}
    columns = {theirs: [getattr(p, ours) for p in points] for ours, theirs in names.items()}
    results = {name: values for name, values in columns.items() if None not in values}
    document = {"name": curve.codec, "description": description or curve.label, "results": results}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def from_compressai(text: str) -> CodecCurve:
    """Read a curve from CompressAI's JSON form, of any of its years.

    That form has no qualities, so points are numbered from 1. Its bits may leave a header out, and its PSNR may be of
    unrounded pictures: at most 0.065 dB on Kodak.

    Raises:
        CurveFileError: for any other text.
    """
    document = _object(text)
    results = document.get("results")
    if not isinstance(results, Mapping) or not isinstance(document.get("name"), str):
        raise CurveFileError("expected CompressAI's form: an object with name, description and results")
    columns: dict[str, Any] = {
        "bpp": results.get("bpp"),
        "psnr_db": _first(results, _PSNR),
        "ms_ssim": _first(results, _MS_SSIM),
        "encode_s": results.get("encoding_time"),
        "decode_s": results.get("decoding_time"),
    }
    for name in ("bpp", "psnr_db"):
        if not isinstance(columns[name], list) or not columns[name]:
            raise CurveFileError(f"results: expected lists bpp and {' or '.join(_PSNR)}, got {', '.join(results)}")
    lengths = {name: len(values) for name, values in columns.items() if values is not None}
    if len(set(lengths.values())) != 1:
        raise CurveFileError(f"results: expected lists of one length, got {lengths}")
    wrong = [v for values in columns.values() for v in values or () if not _is_number(v)]
    if wrong:
        raise CurveFileError(f"results: expected finite numbers, got {wrong[0]!r}")
    rows = zip(*(values or [None] * lengths["bpp"] for values in columns.values()), strict=True)
    points = tuple(
        Point(number, bpp, None, psnr_db, None, ms_ssim, encode_s, decode_s)
        for number, (bpp, psnr_db, ms_ssim, encode_s, decode_s) in enumerate(rows, 1)
    )
    return CodecCurve(document["name"], str(document.get("description") or document["name"]), points)


def read_curves(text: str) -> tuple[CodecCurve, ...]:
    """Read curves in either form: all curves of a study of ours, with their rows, or one curve of CompressAI's."""
    return from_json(text).curves if _object(text).get("format") == _FORMAT else (from_compressai(text),)


def _object(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CurveFileError(f"expected JSON: {error}") from error
    if not isinstance(document, dict):
        raise CurveFileError(f"expected a JSON object, got {type(document).__name__}")
    return document


def _first(results: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((results[name] for name in names if name in results), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _without(instance: Any, *names: str) -> dict[str, Any]:
    return {key: value for key, value in asdict(instance).items() if key not in names}


def _finite(value: Any) -> Any:
    """Return a tree with its tuples as lists and its infinities as None."""
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _lossless(values: dict[str, Any], cls: type) -> dict[str, Any]:
    values = {f.name: values[f.name] for f in fields(cls)}
    return values | ({"psnr_db": math.inf} if values["psnr_db"] is None else {})


def _point(values: dict[str, Any]) -> Point:
    values = _lossless(values, Point)
    rows = tuple(Measurement(**_lossless(row, Measurement)) for row in values.pop("images"))
    return Point(**values, images=rows)


def _image_rate(values: dict[str, Any]) -> ImageRate:
    return ImageRate(values["image"], values["percent"], tuple(values["interval"]))


def _bd_rate(anchor: str, test: str, values: dict[str, Any]) -> BDRate:
    return BDRate(
        anchor,
        test,
        values["percent"],
        tuple(values["interval"]) if values["interval"] else None,
        values["low"],
        values["high"],
        _part(values["full"]),
        tuple(map(_part, values["parts"])),
        _part(values.get("ms_ssim")),
    )


def _part(values: dict[str, Any] | None) -> PartRate | None:
    return PartRate(values["percent"], tuple(values["interval"])) if values else None
