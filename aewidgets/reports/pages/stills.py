"""What widgets are in a page without a kernel: ours live, boxes are boxes, other people's are stills that can be read.

An IPython extension, which the runner loads into a report's kernel; IPython then asks it for the HTML of every widget
that is displayed. A still shows what was set when its cell ran, and nothing in it can be moved.
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
_LONGEST = 200  # characters of a value in words


class Still(NamedTuple):
    """The HTML of a widget, and whether something in it lives, which then takes the room that there is."""

    html: str
    lives: bool = False


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython's `%load_ext` with its shell."""
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("ipywidgets.widgets.widget", "Widget", _bundle)


def _bundle(widget: Any) -> dict[str, str]:
    own = _own(widget)
    seen = widget._view_name is not None or "image/png" in own  # `jslink` and its kin have nothing to see
    return {**own, "text/html": still_of(widget).html} if seen and "text/html" not in own else own


def _own(widget: Any) -> dict[str, str]:
    """What a widget has to show without a view of a kernel's."""
    method = widget._repr_mimebundle_
    made = method() if method is not None else None
    made = made[0] if isinstance(made, tuple) else made
    return {kind: data for kind, data in (made or {"text/plain": type(widget).__name__}).items() if kind != _VIEW}


def still_of(widget: Any) -> Still:
    """A widget as HTML.

    Args:
        widget: any of ipywidgets'. One that brings HTML or a PNG picture of its own is shown so; the content of boxes
            and tabs is laid out in rows and columns; of other people's controls description and value can be read.
    """
    own = _own(widget)
    if "text/html" in own:
        return Still(own["text/html"], "<script" in own["text/html"])
    if "image/png" in own:
        return Still(_picture(base64.b64decode(own["image/png"]), "png", _name(widget)))
    return _drawings()(widget)


@functools.cache
def _drawings() -> Callable[[Any], Still]:
    """How widgets are drawn, by their class or the nearest one above it."""
    import ipywidgets as w

    draw = functools.singledispatch(_in_words)
    known: tuple[tuple[Callable[[Any], Still], Iterable[type]], ...] = (
        (_box, (w.Box,)),
        (_sections, (w.Tab, w.Accordion, w.Stack)),
        (_slider, (w.IntSlider, w.FloatSlider, w.FloatLogSlider)),
        (_progress, (w.IntProgress, w.FloatProgress)),
        (_checkbox, (w.Checkbox, w.ToggleButton, w.Valid)),
        (_chosen, (w.Dropdown, w.RadioButtons, w.ToggleButtons, w.Select, w.SelectMultiple, w.SelectionSlider)),
        (lambda widget: Still(f"<button disabled>{html.escape(_name(widget))}</button>"), (w.Button,)),
        (lambda widget: _row(widget, "", "not shown"), (w.Password,)),
        (lambda widget: _row(widget, "", widget.value), (w.Label,)),
        (lambda widget: _row(widget, f"<div>{widget.value}</div>", ""), (w.HTML, w.HTMLMath)),
        (lambda widget: Still(_picture(widget.value, widget.format, _name(widget))), (w.Image,)),
        (lambda widget: _column(map(_output, widget.outputs)), (w.Output,)),
    )  # fmt: skip
    for function, classes in known:
        for one in classes:
            draw.register(one, function)
    return draw


def _box(widget: Any) -> Still:
    """Children beside each other, in new rows where they have no room, or below each other."""
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
    """Tabs and folds: each opens on a click, which needs no script; the chosen one is open."""
    stills = [still_of(child) for child in widget.children]
    titles = [*widget.titles, *[""] * len(stills)]
    folds = [
        f"<details{' open' if index == widget.selected_index else ''}><summary>"
        f"{html.escape(titles[index] or f'Part {index + 1}')}</summary>{still.html}</details>"
        for index, still in enumerate(stills)
    ]
    return Still("".join(folds), any(still.lives for still in stills))


def _slider(widget: Any) -> Still:
    """A native slider that stands still; a logarithmic one by its exponent."""
    import math

    place = math.log(widget.value, widget.base) if hasattr(widget, "base") else widget.value
    control = (
        f'<input type="range" disabled aria-label="{html.escape(_name(widget))}" min="{widget.min:g}" '
        f'max="{widget.max:g}" step="any" value="{place:.6g}" style="max-width:100%">'
    )
    return _row(widget, control, f"{widget.value:.6g}")


def _progress(widget: Any) -> Still:
    share = (widget.value - widget.min) / ((widget.max - widget.min) or 1)
    control = f'<progress aria-label="{html.escape(_name(widget))}" max="1" value="{share:.4f}"></progress>'
    return _row(widget, control, f"{widget.value:.6g} of {widget.max:.6g}")


def _checkbox(widget: Any) -> Still:
    checked = " checked" if widget.value else ""
    return _row(widget, f'<input type="checkbox" disabled{checked} aria-label="{html.escape(_name(widget))}">', "")


def _chosen(widget: Any) -> Still:
    label = widget.label if widget.label is not None else ""
    return _row(widget, "", ", ".join(map(str, label)) if isinstance(label, tuple) else str(label))


def _in_words(widget: Any) -> Still:
    """Any other: its description and value, or what it is."""
    if not widget.has_trait("value"):
        return Still(f"<p>{html.escape(_name(widget))}: a widget that lives only with a kernel.</p>")
    value = widget.value
    if isinstance(value, tuple | list) and all(isinstance(one, int | float) for one in value):
        return _row(widget, "", " to ".join(f"{one:.6g}" for one in value))
    text = f"{len(value):,} bytes" if isinstance(value, bytes | memoryview) else str("–" if value is None else value)
    return _row(widget, "", text[:_LONGEST] + "…" * (len(text) > _LONGEST))


def _output(output: dict[str, Any]) -> Still:
    """What was printed or displayed into an output widget."""
    if "data" not in output:
        text = output.get("text") or f"{output.get('ename', '')}: {output.get('evalue', '')}"
        return Still(f"<pre>{html.escape(text)}</pre>")
    data = output["data"]
    if "text/html" in data:
        return Still(data["text/html"], "<script" in data["text/html"])
    if "image/png" in data:
        return Still(_picture(base64.b64decode(data["image/png"]), "png", "picture"))
    return Still(f"<pre>{html.escape(data.get('text/plain', ''))}</pre>")


def _column(stills: Iterable[Still]) -> Still:
    made = list(stills)
    return Still("".join(f"<div>{still.html}</div>" for still in made), any(still.lives for still in made))


def _row(widget: Any, control: str, text: str) -> Still:
    """Description, control and value in a line."""
    said = html.escape(getattr(widget, "description", "") or "")
    parts = f"<span>{said}</span>" * bool(said) + control + f"<b>{html.escape(text)}</b>" * bool(text)
    return Still(f'<div style="display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;font-size:.9em">{parts}</div>')


def _picture(data: bytes, kind: str, words: str) -> str:
    source = f"data:image/{html.escape(kind)};base64,{base64.b64encode(data).decode()}"
    return f'<img alt="{html.escape(words)}" style="max-width:100%;height:auto" src="{source}">'


def _laid_out(widget: Any) -> str:
    """The part of a widget's layout that a page follows, as CSS."""
    asked = ((name, getattr(widget.layout, name)) for name in _LAYOUT)
    return html.escape("".join(f"{name.replace('_', '-')}:{value};" for name, value in asked if value))


def _name(widget: Any) -> str:
    """What a widget is called: its description, else its kind."""
    return getattr(widget, "description", "") or type(widget).__name__
