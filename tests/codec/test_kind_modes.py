"""Every kind of picture in every mode: as it is seen, with words, or refused with words; never changed in silence."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from kind_modes import EXACT, MODES, NO_FILE, REFUSED, SILENT, WORDS, outcomes
from picture_kinds import all_kinds, png

from aewidgets.codec.files.picture import read_picture

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::aewidgets.system.notices.Notice"),  # caught where they count
]
KINDS = all_kinds()
COMPRESS, LOSSLESS, FRAME, SRGB, EIGHT, DENOISE = range(len(MODES))
WRITTEN = Path(__file__).parents[2] / "benchmarks" / "picture_kinds.md"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return outcomes(KINDS, tiny.trained(), tmp_path_factory.mktemp("kinds"))


def test_nothing_is_changed_in_silence_and_every_refusal_says_why(table):
    for name, row in table.items():
        for mode, (what, words) in zip(MODES, row, strict=True):
            assert what in (EXACT, WORDS, REFUSED, NO_FILE), (name, mode, what)
            assert (len(words) > 20) == (what in (WORDS, REFUSED)), (name, mode, words)


def test_what_is_taken_is_the_same_in_all_modes_but_for_what_they_are_for(table):
    for kind in KINDS:
        row = [one.what for one in table[kind.name]]
        refused = isinstance(kind.expected, str)
        assert (row[COMPRESS] == REFUSED) == refused and row[LOSSLESS] == row[COMPRESS], kind.name
        several = refused and bool(re.search("frames", kind.expected))
        assert row[FRAME] == (EXACT if several else row[COMPRESS]), kind.name
        assert not several or "--frame 0 in a command" in table[kind.name][COMPRESS].words
        with_profile = not refused and bool(read_picture(kind.source).icc)
        deep = not refused and kind.expected.dtype == np.uint16
        high_range = deep and "cICP" in kind.name
        assert row[SRGB] == (REFUSED if deep and row[DENOISE] != NO_FILE else WORDS if with_profile else row[COMPRESS])
        assert row[EIGHT] == (REFUSED if high_range else row[COMPRESS]), kind.name
        assert not refused or row[DENOISE] in (REFUSED, NO_FILE), kind.name


def test_what_is_written_in_the_benchmark_is_this(table):
    lines = [line.strip("|").split(" | ") for line in WRITTEN.read_text("utf-8").splitlines() if line.startswith("| ")]
    written = {name.strip(): line[1 : len(MODES) + 1] for line in lines[3:] for name in line[0].split("; ")}
    assert written == {name.strip(): [one.what for one in row] for name, row in table.items()}


def test_a_change_in_silence_would_be_seen(tmp_path):
    given = next(kind for kind in KINDS if kind.name == "PNG, RGB")
    other = given.expected.copy()
    other[1, 1, 0] ^= 255
    hidden = np.dstack([given.expected[..., :3], np.zeros((3, 5), "uint8")])
    kinds = [
        replace(given, name="other pixels", expected=other),
        replace(given, name="the same"),
        replace(given, name="turned", expected=given.expected[::-1]),
        replace(given, name="hidden", source=png(hidden, 8, 6), expected=hidden ^ np.uint8([1, 1, 1, 0])),
    ]
    found = outcomes(kinds, tiny.trained(), tmp_path)
    assert [{one.what for one in found[kind.name]} for kind in kinds] == [{SILENT}, {EXACT}, {SILENT}, {EXACT}]
