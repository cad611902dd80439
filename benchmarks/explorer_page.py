"""A LatentExplorer on a page, driven as a person does: for its benchmark and its browser tests."""

from __future__ import annotations

from typing import Any

# What a canvas shows, as the mean of its pixels and a hash of them.
PIXELS = """(() => {
  const c = s.cards[a], d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0, hash = 0; for (let i = 0; i < d.length; i += 4) { sum += d[i]; hash = (hash * 31 + d[i]) | 0; }
  return [4 * sum / d.length, hash]; })()"""


class ExplorerPage:
    """One explorer on a page: its state, and the controls that a person uses."""

    def __init__(self, page: Any, index: int = 0):
        self.page, self.index = page, index
        self.root = page.locator(".aew-explorer").nth(index)
        self.root.wait_for(timeout=180_000)
        self.wait("s.root.dataset.ready === 'true' && s.map.ratio && s.map.theme")
        self.stage = self.root.locator(".aew-map")

    def _code(self, expression: str) -> str:
        return (
            f"const s = document.querySelectorAll('.aew-explorer')[{self.index}]?.parentElement.aewExplorer; "
            f"return {expression}"
        )

    def js(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression in the browser; `s` is the explorer."""
        return self.page.evaluate(f"async (a) => {{ {self._code(expression)} }}", argument)

    def wait(self, condition: str, timeout: int = 90_000) -> None:
        """Wait until a condition on `s` holds."""
        self.page.wait_for_function(f"() => {{ {self._code(f's && ({condition})')} }}", timeout=timeout)

    def get(self, trait: str) -> Any:
        """Return the browser's value of a trait."""
        return self.js("s.link.get(a)", trait)

    def pixels(self, canvas: str = "big") -> list[float]:
        """Return mean and hash of the pixels of a canvas."""
        return self.js(PIXELS, canvas)

    def choose(self, name: str) -> None:
        """Choose one of several options by its text."""
        self.root.get_by_role("radio", name=name, exact=True).check()

    def button(self, name: str):
        """Return a button by its text."""
        return self.root.get_by_role("button", name=name, exact=True)

    def pixel_of(self, point: int) -> tuple[float, float]:
        """Return the place of a point, in pixels of the page."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        x, y = self.js("s.map.camera.toScreen(s.store.placeOf(a))", point)
        return box["x"] + x + 1, box["y"] + y + 1  # the stage has a border of one pixel

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a place on the stage, given in shares of its sides, in pixels of the page."""
        self.stage.scroll_into_view_if_needed()
        box = self.stage.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, *places: tuple[float, float], steps: int = 5) -> None:
        """Drag over the stage, from place to place, in shares of its sides."""
        mouse = self.page.mouse
        mouse.move(*self.at(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(*place), steps=steps)
        mouse.up()
