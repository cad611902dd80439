"""Ten notebooks in the habits of other people, whose outputs are widgets, charts, maps and media. No assertions.

docs/notebooks-of-others.md says what the page of each shows; tests/browser/test_rich_notebooks.py holds it.
"""

import io
import wave
from collections.abc import Iterable
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

__all__ = ["RICH_HABITS", "write_rich_habits"]

TQDM = ["# Bars of tqdm", """\
import time
from tqdm.auto import tqdm
for i in tqdm(range(20), desc="kept"):
    time.sleep(0.005)
for i in tqdm(range(20), desc="left out", leave=False):
    time.sleep(0.005)""", """\
from tqdm.notebook import trange
outer = trange(3, desc="epochs")
for epoch in outer:
    for step in trange(5, desc=f"steps of {epoch}", leave=epoch == 2):
        pass
    outer.set_postfix(loss=1 / (epoch + 1))""", """\
by_hand = tqdm(total=200, desc="by hand")
by_hand.update(50)""", """\
by_hand.update(30)
by_hand.refresh()
unknown = tqdm((i for i in range(7)), desc="no total")
for _ in unknown:
    pass""", """\
for i in tqdm(range(10), desc="broken off"):
    if i == 4:
        raise RuntimeError("stopped at 4")"""]

WIDGETS = ["# Widgets of Jupyter", """\
import ipywidgets as w
from IPython.display import display
import matplotlib.pyplot as plt
bar = w.IntProgress(0, max=50, description="progress")
display(bar)
display(bar)""", """\
out = w.Output()
with out:
    print("printed into an output")
    display(w.IntSlider(3, max=10, description="inner"))
w.VBox([w.Label("above"), out])""", """\
@w.interact(power=(1, 5), name=["a", "b"])
def draw(power=2, name="b"):
    fig, axes = plt.subplots(figsize=(3, 2))
    axes.plot([i**power for i in range(10)])
    plt.show()
    return f"{name} to the power of {power}\"""", """\
tabs = w.Tab([w.Text("first"), w.HTML("<b>second</b>")], titles=["One", "Two"])
display(tabs)
closed = w.Button(description="closed later")
display(closed)
stack = w.Accordion([w.FloatSlider(0.5)], titles=["Fold"])
stack""", """\
bar.value, bar.bar_style = 40, "success"
tabs.selected_index = 1
closed.close()
out.append_stdout("appended\\n")
print("the bar stands at", bar.value)"""]

MATPLOTLIB = ["# Figures of matplotlib", """\
%matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
x = np.linspace(0, 6, 50)
for k in (1, 2):
    plt.figure(figsize=(3, 2))
    plt.plot(x, np.sin(k * x))
    plt.title(f"figure {k}")
plt.show()""", """\
%config InlineBackend.figure_formats = ["svg"]
plt.figure(figsize=(3, 2))
plt.plot(x, np.cos(x))
plt.title("a drawing")
plt.show()""", """\
%config InlineBackend.figure_formats = ["retina"]
plt.figure(figsize=(3, 2))
plt.plot(x, np.exp(-x));
plt.show()""", """\
%config InlineBackend.figure_formats = ["png"]
from matplotlib.animation import FuncAnimation
from IPython.display import HTML
fig, axes = plt.subplots(figsize=(3, 2))
line, = axes.plot(x, np.sin(x))
moving = FuncAnimation(fig, lambda i: line.set_ydata(np.sin(x + i)), frames=4)
plt.close(fig)
HTML(moving.to_jshtml())"""]

SEABORN = ["# Seaborn", """\
import numpy as np
import pandas as pd
import seaborn as sns
sns.set_theme()
rng = np.random.default_rng(0)
frame = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "kind": ["a", "b", "c"] * 20})
sns.scatterplot(frame, x="x", y="y", hue="kind")""", """\
sns.heatmap(frame[["x", "y"]].corr(), annot=True)""", """\
sns.displot(frame, x="x", col="kind", height=2.2)""", """\
frame.describe().style.background_gradient()"""]

