"""What a page cannot show is told at the spot and in a list, never in silence."""

import pytest

pytest.importorskip("nbconvert", reason="comes with the report extra")

from aewidgets.reports.pages.losses import Loss, Losses


def test_a_note_stands_in_the_place_and_in_the_list_once_by_cell():
    losses = Losses()
    note = losses.note(7, "a <b>\n from\thttps://x")
    assert note == losses.note(7, "a <b> from https://x")
    losses.note(2, "b")
    assert "a &lt;b&gt; from https://x" in note and "<b>" not in note
    assert losses.told() == (Loss(2, "b"), Loss(7, "a <b> from https://x"))
    assert str(losses.told()[0]) == "cell 2: b"


def test_no_control_reaches_the_terminal_on_which_losses_are_printed():
    losses = Losses()
    note = losses.note(1, "a \x1b[2J picture\u202e")
    assert losses.told() == (Loss(1, "a ?[2J picture?"),) and "\x1b" not in note


def test_long_words_are_cut_visibly():
    losses = Losses()
    losses.note(1, "data:" + "x" * 5000)
    assert len(losses.told()[0].words) == 300 and losses.told()[0].words.endswith("…")
