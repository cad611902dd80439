"""Widgets in a page without a kernel: portable ones stay live, boxes keep their layout, all others become stills.

This is an IPython extension, which the runner loads into a report's kernel. IPython then asks it for the HTML of every
widget that is displayed. A still shows the values that were set when its cell ran; its controls do not move.
"""

from __future__ import annotations

import base64
import functools
import html
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

__all__ = ["Still", "load_ipython_extension", "still_of"]

_VIEW = "application/vnd.jupyter.widget-view+json"
_LAYOUT = ("width", "min_width", "max_width", "flex", "align_self")
_LONGEST = 200  # characters of a value shown as text


class Still(NamedTuple):
    """A widget as HTML, and whether a script in it makes it live; a live widget takes all the room there is."""

    html: str
    lives: bool = False


def load_ipython_extension(shell: Any) -> None:
    """Register the formatter of widgets. IPython's `%load_ext` calls this with its shell."""
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("ipywidgets.widgets.widget", "Widget", _bundle)


def _bundle(widget: Any) -> dict[str, str]:
    """Return the MIME bundle of a displayed widget: its own, and a still if it has no HTML but something to see."""
    own = _own(widget)
    seen = widget._view_name is not None or "image/png" in own  # `jslink` and similar widgets show nothing
    return {**own, "text/html": still_of(widget).html} if seen and "text/html" not in own else own


def _own(widget: Any) -> dict[str, str]:
    """Return a widget's own MIME bundle, without the view that needs a kernel."""
    method = widget._repr_mimebundle_
    made = method() if method is not None else None
    made = made[0] if isinstance(made, tuple) else made
    return {kind: data for kind, data in (made or {"text/plain": type(widget).__name__}).items() if kind != _VIEW}


def still_of(widget: Any) -> Still:
    """Return a widget as HTML.

    Args:
        widget: any ipywidget. One with HTML or a PNG image of its own is shown by that; boxes and tabs keep their
            content in rows and columns; all other controls show their description and value.
    """
    own = _own(widget)
    if "text/html" in own:
        return Still(own["text/html"], "<script" in own["text/html"])
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
        (lambda widget: _column(map(_output, widget.outputs)), (w.Output,)),
    )  # fmt: skip
    for function, classes in known:
        for one in classes:
            draw.register(one, function)
    return draw


def _box(widget: Any) -> Still:
    """Draw a box: children below each other in a VBox, else beside each other, in new rows where there is no room."""
    kind = type(widget).__mro__
    names = {one.__name__ for one in kind}
    children = [(child, still_of(child)) for child in widget.children if child.layout.display != "none"]
    columns = widget.layout.grid_template_columns if "GridBox" in names else None
    way = f"grid;grid-template-columns:{html.escape(columns)}" if columns else "flex"
    way += ";flex-direction:column" if "VBox" in names else ";flex-wrap:wrap;align-items:flex-start"
    parts = []
    for child, still in children:
        room = "flex:1 1 36rem;min-width:min(100%,20rem);" if still.lives else "max-width:100%;"
        parts.append(f'<div style="{room if "VBox" not in names else ""}{_laid_out(child)}">{still.html}</div>')
    return Still(
        f'<div style="display:{way};gap:.5rem 1rem">{"".join(parts)}</div>', any(still.lives for _, still in children)
    )


def _sections(widget: Any) -> Still:
    """Draw tabs and accordions as sections that open on a click, without a script; the selected one is open."""
    stills = [still_of(child) for child in widget.children]
    titles = [*widget.titles, *[""] * len(stills)]
    folds = [
        f"<details{' open' if index == widget.selected_index else ''}><summary>"
        f"{html.escape(titles[index] or f'Part {index + 1}')}</summary>{still.html}</details>"
        for index, still in enumerate(stills)
    ]
    return Still("".join(folds), any(still.lives for still in stills))


def _slider(widget: Any) -> Still:
    """Draw a disabled native slider; a logarithmic one by its exponent."""
    import math

    place = math.log(widget.value, widget.base) if hasattr(widget, "base") else widget.value
    control = (
        f'<input type="range" disabled aria-label="{html.escape(_name(widget))}" min="{widget.min:g}" '
        f'max="{widget.max:g}" step="any" value="{place:.6g}" style="max-width:100%">'
    )
    return _row(widget, control, f"{widget.value:.6g}")


def _progress(widget: Any) -> Still:
    """Draw a native progress bar with its value and its maximum."""
    share = (widget.value - widget.min) / ((widget.max - widget.min) or 1)
    control = f'<progress aria-label="{html.escape(_name(widget))}" max="1" value="{share:.4f}"></progress>'
    return _row(widget, control, f"{widget.value:.6g} of {widget.max:.6g}")


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
    rules = ((name, getattr(widget.layout, name)) for name in _LAYOUT)
    return html.escape("".join(f"{name.replace('_', '-')}:{value};" for name, value in rules if value))


def _name(widget: Any) -> str:
    """Return a widget's description, or the name of its class if it has none."""
    return getattr(widget, "description", "") or type(widget).__name__
