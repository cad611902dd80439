"""Shows plotly figures in a notebook, without a copy of plotly's library beside each. Makes no figure itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = ["show"]


def show(figure: Figure) -> None:
    """Display a plotly figure as its data alone. JupyterLab draws it, and so does a report, without a network.

    plotly's default would add its whole library, 4.8 MB, to the stored notebook. The plain text beside the
    figure is its title, so it is the same in every run.
    """
    from IPython.display import publish_display_data

    from aewidgets.studies.plots import CONFIG

    document = figure.to_plotly_json()
    bundle = {"data": document["data"], "layout": document["layout"], "config": CONFIG}
    title = figure.layout.title.text or figure.layout.yaxis.title.text or "untitled"
    publish_display_data({"application/vnd.plotly.v1+json": _json(bundle), "text/plain": f"[figure: {title}]"})


def _json(bundle: dict) -> dict:
    """Return the figure as plain lists and numbers, which every front end reads; arrays in plotly's base64 form."""
    import json

    from plotly.io.json import to_json_plotly

    return json.loads(to_json_plotly(bundle))
