"""Chunks of an .aew file, for what it holds beside colour samples: packed and unpacked within limits. No Pillow.

```
Alph   alpha, lossless: the way of coding (1 byte, see `aewidgets.codec.files.lossless`), then the coded plane;
       empty where every pixel is opaque
Pict   the whole picture, within the error that the header names, in place of substreams: channels (1 byte: 1 to 4),
       then as Alph
iccp   colour profile (ICC.1), DEFLATE without header
exif   metadata (TIFF structure of EXIF 2.32, with its "Exif\\0\\0"), DEFLATE without header
xmp    metadata (XMP packet of ISO 16684-1; the name ends in a space), DEFLATE without header
```
Whatever a file claims, it takes no more memory than the limits here and the size in its header allow.
"""

import zlib

from aewidgets.codec.coding.container import BitstreamError

MAX_ICC = 1 << 20  # bytes; profiles of cameras and screens have about 4 kB, those of printers up to 3 MB
MAX_EXIF = 65_527  # bytes: the most that a JPEG file can hold
MAX_XMP = 1 << 20  # bytes; JPEG holds 65,502 in one piece, PNG and TIFF more


def deflate(data: bytes, level: int = 9) -> bytes:
    """Compress bytes by DEFLATE without a header (RFC 1951)."""
    coder = zlib.compressobj(level, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


def inflate(data: bytes, limit: int, what: str) -> bytes:
    """Decompress what `deflate` gave, without taking memory beyond a limit.

    Args:
        data: the compressed bytes.
        limit: largest number of decompressed bytes.
        what: name of the content, for error messages.

    Raises:
        BitstreamError: for content that is damaged, larger than the limit, or followed by other bytes.
    """
    coder = zlib.decompressobj(-15)
    try:
        out = coder.decompress(data, limit + 1)
    except zlib.error as error:
        raise BitstreamError(f"the {what} is damaged: {error}") from error
    if len(out) > limit:
        raise BitstreamError(f"the {what} has more than the {limit:,} bytes that are allowed")
    if not coder.eof or coder.unused_data:
        raise BitstreamError(f"the {what} does not end where its chunk ends")
    return out
