"""Time of a cold `aewidgets decompress` of a 768x512 picture, by part; decoding by NumPy and by Keras."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from statistics import median

from aewidgets.codec import zoo
from aewidgets.codec.coding.container import parse
from aewidgets.images.sets import load_images
from benchmarks.large import measured

REPEATS = 7

# Processor seconds, so that a busy machine does not count; two threads share the convolutions.
PARTS = """
    import sys, time
    clock = lambda: 1e3 * time.process_time()
    marks = [("Python itself", clock())]
    import numpy, aewidgets.images.reading, aewidgets.codec.zoo
    from pathlib import Path
    marks.append(("imports", clock()))
    codec, data = aewidgets.codec.zoo.load(sys.argv[1]), Path(sys.argv[2]).read_bytes()
    marks.append(("weights", clock()))
    container = aewidgets.codec.coding.container.parse(data)
    latents = codec.latents(container)
    marks.append(("entropy decoding", clock()))
    picture = codec.picture(*latents, container.quality)
    marks.append(("synthesis", clock()))
    aewidgets.images.reading.write_image(picture, sys.argv[3])
    marks.append(("PNG", clock()))
    before = 0
    for name, now in marks:
        print(f"  {name}: {now - before:.0f} ms")
        before = now
"""


def main(model: str = "photo") -> None:
    """Print all figures, at quality 50."""
    _, image = load_images("kodak", limit=1)[0]
    codec = zoo.load(model)
    data = codec.compress(image, 50)
    with tempfile.TemporaryDirectory() as folder:
        aew, out = Path(folder) / "x.aew", Path(folder) / "x.png"
        aew.write_bytes(data)
        extra = ["--model", model] if model.endswith(".json") else []
        command = [sys.executable, "-m", "aewidgets.cli", "decompress", str(aew), "-o", str(out), "--overwrite", *extra]
        runs = [measured(*command) for _ in range(REPEATS)]
        print(f"cold decompress, the fastest of {REPEATS}: {min(runs)}")
        print(f"cold decompress, the median: {sorted(runs)[REPEATS // 2]}", flush=True)
        subprocess.run([sys.executable, "-c", textwrap.dedent(PARTS), model, str(aew), str(out)], check=True)
    container = parse(data)
    latents = codec.latents(container)
    for name, picture in (("NumPy", codec.picture), ("Keras", codec.halves.picture)):
        picture(*latents, container.quality)
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            codec.latents(container)
            middle = time.perf_counter()
            picture(*latents, container.quality)
            seconds.append((middle - start, time.perf_counter() - middle))
        entropy, synthesis = (median(s) for s in zip(*seconds, strict=True))
        print(f"{name}, codec loaded: entropy decoding {entropy:.3f} s, synthesis {synthesis:.3f} s", flush=True)
