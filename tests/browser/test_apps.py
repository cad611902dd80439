"""The studios as Voila serves them, with the options of `make apps`: each opens, and answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.browsing import Server, StudioPage
from benchmarks.explorer_page import ExplorerPage
from benchmarks.inspector_page import InspectorPage
from benchmarks.monitor_page import MonitorPage

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(under_voila, request: pytest.FixtureRequest, shots: Path | None) -> Iterator:
    """The page of one app."""
    with under_voila(f"{request.param}.ipynb") as watched:
        yield watched
        if shots:
            watched.page.screenshot(path=shots / f"app-{request.param}.png", full_page=True)


def test_the_first_page_leads_to_every_app(browser, watch, voila: Server, repository: Path, shots: Path | None):
    watched = watch(browser)
    watched.page.goto(voila.url)
    for path in (repository / "notebooks" / "apps").glob("*.ipynb"):
        watched.page.get_by_text(path.name, exact=False).first.wait_for(timeout=60_000)
    if shots:
        watched.page.screenshot(path=shots / "apps.png")
    watched.close()


@pytest.mark.parametrize("opened", ["compression"], indirect=True)
def test_compression_studio_answers_a_slider(opened):
    studio = opened.studio()
    studio.settled()
    before = studio.get("left_point")["bytes"]
    studio.drag_slider("left", 0.9)
    studio.settled()
    assert studio.get("left_point")["bytes"] > before
    assert "import os" not in opened.page.content()


@pytest.mark.parametrize("opened", ["denoising"], indirect=True)
def test_denoise_studio_answers_a_strength(opened):
    studio = StudioPage(opened.page)
    settled = "!s.link.waiting && s.link.get('right_point')?.strength === {} && !s.link.get('right_point').preview"
    studio.wait(settled.format("s.link.get('strength')"))
    before = studio.get("right_point")["psnr"]
    studio.js("s.ask({strength: 60}, false)")
    studio.wait(settled.format(60))
    assert studio.get("right_point")["psnr"] < before


@pytest.mark.parametrize("opened", ["latent-space"], indirect=True)
def test_latent_explorer_decodes_under_the_pointer(opened):
    explorer = ExplorerPage(opened.page)
    explorer.wait("s.store.quantity('errors')", timeout=180_000)
    before = explorer.pixels()
    explorer.drag((0.3, 0.6), (0.7, 0.3))
    assert explorer.pixels()[1] != before[1]


@pytest.mark.parametrize("opened", ["training"], indirect=True)
def test_training_monitor_shows_a_run_and_stops_it(opened):
    monitor = MonitorPage(opened.page)
    monitor.wait("s.story.rows.size > 3", timeout=180_000)
    monitor.click("Stop")
    monitor.wait("s.link.get('ended').reason === 'stopped'")


@pytest.mark.parametrize("opened", ["explaining"], indirect=True)
def test_model_inspector_explains_another_unit_and_checks_its_maps(opened):
    page = InspectorPage(opened.page)
    page.settled()
    page.root.get_by_label("Unit", exact=True).fill("3")
    page.root.get_by_label("Unit", exact=True).press("Tab")
    page.wait("s.get('target').at[0] === 3")
    page.settled(checked=True)
    assert page.text(".aew-value").startswith("Unit 3 of the code is")
