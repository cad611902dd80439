"""Seconds for one 768x512 picture with the model loaded, and for `import aewidgets`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

from aewidgets.codec.registry import get_codec
from aewidgets.images.sets import load_images

REPEATS = 7


def import_seconds() -> float:
    """Measure the time that `import aewidgets` adds to an empty Python: medians of fresh processes."""
    times = {"pass": [], "import aewidgets": []}
    for _ in range(REPEATS):
        for code, seconds in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            seconds.append(time.perf_counter() - start)
    return median(times["import aewidgets"]) - median(times["pass"])


def codec_seconds(name: str, quality: float) -> tuple[float, float]:
    """Measure median seconds to encode and to decode the first Kodak picture, after an untimed run."""
    codec = get_codec(name)
    _, image = load_images("kodak", limit=1)[0]
    codec.decompress(codec.compress(image, quality))
    rows = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        data = codec.compress(image, quality)
        middle = time.perf_counter()
        codec.decompress(data)
        rows.append((middle - start, time.perf_counter() - middle))
    encode, decode = zip(*rows, strict=True)
    return median(encode), median(decode)


def main(names: tuple[str, ...] = ("learned", "learned-factorised", "jpeg", "avif")) -> None:
    """Print all figures, at quality 50 or the middle of a codec's ladder."""
    print(f"import aewidgets: {import_seconds():.3f} s; {os.cpu_count()} cores")
    for name in names:
        ladder = get_codec(name).qualities
        quality = 50 if name.startswith("learned") else ladder[len(ladder) // 2]
        encode, decode = codec_seconds(name, quality)
        print(f"{name}, quality {quality:g}: encode {encode:.3f} s, decode {decode:.3f} s", flush=True)
