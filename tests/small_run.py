"""A small real training run for tests of watchers: a linear autoencoder in NumPy, on scikit-learn's digits.

Losses, reconstructions and units are those of the model as it learns. Needs no Keras.
"""

import threading
import time
from collections.abc import Iterator

import numpy as np

from aewidgets.training.watching import Ended, Plan, Snapshot, Units, Watcher

LATENT = 12
BATCH = 128


class LinearAutoencoder:
    """Autoencoder y = relu(x a + b), x_hat = y c + d, trained by gradient descent with momentum."""

    def __init__(self, seed: int = 1):
        draw = np.random.default_rng(seed)
        into = draw.normal(0, 0.15, (64, LATENT))
        self.weights = [into, np.full(LATENT, 1.0), into.T.copy(), np.zeros(64)]
        self.weights[1][-2:] = -9  # two units that never wake
        self.speeds = [np.zeros_like(w) for w in self.weights]

    def encode(self, x: np.ndarray) -> np.ndarray:
        return np.maximum(x @ self.weights[0] + self.weights[1], 0)

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        return self.encode(x) @ self.weights[2] + self.weights[3]

    def error(self, x: np.ndarray) -> float:
        return float(np.mean((self.reconstruct(x) - x) ** 2))

    def step(self, x: np.ndarray, rate: float) -> float:
        """Take one step down the gradient of the mean squared error; return the error before it."""
        codes = self.encode(x)
        away = codes @ self.weights[2] + self.weights[3] - x
        back = (2 / away.size * away) @ self.weights[2].T * (codes > 0)
        down = 2 / away.size * away
        slopes = [x.T @ back, back.sum(0), codes.T @ down, down.sum(0)]
        for weight, speed, slope in zip(self.weights, self.speeds, slopes, strict=True):
            speed *= 0.9
            speed -= rate * slope
            weight += speed
        return float(np.mean(away**2))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return training and validation pictures, float (n, 64) in [0, 1]."""
    from sklearn.datasets import load_digits

    x = load_digits().data / 16
    return x[:1400], x[1400:]


def to_pictures(x: np.ndarray) -> np.ndarray:
    """Convert rows of 64 values in [0, 1] to pictures, uint8 (k, 8, 8, 1)."""
    return np.clip(np.rint(x * 255), 0, 255).astype(np.uint8).reshape(-1, 8, 8, 1)


def plan(epochs: int, count: int = 10, done: int = 0) -> Plan:
    """Return the plan of the run that `run` trains."""
    _, validation = digits()
    centred = validation - validation.mean(0)
    kept = np.linalg.svd(centred, full_matrices=False)[1][LATENT:]
    pca = float((kept**2).sum() / validation.size)
    steps = -(-1400 // BATCH)
    originals = to_pictures(validation[:count])
    words = f"linear, code of {LATENT} values for images of 64"
    return Plan(words, "digits", epochs, steps, "mse", ("reconstruction", "sparsity"), {f"PCA, {LATENT} numbers": pca},
                originals, done)  # fmt: skip


def snapshots(of: Plan, watcher: Watcher, rate: float = 0.3, nap: float = 0.0) -> Iterator[Snapshot]:
    """Train, report batches to the watcher, obey its controls, and yield a snapshot after each epoch."""
    model, (training, validation) = LinearAutoencoder(), digits()
    draw, best = np.random.default_rng(0), np.inf
    for epoch in range(of.done + 1, of.epochs + 1):
        start, errors = time.perf_counter(), []
        order = draw.permutation(len(training))
        for step in range(of.steps):
            watcher.controls.hold()
            if watcher.controls.stopping:
                return
            rate = watcher.controls.take_learning_rate() or rate
            errors.append(model.step(training[order[step * BATCH : (step + 1) * BATCH]], rate))
            time.sleep(nap)
            watcher.batch(epoch, step + 1, {"loss": float(np.mean(errors)), **parts(model, training[:200])})
        seconds = time.perf_counter() - start
        error = model.error(validation)
        active = tuple(float(share) for share in (model.encode(validation) > 0).mean(0))
        marks = tuple("dead" if share == 0 else "always on" if share == 1 else "" for share in active)
        yield Snapshot(
            epoch, {"loss": float(np.mean(errors)), **parts(model, training[:200])},
            {"loss": error, "error": error, **parts(model, validation)}, rate, seconds,
            time.perf_counter() - start - seconds, to_pictures(model.reconstruct(validation[: len(of.originals)])),
            Units("activity", active, marks), error < best,
        )  # fmt: skip
        best = min(best, error)


def parts(model: LinearAutoencoder, x: np.ndarray) -> dict[str, float]:
    """Return the error and the mean magnitude of the codes; the latter is shown, not trained on."""
    return {"reconstruction": model.error(x), "sparsity": float(np.abs(model.encode(x)).mean())}


def run(watcher: Watcher, epochs: int = 5, nap: float = 0.0, count: int = 10, done: int = 0) -> None:
    """Train a whole run, from `begin` to `end`."""
    watcher.controls.reset()
    of = plan(epochs, count, done)
    watcher.begin(of)
    best = last = of.done
    for snapshot in snapshots(of, watcher, nap=nap):
        watcher.epoch(snapshot)
        last, best = snapshot.epoch, snapshot.epoch if snapshot.best else best
    reason = "stopped" if last < epochs else "finished"
    watcher.end(Ended(reason, best, f"{reason} after {last} epochs; epoch {best} is kept"))


def run_in_background(watcher: Watcher, epochs: int = 5, nap: float = 0.0) -> threading.Thread:
    """Start `run` in a thread of its own and return the thread."""
    thread = threading.Thread(target=run, args=(watcher, epochs, nap), daemon=True)
    thread.start()
    return thread
