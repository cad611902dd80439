"""Bits of pictures whose sides are no multiple of 64, beside aligned crops of the same pictures.

Three crops around one centre: 448x704 lies inside the crop that is judged, which lies inside the whole
512x768. What the judged one should cost is interpolated between the two aligned ones by its area, so that
the content of the margin counts on both sides. WebP is the check: it codes squares of 16 pixels, so 480x736
is aligned for it and its excess there is the error of the interpolation, 0.3 % at most. (Average the aligned
crops in the corners of the judged one instead, and that error is 2.4 %: margins are calmer than middles.)
"""

from __future__ import annotations

import numpy as np

from aewidgets.codec.registry import Codec, get_codec
from aewidgets.images.sets import load_images

INNER, OUTER = (448, 704), (512, 768)
JUDGED = ((480, 736), (465, 719))


def centre(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the middle `size` (height, width) of an image, shifted up or left by half a pixel if necessary."""
    top, left = ((have - want) // 2 for have, want in zip(image.shape[:2], size, strict=True))
    return image[top : top + size[0], left : left + size[1]]


def excess_percent(codec: Codec, quality: float | None, images: list[np.ndarray], size: tuple[int, int]) -> float:
    """Return the excess of the bits of all crops of a size over those expected from aligned crops, in percent."""
    spent = {s: sum(len(codec.compress(centre(i, s), quality)) for i in images) for s in (INNER, size, OUTER)}
    inner, judged, outer = (height * width for height, width in (INNER, size, OUTER))
    share = (judged - inner) / (outer - inner)
    return 100 * (spent[size] / ((1 - share) * spent[INNER] + share * spent[OUTER]) - 1)


def main(names: tuple[str, ...] = ("learned", "learned-factorised", "webp")) -> None:
    """Print the excess of each codec at a low, a middle and a high quality."""
    images = [i if i.shape[0] < i.shape[1] else np.rot90(i) for _, i in load_images("kodak")]
    for codec in map(get_codec, names):
        ladder = codec.qualities
        for quality in (ladder[len(ladder) // 6], ladder[len(ladder) // 2], ladder[-1]):
            cells = [f"{h}x{w} {excess_percent(codec, quality, images, (h, w)):+.2f} %" for h, w in JUDGED]
            print(f"{codec.label}, quality {quality:g}: {', '.join(cells)}", flush=True)