ALTAIR = ["# Altair", """\
import altair as alt
import pandas as pd
frame = pd.DataFrame({"day": range(8), "value": [3, 1, 4, 1, 5, 9, 2, 6]})
alt.Chart(frame).mark_bar().encode(x="day:O", y="value:Q", tooltip="value")""", """\
alt.renderers.enable("mimetype")
pick = alt.selection_interval()
points = alt.Chart(frame).mark_circle(size=90).encode(
    x="day", y="value", color=alt.condition(pick, alt.value("teal"), alt.value("lightgray"))).add_params(pick)
(points | points.mark_line()).properties(title="two views")""", """\
alt.Chart("https://example.org/data.csv").mark_point().encode(x="a:Q")""", """\
alt.Chart("beside.csv", title="data beside the notebook").mark_line().encode(x="a:Q", y="b:Q")""", """\
alt.renderers.enable("svg")
alt.Chart(frame).mark_area().encode(x="day", y="value")""", """\
alt.JupyterChart(alt.Chart(frame, title="in a widget").mark_tick().encode(x="value"))"""]

BOKEH = ["# Bokeh", """\
from bokeh.io import output_notebook, show
from bokeh.layouts import row
from bokeh.plotting import figure
output_notebook()""", """\
plot = figure(width=300, height=200, title="a line")
plot.line([1, 2, 3, 4], [3, 1, 4, 1])
show(plot)""", """\
other = figure(width=200, height=200)
other.scatter([1, 2, 3], [1, 4, 9], size=12)
show(row(plot, other))""", """\
from bokeh.models import ColumnDataSource, DataTable, TableColumn
show(DataTable(source=ColumnDataSource({"a": [1, 2]}), columns=[TableColumn(field="a")], width=300, height=90))""", """\
from bokeh.resources import INLINE
output_notebook(INLINE)"""]

FOLIUM = ["# Folium", """\
import folium
place = folium.Map([52.52, 13.4], zoom_start=12)
folium.Marker([52.52, 13.4], popup="here").add_to(place)
place""", """\
print("the cell after the map")"""]

PLOTLY = ["# Plotly", """\
import numpy as np
import plotly.express as px
import plotly.graph_objects as go
go.Figure(go.Surface(z=np.outer(np.sin(np.arange(12) / 3), np.cos(np.arange(12) / 3)))).show()""", """\
px.scatter(x=[1, 2, 3, 1, 2, 3], y=[1, 2, 3, 3, 2, 1], animation_frame=["a", "a", "a", "b", "b", "b"],
           title="an animation")""", """\
px.scatter_geo(lat=[52, 48], lon=[13, 2], title="points on a map")""", """\
px.choropleth(locations=["DEU", "FRA"], color=[1, 2])""", """\
px.scatter_map(lat=[52, 48], lon=[13, 2], zoom=3)""", """\
import ipywidgets as w
live = go.FigureWidget(go.Bar(y=[1, 2, 3]))
w.HBox([live, w.Label("beside the figure")])""", """\
live.update_layout(title="named later")
go.Figure(go.Pie(values=[1, 2])).show(renderer="notebook")
go.Figure(go.Scatterpolar(r=[1, 2, 3], theta=[0, 120, 240])).show(renderer="notebook_connected")""", """\
square = {"type": "Polygon", "coordinates": [[[0, 40], [0, 50], [10, 50], [10, 40], [0, 40]]]}
shapes = {"type": "FeatureCollection", "features": [
    {"type": "Feature", "id": "a", "properties": {}, "geometry": square}]}
px.choropleth(locations=["a"], color=[1], geojson=shapes).update_geos(fitbounds="locations")"""]

