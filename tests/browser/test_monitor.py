"""TrainingMonitor in a real browser: while a cell trains, while a thread trains, under Voila, and without a kernel."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="comes with the report extra")
pytest.importorskip("anywidget", reason="anywidget comes with the lab and report extras")

from clusters import soon  # noqa: E402
from nbformat.v4 import new_code_cell, new_notebook  # noqa: E402
from small_run import run  # noqa: E402
from static_pages import (  # noqa: E402
    every_width_and_theme,
    from_file,
    is_accessible_and_fits,
    report_with,
    stayed_alone,
)

from aewidgets.widgets import TrainingMonitor  # noqa: E402
from benchmarks.browsing import KERNEL  # noqa: E402
from benchmarks.monitor_page import SMALL_RUN, MonitorPage  # noqa: E402

pytestmark = pytest.mark.browser
SHOW = (
    "from aewidgets.widgets import TrainingMonitor\nfrom small_run import run, run_in_background\n"
    "monitor = TrainingMonitor()\nmonitor"
)


def write(folder: Path, name: str, *cells: str) -> str:
    """Write a notebook beside the small run that its cells import; return its name."""
    shutil.copy(SMALL_RUN, folder)
    notebook = new_notebook(metadata=KERNEL, cells=[new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / name)
    return name


def at_rest(monitor: MonitorPage) -> tuple:
    """Wait until a paused run has ended its batch; return the epochs and the trait `now` of the page."""
    before = None
    while (state := (monitor.epochs, monitor.get("now"))) != before:
        before = state
        monitor.page.wait_for_timeout(400)
    return state


def run_cell(watched, index: int) -> None:
    """Run one cell of the notebook that is open."""
    watched.page.evaluate(
        "index => { const widget = window.jupyterapp.shell.currentWidget; widget.content.activeCellIndex = index;"
        " void window.jupyterapp.commands.execute('notebook:run-cell'); }",
        index,
    )


# While the cell itself trains: JupyterLab delivers clicks on a subshell.


@pytest.fixture(scope="module")
def training(browser, lab, watch) -> Iterator:
    """(page with its errors, monitor): a cell of the notebook trains, and goes on until it is stopped."""
    trains = "run(monitor, epochs=100_000, nap=0.01)\nprint('the cell ended:', monitor.record.ended.reason)"
    name = write(lab.folder, "training.ipynb", SHOW, trains)
    watched = watch(browser)
    watched.open_notebook(lab, name)
    monitor = MonitorPage(watched.page)
    monitor.wait("s.story.rows.size > 3")
    yield watched, monitor
    watched.close()


@pytest.fixture
def monitor(training) -> MonitorPage:
    """The monitor, which follows the latest epoch of a run that goes on."""
    monitor = training[1]
    monitor.js("s.look({ scale: 'log', axis: 'epoch', smoothing: 0, hidden: [], order: 'index', epoch_shown: 0 })")
    return monitor


def test_curves_move_while_the_cell_trains(monitor: MonitorPage):
    points = "s.losses.all.flatMap(({ plot }) => [plot.data[0].length, plot.data[2].filter(Boolean).length])"
    before = monitor.js(points)
    monitor.advances()
    assert all(new > old for new, old in zip(monitor.js(points), before, strict=True))


def test_what_is_shown_is_what_python_sent(monitor: MonitorPage):
    monitor.click("Pause")
    monitor.wait("s.link.get('now').phase === 'paused'")
    row = monitor.js("[s.story.value(s.story.last, 'validation error'), s.story.value(s.story.last, 'training loss')]")
    figures = monitor.root.locator(".aew-figures").inner_text()
    assert f"{row[0]:.4g}"[:6] in figures
    assert f"{row[1]:.4g}"[:6] in figures
    assert "PCA, 12 numbers" in figures
    assert "12 units, " in monitor.root.locator(".aew-units").inner_text()
    label = monitor.root.locator(".aew-charts .aew-plot-area").nth(0).get_attribute("aria-label")
    assert f"{row[0]:.4g}"[:6] in label
    monitor.click("Resume")
    monitor.wait("s.link.get('now').phase === 'training'")


def test_pause_holds_the_cell_and_resume_lets_it_go_on(training, monitor: MonitorPage):
    monitor.click("Pause")
    monitor.wait("s.link.get('now').phase === 'paused'")
    assert monitor.phase == "Paused"
    before = at_rest(monitor)
    training[0].page.wait_for_timeout(1000)
    assert (monitor.epochs, monitor.get("now")) == before
    monitor.click("Resume")
    monitor.advances()
    assert monitor.phase == "Training"


def test_the_learning_rate_is_changed_while_the_cell_trains(monitor: MonitorPage):
    field = monitor.root.get_by_label("Learning rate", exact=True).first
    now = "s.story.value(s.story.last, 'learning rate')"
    before = monitor.js(now)
    monitor.click("Halve the learning rate")
    monitor.wait(f"Math.abs({now} - {before} / 2) < 1e-9")
    monitor.click("Double the learning rate")
    monitor.wait(f"Math.abs({now} - {before}) < 1e-9")
    field.fill("0.125")
    field.press("Tab")
    monitor.wait(f"{now} === 0.125")
    assert field.input_value() == "0.125"


def test_a_rate_that_is_none_is_answered_in_words(monitor: MonitorPage):
    monitor.js("s.control('rate', { value: -1 })")
    monitor.wait("s.link.get('error').includes('positive')")
    assert "positive" in monitor.root.locator(".aew-error").inner_text()
    monitor.click("Dismiss")
    monitor.wait("s.link.get('error') === ''")


def test_the_scrubber_goes_back_to_what_an_epoch_looked_like(monitor: MonitorPage):
    monitor.wait("s.pictures.bitmaps.strip")
    latest = monitor.pixels()
    monitor.scrubber.focus()
    monitor.scrubber.press("Home")
    monitor.wait("s.root.dataset.shown === '1'")
    monitor.wait("s.pictures.title.textContent.includes('epoch 1,')")
    assert soon(lambda: monitor.pixels() != latest)
    first = monitor.pixels()
    assert monitor.get("epoch_shown") == 1
    monitor.advances()
    assert monitor.pixels() == first
    monitor.click("Latest")
    monitor.wait("Number(s.root.dataset.shown) > 1")


def test_keys_move_the_scrubber_and_jupyterlab_does_not_take_them(training, monitor: MonitorPage):
    page = training[0].page
    cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"
    before = page.evaluate(cells)
    monitor.scrubber.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "a", "b"):
        page.keyboard.press(key)
    monitor.wait("s.root.dataset.shown === '3'")
    monitor.root.get_by_role("button", name="Pause", exact=True).focus()
    for key in ("a", "b", " "):
        page.keyboard.press(key)
    monitor.wait("s.link.get('now').phase === 'paused'")
    page.keyboard.press("Enter")
    monitor.wait("s.link.get('now').phase === 'training'")
    assert page.evaluate(cells) == before


def test_there_is_a_chart_for_each_metric_over_the_axis_and_on_the_scale_that_are_chosen(monitor: MonitorPage):
    titles = monitor.root.locator(".aew-charts .aew-card-title").all_inner_texts()
    assert titles[:3] == ["Loss = mean squared error", "Reconstruction", "Sparsity"]
    scales = "s.losses.all.map(({ plot }) => plot.scales.y.distr)"
    monitor.choose("Linear")
    assert set(monitor.js(scales)) == {1}
    monitor.choose("Logarithmic")
    assert set(monitor.js(scales)) == {3}
    first = "s.losses.all[0].plot.data[0][0]"
    monitor.choose("Steps")
    assert monitor.js(first) == monitor.js("s.story.plan.steps")
    monitor.choose("Time")
    assert 0 < monitor.js(first) < 60
    monitor.choose("Epochs")
    curves = "s.losses.all[0].what.curves.length"
    assert monitor.js(curves) == 2
    smoothing = monitor.root.get_by_label("Smoothing", exact=True)
    smoothing.focus()
    smoothing.press("End")
    assert (monitor.js(curves), monitor.get("smoothing")) == (4, 0.95)


def test_a_click_on_a_curve_shows_that_epoch(monitor: MonitorPage):
    monitor.root.locator(".u-over").first.click(position={"x": 3, "y": 60})
    monitor.wait("s.root.dataset.shown === '1'")


def test_units_stand_by_size(monitor: MonitorPage):
    monitor.choose("By size")
    heights = monitor.js("s.units.plot.data.slice(1).reduce((a, c) => a.map((v, i) => v ?? c[i]))")
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("width", [1600, 800])
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_in_either_theme_and_nothing_overflows(
    training, monitor: MonitorPage, axe: str, theme: str, width: int, shots: Path | None
):
    watched, _ = training
    watched.theme(theme)
    watched.page.set_viewport_size({"width": width, "height": 1100})
    watched.drawn()
    try:
        assert watched.violations(axe, ".aew-monitor") == []
        wide = monitor.js("[s.root.scrollWidth, s.root.clientWidth]")
        if shots:
            watched.page.screenshot(path=shots / f"monitor-lab-{theme[11:].lower()}-{width}.png")
        assert wide[0] <= wide[1]
    finally:
        watched.theme("JupyterLab Light")
        watched.page.set_viewport_size({"width": 1600, "height": 1100})


def test_stop_ends_the_cell_and_the_record_stays(training, monitor: MonitorPage):
    """End the run; the tests after it in this file find it over."""
    monitor.click("Stop")
    training[0].page.get_by_text("the cell ended: stopped").wait_for(timeout=60_000)
    # The end renews the cell's output: the view may still be the old one here, or a new one that has yet to catch up.
    whole = "s.link.get('ended').text?.startsWith(`stopped after ${s.story.rows.size} epochs`)"
    monitor.wait(whole)
    training[0].page.wait_for_timeout(500)
    monitor.wait(whole)
    assert monitor.get("ended")["reason"] == "stopped"
    assert monitor.phase == "Stopped by hand"
    assert monitor.root.get_by_role("button", name="Pause", exact=True).is_disabled()
    assert f"epoch {monitor.js('s.story.best')} is kept" in monitor.root.locator(".aew-far").inner_text()
    monitor.scrubber.focus()
    monitor.scrubber.press("Home")
    monitor.wait("s.root.dataset.shown === '1'")


def test_nothing_was_written_to_the_console_as_an_error(training):
    """The last test over the page that the others used."""
    assert training[0].errors == []


# While a thread trains.


def test_a_thread_is_paused_and_stopped_and_a_view_opened_late_has_everything(browser, lab, watch):
    trains = "thread = run_in_background(monitor, epochs=100_000, nap=0.01)"
    name = write(lab.folder, "thread.ipynb", SHOW, trains, "monitor")
    watched, later = watch(browser), watch(browser)
    try:
        watched.open_notebook(lab, name)
        monitor, second = MonitorPage(watched.page), MonitorPage(watched.page, 1)
        monitor.wait("s.story.rows.size > 40")
        monitor.click("Pause")
        monitor.wait("s.link.get('now').phase === 'paused'")
        second.wait("s.link.get('now').phase === 'paused'")
        epochs, _ = at_rest(monitor)
        second.wait(f"s.story.rows.size === {epochs} && s.story.pictures.size === s.story.kept.length")
        later.page.goto(f"{lab.url}/doc/tree/{name}")
        cells = "window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length"
        later.page.wait_for_function(cells, timeout=120_000)
        kernel = "window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status"
        later.page.wait_for_function(f"{kernel} === 'idle'", timeout=120_000)
        later.page.wait_for_timeout(2000)  # until its widgets have been fetched from the kernel
        run_cell(later, 2)
        reopened = MonitorPage(later.page)
        reopened.wait(f"s.story.rows.size === {epochs} && s.story.pictures.size === s.story.kept.length")
        assert reopened.phase == "Paused"
        reopened.click("Resume")
        monitor.advances()
        monitor.click("Stop")
        for view in (monitor, second, reopened):
            view.wait("s.link.get('ended').reason === 'stopped'")
        assert (watched.errors, later.errors) == ([], [])
    finally:
        watched.close()
        later.close()


def test_keras_is_steered_in_the_cell_that_trains_and_in_a_thread(browser, lab, watch, shots: Path | None):
    begin = (
        "from aewidgets.models.families import build_autoencoder\n"
        "from aewidgets.training.data.splits import load_splits\n"
        "from aewidgets.training.autoencoders import train, train_in_background\n"
        "digits = load_splits('digits')\nmodel = build_autoencoder('dense', digits.image_shape, latent_dim=12)"
    )
    trains = "record = train(model, digits, watcher=monitor, epochs=100_000)"
    thread = "running = train_in_background(model, digits, watcher=monitor, epochs=100_000)"
    name = write(lab.folder, "keras.ipynb", SHOW, begin, trains, thread)
    watched = watch(browser)
    try:
        watched.open_notebook(lab, name)
        monitor = MonitorPage(watched.page)
        for run_number in (1, 2):
            monitor.wait(f"s.story.plan.run === {run_number} && s.story.rows.size > 2", timeout=240_000)
            monitor.click("Pause")
            monitor.wait("s.link.get('now').phase === 'paused'")
            before = at_rest(monitor)
            watched.page.wait_for_timeout(1000)
            assert (monitor.epochs, monitor.get("now")) == before
            rate = monitor.js("s.story.value(s.story.last, 'learning rate')")
            monitor.click("Halve the learning rate")
            monitor.click("Resume")
            monitor.wait(f"Math.abs(s.story.value(s.story.last, 'learning rate') - {rate} / 2) < 1e-6")
            if shots:
                watched.page.screenshot(path=shots / f"monitor-keras-{run_number}.png")
            monitor.click("Stop")  # which ends the cell, so that the next one begins its run
        monitor.wait("s.link.get('ended').reason === 'stopped' && s.story.plan.run === 2")
        assert watched.errors == []
    finally:
        watched.close()


def test_where_messages_wait_for_the_cell_the_page_says_so_and_a_thread_is_steered(browser, lab, watch):
    """JupyterLab with subshells turned off is like hosts without them."""
    settings = lab.folder / "settings" / "@jupyterlab" / "apputils-extension" / "kernels-settings.jupyterlab-settings"
    settings.write_text('{"commsOverSubshells": "disabled"}', encoding="utf-8")
    name = write(
        lab.folder, "waiting.ipynb", SHOW, "run(monitor, epochs=60, nap=0.02)",
        "thread = run_in_background(monitor, epochs=100_000, nap=0.01)",
    )  # fmt: skip
    watched = watch(browser)
    try:
        watched.open_notebook(lab, name)
        monitor = MonitorPage(watched.page)
        monitor.wait("s.story.rows.size > 1")
        monitor.click("Pause")
        monitor.wait("s.controls.hint.textContent.includes('train_in_background')")
        assert monitor.get("now")["phase"] == "training"
        monitor.wait("s.story.plan.run === 2 && s.story.rows.size > 2")
        monitor.click("Pause")
        monitor.wait("s.link.get('now').phase === 'paused' && s.controls.hint.textContent === ''")
        monitor.click("Stop")
        monitor.wait("s.link.get('ended').reason === 'stopped'")
        assert watched.errors == []
    finally:
        watched.close()
        settings.unlink()


def test_under_voila_a_thread_is_watched_and_stopped(under_voila, voila, shots: Path | None):
    name = write(voila.folder, "thread.ipynb", SHOW, "thread = run_in_background(monitor, epochs=100_000, nap=0.01)")
    with under_voila(name) as watched:
        monitor = MonitorPage(watched.page)
        monitor.wait("s.story.rows.size > 5")
        monitor.click("Pause")
        monitor.wait("s.link.get('now').phase === 'paused'")
        if shots:
            watched.page.screenshot(path=shots / "monitor-voila.png")
        monitor.click("Stop")
        monitor.wait("s.link.get('ended').reason === 'stopped'")


# Without a kernel.


@pytest.fixture(scope="module")
def made() -> TrainingMonitor:
    """A monitor after a run of thirty epochs."""
    monitor = TrainingMonitor()
    run(monitor, 30)
    return monitor


@pytest.fixture(scope="module")
def page_file(made: TrainingMonitor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The monitor as an HTML file."""
    return made.export_html(tmp_path_factory.mktemp("exported") / "run.html")


