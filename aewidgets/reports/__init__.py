"""Notebooks run headless with checked parameters, and what they leave: a page, metrics, a record.

Only what a notebook itself calls is imported here; it is light. Running is `aewidgets.reports.execution.runner`.
"""

from aewidgets.reports.recording import record
from aewidgets.reports.show import show

__all__ = ["record", "show"]
