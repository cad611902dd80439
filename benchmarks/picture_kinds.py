"""Kinds of pictures by modes: taken exactly, with words, or refused with words; writes benchmarks/picture_kinds.md."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent


def table() -> str:
    """Return the table in Markdown; tests/codec/test_kind_modes.py asserts the same outcomes."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from kind_modes import MODES, outcomes, rows
    from picture_kinds import all_kinds

    from aewidgets.codec import zoo

    with TemporaryDirectory() as folder:
        found = outcomes(all_kinds(), zoo.load(), Path(folder))
    counts = [Counter(row[mode].what for row in found.values()) for mode in range(len(MODES))]
    lines = [
        "# Kinds of pictures, and what becomes of them",
        "",
        "Written by `python -m benchmarks picture_kinds`; `tests/codec/test_kind_modes.py` asserts it. The kinds, of a",
        "few pixels each, stand in `tests/picture_kinds.py`, with the pixels that they show.",
        "",
        "- *exact*: all pixels that are seen come back; for `compress`, which is lossy, they are what is coded.",
        "- *with words*: pixels or what belongs to them were changed, and a note or the line of the result says so.",
        "- *refused*: with an error that says what to do. *no file*: a Pillow image in memory, which no command takes.",
        "",
        f"| kinds | {' | '.join(f'`{mode}`' for mode in MODES)} | words |",
        f"| --- |{' --- |' * len(MODES)} --- |",
    ]
    every = [", ".join(f"{n} {what}" for what, n in sorted(count.items())) for count in counts]
    lines.append(f"| all {len(found)} | {' | '.join(every)} | |")
    for names, row in rows(found):
        said = "; or ".join(dict.fromkeys(one.words for one in row if one.words))
        lines.append(f"| {'; '.join(names)} | {' | '.join(one.what for one in row)} | {said} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file and print it."""
    text = table()
    (HERE / "picture_kinds.md").write_text(text, encoding="utf-8")
    print(text)
