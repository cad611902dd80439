"""Answered traits of an inspector out of its cache, for a live page and one without a kernel. It sets none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aewidgets.studies.explanation.targets import Target, target_values
from aewidgets.widgets.model_inspector import views
from aewidgets.widgets.model_inspector.asking import Asked, Question, methods_of
from aewidgets.widgets.model_inspector.cache import CHECKS, InspectorCache

__all__ = ["checks_of", "map_answer", "picture_answer", "surrogate_answer"]


def picture_answer(cache: InspectorCache, number: int, most: int | None = None) -> dict[str, Any]:
    """Return a picture, its reconstruction, and what layers make of it; `most` values of a layer."""
    made = cache.activations(number)
    last = cache.layers[-1].name
    pictures = views.picture(cache.images[number], made[last])
    return {**pictures, "activations": views.activations(made) if most is None else views.activations(made, most)}


def map_answer(cache: InspectorCache, question: Question) -> dict[str, Any]:
    """Return all maps of a picture and a target."""
    number, target = question.picture, question.target
    found, value = [], None
    for method in methods_of(question.rule):
        made = cache.map(number, target, method) if cache.applies(target, method) else None
        value = float(made.values[0]) if made is not None else value
        found.append(views.map_of(method, made))
    if value is None:
        value = float(target_values(cache.model, cache.images[number][None], target)[0])
    return views.maps(number, target, question.rule, found, value)


def checks_of(cache: InspectorCache, target: Target, rule: str) -> dict[str, Any]:
    """Return the checks made so far of the methods that are shown: by method, by check."""
    found: dict[str, Any] = {}
    for method in methods_of(rule):
        made = {name: cache.made_check(target, method, name) for name in CHECKS}
        found[method] = {name: views.check(*one) for name, one in made.items() if one is not None}
    return found


def surrogate_answer(
    cache: InspectorCache, target: Target, asked: Asked, names: Sequence[str] | None
) -> dict[str, Any]:
    """Return a surrogate, or why there is none in words."""
    try:
        found = cache.surrogate(target, asked)
    except ValueError as error:
        return views.surrogate(asked, target, str(error), ())
    chosen, _, held = cache.codes()
    answers: list[str] = []
    if asked.of == "labels" and cache.labels is not None:
        fitted = np.unique(np.asarray(cache.labels)[chosen[~held]])
        answers = [str(names[label]) if names is not None else str(label) for label in fitted]
    return {
        **views.surrogate(asked, target, found, answers),
        "pictures": [int((~held).sum()), int(held.sum())],
        "labels": [] if asked.of != "labels" else [int(v) for v in np.unique(np.asarray(cache.labels)[chosen[~held]])],
    }
