"""Recipes refuse wrong settings, learning rates fall as scheduled, and records survive JSON."""

import math
from dataclasses import replace

import pytest

from aewidgets.training.fitting.records import Recipe, Record


@pytest.mark.parametrize(
    "change, words",
    [
        ({"loss": "l2"}, "loss: expected one of mse"),
        ({"optimizer": "lion"}, "optimizer: expected one of adam"),
        ({"schedule": "linear"}, "schedule: expected"),
        ({"precision": "float8"}, "precision: expected"),
        ({"augment": ("flip", "spin")}, "augment: expected some of flip, shift, brightness, got spin"),
        ({"epochs": 0}, "epochs: expected at least 1"),
        ({"patience": 0}, "patience: expected at least 1"),
        ({"learning_rate": 0.0}, "learning_rate: expected a positive number"),
        ({"learning_rate": math.nan}, "learning_rate: expected"),
        ({"l2": -1.0}, "l2: expected"),
        ({"learning_rate": "1e-3"}, "learning_rate: expected a positive number, got '1e-3'"),
        ({"epochs": 2.5}, "epochs: expected a whole number, got 2.5"),
        ({"batch_size": "32"}, "batch_size: expected a whole number"),
        ({"seed": None}, "seed: expected a whole number"),
        ({"augment": "flip"}, "augment: expected a list of flip"),
        ({"loss": ["mse"]}, "loss: expected one of mse"),
    ],
)
def test_wrong_recipes_are_refused_in_words(change, words):
    with pytest.raises(ValueError, match=words):
        Recipe(**change)


def test_the_cosine_ends_at_a_hundredth():
    recipe = Recipe(epochs=10, learning_rate=0.5, schedule="cosine")
    rates = [recipe.rate(epoch) for epoch in range(1, 11)]
    assert rates[0] == 0.5 and rates[-1] == pytest.approx(0.005)
    assert sorted(rates, reverse=True) == rates


def test_steps_are_tenths_after_half_and_three_quarters():
    recipe = Recipe(epochs=8, learning_rate=1.0, schedule="step")
    assert [recipe.rate(epoch) for epoch in range(1, 9)] == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_constant_rate_is_constant():
    assert {Recipe(learning_rate=0.2).rate(epoch) for epoch in range(1, 21)} == {0.2}


def test_records_survive_json():
    epochs = ({"epoch": 1, "loss": 0.5, "validation": {"loss": 0.4, "error": 0.3}, "seconds": 1.0},)
    record = Record(Recipe(augment=("flip",)), "dense", "digits", epochs, 1, "finished", 1.0, references={"PCA": 0.1})
    record = replace(record, kl_nats=(0.5, 0.02), notes=("1 of 2 units collapsed",))
    assert Record.from_json(record.to_json()) == record
    assert record.error == 0.3


@pytest.mark.parametrize("text", ['{"recipe": {}}', "[1]", '{"nothing": 1}'])
def test_other_json_is_no_record(text):
    with pytest.raises(ValueError, match="expected a record"):
        Record.from_json(text)
