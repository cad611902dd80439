"""The page of a sweep in a real browser, from a file, without a network: ranges, trends, table; nothing else runs."""

from pathlib import Path

import pytest
from sweep_record import EVIL, record

pytest.importorskip("fsspec", reason="fsspec comes with the report extra")

from static_pages import open_file, stayed_alone

from aewidgets.reports.sweeps.page import sweep_page

pytestmark = pytest.mark.browser


class Page:
    """The page, opened from its file."""

    def __init__(self, browser, file: Path, **options):
        self.file = file
        self.watched = open_file(browser, file, **{"viewport": {"width": 1600, "height": 1000}, **options})
        self.page = self.watched.page
        self.page.wait_for_selector("#table tbody tr")

    def column(self, title: str) -> list[str]:
        """Return the texts in a column of the table."""
        titles = [text.rstrip(" ▲▼") for text in self.page.locator("#table thead th").all_inner_texts()]
        place = titles.index(title)
        rows = self.page.locator("#table tbody tr").all()
        return [row.locator("th, td").nth(place).inner_text().split("\n")[0] for row in rows]

    @property
    def count(self) -> str:
        return self.page.locator("#count").inner_text()

    def axis(self, name: str):
        return self.page.locator(f"g.dimension[aria-label^='{name},']")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "sweep.html"
    path.write_text(sweep_page(record()), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, file: Path):
    page = Page(browser, file)
    yield page
    page.watched.close()
    stayed_alone(page.watched, file)


@pytest.mark.parametrize("width", [800, 1600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_readable_in_both_themes_and_widths(browser, axe, shots, file: Path, theme: str, width: int):
    page = Page(browser, file, viewport={"width": width, "height": 1000}, color_scheme=theme)
    page.axis("quality").focus()
    page.page.keyboard.press("ArrowUp")
    if shots:
        page.page.screenshot(path=shots / f"sweep-{theme}-{width}.png", full_page=True)
    found = page.watched.violations(axe, "body")
    wide = page.page.evaluate("document.documentElement.scrollWidth")
    page.watched.close()
    assert found == []
    stayed_alone(page.watched, file)
    assert wide <= width


def test_a_range_of_an_axis_is_kept_by_the_pointer_and_let_go_by_a_click(opened: Page):
    box = opened.axis("quality").locator(".handle").bounding_box()
    middle, mouse = box["x"] + box["width"] / 2, opened.page.mouse
    mouse.move(middle, box["y"])
    mouse.down()
    mouse.move(middle, box["y"] + box["height"] * 0.35, steps=4)
    mouse.up()
    assert opened.count == "18 of 54 points"
    assert set(opened.column("quality")) == {"70", "90"}
    assert opened.page.locator("#trend-plots .dot.out").count() > 0
    mouse.move(middle, box["y"] + 100)
    mouse.down()
    mouse.up()
    assert (opened.count, len(opened.column("quality"))) == ("", 54)


def test_ranges_work_by_keys_and_together(opened: Page):
    opened.axis("method").focus()
    opened.page.keyboard.press("ArrowDown")
    assert set(opened.column("method")) == {"nlm", "tv"}
    assert opened.axis("method").get_attribute("aria-valuetext") == "nlm, tv"
    opened.axis("quality").focus()
    opened.page.keyboard.press("ArrowUp")
    assert "5" not in opened.column("quality")
    assert opened.count == "30 of 54 points"
    opened.page.keyboard.press("Escape")
    assert opened.count == "36 of 54 points"
    opened.page.get_by_role("button", name="Clear ranges").click()
    assert len(opened.column("method")) == 54


def test_the_chosen_figure_is_in_every_trend(opened: Page):
    titles = opened.page.locator("#trend-plots figcaption")
    assert titles.all_inner_texts() == [f"psnr_db against {name}" for name in ("quality", "effort", "method")]
    opened.page.locator("#figure").select_option("worst.bpp")
    assert titles.first.inner_text() == "worst.bpp against quality"
    assert opened.page.locator("#trend-plots figure").first.locator(".dot").count() == 49


def test_any_column_sorts_both_ways_and_points_without_a_value_come_last(opened: Page):
    heads = opened.page.locator("#table thead")
    heads.get_by_role("button", name="psnr_db").click()
    up = opened.column("psnr_db")
    heads.get_by_role("button", name="psnr_db").click()
    down = opened.column("psnr_db")
    assert up[-5:] == down[-5:] == ["–"] * 5
    assert [float(text) for text in up[:-5]] == sorted(float(text) for text in down[:-5])
    assert opened.page.locator("#table thead [aria-sort=descending]").inner_text() == "psnr_db ▼"


def test_the_line_under_the_pointer_is_named(opened: Page):
    box = opened.axis("quality").locator(".handle").bounding_box()
    opened.page.mouse.move(box["x"] + 20, box["y"] + 9)
    assert opened.page.locator("#pointed").inner_text().startswith("point ")


def test_what_runs_say_is_only_text(opened: Page):
    assert EVIL in opened.page.locator("#table tbody").inner_text()
    assert opened.page.evaluate("window.hurt") is None
    assert opened.page.locator("img").count() == 0
