"""Reports: notebooks run headless with checked parameters, each kept as a page, metrics and a record.

This module exports only what a notebook itself calls, and loads quickly: pictures and tables load when they are first
shown. `aewidgets.reports.execution.runner` runs notebooks.
"""

from typing import TYPE_CHECKING

from aewidgets.reports.recording import finite, record
from aewidgets.reports.show import show
from aewidgets.system.lazy_names import lazy_names

if TYPE_CHECKING:
    from aewidgets.images.displays import Pictures, Table

__all__ = ["Pictures", "Table", "finite", "record", "show"]

__getattr__, __dir__ = lazy_names(__name__, dict.fromkeys(("Pictures", "Table"), "aewidgets.images.displays"))
