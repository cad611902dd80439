"""Shrunken models beside the original: bytes, zeros, change in dB and seconds, in Keras and in other runtimes.

Every model runs on the same pictures. Seconds are the least of all rounds; each round runs every model, in an order
drawn anew, so that what slows the machine slows them all. A model counts as faster where it is by `FASTER` both in its
best round and in the median of the ratios of all rounds, less two standard errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aewidgets.images.displays import Table
from aewidgets.restoration.corruptions.damage import jpeg_artefacts
from aewidgets.restoration.network_inputs import restorer_inputs
from aewidgets.system.brief import shown_briefly
from aewidgets.system.inference import outputs_of

if TYPE_CHECKING:
    from aewidgets.models.shrinking.shrink import Shrunk

__all__ = ["Runtime", "ShrunkPoint", "compare_shrunk", "shrinking_inputs"]

NOISE_LEVEL = 25.0  # that denoisers are judged at, as most tables print it
JPEG_QUALITY = 20  # that restorers are judged at
NAMES = {"litert": "LiteRT", "onnx": "ONNX Runtime"}
FASTER = 1.1  # times the speed of the original model in the same runtime
FLOOR = 1e-10  # mean squared error that counts as 100 dB


@dataclass(frozen=True)
class Runtime:
    """A shrunken model's file in another runtime.

    Attributes:
        name: "LiteRT" or "ONNX Runtime".
        bytes: size of the file.
        seconds: for a batch.
        original_seconds: for a batch, by the file of the original model in the same runtime.
        speed: of the file, in units of the original's in the same runtime, at least.
        change_db: mean change of PSNR against the original in Keras.
        worst_db: worst change of one picture.
    """

    name: str
    bytes: int
    seconds: float
    original_seconds: float
    speed: float
    change_db: float
    worst_db: float


@shown_briefly
@dataclass(frozen=True, eq=False)
class ShrunkPoint:
    """What became of a model that was shrunk in one way.

    Attributes:
        to: such as "int8".
        bytes: size of the file of its weights, deflated.
        zeros: share of zeros among the weights of kernels.
        psnr_db: mean PSNR over the pictures.
        change_db: mean change against the original model; negative is worse.
        worst_db: worst change of one picture.
        seconds: for a batch with Keras.
        original_seconds: for a batch with Keras, by the original model.
        speed: in units of the original's, at least.
        left: layers with weights that stay as they were.
        runtimes: results of the file in other runtimes, where these are installed and have one.
        notes: why a runtime has none.
        shrunk: the result of `aewidgets.shrink`.
    """

    to: str
    bytes: int
    zeros: float
    psnr_db: float
    change_db: float
    worst_db: float
    seconds: float
    original_seconds: float
    speed: float
    left: tuple[str, ...]
    runtimes: tuple[Runtime, ...]
    notes: tuple[str, ...]
    shrunk: Shrunk

    @property
    def original_db(self) -> float:
        """Mean PSNR of the original model over the pictures."""
        return self.psnr_db - self.change_db

    @property
    def gain(self) -> str:
        """Words for where it is faster than the original: runtimes and factors, or "nowhere faster"."""
        places = [("Keras", self.speed), *((runtime.name, runtime.speed) for runtime in self.runtimes)]
        return ", ".join(f"{name} {speed:.1f} times" for name, speed in places if speed > FASTER) or "nowhere faster"


class ShrunkPoints(tuple[ShrunkPoint, ...]):
    """Points of `compare_shrunk`, shown as a table."""

    @property
    def table(self) -> Table:
        """Table with a row for each point."""
        columns = ("", "bytes", "zeros %", "PSNR dB", "change dB", "worst dB", "ms a batch", "original ms", "faster in")
        rows = [
            (p.to, f"{p.bytes:,}", 100 * p.zeros, p.psnr_db, f"{p.change_db:+.3f}", f"{p.worst_db:+.3f}",
             1000 * p.seconds, 1000 * p.original_seconds, p.gain)
            for p in self
        ]  # fmt: skip
        return Table(columns, rows, (0, 0, 1, 2, 0, 0, 1, 1, 0))

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def shrinking_inputs(model: Any, images: np.ndarray, seed: int = 0) -> tuple[Any, np.ndarray]:
    """Return inputs that a model is judged on, and what its outputs are held against, float32 (n, h, w, c).

    An autoencoder gets the images themselves; a denoiser the images with noise of level 25 of 255, which its
    map states; a restorer the images after JPEG of quality 20, which it knows too.

    Args:
        model: one of `aewidgets`' autoencoders, denoisers or restorers.
        images: uint8 (n, h, w, c), of the model's channels; sides are multiples of the denoiser's.
        seed: seed of the noise.
    """
    x = np.divide(images, 255, dtype="float32")
    if not isinstance(specs := model.input_specs(), dict):
        return x, x
    if specs["maps"].shape[-1] == 1:
        noise = np.random.default_rng(seed).normal(0, NOISE_LEVEL / 255, x.shape).astype("float32")
        return {"x": x + noise, "maps": np.full((*x.shape[:3], 1), NOISE_LEVEL / 255, "float32")}, x
    pairs = [restorer_inputs("jpeg", jpeg_artefacts(one, JPEG_QUALITY), quality=JPEG_QUALITY) for one in x]
    return {"x": np.stack([a for a, _ in pairs]), "maps": np.stack([b for _, b in pairs])}, x


def compare_shrunk(
    model: Any,
    words: Sequence[str],
    inputs: Any,
    originals: np.ndarray,
    *,
    batch_size: int = 32,
    rounds: int = 15,
    runtimes: Sequence[str] = ("litert", "onnx"),
    calibration: Any = None,
    tuned: Callable[[str], Any] | None = None,
    report: Callable[[int, int, str], None] | None = None,
) -> ShrunkPoints:
    """Shrink a model in several ways and measure each beside the original.

    A runtime computes with integers in files of "int8", which its own converter makes of the shrunken model: it rounds
    activations too, in ranges that it finds on `calibration`. Files for other words hold floats.

    Args:
        model: a built Keras model, from images to images (n, h, w, c), or from what `shrinking_inputs` returns.
        words: as `aewidgets.shrink` takes them.
        inputs: an array (n, ...), or a dictionary of arrays by name.
        originals: images in [0, 1] that outputs are held against, float (n, h, w, c).
        batch_size: number of images in a batch.
        rounds: number of batches that are timed for each model.
        runtimes: others than Keras, of "litert" and "onnx"; those that are not installed are left out.
        calibration: inputs like `inputs`, but none of them, such as training pictures; None for no files of integers.
        tuned: returns the model that is shrunk for a word, such as one that was trained on with rounded weights.
        report: called with (models measured, all models, which is next).

    Raises:
        ValueError: for an unknown word, no pictures, outputs of another shape, or what `aewidgets.shrink` refuses.
    """
    from aewidgets.models.edge.files import EdgeError, edge_bytes, quietly, with_small_integers  # imports Keras
    from aewidgets.models.edge.runners import runner_of
    from aewidgets.models.shrinking.shrink import shrink
    from aewidgets.models.shrinking.words import plan_of

    plans = [plan_of(word) for word in words]
    if not len(originals):
        raise ValueError("originals: expected at least one image, got none")
    present = [name for name in runtimes if _present(name)]
    judge = _Judge(inputs, np.asarray(originals, "float32"), batch_size)
    before = judge.psnr(_network(model))
    timed: dict[Any, Callable[[], Any]] = {"original": judge.timed(model.predict_on_batch)}
    changes: dict[Any, np.ndarray] = {}
    shrunken: dict[str, Shrunk] = {}
    sizes: dict[Any, int] = {}
    notes: dict[str, list[str]] = {}
    for name in present:
        try:
            run = runner_of(edge_bytes(model, name), name)
            run(judge.first)
        except EdgeError as error:
            notes.setdefault("", []).append(f"{NAMES[name]}: {error}")
            present = [each for each in present if each != name]
        else:
            timed[name] = judge.timed(run)
    for number, plan in enumerate(plans):
        if report:
            report(number, len(plans), plan.words)
        source = tuned(plan.words) if tuned else model
        found = shrunken[plan.words] = shrink(source, plan.words)
        changes[plan.words] = judge.psnr(_network(found.model)) - before
        timed[plan.words] = judge.timed(found.model.predict_on_batch)
        integers = plan.bits == 8
        for name in present if plan.bits is None or (integers and calibration is not None) else ():
            try:
                made = found.model
                data = with_small_integers(made, name, calibration) if integers else edge_bytes(made, name)
                run = runner_of(data, name)
                changes[plan.words, name] = judge.psnr(_first(run)) - before
            except EdgeError as error:
                notes.setdefault(plan.words, []).append(f"{NAMES[name]}: {error}")
                continue
            timed[plan.words, name], sizes[plan.words, name] = judge.timed(run), len(data)
    with quietly():  # TensorFlow warns of each model that it compiles after the fourth
        rounds_of = _seconds(timed, rounds)
    seconds = {name: float(found.min()) for name, found in rounds_of.items()}
    points = []
    for plan in plans:
        to = plan.words
        others = tuple(
            Runtime(NAMES[name], sizes[to, name], seconds[to, name], seconds[name],
                    _speed(rounds_of[name], rounds_of[to, name]),
                    float(changes[to, name].mean()), float(changes[to, name].min()))
            for name in present if (to, name) in sizes
        )  # fmt: skip
        found, change = shrunken[to], changes[to]
        points.append(ShrunkPoint(
            to, found.bytes, found.zeros, float((before + change).mean()), float(change.mean()), float(change.min()),
            seconds[to], seconds["original"], _speed(rounds_of["original"], rounds_of[to]), found.left, others,
            tuple(notes.get("", []) + notes.get(to, [])), found,
        ))  # fmt: skip
    return ShrunkPoints(points)


class _Judge:
    """Inputs in batches, and PSNR of what a function makes of them."""

    def __init__(self, inputs: Any, originals: np.ndarray, batch_size: int):
        self.originals, self.batch_size = originals, batch_size
        count = len(originals)
        self.parts = [_some(inputs, slice(start, start + batch_size)) for start in range(0, count, batch_size)]
        self.first = self.parts[0]

    def psnr(self, run: Callable[[Any], Any]) -> np.ndarray:
        """Return the PSNR of each image in dB, of outputs clipped to [0, 1]."""
        made = np.concatenate([np.asarray(run(part)) for part in self.parts])
        if made.shape != self.originals.shape:
            shapes = made.shape, self.originals.shape
            raise ValueError(f"originals: expected images as the model returns, {shapes[0]}, got {shapes[1]}")
        errors = np.square(np.clip(made, 0, 1).astype("float64") - self.originals).mean(axis=(1, 2, 3))
        return -10 * np.log10(np.maximum(errors, FLOOR))

    def timed(self, run: Callable[[Any], Any]) -> Callable[[], Any]:
        """Return a function that runs the first batch."""
        return lambda: run(self.first)


def _some(inputs: Any, which: slice) -> Any:
    """Return some of an array, float32, or of each array of a dictionary."""
    if isinstance(inputs, dict):
        return {name: _some(array, which) for name, array in inputs.items()}
    return np.asarray(inputs[which], "float32")


def _network(model: Any) -> Callable[[Any], Any]:
    """Return a function that runs a Keras model on arrays."""
    return lambda inputs: outputs_of(model, inputs)


def _first(run: Callable[[Any], list]) -> Callable[[Any], Any]:
    """Return a function that gives the first output of another."""
    return lambda inputs: run(inputs)[0]


def _present(name: str) -> bool:
    """Return whether a runtime is installed and Keras can write its files here."""
    from aewidgets.models.edge.files import EdgeError, needed

    try:
        needed(name)
    except EdgeError:
        return False
    return True


def _seconds(runs: dict[Any, Callable[[], Any]], rounds: int) -> dict[Any, np.ndarray]:
    """Return the seconds of each function in each round, of a second call: threads of others spin into the first."""
    seconds: dict[Any, list[float]] = {name: [] for name in runs}
    draws = np.random.default_rng(0)
    for _ in range(rounds):
        for name in draws.permutation(np.array([*runs, None], object)[:-1]):
            runs[name]()
            start = time.perf_counter()
            runs[name]()
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(found) for name, found in seconds.items()}


def _speed(original: np.ndarray, other: np.ndarray) -> float:
    """Return how many times as fast another is, at least: in the best rounds, and in the median less two errors."""
    ratios = np.log(original / other)
    middle = np.median(ratios)
    error = 1.2533 * 1.4826 * np.median(np.abs(ratios - middle)) / np.sqrt(len(ratios))  # of a median, if normal
    return min(float(np.exp(middle - 2 * error)), float(original.min() / other.min()))
