"""Worth of the first substreams of a file: Kodak, rate of the prefix against PSNR of its picture."""

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.trained import TrainedCodec
from aewidgets.images.metrics import psnr
from aewidgets.images.sets import load_images
from aewidgets.studies.rate.bd_rates import bd_interval, bd_rate

QUALITIES = (1, 20, 40, 60, 80, 100)


def curves(codec: TrainedCodec, images: list[np.ndarray]) -> np.ndarray:
    """Measure mean bits per pixel and mean PSNR of each prefix: (substreams, qualities, 2)."""
    rows = np.zeros((codec.networks.streams, len(QUALITIES), 2))
    for column, quality in enumerate(QUALITIES):
        for image in images:
            data = codec.compress(image, quality)
            sizes = codec.group_bytes(data)
            header = len(data) - sum(sizes)
            for groups in range(1, len(sizes) + 1):
                bits = 8 * (header + sum(sizes[:groups]))
                decoded = codec.decompress(data, groups)
                rows[groups - 1, column] += bits / (image.shape[0] * image.shape[1]), psnr(image, decoded)
    return rows / len(images)


def main(limit: int | None = None) -> None:
    rows = curves(zoo.load("photo"), [image for _, image in load_images("kodak", limit)])
    whole = rows[-1].T
    for groups, row in enumerate(rows, 1):
        points = ", ".join(f"{bpp:.3f} bpp {db:.2f} dB" for bpp, db in row)
        print(f"{groups} of {len(rows)} substreams, quality {QUALITIES[0]} to {QUALITIES[-1]}: {points}")
        shared = bd_interval(whole, row.T, None)
        if groups < len(rows) and shared:
            percent = bd_rate(whole, row.T, None)
            print(
                f"  BD-rate against whole files of lower quality, over {shared[0]:.1f} to {shared[1]:.1f} dB: "
                f"{percent:+.1f} %",
                flush=True,
            )


if __name__ == "__main__":
    main()
