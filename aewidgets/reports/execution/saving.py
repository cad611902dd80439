"""Writes a notebook while it runs, without the secrets of its run. Executes nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aewidgets.reports.secrets import Secrets

__all__ = ["hiding_engine"]


def hiding_engine(secrets: Secrets, target: Path, engine: Any) -> Any:
    """Return an engine of papermill, changed so that it writes `target` itself, after every cell, without secrets.

    papermill would write the notebook as it is: a process that is killed would leave the secrets in its file.
    """
    from papermill.iorw import write_ipynb

    class Hiding(engine):
        """The engine that runs notebooks by nbclient; the file that it keeps up to date holds no secret."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            """Run the cells of a notebook whose manager saves it without secrets."""

            def save(nb: Any = None, **_: Any) -> None:
                nb_man.nb = nb or nb_man.nb
                write_ipynb(secrets.kept(nb_man.nb), str(target))
                nb_man.last_save_time = nb_man.now()

            nb_man.save = save
            save()
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    return Hiding
