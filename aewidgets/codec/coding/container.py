"""The .aew file, version 1: the bytes around the substreams. No coding of symbols, no images.

```
offset  size
0       3     magic "AEW"
3       1     version, 1
4       4     CRC-32 of all that follows, little endian like every number here
8       4     fingerprint of the model: the first bytes of the SHA-256 of its weights
12      1     flags: bit 0 gray; bit 1 chunks follow the streams; bit 2 a quality map (reserved);
              bit 3 gray that is shown as RGB, (h, w, 3) with three equal channels; bit 4 gray whose array keeps its
              channel axis, (h, w, 1); bit 5 more than 8 bits per sample; others zero; of bits 3 and 4 at most one,
              and only with bit 0
13      2     quality, 0 ... 65535; of a picture without substreams the largest error of a sample in levels, at most
              1/16 of those of its depth: 0 ... 16 of 8 bits
              with bit 5 only, 5 bytes: bits per sample, 9 ... 16; black, 2 bytes; white, 2 bytes, above black, both
              within the depth; 0 and the largest sample for a picture without substreams
15      1..3  height, then width, then the number n of substreams (0 ... 15): LEB128
        n x (1..5) length of each substream in bytes: LEB128
        n x 2 check of the decoded symbols of each substream: low half of their CRC-32
        ...   the substreams
        ...   chunks, if flagged, to the end: 4-byte name, LEB128 length, content
```
Nothing may follow. Every prefix of the substreams decodes. A chunk whose name starts with a capital letter must be
understood to decode the picture; others may be skipped; no name comes twice. A picture that is smaller without the
model is stored losslessly in a chunk `Pict`: then, and only then, there are no substreams and the fingerprint is zero.
`aewidgets.codec.coding.chunks` describes the known chunks.
"""

import struct
import zlib
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aewidgets.codec.coding.constants import HYPER_STRIDE, LATENT_STRIDE, MAX_ERROR
from aewidgets.codec.coding.levels import BYTES, Levels, peak_of

MAGIC, VERSION = b"AEW", 1
MAX_STREAMS = 15
MAX_CHUNKS = 64
MAX_PIXELS = 100_000_000  # default limit: a tiny file must not claim the memory of a huge picture
MODEL_SIDE = LATENT_STRIDE * HYPER_STRIDE  # a model sees pictures padded to multiples of this
GRAY, CHUNKS, DEEP = 1, 2, 32
AXES = {0: 0, 3: 8, 1: 16}  # channel axis of a gray picture, 0 for none -> flag
ALPHA, PICTURE, ICC, EXIF, XMP = b"Alph", b"Pict", b"iccp", b"exif", b"xmp "
NO_MODEL = bytes(4)  # fingerprint of files that need no model


class BitstreamError(ValueError):
    """Error for bytes that are no .aew file, or none that this version reads; the message says why."""


class IncompleteError(BitstreamError):
    """Error for bytes that may begin a good .aew file, of which more must arrive: wait, and try again."""


