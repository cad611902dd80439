"""README's picture: one crop of a photograph, as files of about equal size hold it. `python -m benchmarks.picture`

The photograph is scikit-image's chelsea, on which nothing was trained or chosen; the crop is its middle.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aewidgets.codecs import get_codec
from aewidgets.datasets import load_images
from aewidgets.studies.equal_size import Decoded, Window, decode_at, equal_size

TARGET = Path(__file__).resolve().parent.parent / "docs" / "compression.png"
PHOTOGRAPH, QUALITY, RIVALS = "chelsea", 40, ("jpeg", "avif")
SIDE, ZOOM, GAP, FOOT = 144, 2, 12, 62  # pixels of the crop; screen pixels each; between and below panels
INK, PAPER = "#1d2126", "#ffffff"


def panels() -> list[tuple[np.ndarray, str, str]]:
    """Crop and two lines of caption: the photograph, the rivals, the learned codec."""
    image = dict(load_images("bundled-holdout"))[PHOTOGRAPH]
    window = Window((image.shape[0] - SIDE) // 2, (image.shape[1] - SIDE) // 2, SIDE)
    ours = decode_at(image, get_codec("learned"), QUALITY)
    files: list[Decoded] = [*(equal_size(image, name, ours.num_bytes) for name in RIVALS), ours]
    height, width = image.shape[:2]
    original = (window.of(image), "photograph", f"{width}x{height}, {image.nbytes:,} bytes")
    captions = [
        (window.of(f.image), f.label.split(" (")[0], f"{f.num_bytes:,} bytes, {f.psnr_db:.1f} dB") for f in files
    ]
    return [original, *captions]


def composed(parts: list[tuple[np.ndarray, str, str]]) -> Image.Image:
    """The panels beside each other, captions below."""
    side = SIDE * ZOOM
    canvas = Image.new("RGB", (len(parts) * (side + GAP) + GAP, GAP + side + FOOT), PAPER)
    pen = ImageDraw.Draw(canvas)
    for number, (crop, title, line) in enumerate(parts):
        left = GAP + number * (side + GAP)
        canvas.paste(Image.fromarray(crop).resize((side, side), Image.Resampling.NEAREST), (left, GAP))
        pen.text((left, GAP + side + 6), title, INK, ImageFont.load_default(22))
        pen.text((left, GAP + side + 33), line, INK, ImageFont.load_default(17))
    return canvas


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    composed(panels()).save(TARGET, optimize=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")
