"""Fuzzes decoding with atheris, coverage as the guide: `python benchmarks/fuzz_decode.py -max_total_time=600`.

Needs `pip install atheris`. Arguments are libFuzzer's: `-rss_limit_mb=2500` is a good one, and a folder of your own
keeps the inputs that reached new code. Seeds are good files of a tiny codec (tests/hostile.py). Two of three inputs get
their checksum corrected. Any exception but `BitstreamError` is a finding: libFuzzer stops and leaves the input in
`crash-*`.

Hours so far: 0.45 h on one busy core on 2026-11-20, 0.95 million inputs, and 41 seconds before with 0.30 million: no
finding. Memory grows by about 1.5 kB an input in the fuzzer itself; 60,000 mutations without it stay level.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / part) for part in ("", "tests")]

import atheris  # noqa: E402 - the checkout comes first

with atheris.instrument_imports(include=["aewidgets"]):
    from aewidgets.codec import zoo  # noqa: F401 - instrumented on import, with all that they import
    from aewidgets.codec.coding.container import BitstreamError

import hostile  # noqa: E402 - builds codecs with Keras, which need no instruments

DECODE = None


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate an input by libFuzzer, and correct its checksum two times of three."""
    out = atheris.Mutate(data, max_size)
    return hostile.with_right_checksum(out) if len(out) > 8 and random.Random(seed).random() < 2 / 3 else out


def one_input(data: bytes) -> None:
    """Decode an input, or refuse it; anything else is raised, and libFuzzer keeps the input."""
    try:
        DECODE(data)
    except BitstreamError as error:
        if len(str(error)) < 20:
            raise AssertionError("a refusal without a reason") from error


def main() -> None:
    """Write the seeds into a new folder and fuzz from there."""
    global DECODE
    known = hostile.codecs()
    DECODE = hostile.decoder(known)
    seeds = Path(tempfile.mkdtemp(prefix="aew-seeds-"))
    for number, data in enumerate([*hostile.whole_files(known), *hostile.bombs(known)[::9]]):
        (seeds / f"{number}.aew").write_bytes(data)
    atheris.Setup([*sys.argv, "-max_len=20000", str(seeds)], one_input, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
