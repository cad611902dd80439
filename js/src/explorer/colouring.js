// Colours of the points: by class or by a quantity, faded where they are not selected, and the legend of it.

import { button, h, whole } from "../core/dom.js";
import { blend, classColours, ramp } from "./palette.js";

const STEPS = 64; // colours of a ramp
const QUANTITIES = { error: "errors", distance: "distances", value: "values" };

export class Colouring {
  /** @param app the explorer, with its map, toolbar and selection */
  constructor(app) {
    this.app = app;
    this.legend = h("div", { class: "aew-legend", role: "group", "aria-label": "Legend; a class selects its points" });
  }

  colourOf = (point) => this.colours[this.indexes[point]];

  /** Another theme. */
  themed({ dark, paper }) {
    this.dark = dark;
    // The page's paper as "#rrggbb", which colours are blended with.
    const ctx = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    ctx.fillStyle = paper;
    this.paper = ctx.fillStyle.startsWith("#") ? ctx.fillStyle : "#808080";
  }

  /** Colours as they are asked for, else the first that there are. */
  show() {
    const { map, store, toolbar, link } = this.app;
    const { about } = store;
    const known = Object.entries(QUANTITIES).map(([name, trait]) => [name, store.quantity(trait)]).filter(([, quantity]) => quantity);
    const can = [...(about.classes.length ? [["label", "Colour: label"]] : []), ...known.map(([name, { label }]) => [name, `Colour: ${label}`]), ["none", "One colour"]];
    toolbar.colour.fill(can);
    const asked = link.get("colour");
    const colour = can.some(([name]) => name === asked) ? asked : can[0][0];
    toolbar.colour.set(colour);
    map.labels = [];
    const quantity = store.quantity(QUANTITIES[colour] ?? "");
    if (colour === "label") {
      this.base = classColours(about.classes.length, this.dark);
      this.own = store.classes;
      map.labels = about.classes.map(({ name, at }) => ({ place: at, words: name }));
      this.legend.replaceChildren(...about.classes.map((one, k) => this.classItem(one, k)));
    } else if (quantity) {
      const { label, low, high, values } = quantity;
      this.base = ramp(STEPS, this.dark);
      this.own = Uint8Array.from(values, (v) => Math.min(STEPS - 1, Math.max(0, Math.floor((STEPS * (v - low)) / (high - low || 1)))));
      this.legend.replaceChildren(h("span", {}, label), h("span", {}, low.toPrecision(3)),
        h("span", { class: "aew-ramp", style: `background:linear-gradient(90deg, ${this.base.join(",")})` }), h("span", {}, high.toPrecision(3)));
    } else {
      this.base = [this.dark ? "#7db8f5" : "#0b5cad"];
      this.own = new Uint8Array(store.count);
      this.legend.replaceChildren();
    }
    this.showSelection();
  }

  /** A class in the legend: selects its points. */
  classItem({ name, count }, k) {
    const { app, app: { store } } = this;
    const points = () => Array.from(store.classes.keys()).filter((point) => store.classes[point] === k);
    const item = button("", () => app.select(item.getAttribute("aria-pressed") === "true" ? [] : points()), { class: "aew-class", "aria-pressed": "false", title: `Select all ${name}` });
    item.append(h("i", { style: `background:${this.base[k]}` }), name, h("small", {}, whole(count)));
    return item;
  }

  /** Selected points keep their colour, the rest fades; a class whose points are all of the selection is pressed. */
  showSelection() {
    if (!this.base) return;
    const { map, store } = this.app;
    const points = this.app.selectedPoints();
    const first = points.length ? store.classes[points[0]] : -1;
    const alike = first >= 0 && points.every((point) => store.classes[point] === first);
    this.legend.querySelectorAll(".aew-class").forEach((item, k) => {
      const all = alike && k === first && points.length === store.about.classes[k].here;
      item.setAttribute("aria-pressed", String(all));
    });
    this.colours = this.base;
    this.indexes = this.own;
    if (points.length) {
      this.colours = [...this.base, ...this.base.map((colour) => blend(colour, this.paper, 0.82))];
      this.indexes = Uint16Array.from(this.own, (c) => c + this.base.length);
      for (const point of points) this.indexes[point] = this.own[point];
    }
    map.colour(this.indexes, this.colours);
    map.redraw();
  }
}
