// Codes that a tool is given by name: what is decoded now, or the mean of a selection. No arithmetic.

import { button, h } from "../../core/dom.js";

/** Codes to calculate with; `changed` is called when one is put. */
export class Slots {
  constructor(app, names, changed) {
    Object.assign(this, { app, changed });
    this.codes = {};
    this.parts = Object.fromEntries(names.map((name) => [name, this.part(name)]));
    this.el = h("div", "aew-slots", ...Object.values(this.parts).map(({ el }) => el));
  }

  part(name) {
    const canvas = this.app.pictures.canvas(72, `${name}: empty`);
    const words = h("span", "aew-soft", "empty");
    const el = h("div", "aew-slot", h("b", {}, name), canvas, words,
      button("Take this", () => this.put(name, this.app.code, this.app.words()), { class: "aew-small", "aria-label": `Take what is decoded now as ${name}` }),
      button("Selection", () => this.takeSelection(name), { class: "aew-small", "aria-label": `Take the mean of the selection as ${name}` }));
    return { el, canvas, words };
  }

  async takeSelection(name) {
    const points = this.app.selectedPoints();
    if (!points.length) return this.app.say("Nothing is selected: draw a lasso, or choose a class in the legend.");
    const code = await this.app.store.meanCode(points);
    if (!code) return this.app.say("The codes of these points did not come along; with a kernel they do.");
    this.put(name, code, `mean of ${points.length.toLocaleString("en")}`);
  }

  put(name, code, words) {
    this.codes[name] = Float32Array.from(code);
    const { canvas, words: text } = this.parts[name];
    this.app.pictures.draw(this.codes[name], canvas, this.app.plane.toPlace(this.codes[name]));
    canvas.setAttribute("aria-label", `${name}: ${words}`);
    text.textContent = words;
    this.changed();
  }
}
