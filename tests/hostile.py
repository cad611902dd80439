"""Files made to do harm: whole files of every kind, bombs, and mutations. No assertions."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import tiny
from odd import COLOUR, GRAY, drawing, round_alpha

from aewidgets.codec.coding.chunks import deflate
from aewidgets.codec.coding.container import ALPHA, EXIF, ICC, NO_MODEL, PICTURE, XMP, BitstreamError, Container, parse
from aewidgets.codec.coding.levels import Levels
from aewidgets.codec.files.packing import Packer, unpack
from aewidgets.codec.files.picture import Picture, picture_of


def codecs() -> dict[bytes, Any]:
    """Return a codec of each of the two families, by fingerprint."""
    hyper, factorised = tiny.trained("hyperprior"), tiny.trained("factorised")
    factorised.fingerprint = b"fact"
    return {codec.fingerprint: codec for codec in (hyper, factorised)}


def decoder(known: dict[bytes, Any]) -> Callable[[bytes], Picture]:
    """Return a function that decodes as `aewidgets.decompress` does, with these codecs instead of the shipped ones."""

    def codec_for(container: Container) -> Any:
        if container.fingerprint not in known:
            raise BitstreamError(f"written by model {container.fingerprint.hex()}, which is not here")
        return known[container.fingerprint]

    return lambda data: unpack(data, codec_for)


def whole_files(known: dict[bytes, Any]) -> list[bytes]:
    """Return good files of both families: colour, gray, alpha, profile, metadata; lossless, near-lossless; 12 bits."""
    pictures = [
        Picture(COLOUR, icc=b"RGB " * 200, exif=b"Exif\0\0" + bytes(90)),
        Picture(GRAY[:40, :70]),
        Picture(COLOUR[:64, :48], alpha=round_alpha(soft=True)[:64, :48]),
        Picture(COLOUR[:1, :90]),
        Picture(deep(GRAY[:24, :40]), deep(round_alpha(soft=True)[:24, :40]), depth=12),
    ]
    files = [Packer(p, codec).lossy(q)[0] for p in pictures for codec in known.values() for q in (9000, 60000)]
    exact = [COLOUR[:3, :5], GRAY[:1, :1], drawing(), np.dstack([COLOUR, round_alpha()])[:30, :60]]
    packers = [Packer(picture_of(samples), None) for samples in [*exact, COLOUR[:40, :50]]]
    twelve = [replace(picture_of(deep(samples)), depth=12) for samples in (COLOUR[:40, :50], GRAY[:3, :4])]
    packers += [Packer(picture, None) for picture in twelve]
    return files + [packer.lossless() for packer in packers[:-3]] + [packer.near_lossless(2) for packer in packers[-4:]]


def deep(samples: np.ndarray) -> np.ndarray:
    """Return samples of 8 bits as 12, with low bits that are not zero."""
    return (samples.astype("uint16") << np.uint16(4)) + np.arange(samples.shape[1], dtype="uint16").reshape(
        (-1, 1) if samples.ndim == 3 else (-1,)
    ) % np.uint16(13)


def bombs(known: dict[bytes, Any]) -> list[bytes]:
    """Return small files with right checksums that claim a lot of memory."""
    zeros = zlib.compressobj(9, zlib.DEFLATED, -15)
    flood = zeros.compress(bytes(1 << 26)) + zeros.flush()  # 64 MB in 65 kB
    plain = parse(whole_files(known)[0])
    huge = [(9999, 9999), (1, 99_999_999), (99_999_999, 1), (10_000, 10_000), (2, 4_000_000)]
    names = [plain.fingerprint, *known]
    out = [
        replace(plain, fingerprint=name, height=h, width=w, streams=(filling,) * n, checks=(0,) * n, chunks=())
        for h, w in huge
        for name in names
        for n in (1, len(known[name].groups) - 1, len(known[name].groups), 15)
        for filling in (b"", bytes(8), b"\xff" * 64, np.random.default_rng(0).bytes(4096))
    ]
    out += [replace(plain, height=h, width=w) for h, w in huge]
    floods = flood, b"\0" + flood
    out += [replace(plain, chunks=((name, content),)) for name in (ICC, EXIF, XMP, ALPHA) for content in floods]
    for h, w in ((9999, 9999), (50, 60)):
        lossless = Container(NO_MODEL, h, w, 0, False, (), ())
        vp8l = b"\x2f" + struct.pack("<I", 9999 - 1 | (9999 - 1) << 14)
        short = b"", b"\3", b"\3\0", b"\3\3" + vp8l, b"\4\3" + vp8l + bytes(500)
        for content in (*short, b"\3\0" + flood, b"\3\1" + flood):
            out.append(replace(lossless, chunks=((PICTURE, content),)))
        out.append(replace(plain, height=h, width=w, chunks=((ALPHA, b"\3" + vp8l + bytes(99)),)))
        out.append(replace(plain, height=h, width=w, chunks=((ALPHA, b""),)))
        wide = replace(lossless, levels=Levels(16, 0, 65535))
        (good,) = (chunk for name, chunk in parse(whole_files(known)[-2]).chunks if name == PICTURE)
        for content in (b"", b"\3", b"\3\4", b"\3\4" + bytes(99), b"\3\4" + b"\xff" * 99, b"\3\0" + flood, good):
            out.append(replace(wide, chunks=((PICTURE, content),)))
    out.append(replace(plain, chunks=tuple((b"a%03d" % i, deflate(bytes(9))) for i in range(65))))
    return [container.pack() for container in out]


def with_right_checksum(data: bytes) -> bytes:
    """Return a file with the checksum made right, as an attacker would."""
    return bytes(data[:4]) + struct.pack("<I", zlib.crc32(data[8:])) + bytes(data[8:])


def mutated(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """Return a file that is damaged in one of many ways; half of the time its checksum is made right again."""
    way = int(rng.integers(10))
    if way >= 6:
        out = _rebuilt(data, other, way, rng)
    else:
        out = _damaged(bytearray(data), other, way, rng)
    return with_right_checksum(out) if rng.integers(2) and len(out) > 8 else bytes(out)


def _damaged(data: bytearray, other: bytes, way: int, rng: np.random.Generator) -> bytearray:
    """Return bytes that are cut, flipped, overwritten, spliced with others, or interrupted by random ones."""
    at = int(rng.integers(0, len(data)))
    if way == 0:
        return data[:at]
    if way == 1:
        for position in rng.integers(0, 8 * len(data), int(rng.integers(1, 9))):
            data[position // 8] ^= 1 << position % 8
    if way == 2:  # in the header, where sizes and lengths are
        for position in rng.integers(min(8, len(data) - 1), min(45, len(data)), int(rng.integers(1, 5))):
            data[position] = int(rng.integers(256))
    if way == 3:
        data[at : at + int(rng.integers(1, 64))] = bytes(int(rng.integers(0, 64)))
    if way == 4:
        return data[:at] + other[int(rng.integers(0, len(other))) :]
    if way == 5:
        data[at:at] = rng.bytes(int(rng.integers(1, 40)))
    return data


def _rebuilt(data: bytes, other: bytes, way: int, rng: np.random.Generator) -> bytes:
    """Return a well-formed file with other parts, which no checksum detects."""
    this, that = parse(data), parse(other)
    if way == 6:
        factor = 1 << int(rng.integers(0, 14))
        return replace(this, height=this.height * factor, width=max(1, this.width // int(rng.integers(1, 5)))).pack()
    if way == 7 and this.streams:
        streams = list(this.streams)
        at = int(rng.integers(len(streams)))
        words = int(rng.integers(0, 40))
        streams[at] = [b"", rng.bytes(4 * words), streams[at][: 4 * words], streams[at][4 * words :], streams[0]][
            int(rng.integers(5))
        ]
        return replace(this, streams=tuple(streams)).pack()
    if way == 8:
        return replace(this, fingerprint=that.fingerprint, streams=that.streams, checks=that.checks).pack()
    ways = rng.integers(6, size=len(this.chunks))
    chunks = tuple(
        (name, bytes(_damaged(bytearray(content or b"x"), content + b"y", int(how), rng)))
        for how, (name, content) in zip(ways, this.chunks, strict=True)
    )
    return replace(this, chunks=chunks or that.chunks, quality=int(rng.integers(65536))).pack()
