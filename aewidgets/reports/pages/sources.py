"""The files of template/, which pages are made of: sheets, scripts and HTML with places to fill. Fills none."""

from importlib import resources
from pathlib import Path

__all__ = ["FOLDER", "source"]

FOLDER = Path(str(resources.files("aewidgets.reports.pages") / "template"))


def source(name: str) -> str:
    """The text of a file there."""
    return (FOLDER / name).read_text(encoding="utf-8").strip()
