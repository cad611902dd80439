// Controls of several tools: sliders, and galleries of pictures to choose from.

import { button, h, quiet } from "../../core/dom.js";

/** A native slider that JupyterLab leaves its keys. */
export const slider = (label, min, max, step, value, oninput) =>
  h("input", { type: "range", "aria-label": label, min, max, step, value, ...quiet, oninput: (event) => oninput(Number(event.target.value)) });

/** Pictures as buttons in a number of columns: items are {label, caption, show(canvas), choose()}. */
export function gallery(app, items, columns) {
  if (!app.pictures.width) {
    return h("div", "aew-line", ...items.map(({ label, choose }) => button(label, choose, { class: "aew-small" })));
  }
  return h("div", { class: "aew-gallery", style: `grid-template-columns:repeat(${columns},minmax(0,1fr))` }, ...items.map(({ label, caption, show, choose }) => {
    const canvas = app.pictures.canvas(96);
    canvas.setAttribute("aria-hidden", "true");
    show(canvas);
    const el = button("", choose, { "aria-label": label, title: label, class: "aew-shot" });
    el.append(canvas, caption ? h("span", {}, caption) : "");
    return el;
  }));
}
