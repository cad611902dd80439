"""Odd pictures and the outcome for each, with the shipped weights at quality 50: writes benchmarks/odd_pictures.md."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent


def table() -> str:
    """Return the table in Markdown; tests/codec/test_odd_pictures.py asserts the same rows."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from odd import ODD, happened

    from aewidgets.codec import zoo

    codec = zoo.load()
    rows = [f"| {n} | {odd} | {happened(odd, codec).in_words()} |" for n, odd in enumerate(ODD, 1)]
    return "\n".join(
        [
            "# Odd pictures, and what happened",
            "",
            "Written by `python -m benchmarks odd_pictures`; each row is asserted in "
            "`tests/codec/test_odd_pictures.py`.",
            "Alpha comes back exactly in every row. PSNR is over pixels that are not wholly transparent; after it, the",
            "bytes of each chunk: `Alph` alpha, `iccp` colour profile, `exif` metadata.",
            "",
            "| | picture | what happened |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Write the file and print it."""
    text = table()
    (HERE / "odd_pictures.md").write_text(text, encoding="utf-8")
    print(text)
