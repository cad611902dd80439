"""Training by steps, each batch made from the step's number alone; kept in a run's folder and resumed. No data.

Ctrl-C and SIGTERM break a run by steps off at once: its learning rate falls and its weights are averaged over all
steps, so that half a run has no result worth keeping. The same call goes on from the last state.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import keras
import numpy as np

from aewidgets.training.fitting.run_folder import STEP_STATE, RunFolder

__all__ = ["averaging_adam", "fit_steps"]

DRAWS = 64  # of random numbers in a step, at most


def averaging_adam(steps: int, learning_rate: float) -> keras.optimizers.Adam:
    """Return Adam whose rate warms up, then falls to a hundredth along a cosine, and that averages the weights.

    Args:
        steps: number of steps of the whole run.
        learning_rate: the peak.
    """
    warmup = min(200, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, steps - warmup, alpha=0.01, warmup_target=learning_rate, warmup_steps=warmup
    )
    # Averages the last thousand steps, or the last fourteenth of a short run, without that run's beginning.
    momentum = 1 - min(0.5, max(1e-3, 14 / steps))
    return keras.optimizers.Adam(schedule, global_clipnorm=2.0, use_ema=True, ema_momentum=momentum)


def fit_steps(
    model: keras.Model,
    batches,
    steps: int,
    folder: RunFolder,
    epoch_steps: int = 250,
    report: Callable[[int, dict[str, float]], None] | None = None,
) -> float:
    """Train a compiled model up to step `steps`, from the state in the folder; leave it with averaged weights.

    Args:
        model: built, with `averaging_adam`; is changed.
        batches: `batches[step]` is (x, y) of that step, from 1.
        steps: number of steps of the whole run.
        folder: where the state is saved after each epoch.
        epoch_steps: number of steps in an epoch; another number gives other noise where the model draws some.
        report: called with the step and the epoch's means after every epoch.

    Returns:
        Seconds of all sessions together.
    """
    if state := folder.find(STEP_STATE):
        model.load_weights(state)
    log = folder.log()
    seconds = sum(entry["seconds"] for entry in log)
    step = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    while step < steps:
        _draw_from(model, step)
        results, start = [], time.perf_counter()
        for number in range(step + 1, min(step + epoch_steps, steps) + 1):
            model.reset_metrics()
            results.append(model.train_on_batch(*batches[number], return_dict=True))
        step += len(results)
        means = {name: float(np.mean([r[name] for r in results])) for name in results[0]}
        seconds += (elapsed := time.perf_counter() - start)
        log.append({"step": step, "seconds": round(elapsed, 1)} | means)
        folder.save(STEP_STATE, model.save_weights, log)
        if report:
            report(step, means)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return seconds


def _draw_from(model: keras.Model, step: int) -> None:
    """Set the random generators by an epoch's first step, since Keras does not save their state with the weights."""
    for variable in model.non_trainable_variables:
        if variable.name == "seed_generator_state":
            seed, _ = keras.ops.convert_to_numpy(variable.value)
            variable.assign(np.array([seed, step * DRAWS % 2**32], "uint32"))
