"""Multiplications per pixel of everything a decoder runs, and of everything an encoder runs; sizes of weights."""

from aewidgets.codec import zoo
from aewidgets.studies import codec_multiplications


def main() -> None:
    """Print a line for each shipped codec."""
    for name in zoo.names():
        cost = {part: count / 1000 for part, count in codec_multiplications(name).items()}
        decoder = sum(v for part, v in cost.items() if part != "analysis")
        parts = ", ".join(f"{part} {value:.2f}" for part, value in cost.items())
        print(f"{name}: decoder {decoder:.2f} kMAC per pixel ({parts}); weights {zoo.cards()[name]['bytes']:,} bytes")


if __name__ == "__main__":
    main()
