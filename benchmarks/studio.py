"""CompressionStudio in JupyterLab: slider to new picture, frames of the handle, sizes. Needs the browser extra.

Moves of the quality slider with the learned codec on a 768 x 512 photograph, from the question to the new picture on
screen, through a local kernel; beside it, in the same notebook, a stock slider that sends a ready-made picture of the
same size to a stock image widget: what any slider costs here, without any codec.
"""

import re
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks.browsing import KERNEL, Watched, chromium, lab_server

MOVES = 50
CELLS = (
    "import io, ipywidgets, numpy as np\n"
    "from PIL import Image\n"
    "from aewidgets.widgets import CompressionStudio\n"
    "from skimage.data import astronaut\n"
    "wide = np.concatenate([astronaut(), astronaut()[:, ::-1]], axis=1)[:, 128:896]\n"
    "studio = CompressionStudio(wide, 'learned', 'original', 50)\n"
    "studio",
    "def png(k):\n"
    "    file = io.BytesIO()\n"
    "    shifted = np.clip(wide.astype(int) + k % 7, 0, 255).astype('uint8')\n"
    "    Image.fromarray(shifted).save(file, 'PNG', compress_level=1)\n"
    "    return file.getvalue()\n"
    "slider = ipywidgets.IntSlider(value=50, min=0, max=200)\n"
    "image = ipywidgets.Image(value=png(0), width=384)\n"
    "slider.observe(lambda change: setattr(image, 'value', png(change['new'])), 'value')\n"
    "ipywidgets.HBox([slider, image])",
)
# One move of the studio: asked now, over once another picture has been decoded and painted.
MOVE = """(() => new Promise((done) => {
  const before = s.root.dataset.left, start = performance.now();
  s.ask({ left_quality: a.quality }, a.draft, 'left');
  const look = () => s.root.dataset.left !== before ? done(performance.now() - start) : requestAnimationFrame(look);
  look();
}))()"""
CONTROL = """() => new Promise((done) => {
  const image = document.querySelector('.jupyter-widgets img'), start = performance.now();
  const observer = new MutationObserver(async () => {
    observer.disconnect();
    await image.decode();
    requestAnimationFrame(() => done(performance.now() - start));
  });
  observer.observe(image, { attributes: true, attributeFilter: ['src'] });
  const handle = document.querySelector('.jupyter-widgets .noUi-handle');
  handle.focus();
  handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
})"""


def summary(name: str, milliseconds: list[float]) -> None:
    """Print median and 95th percentile."""
    median, late = np.percentile(milliseconds, [50, 95])
    print(f"{name:<58} median {median:6.0f} ms, p95 {late:6.0f} ms, {len(milliseconds)} moves")


def moves(studio, draft: bool) -> list[float]:
    """Return the milliseconds of each move."""
    qualities = np.random.default_rng(0).permutation(np.linspace(10, 90, MOVES)).round(2)
    found = []
    for quality in qualities + (0.25 if draft else 0):
        found.append(studio.js(MOVE, {"quality": float(quality), "draft": draft}))
        studio.wait("!s.link.waiting")
    return found


def frames(watched: Watched, studio) -> float:
    """Return frames a second while the handle is dragged to and fro."""
    studio.root.scroll_into_view_if_needed()
    studio.js("(() => { const paint = s.stage.paint; s.painted = 0;"
              " s.stage.paint = function () { s.painted += 1; paint.call(this); }; })()")  # fmt: skip
    box = studio.root.locator(".aew-stage").bounding_box()
    y, middle, mouse = box["y"] + 60, box["x"] + box["width"] / 2, watched.page.mouse
    mouse.move(middle, y)
    mouse.down()
    start, step = time.perf_counter(), 0
    while time.perf_counter() - start < 4:
        mouse.move(middle + 0.4 * box["width"] * np.sin(step / 12), y)
        step += 1
    seconds = time.perf_counter() - start
    mouse.up()
    return studio.js("s.painted") / seconds


def main() -> None:
    """Print every figure."""
    static = Path(__file__).resolve().parent.parent / "aewidgets" / "widgets" / "static"
    for name in ("studio.js", "host.js"):
        print(f"{name}: {(static / name).stat().st_size:,} bytes")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        notebook = new_notebook(metadata=KERNEL, cells=[new_code_cell(cell) for cell in CELLS])
        nbformat.write(notebook, Path(folder) / "x.ipynb")
        server = lab_server(Path(folder))
        watched = Watched(browser)
        try:
            watched.open_notebook(server, "x.ipynb")
            studio = watched.studio()
            studio.settled()
            watched.page.locator(".jupyter-widgets img").wait_for(state="attached")
            studio.wait("!s.link.get('status').busy && s.link.get('curves').length >= 6", timeout=400_000)
            load = studio.js(
                "(async () => { const source = await (await fetch(a)).text(); const start = performance.now();"
                " await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));"
                " return performance.now() - start; })()",
                f"data:text/javascript;base64,{_base64(static / 'studio.js')}",
            )
            print(f"module parsed and run: {load:.0f} ms")
            summary("learned, while dragging (PSNR and JPEG preview)", moves(studio, True))
            summary("learned, released (SSIM, MS-SSIM, bits, exact pixels)", moves(studio, False))
            summary("control: stock slider, ready-made PNG", [watched.page.evaluate(CONTROL) for _ in range(MOVES)])
            print(f"handle: {frames(watched, studio):.0f} frames a second (no GPU)")
            print(f"console errors: {len(watched.errors)}")
        finally:
            watched.close()
            server.stop()
        exported(Path(folder))


def exported(folder: Path) -> None:
    """Return the size of a page, and of what is embedded in it."""
    from aewidgets.widgets import CompressionStudio

    text = CompressionStudio().export_html(folder / "x.html").read_text(encoding="utf-8")
    inside = re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert inside
    print(f"exported page: {len(text):,} bytes, of them data {len(inside.group(1)):,}")


def _base64(path: Path) -> str:
    import base64

    return base64.b64encode(path.read_bytes()).decode()


if __name__ == "__main__":
    main()
