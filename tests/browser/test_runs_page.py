"""The page of runs in a real browser, from a file, without a network: filters, sorts, trends, hostile names."""

from datetime import timedelta
from pathlib import Path

import pytest
from run_folders import png, put, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")
expect = pytest.importorskip("playwright.sync_api", reason="playwright comes with the browser extra").expect

from static_pages import open_file, stayed_alone  # noqa: E402

from aewidgets.reports.runs.index import update_index  # noqa: E402
from aewidgets.reports.stores.opening import open_store  # noqa: E402

pytestmark = pytest.mark.browser
EVIL = "</script><img src=x onerror=window.hurt=1><script>window.hurt=2</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 runs of two notebooks in four parameter sets, some failed; one of a hostile notebook, one unreadable."""
    store = open_store(tmp_path_factory.mktemp("runs"))
    for n in range(18):
        status = {7: "cell failed", 17: "threshold missed"}.get(n, "completed")
        missed = {"text": "psnr_db >= 31", "metric": "psnr_db", "value": 30.0, "met": False, "reason": "it is 30"}
        about = record(n, name="compression", parameters={"quality": [20, 80][n % 2], "seed": 1}, status=status)
        metrics = {"psnr_db": 30 + n / 10, "bpp": 0.5 - n / 100, "bd_rate": {"jpeg": -40 - n / 7}, "images": 24}
        put(store, about | {"requirements": [missed] if n == 17 else []}, {} if n == 7 else metrics, png(n))
    for n in range(18):
        about = record(n, parameters={"sigma": [0.05, 0.1][n % 2]}, every=timedelta(hours=20))
        put(store, about, {"psnr_db": 26 + n / 5, "constructor": n}, png(n) if n % 3 else None)
    hostile = record(30, name="evil", parameters={EVIL: EVIL, "__proto__": 1}, status="cell failed")
    put(store, hostile | {"failure": {"name": EVIL, "message": EVIL}}, {EVIL: 1.5, "__proto__": 2}, name="evil-1")
    store.write("broken/run.json", b"{")
    update_index(store)
    return store.root


class Page:
    """The page, opened from its file."""

    def __init__(self, browser, folder: Path, **options):
        self.file = folder / "index.html"
        self.watched = open_file(browser, self.file, **{"viewport": {"width": 1600, "height": 1000}, **options})
        self.page = self.watched.page
        self.page.wait_for_selector("#table tbody tr")

    def column(self, title: str) -> list[str]:
        """Return the texts in a column of the table."""
        titles = self.page.locator("#table thead th").all_inner_texts()
        place = [text.rstrip(" ▲▼").replace("\n", " ") for text in titles].index(title)
        rows = self.page.locator("#table tbody tr").all()
        return [row.locator("th, td").nth(place + 1).inner_text().split("\n")[0] for row in rows]

    def sort(self, title: str) -> None:
        """Click on a heading."""
        self.page.locator("#table thead").get_by_role("button", name=title).click()


@pytest.fixture
def opened(browser, folder: Path):
    """The page at 1600 pixels; no error and no request but its own at the end."""
    page = Page(browser, folder)
    yield page
    page.watched.close()
    stayed_alone(page.watched, page.file)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 1600])
def test_it_is_accessible_fits_and_fetches_nothing(
    browser, folder: Path, axe: str, width: int, theme: str, shots: Path | None
):
    page = Page(browser, folder, viewport={"width": width, "height": 1000}, color_scheme=theme)
    page.page.locator("#trend-groups .group").last.scroll_into_view_if_needed()
    page.page.wait_for_selector("#trend-groups .group:last-child svg")
    page.page.get_by_role("button", name="details of evil-1").click()
    page.page.locator("#columns summary").click()
    if shots:
        page.page.screenshot(path=shots / f"runs-{theme}-{width}.png", full_page=True)
    found = page.watched.violations(axe, "body")
    wide = page.page.evaluate("document.documentElement.scrollWidth")
    paper = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.watched.close()
    assert found == []
    assert wide <= width
    stayed_alone(page.watched, page.file)
    assert (int(paper.removeprefix("rgb(").split(",")[0]) > 128) == (theme == "light")


