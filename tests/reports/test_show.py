"""A figure is shown as its data alone, so that stored notebooks stay small."""

import json

import numpy as np
import pytest

go = pytest.importorskip("plotly.graph_objects", reason="plotly comes with the lab and report extras")
pytest.importorskip("IPython.display", reason="IPython comes with the lab and report extras")

from aewidgets.reports import show  # noqa: E402


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict:
    """Return the one output that a kernel would have sent."""
    sent: dict = {}
    monkeypatch.setattr("IPython.display.publish_display_data", sent.update)
    figure = go.Figure(go.Heatmap(z=np.eye(3)), layout={"title": {"text": "a title"}})
    show(figure)
    return sent


def test_only_the_figures_data_is_sent(published: dict):
    assert set(published) == {"application/vnd.plotly.v1+json", "text/plain"}
    assert len(json.dumps(published)) < 20e3


def test_its_text_is_its_title_at_every_run(published: dict):
    assert published["text/plain"] == "[figure: a title]"


def test_no_button_sends_it_anywhere(published: dict):
    config = published["application/vnd.plotly.v1+json"]["config"]
    assert "sendChartToCloud" in config["modeBarButtonsToRemove"] and not config["displaylogo"]
