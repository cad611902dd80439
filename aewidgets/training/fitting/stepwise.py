"""Runs of a known number of steps, each batch made from the step's number alone; kept on disk, resumed. No data.

`run.json` says what decides the run, `log.jsonl` a line an epoch, `state.weights.h5` is written whole after each.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from aewidgets.system.writing import write_text

DRAWS = 64  # of random numbers in a step, at most

__all__ = ["averaging_adam", "fit_steps", "same_run"]


def averaging_adam(steps: int, learning_rate: float) -> keras.optimizers.Adam:
    """Adam whose rate warms up, then falls to a hundredth along a cosine, with weights averaged towards the end.

    Args:
        steps: of the whole run.
        learning_rate: the peak.
    """
    warmup = min(200, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, steps - warmup, alpha=0.01, warmup_target=learning_rate, warmup_steps=warmup
    )
    # Over the last thousand steps, or fourteenth of a short run, which else would be averaged with its beginning.
    momentum = 1 - min(0.5, max(1e-3, 14 / steps))
    return keras.optimizers.Adam(schedule, global_clipnorm=2.0, use_ema=True, ema_momentum=momentum)


def same_run(folder: Path, run: Any, make_facts: Callable[[], dict[str, Any]] = dict) -> dict[str, Any]:
    """Makes the folder of a run, or finds that it holds the same one.

    Args:
        folder: of the run.
        run: a dataclass that decides it, of what JSON holds.
        make_facts: what is measured once, before the first step, and kept with it.

    Returns:
        What was measured.

    Raises:
        ValueError: for a folder that holds another run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "run.json"
    if not record.exists():
        write_text(record, json.dumps({"run": asdict(run), **make_facts()}))
    known = json.loads(record.read_text(encoding="utf-8"))
    # A setting that the record lacks was not thought of then: it has the value it has by itself.
    if _plain(type(run)(**known["run"])) != _plain(run):
        raise ValueError(f"{folder} holds another run ({known['run']}); give an empty folder or the same settings")
    return {name: value for name, value in known.items() if name != "run"}


def _plain(run: Any) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(run)))


def fit_steps(
    model: keras.Model,
    batches,
    steps: int,
    folder: Path,
    epoch_steps: int = 250,
    report: Callable[[int, dict[str, float]], None] | None = None,
) -> float:
    """Trains a compiled model up to step `steps`, from where the folder's state is; leaves it with averaged weights.

    Args:
        model: with `averaging_adam`, built; is changed.
        batches: `batches[step]` is (x, y) of that step, from 1.
        steps: of the whole run.
        folder: from `same_run`.
        epoch_steps: between two checkpoints; with another number, noise that the model draws is another.
        report: called with the step and the epoch's means after every epoch.

    Returns:
        Seconds of all sessions together.
    """
    state, log = folder / "state.weights.h5", folder / "log.jsonl"
    if state.exists():
        model.load_weights(state)
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    seconds = sum(json.loads(line)["seconds"] for line in lines)
    step = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    while step < steps:
        _draw_from(model, step)
        results, start = [], time.perf_counter()
        for number in range(step + 1, min(step + epoch_steps, steps) + 1):
            model.reset_metrics()
            results.append(model.train_on_batch(*batches[number], return_dict=True))
        step += len(results)
        temporary = folder / "part.weights.h5"
        model.save_weights(temporary)
        os.replace(temporary, state)
        means = {name: float(np.mean([r[name] for r in results])) for name in results[0]}
        seconds += (elapsed := time.perf_counter() - start)
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, "seconds": round(elapsed, 1)} | means) + "\n")
        if report:
            report(step, means)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return seconds


def _draw_from(model: keras.Model, step: int) -> None:
    """Lets the random numbers of an epoch follow from its first step: Keras does not keep their state with weights."""
    for variable in model.non_trainable_variables:
        if variable.name == "seed_generator_state":
            seed, _ = keras.ops.convert_to_numpy(variable.value)
            variable.assign(np.array([seed, step * DRAWS % 2**32], "uint32"))