MEDIA = ["# Media of IPython.display", """\
from IPython.display import *
display(Image("turning.gif", embed=True), Image("photo.webp", embed=True))
display(Image("photo.png", width=60, height=40), Image("photo.png", retina=True))""", """\
display(SVG('<svg width="80" height="40"><circle cx="20" cy="20" r="18" fill="teal"/></svg>'))
Image(url="https://example.org/far.png")""", """\
import numpy as np
display(Audio(np.sin(np.arange(4000) / 5), rate=8000))
display(Audio("tone.wav"), Video("film.mp4", embed=True), Video("film.mp4"))
HTML('<video controls src="film.mp4"></video><img src="photo.png" alt="beside"><img src="gone.png">')""", """\
display(IFrame("https://example.org", 400, 200), IFrame("small.html", 300, 80))
YouTubeVideo("dQw4w9WgXcQ")""", """\
display(JSON({"name": "a document", "values": [1, 2, 3]}))
display(GeoJSON({"type": "Point", "coordinates": [13.4, 52.5]}))
display({"application/vnd.made-up+json": {"a": 1}, "text/plain": "words beside a type that nobody knows"}, raw=True)
display({"application/x-alone": "x"}, raw=True)
Javascript("document.body.innerHTML = 'gone'")""", """\
%%html
<script src="https://example.org/library.js"></script><div id="from-far"></div>"""]

HOSTILE = ["# Pandas, and HTML that does not keep to itself", """\
import pandas as pd
frame = pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})
frame.plot(figsize=(3, 2), title="a frame")""", """\
from IPython.display import HTML
display(HTML("<div><div><b>never closed"))
display(HTML("<p>closed too often</p></div></div></main></body></html>"))
HTML("<table><tr><td>a cell<!-- a comment without an end")""", """\
display(HTML("<style>body { background: red; font-size: 60px } p { display: none }</style>"))
HTML("<style>* { color: lime !important }</style><p>green letters</p>")""", """\
display(HTML("<script>document.body.innerHTML = 'taken over'</script><p>a script that takes the page</p>"))
display(HTML("<script>throw new Error('on purpose')</script><p>a script that fails</p>"))
HTML("<textarea>an area <script>var open = 1;")""", """\
frame"""]

#: Sources of cells by name: the first of each is Markdown.
RICH_HABITS = {
    "tqdm": TQDM, "widgets": WIDGETS, "matplotlib": MATPLOTLIB, "seaborn": SEABORN, "altair": ALTAIR, "bokeh": BOKEH,
    "folium": FOLIUM, "plotly": PLOTLY, "media": MEDIA, "hostile": HOSTILE,
}  # fmt: skip


def write_rich_habits(folder: Path, names: Iterable[str] = tuple(RICH_HABITS)) -> dict[str, Path]:
    """Write notebooks, and the files that they show, into a folder; return their paths by name."""
    _write_media(folder)
    paths = {}
    for name in names:
        title, *sources = RICH_HABITS[name]
        cells = [new_markdown_cell(title), *map(new_code_cell, sources), new_markdown_cell("The end of the notebook.")]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        paths[name] = folder / f"{name}.ipynb"
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), paths[name])
    return paths


def _write_media(folder: Path) -> None:
    """Write pictures, a tone, a page and a file that is called a film."""
    ramp = np.tile(np.arange(0, 240, 2, dtype=np.uint8), (80, 1))
    frames = [Image.fromarray(np.roll(ramp, 30 * turn, axis=1)) for turn in range(4)]
    frames[0].save(folder / "turning.gif", save_all=True, append_images=frames[1:], duration=200, loop=0)
    for name in ("photo.png", "photo.webp"):
        frames[1].save(folder / name)
    tone = (8000 * np.sin(np.arange(4000) / 5)).astype("<i2")
    with io.BytesIO() as stream:
        with wave.open(stream, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(tone.tobytes())
        (folder / "tone.wav").write_bytes(stream.getvalue())
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64))  # enough to be embedded
    (folder / "beside.csv").write_text("a,b\n1,2\n3,1\n4,5\n", encoding="utf-8")
    (folder / "small.html").write_text("<!doctype html><p>a page beside the notebook</p>", encoding="utf-8")
