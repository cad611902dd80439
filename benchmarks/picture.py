"""Screenshot of CompressionStudio in an HTML file, for README: `python -m benchmarks.picture`.

The photograph is scikit-image's chelsea, on which nothing was trained or chosen.
"""

import tempfile
from pathlib import Path

from benchmarks.browsing import Watched, chromium

TARGET = Path(__file__).resolve().parent.parent / "docs" / "studio.png"
WIDTH, QUALITY, RIVAL = 1120, 40, "avif"
ZOOM, POSITION = 2.6, 0.5  # screen pixels a pixel: what one looks for is smaller than what fits a page


def main() -> None:
    """Write docs/studio.png."""
    from aewidgets.widgets import CompressionStudio

    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        studio = CompressionStudio(None, "learned", RIVAL, QUALITY)
        page = studio.export_html(Path(folder) / "studio.html")
        watched = Watched(browser, viewport={"width": WIDTH, "height": 1000}, color_scheme="light", offline=True)
        watched.page.goto(page.as_uri())
        shown = watched.studio()
        shown.settled()
        shown.js("s.stage.camera.zoomTo(a, null, s.stage.pane(), s.stage.size)", ZOOM)
        shown.js("s.stage.changed()")
        watched.page.wait_for_timeout(500)
        TARGET.parent.mkdir(exist_ok=True)
        shown.root.screenshot(path=TARGET)
        watched.close()
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
