"""Draws widgets for a page without a kernel: portable ones stay live, boxes keep their layout, others become stills.

A still shows the values that are set when it is drawn; its controls do not move. `last_states.py` has it drawn again.
"""

from __future__ import annotations

import base64
import functools
import html
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

__all__ = ["Still", "is_closed", "own_bundle", "place_of", "still_of"]

_VIEW = "application/vnd.jupyter.widget-view+json"
_VEGA_LITE = "application/vnd.vegalite.v6+json"
_PLOTLY = "application/vnd.plotly.v1+json"
_LAYOUT = ("width", "min_width", "max_width", "flex", "align_self")
#: Of ipywidgets' styles of bars, as accents that a browser takes in light and in dark.
_COLOURS = {"success": "#3c9a40", "info": "#0b8fa8", "warning": "#d07f00", "danger": "#d93a30"}
_LONGEST = 200  # characters of a value shown as text


class Still(NamedTuple):
    """A widget as HTML.

    Attributes:
        html: the HTML.
        lives: whether a script in it makes it live; a live widget takes all the room there is.
        nested: MIME bundles of what only the page can draw, by the names of their places in the HTML.
    """

    html: str
    lives: bool = False
    nested: Mapping[str, Mapping[str, Any]] = {}  # never changed


def place_of(name: str, meanwhile: str = "") -> str:
    """Return a place in HTML that the page fills by its name, and what stands there where no page is made of it."""
    return f"<!--aewidgets {name}-->{meanwhile}<!--/aewidgets {name}-->"


def is_closed(widget: Any) -> bool:
    """Return whether a widget was closed, after which Jupyter shows nothing in its place."""
    return getattr(widget, "comm", None) is None


def own_bundle(widget: Any) -> dict[str, Any]:
    """Return a widget's own MIME bundle, without the view that needs a kernel."""
    names = {f"{one.__module__.partition('.')[0]}.{one.__name__}" for one in type(widget).__mro__}
    if "plotly.BaseFigureWidget" in names:
        return {"text/plain": "FigureWidget", _PLOTLY: json.loads(widget.to_json())}
    if "altair.JupyterChart" in names:
        return {"text/plain": "JupyterChart", _VEGA_LITE: widget.chart.to_dict()}
    method = widget._repr_mimebundle_
    try:
        made = method() if method is not None else None
    except Exception:  # a representation of its own that fails, as that of a tqdm bar whose loop has ended
        made = None
    bundle = _pair(made) or {"text/plain": type(widget).__name__}
    return {kind: data for kind, data in bundle.items() if kind != _VIEW}


def _pair(made: Any) -> dict[str, Any]:
    """Return the data of a MIME bundle that may come with metadata, or not at all."""
    return (made[0] if isinstance(made, tuple) else made) or {}


def still_of(widget: Any) -> Still:
    """Return a widget as HTML.

    Args:
        widget: any ipywidget. One with HTML or a PNG image of its own is shown by that; boxes and tabs keep their
            content in rows and columns; all other controls show their description and value.
    """
    own = own_bundle(widget)
    if "text/html" in own:
        return Still(own["text/html"], "<script" in own["text/html"])
    if any(kind.startswith("application/vnd.") for kind in own):  # a chart, which the page draws
        return Still(place_of(widget.model_id), True, {widget.model_id: own})
    if "image/png" in own:
        return Still(_image(base64.b64decode(own["image/png"]), "png", _name(widget)))
    return _drawings()(widget)


