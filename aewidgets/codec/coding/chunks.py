"""What chunks of an .aew file hold beside colour samples: packed, unpacked and bounded. No pictures, no Pillow.

```
Alph   alpha, lossless: how (1 byte, see `aewidgets.codec.files.lossless`), then the coded plane; empty where all is opaque
Pict   the whole picture, lossless, in place of substreams: channels (1 byte: 1 to 4), then as Alph
iccp   colour profile (ICC.1), DEFLATE without header
exif   metadata (TIFF structure of EXIF 2.32, with its "Exif\\0\\0"), DEFLATE without header
```
Whatever a file claims, no more memory is taken than the limits here and the size in its header allow.
"""

import zlib

from aewidgets.codec.coding.container import BitstreamError

MAX_ICC = 1 << 20  # bytes; printers' profiles reach 3 MB, those of cameras and screens 4 kB
MAX_EXIF = 65_527  # bytes: what a JPEG file can hold


def deflate(data: bytes, level: int = 9) -> bytes:
    """DEFLATE without a header (RFC 1951)."""
    coder = zlib.compressobj(level, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


def inflate(data: bytes, limit: int, what: str) -> bytes:
    """The inverse of `deflate`, taking no memory beyond the limit.

    Args:
        limit: most bytes that come out.
        what: the name of the content in messages.

    Raises:
        BitstreamError: for content that is damaged, larger than the limit, or followed by something.
    """
    coder = zlib.decompressobj(-15)
    try:
        out = coder.decompress(data, limit + 1)
    except zlib.error as error:
        raise BitstreamError(f"the {what} is damaged: {error}") from error
    if len(out) > limit:
        raise BitstreamError(f"the {what} claims more than the {limit:,} bytes that it may have")
    if not coder.eof or coder.unused_data:
        raise BitstreamError(f"the {what} does not end where its chunk ends")
    return out
