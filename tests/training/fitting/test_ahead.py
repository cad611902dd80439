"""Batches made ahead are those that were asked for, in any order, each made once."""

import pytest

from aewidgets.training.fitting.ahead import Ahead


class Counted:
    def __init__(self):
        self.asked = []

    def __getitem__(self, step):
        self.asked.append(step)
        if step == 99:
            raise ArithmeticError("no such batch")
        return step * 10


def test_batches_come_as_asked_for_and_are_made_once():
    counted = Counted()
    ahead = Ahead(counted, steps=8)
    assert [ahead[step] for step in range(3, 9)] == [30, 40, 50, 60, 70, 80]
    assert counted.asked == [3, 4, 5, 6, 7, 8]
    assert [ahead[8], ahead[2], ahead[8]] == [80, 20, 80]  # begun again, and a run that goes back


def test_an_error_comes_where_its_batch_is_asked_for():
    with pytest.raises(ArithmeticError, match="no such batch"):
        Ahead(Counted(), steps=99)[99]