@functools.cache
def _drawings() -> Callable[[Any], Still]:
    """Return the function that draws a widget, dispatched on its class or the nearest base class."""
    import ipywidgets as w

    draw = functools.singledispatch(_in_words)
    known: tuple[tuple[Callable[[Any], Still], Iterable[type]], ...] = (
        (_box, (w.Box,)),
        (_sections, (w.Tab, w.Accordion, w.Stack)),
        (_slider, (w.IntSlider, w.FloatSlider, w.FloatLogSlider)),
        (_progress, (w.IntProgress, w.FloatProgress)),
        (_checkbox, (w.Checkbox, w.ToggleButton, w.Valid)),
        (_selection, (w.Dropdown, w.RadioButtons, w.ToggleButtons, w.Select, w.SelectMultiple, w.SelectionSlider)),
        (lambda widget: Still(f"<button disabled>{html.escape(_name(widget))}</button>"), (w.Button,)),
        (lambda widget: _row(widget, "", "not shown"), (w.Password,)),
        (lambda widget: _row(widget, "", widget.value), (w.Label,)),
        (lambda widget: _row(widget, f"<div>{widget.value}</div>", ""), (w.HTML, w.HTMLMath)),
        (lambda widget: Still(_image(widget.value, widget.format, _name(widget))), (w.Image,)),
        (lambda widget: Still(_media("video", widget)), (w.Video,)),
        (lambda widget: Still(_media("audio", widget)), (w.Audio,)),
        (_outputs, (w.Output,)),
    )  # fmt: skip
    for function, classes in known:
        for one in classes:
            draw.register(one, function)
    return draw


def _box(widget: Any) -> Still:
    """Draw a box: children below each other in a VBox, else beside each other, in new rows where there is no room."""
    kind = type(widget).__mro__
    names = {one.__name__ for one in kind}
    shown = [child for child in widget.children if not is_closed(child) and _visible(child)]
    words = any(type(child).__name__ in ("HTML", "Label") for child in shown)  # they say how far a bar is
    children = [(child, _bar(child) if words and _is_bar(child) else still_of(child)) for child in shown]
    columns = widget.layout.grid_template_columns if "GridBox" in names else None
    way = f"grid;grid-template-columns:{html.escape(columns)}" if columns else "flex"
    way += ";flex-direction:column" if "VBox" in names else ";flex-wrap:wrap;align-items:flex-start"
    parts = []
    for child, still in children:
        room = "flex:1 1 36rem;min-width:min(100%,20rem);" if still.lives else "max-width:100%;"
        parts.append(f'<div style="{room if "VBox" not in names else ""}{_laid_out(child)}">{still.html}</div>')
    text = f'<div style="display:{way};gap:.5rem 1rem">{"".join(parts)}</div>'
    return _joined(text, [still for _, still in children])


def _joined(text: str, stills: Iterable[Still]) -> Still:
    """Return HTML that is made of stills as one still."""
    parts = list(stills)
    return Still(text, any(one.lives for one in parts), {k: v for one in parts for k, v in one.nested.items()})


def _visible(widget: Any) -> bool:
    """Return whether a widget's layout lets it be seen."""
    layout = getattr(widget, "layout", None)  # of a plotly figure it is another thing
    return getattr(layout, "display", None) != "none" and getattr(layout, "visibility", None) != "hidden"


def _sections(widget: Any) -> Still:
    """Draw tabs and accordions as sections that open on a click, without a script; the selected one is open."""
    stills = [still_of(child) for child in widget.children]
    titles = [*widget.titles, *[""] * len(stills)]
    folds = [
        f"<details{' open' if index == widget.selected_index else ''}><summary>"
        f"{html.escape(titles[index] or f'Part {index + 1}')}</summary>{still.html}</details>"
        for index, still in enumerate(stills)
    ]
    return _joined("".join(folds), stills)


def _slider(widget: Any) -> Still:
    """Draw a disabled native slider; a logarithmic one by its exponent."""
    import math

    place = math.log(widget.value, widget.base) if hasattr(widget, "base") else widget.value
    control = (
        f'<input type="range" disabled aria-label="{html.escape(_name(widget))}" min="{widget.min:g}" '
        f'max="{widget.max:g}" step="any" value="{place:.6g}" style="max-width:100%">'
    )
    return _row(widget, control, f"{widget.value:.6g}")


def _is_bar(widget: Any) -> bool:
    """Return whether a widget is a bar of progress."""
    import ipywidgets as w

    return isinstance(widget, w.IntProgress | w.FloatProgress)


def _progress(widget: Any) -> Still:
    """Draw a native progress bar with its value and its maximum."""
    return _bar(widget, f"{widget.value:.6g} of {widget.max:.6g}")


