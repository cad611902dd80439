"""Reads the elements of a page, for tests of what can become part of it. No assertions here."""

from html.parser import HTMLParser


class Elements(HTMLParser):
    """A parser that keeps the start tags of a page with their attributes, and the texts of scripts and styles."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag in self.texts and self.tags[-1][0] == self.lasttag and data.strip():
            self.texts[self.lasttag].append(data)
