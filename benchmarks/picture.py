"""Screenshots of three widgets in HTML files, for README: `python -m benchmarks.picture`.

The photograph is scikit-image's chelsea, on which nothing was trained or chosen; the faces are validation pictures. The
digits are MNIST's (AEWIDGETS_DATA), those that the model was trained on: a map of what it has learnt.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.browsing import Watched, chromium

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH, QUALITY, RIVAL = 1120, 40, "avif"
ZOOM, POSITION = 2.6, 0.5  # screen pixels a pixel: what one looks for is smaller than what fits a page
INSPECTED = 1040  # pixels of the inspector that are shown, from its top
EXPLORED = 760  # of the explorer


def studio(browser: Any, folder: Path) -> None:
    """Write docs/studio.png."""
    from aewidgets.studies import bundled_subject
    from aewidgets.widgets import CompressionStudio

    page = CompressionStudio(bundled_subject("chelsea"), "learned", RIVAL, QUALITY).export_html(folder / "studio.html")
    watched = Watched(browser, viewport={"width": WIDTH, "height": 1000}, color_scheme="light", offline=True)
    watched.page.goto(page.as_uri())
    shown = watched.studio()
    shown.settled()
    shown.js("s.stage.camera.zoomTo(a, null, s.stage.pane(), s.stage.size)", ZOOM)
    shown.js("s.stage.changed()")
    watched.page.wait_for_timeout(500)
    shown.root.screenshot(path=DOCS / "studio.png")
    watched.close()


def inspector(browser: Any, folder: Path) -> None:
    """Write docs/inspector.png: its upper part."""
    from aewidgets import load_autoencoder, load_splits
    from aewidgets.widgets import ModelInspector

    faces = load_splits("faces")
    part = faces.validation
    made = ModelInspector(load_autoencoder("faces-variational-16"), part.images, part.labels, names=faces.classes)
    page = made.export_html(folder / "inspector.html")
    watched = Watched(browser, viewport={"width": 1340, "height": INSPECTED}, color_scheme="light", offline=True)
    watched.page.goto(page.as_uri())
    watched.page.wait_for_selector(".aew-inspector[data-pictures]")
    watched.drawn()
    corner = watched.page.locator(".aew-inspector").bounding_box()
    clip = {**corner, "height": INSPECTED - corner["y"]}
    watched.page.screenshot(path=DOCS / "inspector.png", clip=clip)
    watched.close()


def explorer(browser: Any, folder: Path) -> None:
    """Write docs/explorer.png: 20,000 digits over the plane of codes, and the picture under the pointer."""
    from aewidgets import load_autoencoder, load_splits
    from aewidgets.widgets import LatentExplorer

    digits = load_splits("mnist").train
    assert digits.labels is not None
    made = LatentExplorer(load_autoencoder("mnist-variational-2"), digits.images[:20_000], digits.labels[:20_000])
    page = made.export_html(folder / "explorer.html")
    watched = Watched(browser, viewport={"width": 1340, "height": EXPLORED}, color_scheme="light", offline=True)
    watched.page.goto(page.as_uri())
    watched.page.wait_for_selector(".aew-explorer")
    watched.drawn()
    watched.page.wait_for_timeout(6000)  # tiles and thumbnails come one after the other
    corner = watched.page.locator(".aew-explorer").bounding_box()
    clip = {**corner, "height": min(corner["height"], EXPLORED - corner["y"])}
    watched.page.screenshot(path=DOCS / "explorer.png", clip=clip)
    watched.close()


def main(names: Sequence[str]) -> None:
    """Write the pictures of these names; all of them for none."""
    pictures = {"studio": studio, "inspector": inspector, "explorer": explorer}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name in names or pictures:
            pictures[name](browser, Path(folder))
            print(f"{name}.png: {(DOCS / f'{name}.png').stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
