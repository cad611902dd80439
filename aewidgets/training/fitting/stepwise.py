"""Training by steps, each batch made from the step's number alone; kept in a run's folder and resumed. No data.

The learning rate of such a run falls and its weights are averaged over all steps, so that half a run has no result
worth keeping. Ctrl-C and SIGTERM therefore save the state after the step under way and raise `Interrupted`; the same
call goes on from there, and ends as if it had not been interrupted. A second Ctrl-C breaks off at once.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from aewidgets.system.interrupts import on_interrupt
from aewidgets.training.fitting.obey import rate_of
from aewidgets.training.fitting.run_folder import RunFolder
from aewidgets.training.fitting.state import load_arrays, load_variables, save_arrays, values_of

__all__ = ["Interrupted", "averaging_adam", "check_run", "fit_steps"]

DRAWS = 64  # of random numbers in a step, at most


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM during a run by steps; the message says where the state was saved."""


def check_run(steps: int, learning_rate: float) -> None:
    """Raise ValueError for settings of a run by steps that cannot train."""
    if steps < 1:
        raise ValueError(f"steps: expected at least 1, got {steps}")
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate: expected a positive number, got {learning_rate}")


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

    Raises:
        Interrupted: after Ctrl-C or SIGTERM, once the state is saved.
        ArithmeticError: if the loss or the weights stop being finite; the last state that was finite is kept.
        ValueError: if the state in the folder is damaged.
    """
    variables = [*model.weights, *_generators(model), *model.optimizer.variables]
    if found := load_arrays(folder):
        load_variables(variables, found[1]["state"])
    log = folder.log()
    seconds = sum(entry["seconds"] for entry in log)
    step = saved = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    asked = threading.Event()
    with on_interrupt(asked.set, (signal.SIGINT, signal.SIGTERM)):
        while step < steps:
            if step % epoch_steps == 0:  # else the run was interrupted here, and the generators are in its state
                _draw_from(model, step)
            results, start = [], time.perf_counter()
            for number in range(step + 1, min(step - step % epoch_steps + epoch_steps, steps) + 1):
                model.reset_metrics()
                results.append(model.train_on_batch(*batches[number], return_dict=True))
                step = number
                if not math.isfinite(float(results[-1]["loss"])):
                    raise ArithmeticError(_diverged("loss", step, saved, model, folder))
                if asked.is_set():
                    break
            means = {name: float(np.mean([r[name] for r in results])) for name in results[0]}
            seconds += (elapsed := time.perf_counter() - start)
            log.append({"step": step, "seconds": round(elapsed, 1)} | means)
            _save(model, variables, step, saved, folder, log)
            saved = step
            if report:
                report(step, means)
            if asked.is_set() and step < steps:
                kept = f"; the state is saved in {folder.path}, and the same call or command goes on"
                raise Interrupted(f"stopped after step {step} of {steps}{kept if folder.path else ''}")
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return seconds


def _save(model: keras.Model, variables: list, step: int, saved: int, folder: RunFolder, log: list[Any]) -> None:
    """Save the state after a step, unless it is not finite."""
    try:
        save_arrays(folder, {"step": step}, {"state": values_of(variables)}, log)
    except ArithmeticError as error:
        raise ArithmeticError(_diverged("state", step, saved, model, folder)) from error


def _diverged(what: str, step: int, saved: int, model: keras.Model, folder: RunFolder) -> str:
    """Return the message for a run whose loss or state is not finite."""
    kept = f"the state after step {saved} is kept in {folder.path}; " if folder.path and saved else ""
    return (
        f"the {what} is not finite after step {step}, at a learning rate of {rate_of(model):g}: {kept}"
        "begin again with a lower learning rate, in another folder"
    )


def _generators(model: keras.Model) -> list:
    """Return the variables that hold the states of a model's random generators."""
    return [variable for variable in model.non_trainable_variables if variable.name == "seed_generator_state"]


def _draw_from(model: keras.Model, step: int) -> None:
    """Set the random generators by an epoch's first step, so that they do not depend on the steps before."""
    for variable in _generators(model):
        seed, _ = keras.ops.convert_to_numpy(variable.value)
        variable.assign(np.array([seed, step * DRAWS % 2**32], "uint32"))
