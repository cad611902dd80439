"""The decoder in JavaScript on Kodak, in Node: symbols and pictures beside Python's, and seconds a picture."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from zlib import crc32

import numpy as np

from aewidgets.codec import zoo
from aewidgets.codec.coding.container import parse
from aewidgets.images.sets import load_images

JS = Path(__file__).resolve().parent.parent / "js" / "decode"
QUALITIES = (20, 50, 80)
MUTATIONS = 1250  # of each of sixteen golden files


def in_node(files: list[Path], weights: Path, **options) -> list[dict]:
    """Return what the decoder answers for each file."""
    asked = json.dumps({"files": [str(path) for path in files], "weights": str(weights), **options})
    run = subprocess.run(["node", str(JS / "run.mjs")], input=asked, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main() -> None:
    """Print the figures."""
    codec, images = zoo.load("photo"), load_images("kodak")
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "photo.npz"
        subprocess.run([sys.executable, str(JS / "share.py"), "photo", str(weights)], check=True, capture_output=True)
        code = sum(path.stat().st_size for path in (JS / "src").glob("*.js"))
        print(f"bytes: {weights.stat().st_size:,} of weights, {code:,} of code, not minified")
        files = [Path(folder) / f"{name}-{quality}.aew" for name, _ in images for quality in QUALITIES]
        for path, (image, quality) in zip(files, ((i, q) for _, i in images for q in QUALITIES), strict=True):
            path.write_bytes(codec.compress(image, quality))
        answers = in_node(files, weights, latents=True)
        same, off, worst, seconds = 0, 0, 0, []
        for path, answer in zip(files, answers, strict=True):
            container = parse(path.read_bytes())
            started = time.perf_counter()
            latents = codec.latents(container)
            picture = codec.picture(*latents, container.quality)[: container.height, : container.width]
            seconds.append(time.perf_counter() - started)
            found = [crc32(np.ascontiguousarray(a, "<i4").tobytes()) for a in latents]
            same += found == [answer["latents"], answer["symbols"]]
            apart = np.abs(np.fromfile(f"{path}.pixels", "uint8").reshape(picture.shape).astype(int) - picture)
            off, worst = off + int(np.count_nonzero(apart)), max(worst, int(apart.max()))
        print(f"{same} of {len(files)} files have the symbols of Python; samples differ by at most {worst} level,")
        print(f"{off:,} of {sum(i.size for _, i in images) * len(QUALITIES):,} differ")
        fast = median(answer["seconds"] for answer in answers)
        print(f"seconds a picture of 768x512, median: {fast:.2f} in one thread of Node")
        plain = median(a["seconds"] for a in in_node(files[:6], weights, simd=False))
        print(f"  {plain:.2f} without WebAssembly, {median(seconds):.2f} in Python, two threads")
    golden = Path(__file__).resolve().parent.parent / "tests" / "golden"
    totals = {"decoded": 0, "refused": 0, "other": 0}
    for family in ("factorised", "hyperprior", "passes", "trellis"):
        files = sorted(golden.glob(f"{family}-*.aew"))
        fingerprint = parse(files[0].read_bytes()).fingerprint.hex()
        for one in in_node(files, golden / f"{family}.npz", fingerprint=fingerprint, mutations=MUTATIONS):
            totals = {key: totals[key] + (one[key] if key != "other" else len(one[key])) for key in totals}
    decoded, refused, other = totals.values()
    print(f"changed files: {decoded:,} decoded, {refused:,} refused, {other} broke the decoder")
