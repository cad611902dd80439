"""TrainingMonitor: cost of watching in a real kernel, and sizes of messages. Needs the report extra.

A dense autoencoder on MNIST (digits with --small), trained in a Jupyter kernel to which widget messages go as they do
from a notebook: alternately with a monitor and without, from equal weights, in equal order of batches.
"""

import json
import sys
import tempfile
from pathlib import Path

RUNS = 3  # of either kind
CODE = """
import json, statistics, time
import keras
from aewidgets.models.families import build_autoencoder
from aewidgets.training.data.splits import load_splits
from aewidgets.training.autoencoders import train
from aewidgets.widgets import TrainingMonitor

class Timed(TrainingMonitor):
    def __init__(self):
        self.spent, self.ending, self.sent = 0.0, 0.0, []
        super().__init__()
    def _timed(self, call, *arguments):
        start = time.perf_counter()
        call(*arguments)
        self.spent += time.perf_counter() - start
    def begin(self, plan): self._timed(super().begin, plan)
    def batch(self, *arguments): self._timed(super().batch, *arguments)
    def epoch(self, snapshot): self._timed(super().epoch, snapshot)
    def end(self, ended):
        start = time.perf_counter()
        super().end(ended)
        self.ending = time.perf_counter() - start
    def _send(self, message, buffers=None):
        self.sent.append((message["method"], len(json.dumps(message)) + sum(map(len, buffers or ()))))
        super()._send(message, buffers)

splits = load_splits("DATA")
def once(watcher, epochs=EPOCHS):
    keras.utils.set_random_seed(1)
    model = build_autoencoder("dense", splits.image_shape, latent_dim=64)
    marks = []
    record = train(model, splits, watcher=watcher, epochs=epochs,
                   report=lambda entry: marks.append((time.perf_counter(), time.process_time())))
    return [last - first for first, last in zip(marks[0], marks[-1])], sum(e["seconds"] for e in record.epochs)

once(None, 2)
watched, alone, spent, ending, inside, batches, epochs = [], [], [], [], [], [], []
for _ in range(RUNS):
    alone.append(once(None)[0])
    monitor = Timed()
    seconds, trained = once(monitor)
    watched.append(seconds)
    spent.append(monitor.spent / trained)
    ending.append(monitor.ending)
    inside.append(sum(e["watching"] for e in monitor.record.epochs) / trained)
    batches += [size for method, size in monitor.sent if method == "update"]
    epochs += [size for method, size in monitor.sent if method == "custom"]
middle = statistics.median
print(json.dumps(dict(
    alone=alone, watched=watched, spent=middle(spent), ending=middle(ending), inside=middle(inside),
    batch=middle(batches), epoch=middle(epochs),
)))
"""


def in_a_kernel(code: str) -> dict:
    """Run code in a kernel and return what it prints last, read as JSON."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    printed: list[str] = []

    def hear(message: dict) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])
        elif message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))

    try:
        client.execute_interactive(code, output_hook=hear, timeout=None)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return json.loads("".join(printed).strip().splitlines()[-1])


def main() -> None:
    """Print every figure."""
    small = "--small" in sys.argv
    static = Path(__file__).resolve().parent.parent / "aewidgets" / "widgets" / "static"
    print(f"monitor.js: {(static / 'monitor.js').stat().st_size:,} bytes")
    data, epochs = ("digits", 20) if small else ("mnist", 5)
    found = in_a_kernel(CODE.replace("DATA", data).replace("EPOCHS", str(epochs)).replace("RUNS", str(RUNS)))
    print(f"dense autoencoder, 64 numbers, {data}, {epochs} epochs, {RUNS} runs of either kind, in turn")
    for at, what in enumerate(("seconds by the clock", "seconds of processors")):
        alone, watched = ([run[at] for run in found[name]] for name in ("alone", "watched"))
        for name, runs in (("alone", alone), ("watched", watched)):
            print(f"  {what} after the first epoch, {name}: {', '.join(f'{seconds:.2f}' for seconds in runs)}")
        print(f"  least of the watched by the least of those alone: {min(watched) / min(alone):.3f}")
    print(f"  in the widget's calls: {100 * found['spent']:.2f} % of the training's seconds; "
          f"once, at the end, {1000 * found['ending']:.0f} ms")  # fmt: skip
    print(f"  reconstructions and diagnosis for it: {100 * found['inside']:.2f} %")
    print(f"  a batch sends {found['batch']:,.0f} bytes, four times a second at most")
    print(f"  an epoch sends {found['epoch']:,.0f} bytes")
    exported(data)


def exported(data: str) -> None:
    """Return the size of a page of two hundred epochs."""
    import numpy as np

    from aewidgets.training.watching import Plan, Snapshot, Units
    from aewidgets.widgets import TrainingMonitor

    side = 8 if data == "digits" else 28
    draw = np.random.default_rng(0)
    large = np.ones((1, side // 4, side // 4, 1), np.uint8)
    blobs = [np.kron(draw.integers(0, 256, (8, 4, 4, 1), np.uint8), large) for _ in range(200)]
    monitor = TrainingMonitor()
    monitor.begin(Plan("dense, 64 numbers", data, 200, 10, "mse", ("reconstruction", "kl"), {"PCA": 0.01}, blobs[0]))
    for epoch, blob in enumerate(blobs, 1):
        losses = {"loss": 1 / epoch, "reconstruction": 1 / epoch, "kl": 1.0, "error": 1 / epoch}
        units = Units("kl", tuple(draw.random(64)), ("",) * 64)
        monitor.epoch(Snapshot(epoch, losses, losses, 1e-3, 1.0, 0.01, blob, units, True))
    with tempfile.TemporaryDirectory() as folder:
        size = monitor.export_html(Path(folder) / "x.html").stat().st_size
    print(f"exported page of 200 epochs, 8 pictures of {side} x {side}, 64 units: {size:,} bytes")


if __name__ == "__main__":
    main()