def test_all_runs_are_there_newest_first_and_each_leads_to_its_files(opened: Page):
    started = opened.column("started (UTC)")
    assert len(started) == 38
    assert started[:-1] == sorted(started[:-1], reverse=True) and started[-1] == "time unknown"
    row = opened.page.locator("#table tbody tr").nth(2)
    links = [link.get_attribute("href") for link in row.locator("a").all()]
    name = links[0].split("/")[1]
    files = ("compression.html", "compression.ipynb", "metrics.json", "run.json")
    assert links == [f"./{name}/{file}" for file in files]
    assert all((opened.file.parent / link).is_file() for link in links)


def test_any_column_sorts_both_ways_and_says_so(opened: Page):
    for title in ("run", "notebook", "started (UTC)", "seconds", "status", "parameters that differ", "psnr_db"):
        orders = []
        for _ in range(2):
            opened.sort(title)
            orders.append([text for text in opened.column(title) if text not in ("–", "time unknown")])
            assert opened.page.locator("#table thead [aria-sort]").inner_text().startswith(title.split(" ")[0])
        assert orders[0] == orders[1][::-1], title
    numbers = [float(text) for text in opened.column("psnr_db") if text != "–"]
    assert numbers == sorted(numbers)


def test_filters_for_text_notebook_and_status_work_together(opened: Page):
    page = opened.page
    page.locator("#filter-notebook").select_option("compression")
    assert set(opened.column("notebook")) == {"compression"}
    assert page.locator("#count").inner_text() == "18 of 38 runs"
    page.locator("#filter-status").select_option("*")
    assert opened.column("status") == ["✕ cell failed"]
    page.get_by_label("Text").fill("EXPECTED an image")
    expect(page.locator("#table tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#table tbody tr")).to_have_count(38)


def test_the_newest_run_stands_beside_the_last_good_one(opened: Page):
    card = opened.page.locator("#now-cards .card", has_text="threshold missed")
    text = card.inner_text()
    assert "quality = 80" in text and "psnr_db >= 31: it is 30" in text
    found = [
        [text.replace("\n", " ") for text in row.locator("th, td").all_inner_texts()]
        for row in card.locator("tbody tr").all()
    ]
    # The run before the newest of quality 80 is number 15.
    assert ["psnr_db", "31.5", "31.7", "✓ better", "+0.2", "+0.63 %"] in found
    assert ["bpp", "0.35", "0.33", "✓ better", "−0.02", "−5.7 %"] in found
    assert ["images", "24", "24", "", "same", ""] in found
    summary = opened.page.locator("#summary").inner_text()
    assert "38 runs, 3 did not complete (1 cannot be read), 1 missed a threshold; the newest" in summary


def test_a_trend_names_runs_under_the_pointer_and_by_keys_and_marks_failed_ones(opened: Page):
    page = opened.page
    group = page.locator("#trend-groups .group", has_text="quality = 80")
    group.scroll_into_view_if_needed()
    plot = group.get_by_role("slider", name="psnr_db over 9 runs of compression")
    plot.wait_for()
    assert (plot.locator("path.fail").count(), plot.locator("path.missed").count()) == (1, 1)
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + box["height"] / 2)
    read = group.locator(".trend", has_text="psnr_db").locator(".read")
    assert read.inner_text().startswith("30.1, compression-20260902T060000Z")
    plot.focus()
    page.keyboard.press("End")
    assert plot.get_attribute("aria-valuetext") == "31.7, threshold missed, compression-20260918T060000Z"
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert plot.get_attribute("aria-valuetext") == "no value, cell failed, compression-20260908T060000Z-failed"
    assert "images = 24" in group.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compression-20260908T060000Z-failed/compression.html")
    opened.watched.requests[:] = opened.watched.requests[:1]


