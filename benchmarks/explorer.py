"""LatentExplorer with MNIST's 70,000 codes, beside plotly's scattergl; and the rounding of portable decoders.

Pages are opened from files in one browser, one after the other: seconds until the points are painted, and frames a
second while the mouse drags, for each of the models. Notebooks are executed without a browser and saved with their
widgets' state. Needs the browser extra and Node.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks.browsing import KERNEL, Watched, chromium
from benchmarks.explorer_page import ExplorerPage

SECONDS = 5  # of each drag
SETUP = (
    "import numpy as np\n"
    "from aewidgets.models.pretrained import load_autoencoder\n"
    "made = np.load('made.npz')\n"
    "images, labels, codes = made['images'], made['labels'], made['codes']\n"
)
OURS = (
    "from aewidgets.widgets import LatentExplorer\n"
    "explorer = LatentExplorer(load_autoencoder('mnist-variational-2'), images, labels)\n"
    "explorer"
)
PLOTLY = (
    "import plotly.graph_objects as go\n"
    "figure = go.Figure(go.Scattergl(x=codes[:, 0], y=codes[:, 1], mode='markers',"
    " marker={'size': 3, 'color': labels, 'opacity': 0.6}, customdata=np.arange(len(codes))))\n"
    "figure.update_layout(dragmode='pan', height=600)\n"
    "figure"
)
# Counts the frames that the page paints, from now on.
COUNT = (
    "() => { const before = window.painted; window.painted = 0; if (before !== undefined) return;"
    " const next = () => { painted += 1; requestAnimationFrame(next); }; next(); }"
)
# Drags the decoder: a move in every frame, each of which decodes a picture; frames a second.
DECODE = """(async () => {
  const box = s.map.el.getBoundingClientRect();
  const send = (type, x, y) => s.map.el.dispatchEvent(new PointerEvent(type, { pointerId: 77, button: 0, bubbles: true,
    clientX: box.left + box.width * x, clientY: box.top + box.height * y }));
  const drawn = () => Number(s.root.dataset.drawn), before = drawn(), start = performance.now();
  send('pointerdown', 0.5, 0.5);
  for (let k = 0; performance.now() - start < 1000 * a; k++) {
    send('pointermove', 0.5 + 0.2 * Math.sin(k / 9), 0.5 + 0.3 * Math.cos(k / 13));
    await new Promise(requestAnimationFrame);
  }
  send('pointerup', 0.5, 0.5);
  return (drawn() - before) / (performance.now() - start) * 1000;
})()"""
# Shipped model -> its data.
MODELS = {
    "mnist-variational-2": "mnist",
    "fashion-variational-16": "fashion-mnist",
    "cifar10-convolutional-64": "cifar10",
    "faces-variational-16": "faces",
}


def rounding(name: str, model: Any, images: np.ndarray, folder: Path) -> None:
    """Print the difference of the browser's decoder from Keras's, by the precision of its weights."""
    from aewidgets.models.portable.decoder import portable_decoder

    codes = model.encode(images[:200])
    exact = model.decode(codes)
    shown = images[:200] / 255 if images.dtype == np.uint8 else images[:200]
    whole = np.mean((exact - shown) ** 2, axis=(1, 2, 3))
    for precision in ("float32", "float16", "int8"):
        made = portable_decoder(model.decoder, precision)
        (folder / "decoder.json").write_text(json.dumps(made.steps), encoding="utf-8")
        (folder / "weights.bin").write_bytes(made.weights)
        (folder / "codes.bin").write_bytes(codes.astype("<f4").tobytes())
        js = Path(__file__).resolve().parent.parent / "js"
        run = subprocess.run(["node", "decode.mjs", str(folder)], cwd=js, check=True, capture_output=True, text=True)
        pictures = np.frombuffer((folder / "pictures.bin").read_bytes(), "<f4").reshape(exact.shape)
        away = np.abs(pictures - exact).max()
        psnr = -10 * np.log10(max(np.mean((pictures - exact) ** 2), 1e-20))
        error = np.mean((pictures - shown) ** 2, axis=(1, 2, 3))
        loss = np.mean(-10 * np.log10(whole) + 10 * np.log10(error))
        print(
            f"{name:<26} {precision:<8} {len(made.weights):>9,} bytes  largest difference {away:.1e}, "
            f"{psnr:5.1f} dB from Keras's, {loss:+.4f} dB of reconstruction lost, {float(run.stdout):.2f} ms each"
        )


def frames(watched: Watched, box: dict[str, float]) -> float:
    """Return frames a second while the mouse is dragged to and fro over a box."""
    mouse = watched.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    watched.page.evaluate(COUNT)
    start, step = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        step += 1
        mouse.move(x + 0.3 * box["width"] * np.sin(step / 9), y + 0.2 * box["height"] * np.cos(step / 13))
    rate = watched.page.evaluate("window.painted") / (time.perf_counter() - start)
    mouse.up()
    return rate


def ours(browser: Any, path: Path, name: str) -> None:
    """Print the figures of an explorer, from its page."""
    watched = Watched(browser, offline=True)
    start = time.perf_counter()
    watched.page.goto(path.as_uri())
    explorer = ExplorerPage(watched.page)
    explorer.wait("s.map.points.index && s.map.frames > 0")
    first = time.perf_counter() - start
    explorer.choose("Move")
    panning = []
    for plane in ("true", "false"):
        explorer.js(f"[s.toolbar.showTiles({plane}), s.map.fit()]")
        watched.page.wait_for_timeout(2000)
        panning.append(frames(watched, explorer.stage.bounding_box()))
    explorer.js("[s.toolbar.showTiles(true), s.map.fit()]")
    explorer.choose("Decode")
    decoded = explorer.js(DECODE, SECONDS)
    points = explorer.js("s.store.count")
    print(
        f"explorer, {name}: {points:,} points by {explorer.js('s.map.points.kind')}, "
        f"first picture after {first:.1f} s, {panning[0]:.0f} frames a second while panning over the "
        f"decoded plane, {panning[1]:.0f} without it, {decoded:.0f} while the "
        f"decoder is dragged, one picture each, "
        f"{len(watched.errors)} console errors"
    )
    watched.close()


def plotlys(browser: Any, path: Path, count: int) -> None:
    """Print the figures of plotly, from its page."""
    watched = Watched(browser, offline=True)
    start = time.perf_counter()
    watched.page.goto(path.as_uri())
    watched.page.locator(".gl-canvas").first.wait_for(state="attached", timeout=180_000)
    watched.page.wait_for_function(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    first = time.perf_counter() - start
    panning = frames(watched, watched.page.locator(".nsewdrag").first.bounding_box())
    print(
        f"plotly scattergl: {count:,} points, first picture after {first:.1f} s, {panning:.0f} frames a second "
        f"while panning, {len(watched.errors)} console errors"
    )
    watched.close()


def stored(name: str, code: str, folder: Path) -> None:
    """Print the bytes of an executed notebook."""
    notebook = new_notebook(metadata=KERNEL, cells=[new_code_cell(SETUP + code)])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=1800, resources=resources, store_widget_state=True).execute()
    print(f"{name}: {len(nbformat.writes(notebook)):,} bytes in the saved notebook, its widgets' state among them")


def main() -> None:
    """Print every figure."""
    from aewidgets.models.pretrained import load_autoencoder
    from aewidgets.training.data.splits import load_splits
    from aewidgets.widgets import LatentExplorer

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, data in MODELS.items():
            rounding(name, load_autoencoder(name), load_splits(data).validation.images, folder)
        splits = load_splits("mnist")
        parts = [splits.train, splits.validation, splits.test.open()]
        images = np.concatenate([part.images for part in parts])
        labels = np.concatenate([part.labels for part in parts])
        start = time.perf_counter()
        explorer = LatentExplorer(load_autoencoder("mnist-variational-2"), images, labels)
        print(f"made in {time.perf_counter() - start:.1f} s, encoding among it")
        page = explorer.export_html(folder / "explorer.html")
        print(f"explorer.html: {page.stat().st_size:,} bytes, {explorer._offline(3_000_000)['traits']['frozen']}")
        codes = explorer.map.codes
        np.savez(folder / "made.npz", images=images, labels=labels, codes=codes)
        scope: dict[str, Any] = {"codes": codes, "labels": labels, "np": np}
        exec(PLOTLY, scope)
        scope["figure"].write_html(folder / "plotly.html", include_plotlyjs=True)
        print(f"plotly.html: {(folder / 'plotly.html').stat().st_size:,} bytes")
        with chromium() as browser:
            ours(browser, page, "mnist-variational-2")
            for name, data in list(MODELS.items())[1:]:  # their pages' maps are of pictures held out from training
                held = load_splits(data).validation
                other = LatentExplorer(load_autoencoder(name), held.images, held.labels)
                ours(browser, other.export_html(folder / f"{name}.html"), name)
            plotlys(browser, folder / "plotly.html", len(codes))
        stored("explorer", OURS, folder)
        stored("plotly scattergl", PLOTLY, folder)


if __name__ == "__main__":
    main()
