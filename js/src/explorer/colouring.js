// Colours of the points: by class, by a quantity or by a column, faded where they are not selected, and the legend of it.

import { button, h, whole } from "../core/dom.js";
import { blend, classColours, ramp } from "./palette.js";
import { valueOf } from "./store.js";

const STEPS = 64; // colours of a ramp
const AGAIN = 30; // classes, after which their colours come again
const NAMED = 40; // classes, the largest, that have their names on the map and in the legend
const FEW = 12; // of more classes than that, the largest that are named on the map
const NONE = "#969ba0"; // where there is no value
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
    const own = store.columns.map((column) => [column.label, column]);
    const labels = { classes: about.classes, indexes: store.classes };
    const can = new Map([...(about.classes.length ? [["label", labels]] : []), ...known, ...own, ["none", {}]]);
    const words = (name, { label }) => (name === "label" ? "Colour: label" : name === "none" ? "One colour" : `Colour: ${label}`);
    toolbar.colour.fill([...can].map(([name, one]) => [name, words(name, one)]));
    const asked = link.get("colour");
    const colour = can.has(asked) ? asked : can.keys().next().value;
    toolbar.colour.set(colour);
    this.now = can.get(colour);
    const { classes, indexes, values, low, high, label } = this.now;
    map.labels = [];
    if (classes) {
      // Thirty colours, which come again, and one for those without a label.
      this.base = [...classColours(AGAIN, this.dark), NONE];
      const colours = classes.map(({ name }, k) => (name === "missing" && k === classes.length - 1 ? AGAIN : k % AGAIN));
      this.own = Uint8Array.from(indexes, (k) => colours[k]);
      const largest = classes.map((one, k) => ({ ...one, k, colour: this.base[colours[k]] })).sort((a, b) => b.count - a.count);
      map.labels = largest.slice(0, classes.length > NAMED ? FEW : NAMED).filter(({ count }) => count).sort((a, b) => a.k - b.k).map(({ name, at }) => ({ place: at, words: name }));
      const items = largest.slice(0, NAMED).sort((a, b) => a.k - b.k).map((one) => this.classItem(one));
      const more = classes.length - items.length;
      this.legend.replaceChildren(...items, more ? h("span", "aew-soft", `and ${whole(more)} smaller classes: Find has them by name`) : "");
    } else if (values) {
      this.base = [...ramp(STEPS, this.dark), NONE];
      this.own = Uint8Array.from(values, (v) => (Number.isFinite(v) ? Math.min(STEPS - 1, Math.max(0, Math.floor((STEPS * (v - low)) / (high - low || 1)))) : STEPS));
      const end = (value) => valueOf({ ...this.now, values: [value] }, 0);
      const none = this.own.some((step) => step === STEPS) ? [h("i", { style: `background:${NONE}` }), h("span", {}, "missing")] : [];
      this.legend.replaceChildren(h("span", {}, label), h("span", {}, end(low)),
        h("span", { class: "aew-ramp", style: `background:linear-gradient(90deg, ${this.base.slice(0, STEPS).join(",")})` }), h("span", {}, end(high)), ...none);
    } else {
      this.base = [this.dark ? "#7db8f5" : "#0b5cad"];
      this.own = new Uint8Array(store.count);
      this.legend.replaceChildren();
    }
    this.showSelection();
  }

  /** A class in the legend: selects its points. */
  classItem({ name, count, k, colour }) {
    const { app, now: { indexes } } = this;
    const points = () => Array.from(indexes.keys()).filter((point) => indexes[point] === k);
    const item = button("", () => app.select(item.getAttribute("aria-pressed") === "true" ? [] : points()), { class: "aew-class", "aria-pressed": "false", title: `Select all ${name}` });
    item.dataset.k = k;
    item.append(h("i", { style: `background:${colour}` }), name, h("small", {}, whole(count)));
    return item;
  }

  /** Selected points keep their colour, the rest fades; a class whose points are all of the selection is pressed. */
  showSelection() {
    if (!this.base) return;
    const { map } = this.app;
    const points = this.app.selectedPoints();
    const { classes, indexes } = this.now;
    const first = points.length && classes ? indexes[points[0]] : -1;
    const alike = first >= 0 && points.every((point) => indexes[point] === first);
    this.legend.querySelectorAll(".aew-class").forEach((item) => {
      const all = alike && Number(item.dataset.k) === first && points.length === classes[first].here;
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