def _bar(widget: Any, words: str = "") -> Still:
    """Draw a native progress bar in the colour of its style, with words beside it."""
    share = (widget.value - widget.min) / ((widget.max - widget.min) or 1)
    colour = widget.style.bar_color or _COLOURS.get(widget.bar_style, "")
    style = f' style="accent-color:{html.escape(colour)}"' if colour else ""
    label = html.escape(_name(widget))
    return _row(widget, f'<progress aria-label="{label}" max="1" value="{share:.4f}"{style}></progress>', words)


def _checkbox(widget: Any) -> Still:
    """Draw a disabled checkbox."""
    checked = " checked" if widget.value else ""
    return _row(widget, f'<input type="checkbox" disabled{checked} aria-label="{html.escape(_name(widget))}">', "")


def _selection(widget: Any) -> Still:
    """Draw a selection as the labels that are selected."""
    label = widget.label if widget.label is not None else ""
    return _row(widget, "", ", ".join(map(str, label)) if isinstance(label, tuple) else str(label))


def _in_words(widget: Any) -> Still:
    """Draw any other widget as its description and value, or as a note that it needs a kernel."""
    if not widget.has_trait("value"):
        return Still(f"<p>{html.escape(_name(widget))}: a widget that lives only with a kernel.</p>")
    value = widget.value
    if isinstance(value, tuple | list) and all(isinstance(one, int | float) for one in value):
        return _row(widget, "", " to ".join(f"{one:.6g}" for one in value))
    text = f"{len(value):,} bytes" if isinstance(value, bytes | memoryview) else str("–" if value is None else value)
    return _row(widget, "", text[:_LONGEST] + "…" * (len(text) > _LONGEST))


def _outputs(widget: Any) -> Still:
    """Draw an output widget: a place for its outputs, which the page knows better than the kernel."""
    known = _column(map(_output, widget.outputs))
    return Still(place_of(widget.model_id, known.html), known.lives)


def _media(tag: str, widget: Any) -> str:
    """Return a video or audio element that contains its data, or loads what its address names."""
    value = bytes(widget.value)
    if widget.format == "url":
        source = html.escape(value.decode("utf-8", "replace"))
    else:
        source = f"data:{tag}/{html.escape(widget.format)};base64,{base64.b64encode(value).decode()}"
    return f'<{tag} controls style="max-width:100%" src="{source}"></{tag}>'


def _output(output: dict[str, Any]) -> Still:
    """Draw one output that was printed or displayed into an output widget."""
    if "data" not in output:
        text = output.get("text") or f"{output.get('ename', '')}: {output.get('evalue', '')}"
        return Still(f"<pre>{html.escape(text)}</pre>")
    data = output["data"]
    if "text/html" in data:
        return Still(data["text/html"], "<script" in data["text/html"])
    if "image/png" in data:
        return Still(_image(base64.b64decode(data["image/png"]), "png", "picture"))
    return Still(f"<pre>{html.escape(data.get('text/plain', ''))}</pre>")


def _column(stills: Iterable[Still]) -> Still:
    """Put stills below each other."""
    made = list(stills)
    return Still("".join(f"<div>{still.html}</div>" for still in made), any(still.lives for still in made))


def _row(widget: Any, control: str, text: str) -> Still:
    """Put a widget's description, a control and a value in a line."""
    description = html.escape(getattr(widget, "description", "") or "")
    parts = f"<span>{description}</span>" * bool(description) + control + f"<b>{html.escape(text)}</b>" * bool(text)
    return Still(f'<div style="display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;font-size:.9em">{parts}</div>')


def _image(data: bytes, kind: str, words: str) -> str:
    """Return an img element that contains the image, with `words` as its alternative text."""
    source = f"data:image/{html.escape(kind)};base64,{base64.b64encode(data).decode()}"
    return f'<img alt="{html.escape(words)}" style="max-width:100%;height:auto" src="{source}">'


def _laid_out(widget: Any) -> str:
    """Return the part of a widget's layout that a page follows, as CSS."""
    rules = ((name, getattr(widget.layout, name, None)) for name in _LAYOUT)  # plotly's layout is another thing
    return html.escape("".join(f"{name.replace('_', '-')}:{value};" for name, value in rules if value))


def _name(widget: Any) -> str:
    """Return a widget's description, or the name of its class if it has none."""
    return getattr(widget, "description", "") or type(widget).__name__
