"""What becomes of each kind of picture (tests/picture_kinds.py) in each mode of the commands. No assertions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from click.testing import CliRunner
from picture_kinds import Kind, by_pillow, shown

from aewidgets.cli import main
from aewidgets.codec.compression import open_aew
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import Picture, picture_of, read_picture
from aewidgets.images.deep import is_deep, read_deep
from aewidgets.system.notices import Notice

MODES = ("compress", "--lossless", "--frame 0", "--to-srgb", "--to-8-bit", "denoise")
EXACT, WORDS, REFUSED, NO_FILE, SILENT = "exact", "with words", "refused", "no file", "CHANGED IN SILENCE"
_METHOD = "def same(image):\n    return image\n"


class Outcome(NamedTuple):
    """What became of a picture: one of the five, and the words that were said."""

    what: str
    words: str = ""


Row = tuple[Outcome, ...]


def outcomes(kinds: Sequence[Kind], codec: Any, folder: Path) -> dict[str, Row]:
    """Return the outcomes of all kinds in all modes, in this order, by name.

    Args:
        kinds: the kinds.
        codec: a trained codec.
        folder: an empty folder, for files.
    """
    coded = _coder(codec)
    ways: list[Callable[[Kind], Outcome]] = [
        lambda kind: _taken(kind, lambda: coded(read_picture(kind.source)), coded),
        lambda kind: _taken(kind, lambda: _kept(kind)),
        lambda kind: _taken(kind, lambda: _kept(kind, frame=0)),
        lambda kind: _taken(kind, lambda: _kept(kind, profile="srgb")),
        lambda kind: _taken(kind, lambda: _kept(kind, to_8_bit=True), _rounded),
    ]
    denoised = _denoised([kind for kind in kinds if isinstance(kind.source, bytes)], folder)
    return {kind.name: (*(way(kind) for way in ways), denoised.get(kind.name, Outcome(NO_FILE))) for kind in kinds}


def rows(table: dict[str, Row]) -> Iterator[tuple[list[str], Row]]:
    """Yield names of kinds, and their outcomes: kinds of one format that have the same ones lie together."""
    order = list(dict.fromkeys(map(_format, table)))
    names = sorted(table, key=lambda name: (order.index(_format(name)), table[name]))
    for _, same in groupby(names, key=lambda name: (_format(name), table[name])):
        together = list(same)
        yield together, table[together[0]]


def _format(name: str) -> str:
    """Return the first word of a kind's name."""
    return re.split(r"[ ,]", name)[0].upper()


def _coder(codec: Any) -> Callable[[Picture], Picture]:
    """Return a function that codes a picture with loss and decodes it, once for pictures with the same samples."""
    known: dict[tuple, Picture] = {}

    def coded(picture: Picture) -> Picture:
        key = picture.samples.shape, picture.samples.tobytes(), picture.icc
        if key not in known:
            known[key] = unpack(Packer(picture, codec).lossy(32768)[0], lambda container: codec)
        return known[key]

    return coded


def _kept(kind: Kind, **options: Any) -> Picture:
    """Return a picture that was compressed without loss, read again."""
    return open_aew(Packer(read_picture(kind.source, **options), None).lossless())


def _taken(kind: Kind, make: Callable[[], Picture], through: Callable[[Picture], Picture] | None = None) -> Outcome:
    """Return the outcome of one way; `through` is what it does to samples on purpose."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            got = shown(make().samples)
        except (ValueError, OSError) as error:
            return Outcome(REFUSED, _plain(str(error)))
    said = "; ".join(_plain(str(one.message)) for one in caught if issubclass(one.category, Notice))
    wanted = _seen(kind)
    if through:
        opaque = (wanted[..., 3] == np.iinfo(wanted.dtype).max).all()
        picture = picture_of(np.ascontiguousarray(wanted[..., :3]) if opaque else wanted)
        wanted = shown(through(replace(picture, depth=8 * wanted.itemsize)).samples)
    return Outcome(WORDS if said else EXACT if _same(got, wanted) else SILENT, said)


def _rounded(picture: Picture) -> Picture:
    """Return a picture of 16 bits as 8, others as they are."""
    samples = picture.samples
    return picture if samples.dtype == np.uint8 else picture_of(np.rint(samples / 257).astype("uint8"))


def _seen(kind: Kind) -> np.ndarray:
    """Return the pixels that a picture shows, of an animation its first."""
    return by_pillow(kind.source) if isinstance(kind.expected, str) else kind.expected


def _same(got: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether all that is seen is the same."""
    if got.shape != wanted.shape:
        return False
    seen = (got[..., 3] > 0) | (wanted[..., 3] > 0)
    return bool(np.array_equal(got[seen], wanted[seen]))


def _plain(words: str) -> str:
    """Return words without the name in front, and without the numbers of Pillow's own errors."""
    words = re.sub(r"^(these bytes|the Pillow image|\S+\.\w+): ", "", words)
    return re.sub(r"(cut short|cannot be used) \(.*\)", r"\1", words)


def _denoised(kinds: Sequence[Kind], folder: Path) -> dict[str, Outcome]:
    """Return the outcomes of one command with a method that changes nothing, by name."""
    (folder / "out").mkdir()
    (folder / "method.py").write_text(_METHOD)
    paths = {kind.name: folder / f"{number:03d}{kind.suffix}" for number, kind in enumerate(kinds)}
    for kind in kinds:
        paths[kind.name].write_bytes(kind.source)
    how = ["--method", f"{folder / 'method.py'}:same", "-o", str(folder / "out")]
    result = CliRunner().invoke(main, ["denoise", *map(str, paths.values()), *how])
    lines = result.output.splitlines()
    return {kind.name: _of_file(kind, paths[kind.name], lines) for kind in kinds}


def _of_file(kind: Kind, source: Path, lines: list[str]) -> Outcome:
    """Return the outcome of one file of the command, given all that it printed."""
    failed = [line.split(": ", 2)[2] for line in lines if line.startswith(f"failed: {source}: ")]
    if failed:
        return Outcome(REFUSED, _plain(failed[0]))
    (target,) = (folder for folder in (source.parent / "out").glob(f"{source.stem}.*"))
    notes = [_plain(line.removeprefix("note: ")) for line in lines if line.startswith(f"note: {source}: ")]
    done = next(line for line in lines if line.startswith(f"{target}: "))
    said = "; ".join([*notes, *re.findall(r"without .*", done)])
    content = target.read_bytes()
    if is_deep(kind.source):
        same = is_deep(content) and np.array_equal(shown(read_deep(content, "the result").samples), kind.expected)
    else:
        same = _same(by_pillow(content), _seen(kind))
    return Outcome(SILENT if not (same or said) else WORDS if said else EXACT, said)