def lives(monitor: MonitorPage) -> None:
    """Assert that scrubber, axis and parts answer, and that nothing can be trained."""
    assert monitor.epochs == 30
    assert monitor.root.get_by_role("button", name="Stop").count() == 0
    assert monitor.root.locator("input[type=number]").count() == 0
    monitor.wait("s.pictures.bitmaps.strip")
    latest = monitor.pixels()
    monitor.scrubber.focus()
    monitor.scrubber.press("Home")
    monitor.scrubber.press("ArrowRight")
    monitor.wait("s.root.dataset.shown === '2'")
    assert soon(lambda: monitor.pixels() != latest)
    monitor.choose("Linear")
    assert monitor.js("s.losses.all[0].plot.scales.y.distr") == 1
    assert "Sparsity" in monitor.root.locator(".aew-charts").inner_text()
    monitor.click("Play")
    monitor.wait("s.root.dataset.shown === '30'")


def test_an_exported_record_lives_without_a_network(browser, page_file: Path):
    with from_file(browser, page_file) as watched:
        monitor = MonitorPage(watched.page)
        lives(monitor)
        assert "No kernel" in monitor.root.locator(".aew-frozen").inner_text()
        stayed_alone(watched, page_file)


def test_figures_curves_and_pictures_are_in_view_and_come_first_on_a_phone(browser, page_file: Path):
    """On the commonest laptop, without scrolling; on a phone, before the charts of the loss's parts."""
    def bottom(monitor: MonitorPage, selector: str) -> float:
        box = monitor.root.locator(selector).first.bounding_box()
        return box["y"] + box["height"]

    for width, height in ((1366, 768), (400, 800)):
        with from_file(browser, page_file, viewport={"width": width, "height": height}) as watched:
            monitor = MonitorPage(watched.page)
            monitor.wait("s.pictures.bitmaps.strip && s.losses.all[0]?.plot")
            figures, curve, pictures = (bottom(monitor, of) for of in (".aew-figures", ".aew-charts > *", ".aew-strip"))
            others = monitor.root.locator(".aew-charts > *").nth(1).bounding_box()["y"]
            assert figures < curve and max(curve, pictures) < others
            assert width < 1000 or max(figures, curve, pictures) < height