@dataclass(frozen=True)
class Container:
    """A parsed .aew file.

    Args:
        fingerprint: 4 bytes that name the model.
        height, width: size of the picture, in pixels.
        quality: stored quality, 0 ... 65535; of a picture in a chunk its `max_error`.
        gray: whether the picture has one colour sample per pixel.
        streams: the substreams.
        checks: check of each substream's symbols, 0 ... 65535.
        chunks: (4-byte name, content) of what the file holds beside the colour samples.
        gray_axis: channel axis that the array of a gray picture has: 0 for none, (h, w); 1 for (h, w, 1); 3 for
            (h, w, 3), RGB whose three channels are equal.
        levels: what the samples count.
    """

    fingerprint: bytes
    height: int
    width: int
    quality: int
    gray: bool
    streams: tuple[bytes, ...]
    checks: tuple[int, ...]
    chunks: tuple[tuple[bytes, bytes], ...] = field(default=())
    gray_axis: int = 0
    levels: Levels = BYTES

    @property
    def latent_shape(self) -> tuple[int, int]:
        """Numbers of rows and columns of latent positions."""
        return -(-self.height // LATENT_STRIDE), -(-self.width // LATENT_STRIDE)

    @property
    def lossless(self) -> bool:
        """True where the picture is stored in a chunk and no model is needed."""
        return not self.streams

    @property
    def max_error(self) -> int | None:
        """Largest difference of a sample from the one compressed, in levels, 0 for none; None where substreams are."""
        return self.quality if self.lossless else None

    def without_chunks(self) -> "Container":
        """Return a copy that has no chunks, only the colour samples."""
        return replace(self, chunks=())

    def chunk(self, name: bytes) -> bytes | None:
        """Return the content of the chunk with this name, None where there is none."""
        return dict(self.chunks).get(name)

    def pack(self) -> bytes:
        """Return the bytes of the file."""
        deep = self.levels.depth > 8
        flags = GRAY * self.gray | CHUNKS * bool(self.chunks) | AXES[self.gray_axis] | DEEP * deep
        body = self.fingerprint + struct.pack("<BH", flags, self.quality)
        if deep:
            body += struct.pack("<BHH", self.levels.depth, self.levels.black, self.levels.white)
        body += _leb128(self.height) + _leb128(self.width) + _leb128(len(self.streams))
        body += b"".join(_leb128(len(s)) for s in self.streams)
        body += struct.pack(f"<{len(self.checks)}H", *self.checks) + b"".join(self.streams)
        body += b"".join(name + _leb128(len(content)) + content for name, content in self.chunks)
        return MAGIC + bytes([VERSION]) + struct.pack("<I", zlib.crc32(body)) + body


def max_error_of(depth: int) -> int:
    """Return the largest bound on the error of a sample in a near-lossless file, in levels of a depth in bits."""
    return MAX_ERROR << (depth - 8)


def _leb128(number: int) -> bytes:
    """Return a number >= 0 as LEB128: 7 bits per byte, lowest first; bit 7 says that another byte follows."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def check_padding(height: int, width: int, max_pixels: int) -> None:
    """Refuse a picture so thin that a model would need the memory of a far larger one.

    Raises:
        BitstreamError: when the padded picture has far more pixels than `max_pixels`.
    """
    padded = (height + -height % MODEL_SIDE) * (width + -width % MODEL_SIDE)
    if padded > 2 * max_pixels + (1 << 22):
        raise BitstreamError(
            f"{width} x {height} pixels: so thin a picture needs as much memory as one of {padded:,} pixels; "
            "raise max_pixels to allow it"
        )


class _Reader:
    """Reader of a file's bytes, from first to last, that refuses to read beyond the end."""

    def __init__(self, data: bytes):
        self.data, self.position = data, 0

    def take(self, count: int, what: str) -> bytes:
        """Return the next `count` bytes; `what` names them in the error message."""
        part = self.data[self.position : self.position + count]
        if len(part) < count:
            raise IncompleteError(f"the file ends inside its {what}: it was cut short, or wait until more has arrived")
        self.position += count
        return part

    def number(self, what: str) -> int:
        """Return the next LEB128 number; `what` names it in the error message."""
        value = 0
        for shift in range(0, 35, 7):
            byte = self.take(1, what)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0 and shift:
                    break  # a number has one spelling: no zero byte at its end
                return value
        raise BitstreamError(f"the {what} is not a number as this format writes it: the file is damaged")


class Header(NamedTuple):
    """Header of an .aew file, before its substreams: fields as in `Container`, and the lengths of the substreams.

    `end` is the number of bytes of the file up to the end of the last substream; chunks may follow.
    """

    fingerprint: bytes
    flags: int
    height: int
    width: int
    quality: int
    lengths: list[int]
    checks: tuple[int, ...]
    end: int
    levels: Levels

    @property
    def chunks_follow(self) -> bool:
        """True if `end` is not the end of the file."""
        return bool(self.flags & CHUNKS)

    @property
    def gray(self) -> bool:
        """True where the picture has one colour sample per pixel."""
        return bool(self.flags & GRAY)

    @property
    def gray_axis(self) -> int:
        """Channel axis of a gray picture's array, 0, 1 or 3, as in `Container`."""
        return next((axis for axis, flag in AXES.items() if flag and self.flags & flag), 0)


def _open(data: bytes) -> _Reader:
    """Check magic and version, and return a reader of the bytes after the checksum."""
    if data[:3] != MAGIC[: len(data)]:
        raise BitstreamError("not an .aew file: it does not start with 'AEW'")
    if data[3:4] not in (b"", bytes([VERSION])):
        raise BitstreamError(
            f"the file has version {data[3]} of the format, and this program reads version {VERSION}: "
            "a newer aewidgets may read it"
        )
    reader = _Reader(data)
    reader.take(8, "header")
    return reader


def _read_header(reader: _Reader, max_pixels: int) -> Header:
    """Read everything before the substreams, and refuse values that no encoder writes."""
    fingerprint = reader.take(4, "model fingerprint")
    flags, quality = struct.unpack("<BH", reader.take(3, "header"))
    axes = flags & (AXES[1] | AXES[3])
    if flags & ~(GRAY | CHUNKS | DEEP) & ~axes:
        raise BitstreamError(
            f"flags {flags:#04x} ask for a feature that is not known here: a newer aewidgets may read it"
        )
    if axes and (not flags & GRAY or axes not in AXES.values()):
        raise BitstreamError(f"flags {flags:#04x} contradict each other: the file is damaged")
    levels = _read_levels(reader) if flags & DEEP else BYTES
    height, width = reader.number("height"), reader.number("width")
    if not height or not width or height * width > max_pixels:
        raise BitstreamError(f"{width} x {height} pixels: expected 1 to {max_pixels:,}; raise max_pixels to allow more")
    count = reader.number("number of substreams")
    if count > MAX_STREAMS:
        raise BitstreamError(f"{count} substreams: expected at most {MAX_STREAMS}")
    if count:
        check_padding(height, width, max_pixels)
    lengths = [reader.number("substream lengths") for _ in range(count)]
    checks = struct.unpack(f"<{count}H", reader.take(2 * count, "symbol checks"))
    return Header(fingerprint, flags, height, width, quality, lengths, checks, reader.position + sum(lengths), levels)


def _read_levels(reader: _Reader) -> Levels:
    """Read what samples of more than 8 bits count."""
    depth, black, white = struct.unpack("<BHH", reader.take(5, "bit depth"))
    if not 9 <= depth <= 16:
        raise BitstreamError(f"{depth} bits per sample: expected 9 to 16; a newer aewidgets may read it")
    if not black < white <= peak_of(depth):
        raise BitstreamError(f"black of {black} and white of {white} do not fit {depth} bits: the file is damaged")
    return Levels(depth, black, white)


def read_header(data: bytes, max_pixels: int = MAX_PIXELS) -> Header:
    """Return the header of a file, given at least its beginning; the checksum is not verified.

    Raises:
        IncompleteError: for a part of a header, from no bytes on.
        BitstreamError: for bytes that begin no file of this version.
    """
    return _read_header(_open(bytes(data)), max_pixels)


def parse_arriving(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[Container, int]:
    """Return a `Container` of the substreams that have arrived whole, and the number of substreams in the file.

    The checksum covers every byte and cannot be verified yet: only the plausibility of the header is checked here,
    and each substream is verified by its symbols when it is decoded. Chunks come last and are left out.

    Args:
        data: the beginning of the file, as far as it has arrived.
        max_pixels: as in `parse`.

    Raises:
        IncompleteError: when not even the first substream is there.
        BitstreamError: for bytes that do not begin an .aew file.
    """
    reader = _open(bytes(data))
    header = _read_header(reader, max_pixels)
    if not header.lengths:
        raise IncompleteError("this file has no substreams and decodes when all of it has arrived: wait")
    here = len(reader.data) - reader.position
    if here < header.lengths[0]:
        raise IncompleteError(f"only {here:,} of {header.lengths[0]:,} bytes of the first substream have arrived: wait")
    streams: list[bytes] = []
    for length in header.lengths:
        if len(reader.data) - reader.position < length:
            break
        streams.append(reader.take(length, "substreams"))
    checks = header.checks[: len(streams)]
    size = header.height, header.width
    return (
        Container(
            header.fingerprint,
            *size,
            header.quality,
            header.gray,
            tuple(streams),
            checks,
            gray_axis=header.gray_axis,
            levels=header.levels,
        ),
        len(header.lengths),
    )


def parse(data: bytes, max_pixels: int = MAX_PIXELS) -> Container:
    """Parse the bytes of an .aew file; everything is checked that can be checked without a model.

    Args:
        data: the whole file.
        max_pixels: larger pictures are refused before memory is allocated for them.

    Raises:
        BitstreamError: for bytes that `Container.pack` did not write.
    """
    data = bytes(data)
    reader = _open(data)
    if zlib.crc32(data[8:]) != struct.unpack("<I", data[4:8])[0]:
        raise BitstreamError("the checksum does not match: the file is damaged or was cut short")
    try:
        return _parsed(reader, max_pixels)
    except IncompleteError as error:
        raise BitstreamError("the file ends before the parts that it announces: it is damaged") from error


def _parsed(reader: _Reader, max_pixels: int) -> Container:
    """Return the container in bytes whose checksum is right; errors as in `parse`."""
    header = _read_header(reader, max_pixels)
    fingerprint, flags, height, width, quality, lengths, checks, _, levels = header
    streams = tuple(reader.take(length, "substreams") for length in lengths)
    chunks: list[tuple[bytes, bytes]] = []
    while flags & CHUNKS and reader.position < len(reader.data) and len(chunks) <= MAX_CHUNKS:
        name = reader.take(4, "chunks")
        chunks.append((name, reader.take(reader.number("chunk length"), "chunks")))
    if reader.position != len(reader.data) or bool(flags & CHUNKS) != bool(chunks):
        raise BitstreamError("bytes follow where the file should end")
    names = [name for name, _ in chunks]
    if len(set(names)) < len(names):
        raise BitstreamError("a chunk comes twice: the file is damaged, no encoder writes that")
    if (not lengths) != (PICTURE in names) or (not lengths) != (fingerprint == NO_MODEL):
        raise BitstreamError("expected either substreams and a model or one lossless picture: the file is damaged")
    if not lengths and quality > (most := max_error_of(levels.depth)):
        raise BitstreamError(f"samples within {quality} levels: expected at most {most:,}; it is damaged")
    if not lengths and (levels.black or levels.white < levels.peak):
        raise BitstreamError("a picture without substreams has a black and a white of its own: the file is damaged")
    for name in names:
        if name[:1].isupper() and name not in (ALPHA, PICTURE):
            raise BitstreamError(
                f"chunk {name!r} is needed to decode the file and not known here: a newer aewidgets may read it"
            )
    axis = header.gray_axis
    if axis and ((axis == 3 and not lengths) or (axis == 1 and ALPHA in names)):
        raise BitstreamError("the shape of the gray picture does not fit what the file holds: the file is damaged")
    return Container(fingerprint, height, width, quality, header.gray, streams, checks, tuple(chunks), axis, levels)