def test_everything_can_be_reached_by_keys(opened: Page):
    page = opened.page
    page.get_by_label("Text").focus()
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(({ tagName, textContent }) => `${tagName} ${textContent}`)(document.activeElement)"))
    assert {"A Runs", "SUMMARY Figures shown as columns", "BUTTON status", "BUTTON details"} <= seen
    more = page.get_by_role("button", name="details of evil-1")
    more.focus()
    page.keyboard.press("Enter")
    assert more.get_attribute("aria-expanded") == "true"
    assert page.locator("tr.about").count() == 1


def test_hostile_names_are_only_text(opened: Page):
    page = opened.page
    page.get_by_label("Text").fill("evil-1")
    expect(page.locator("#table tbody tr")).to_have_count(1)
    page.get_by_role("button", name="details of evil-1").click()
    assert EVIL in page.locator("tr.about").inner_text()
    assert page.evaluate("window.hurt") is None
    assert page.locator("#table img[src=x]").count() == 0


def test_figures_are_chosen_as_columns(opened: Page):
    opened.page.locator("#columns summary").click()
    opened.page.get_by_label("bd_rate.jpeg", exact=True).check()
    opened.sort("bd_rate.jpeg")
    numbers = [float(text.replace("−", "-")) for text in opened.column("bd_rate.jpeg") if text != "–"]
    assert len(numbers) == 17 and numbers == sorted(numbers, reverse=True)


def test_a_thousand_runs_are_shown_in_pieces(browser, tmp_path: Path):
    from aewidgets.reports.runs.page import runs_page
    from aewidgets.reports.runs.run import Run

    runs = [
        Run(f"a-{n:04d}", "completed", "a.ipynb", started=f"2026-01-01T00:{n // 60:02d}:{n % 60:02d}+00:00",
            parameters={"n": n % 9}, parameters_sha256=str(n % 9), metrics={"m": n})
        for n in reversed(range(1000))
    ]  # fmt: skip
    (tmp_path / "index.html").write_text(runs_page(runs, "x", ""), encoding="utf-8")
    page = Page(browser, tmp_path)
    assert page.page.locator("#table tbody tr").count() == 50
    page.page.get_by_role("button", name="Show all 1,000 runs").click()
    assert page.page.locator("#table tbody tr").count() == 1000
    page.watched.close()


def test_on_paper_every_trend_is_drawn_and_nothing_sticks_out(browser, folder: Path):
    page = Page(browser, folder, viewport={"width": 718, "height": 1000}, color_scheme="dark")  # A4 less its margins
    page.page.emulate_media(media="print")
    page.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    groups = page.page.locator("#trend-groups .group").all()
    drawn = [group.locator("svg").count() for group in groups]
    wide = page.page.evaluate("document.documentElement.scrollWidth")
    hidden = page.page.locator("#filters").is_visible()
    page.watched.close()
    assert len(drawn) == 4 and all(drawn)
    assert (wide, hidden) == (718, False)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_two_runs_side_by_side_are_accessible_and_fit(browser, folder: Path, axe: str, tmp_path: Path, theme: str):
    from click.testing import CliRunner

    from aewidgets.cli import main

    names = [f"compression-202609{day}T060000Z" for day in ("16", "18")]
    made = CliRunner().invoke(main, ["runs", "compare", *names, str(folder), "--out", str(tmp_path / "two.html")])
    assert made.exit_code == 0, made.output
    watched = open_file(browser, tmp_path / "two.html", viewport={"width": 400, "height": 800}, color_scheme=theme)
    found = watched.violations(axe, "body")
    wide = watched.page.evaluate("document.documentElement.scrollWidth")
    loaded = watched.page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    watched.close()
    assert (found, wide, loaded) == ([], 400, [240, 240])
    stayed_alone(watched, tmp_path / "two.html")
