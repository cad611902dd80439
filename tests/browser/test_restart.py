"""What a widget says once its kernel is gone, in real JupyterLab: words, no old progress, nothing asked in vain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")

from each_widget import KINDS  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402

from benchmarks.browsing import KERNEL, Watched  # noqa: E402

pytestmark = pytest.mark.browser
SETUP = """import sys
sys.path.insert(0, {tests!r})
from each_widget import KINDS
made = [make() for make in KINDS.values()]
"""
WORDS = "The kernel was restarted or has ended: run the cell again."
SESSION = "window.jupyterapp.shell.currentWidget.context.sessionContext"
# How a kernel ends: by hand, by a crash, and by being shut down.
ENDS = {
    "restarted": f"() => void {SESSION}.restartKernel()",
    "crashed": f"() => void {SESSION}.session.kernel.requestExecute({{code: 'import os; os._exit(1)'}})",
    "shut down": f"() => void {SESSION}.shutdown()",
}


@pytest.fixture(params=ENDS)
def ended(request: pytest.FixtureRequest, browser, lab, watch, shots: Path | None) -> Iterator[Watched]:
    """A notebook with one widget of each kind, whose kernel then ended while a question was open."""
    sources = [SETUP.format(tests=str(Path(__file__).parents[1])), *(f"made[{i}]" for i in range(len(KINDS)))]
    nbformat.write(new_notebook(metadata=KERNEL, cells=[new_code_cell(s) for s in sources]), lab.folder / "ends.ipynb")
    # All of them fit: JupyterLab leaves cells out of sight undrawn, and their text is then empty.
    watched = watch(browser, viewport={"width": 1366, "height": 7000})
    watched.open_notebook(lab, "ends.ipynb")
    watched.page.wait_for_function(f"document.querySelectorAll('.aew').length >= {len(KINDS)}", timeout=180_000)
    studio = watched.studio(0)
    studio.settled()
    watched.page.evaluate(ENDS[request.param])
    gone = f"document.querySelectorAll('.aew[data-kernel=gone]').length === {len(KINDS)}"
    watched.page.wait_for_function(gone, timeout=60_000)
    dialog = watched.page.locator(".jp-Dialog")  # JupyterLab's own words on a crash
    if request.param == "crashed":
        dialog.wait_for(timeout=30_000)
        dialog.locator(".jp-mod-accept").click()
    if shots:
        watched.page.screenshot(path=str(shots / f"kernel-{request.param.replace(' ', '-')}.png"))
    yield watched
    watched.close()


def test_a_kernel_that_has_ended_is_said_in_every_widget(ended: Watched):
    page = ended.page
    for index in range(len(KINDS)):
        root = page.locator(".aew").nth(index)
        assert WORDS in root.locator("[role=alert]").first.inner_text()
        assert root.locator(".aew-working.aew-on").count() == 0
        assert root.locator("[data-asks]:not([inert])").count() == 0
    studio = ended.studio(0)
    before = studio.get("left_quality")
    studio.js("s.ask({ left_quality: 7 }, false, 'left')")
    assert studio.get("left_quality") == before
    assert not studio.js("s.link.waiting")
    assert studio.number(".aew-left .aew-bytes") == studio.get("left_point")["bytes"]
    studio.choose("Side by side")  # looking needs no kernel
    assert studio.get("view") == "side"
    assert float(page.evaluate("getComputedStyle(document.querySelector('.aew dl')).opacity")) < 1
    assert page.locator(".aew-monitor .aew-phase").inner_text() == "Finished"  # a run that is over stays a record
