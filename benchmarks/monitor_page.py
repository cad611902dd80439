"""One TrainingMonitor on a page in a browser: its state, and the controls that a person uses."""

from __future__ import annotations

from pathlib import Path

SMALL_RUN = Path(__file__).resolve().parent.parent / "tests" / "small_run.py"


class MonitorPage:
    """A monitor on a page, by its number."""

    def __init__(self, page, index: int = 0):
        self.page, self.index = page, index
        self.root = page.locator(".aew-monitor").nth(index)
        self.root.wait_for(timeout=180_000)

    def js(self, expression: str, argument=None):
        """Evaluate an expression in the browser; `s` is the monitor."""
        code = f"async (a) => {{ const s = document.querySelectorAll('.aew-monitor')[{self.index}].parentElement"
        return self.page.evaluate(f"{code}.aewMonitor; return {expression} }}", argument)

    def wait(self, condition: str, timeout: int = 90_000) -> None:
        """Wait until a condition on `s` holds."""
        code = f"() => {{ const s = document.querySelectorAll('.aew-monitor')[{self.index}]?.parentElement.aewMonitor;"
        self.page.wait_for_function(f"{code} return s && ({condition}) }}", timeout=timeout)

    def get(self, trait: str):
        """Return the browser's value of a trait."""
        return self.js("s.link.get(a)", trait)

    def click(self, name: str) -> None:
        """Press a button."""
        self.root.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        """Choose one of several options by its text."""
        self.root.get_by_role("radio", name=name, exact=True).check()

    @property
    def epochs(self) -> int:
        """Return the number of epochs on this page."""
        return self.js("s.story.rows.size")

    @property
    def phase(self) -> str:
        """Return the state of the run, as the page shows it."""
        return self.root.locator(".aew-phase").inner_text()

    @property
    def scrubber(self):
        """Return the slider over epochs."""
        return self.root.get_by_label("Epoch", exact=True)

    def advances(self) -> None:
        """Wait until two more epochs are here."""
        self.wait(f"s.story.rows.size > {self.epochs + 1}")

    def pixels(self) -> list[int]:
        """Return the sum of the strip of reconstructions over each eighth of its width."""
        return self.js(
            """(() => {
                const { width, height } = s.pictures.canvas;
                const { data } = s.pictures.canvas.getContext('2d').getImageData(0, 0, width, height);
                const sums = Array(8).fill(0);
                for (let i = 0; i < data.length; i += 4) sums[Math.floor((i / 4) % width / width * 8)] += data[i];
                return sums;
            })()"""
        )
