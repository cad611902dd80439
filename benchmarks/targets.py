"""Accuracy of `--bytes` and `--psnr` on every third Kodak picture, and the number of encodings they take."""

from __future__ import annotations

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.files.packing import Packer
from aewidgets.codec.files.picture import picture_of
from aewidgets.codec.files.targets import Target, TargetError, search
from aewidgets.images.sets import load_images

TARGETS = (
    *(Target(num_bytes=n) for n in (10_000, 25_000, 60_000)),
    *(Target(psnr_db=d) for d in (30.0, 34.0, 38.0)),
)


def main() -> None:
    """Print a line per target; pictures that cannot reach it are counted and left out."""
    codec = zoo.load()
    packers = [Packer(picture_of(image), codec) for _, image in list(load_images("kodak"))[::3]]
    for target in TARGETS:
        found, missed = [], 0
        for packer in packers:
            try:
                found.append(search(packer, target))
            except TargetError:
                missed += 1
        steps = [f.encodings for f in found]
        if target.num_bytes:
            reached = [f for f in found if f.quality is not None and f.quality < 65535]
            missed += len(found) - len(reached)
            shares = [100 * len(f.data) / target.num_bytes for f in reached]
            words = f"{target.num_bytes:>7,} bytes: {min(shares):.2f} to {max(shares):.2f} % of them"
        else:
            errors = [abs(f.psnr_db - target.psnr_db) for f in found if f.psnr_db is not None]
            words = f"{target.psnr_db:>7g} dB: at most {max(errors):.3f} dB away"
        print(f"{words}; {np.mean(steps):.1f} encodings, at most {max(steps)}; out of reach {missed} of {len(packers)}")