def test_runs_are_drawn_together_and_can_be_hidden(browser, axe: str, tmp_path: Path, shots: Path | None):
    monitor = TrainingMonitor()
    for number in (1, 2, 3):
        loss = [1 / (number * (epoch + 1)) for epoch in range(6)]
        monitor.add_run(f"run {number}", {"loss": loss, "val_loss": loss, "accuracy": [1 - v for v in loss]})
    with from_file(browser, monitor.export_html(tmp_path / "runs.html"), color_scheme="dark") as watched:
        shown = MonitorPage(watched.page)
        shown.wait("s.losses.all.length === 2")
        labels = "s.losses.all.map(({ what }) => what.curves.map(({ label }) => label))"
        two = ["run 2", "run 3"]
        assert shown.js(labels) == [["training", "validation", "run 2", *two, "run 3"], ["training", *two]]
        assert shown.js("s.losses.all.map(({ plot }) => plot.scales.y.distr)") == [3, 1]  # accuracy rises
        watched.page.get_by_label("run 2").uncheck()
        shown.wait(f"{labels}.flat().length === 6")
        assert shown.root.locator(".aew-runs .aew-best").inner_text() == "0.05556"
        assert watched.violations(axe, "body") == []
        if shots:
            watched.page.screenshot(path=shots / "monitor-runs.png")


@every_width_and_theme(400, 800, 1600)
def test_it_is_accessible_and_fits_in_every_width_and_theme(
    browser, page_file: Path, axe: str, width: int, theme: str, shots: Path | None
):
    shot = shots / f"monitor-static-{theme}-{width}.png" if shots else None

    def ready(page) -> None:
        MonitorPage(page).wait("s.pictures.bitmaps.strip")

    is_accessible_and_fits(browser, axe, page_file, width, theme, ready, shot)


def test_in_a_report_it_lives_too(
    browser, made: TrainingMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shots: Path | None
):
    target = report_with(made, tmp_path / "report.html", monkeypatch)
    with from_file(browser, target) as watched:
        lives(MonitorPage(watched.page))
        if shots:
            watched.page.screenshot(path=shots / "monitor-report.png")
        stayed_alone(watched, target)
