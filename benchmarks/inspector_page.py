"""A ModelInspector on a page, driven as a person does: for its browser tests."""

from __future__ import annotations

from typing import Any


class InspectorPage:
    """One inspector on a page, as a person uses it."""

    def __init__(self, page: Any):
        self.page = page
        self.root = page.locator(".aew-inspector").first
        page.wait_for_selector(".aew-inspector[data-pictures]", timeout=180_000)

    def js(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression in the browser; `s` is the inspector."""
        code = "const s = document.querySelector('.aew-inspector').parentElement.aewInspector;"
        return self.page.evaluate(f"async (a) => {{ {code} return {expression} }}", argument)

    def wait(self, condition: str) -> None:
        """Wait until a condition on `s` holds."""
        code = "const s = document.querySelector('.aew-inspector')?.parentElement.aewInspector;"
        self.page.wait_for_function(f"() => {{ {code} return s && ({condition}) }}", timeout=90_000)

    def settled(self, checked: bool = False) -> None:
        """Wait until what was asked is answered and shown, and checked where that is wanted."""
        self.wait("!s.link.waiting && !s.stale && s.root.dataset.pictures === String(s.get('picture'))")
        if checked:
            every = "['sum', 'deletion', 'randomisation'].every((c) => s.get('checks')[name]?.[c])"
            self.wait(f"s.get('maps').methods.every(({{ name, why }}) => why || {every})")

    def get(self, trait: str) -> Any:
        """Return the browser's value of a trait."""
        return self.js("s.get(a)", trait)

    def choose(self, name: str) -> None:
        """Choose one of several options by its text."""
        self.root.get_by_role("radio", name=name, exact=True).check()

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return self.root.locator(selector).first.inner_text()
