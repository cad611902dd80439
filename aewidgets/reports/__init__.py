"""Reports: notebooks run headless with checked parameters, each kept as a page, metrics and a record.

This module exports only what a notebook itself calls, and loads quickly. `aewidgets.reports.execution.runner` runs
notebooks.
"""

from aewidgets.reports.recording import record
from aewidgets.reports.show import show

__all__ = ["record", "show"]
