"""Table of all recipes by the name of their scheduler. Writes none itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aewidgets.reports.schedules.airflow import airflow_dag
from aewidgets.reports.schedules.flows import dagster_job, prefect_flow
from aewidgets.reports.schedules.github import github_workflow
from aewidgets.reports.schedules.gitlab import gitlab_job
from aewidgets.reports.schedules.jupyter_scheduler import jupyter_scheduler_job
from aewidgets.reports.schedules.kubernetes import kubernetes_cron_job
from aewidgets.reports.schedules.local import crontab, systemd_units
from aewidgets.reports.schedules.schedule import Job, Recipe

__all__ = ["RECIPES"]

#: Functions that write a recipe for a job at the current time, by name of the scheduler.
RECIPES: Mapping[str, Callable[[Job, datetime], tuple[Recipe, ...]]] = {
    "cron": crontab,
    "systemd": systemd_units,
    "github": github_workflow,
    "gitlab": gitlab_job,
    "kubernetes": kubernetes_cron_job,
    "airflow": airflow_dag,
    "prefect": prefect_flow,
    "dagster": dagster_job,
    "jupyter-scheduler": jupyter_scheduler_job,
}
