// What is explained: a picture, and a number that the model computes from it. Asks; shows no answers but the target's value.

import { button, freshId, h, menu, quiet, segments } from "../core/dom.js";
import { axes, short, unravel } from "./words.js";

const KINDS = [["code unit", "Unit of the code"], ["layer unit", "Unit of a layer"], ["error at a place", "Error at a place"], ["whole error", "Whole error"]];

export class Picker {
  /** @param about the model; @param offered pictures and targets of a page without a kernel, or null; @param ask(changes, draft) */
  constructor(about, offered, ask) {
    Object.assign(this, { about, offered, ask });
    this.value = h("output", { class: "aew-value", "aria-label": "Value of the target" });
    this.label = h("span", "aew-soft");
    this.el = h("div", { class: "aew-picker", role: "group", "aria-label": "Picture and target", "data-asks": true },
      h("div", "aew-row", ...this.pictures(), this.label), h("div", "aew-row", ...this.targets(), this.value));
  }

  get code() {
    return this.about.layers.find(({ code }) => code);
  }

  pictures() {
    if (this.offered) {
      this.chosen = menu("Picture", (value) => this.ask({ picture: Number(value) }));
      this.chosen.fill(this.offered.pictures.map((n) => [String(n), `Picture ${n}${this.labelOf(n)}`]));
      return [h("b", {}, "Picture"), this.chosen.el];
    }
    const id = freshId("picture");
    const most = this.about.count - 1;
    const stop = (event) => event.stopPropagation();
    this.range = h("input", { type: "range", id, min: 0, max: most, step: 1, ...quiet, onkeydown: stop,
      oninput: () => this.ask({ picture: Number(this.range.value) }, true), onchange: () => this.ask({ picture: Number(this.range.value) }) });
    this.number = h("input", { type: "number", min: 0, max: most, step: 1, class: "aew-number", "aria-label": "Number of the picture", ...quiet, onkeydown: stop,
      onchange: () => this.ask({ picture: Math.min(most, Math.max(0, Math.round(Number(this.number.value) || 0))) }) });
    const by = (step) => () => this.ask({ picture: Math.min(most, Math.max(0, this.picture + step)) });
    return [h("label", { for: id }, h("b", {}, "Picture")), button("‹", by(-1), { "aria-label": "Previous picture" }), this.range, button("›", by(1), { "aria-label": "Next picture" }), this.number];
  }

  targets() {
    if (this.offered) {
      this.target = menu("Target", (value) => {
        const { kind, layer, at } = this.offered.targets[Number(value)];
        this.ask({ target: { kind, layer, at } });
      });
      this.target.fill(this.offered.targets.map(({ words }, i) => [String(i), words]));
      return [h("b", {}, "Target"), this.target.el];
    }
    this.kind = segments("Target", KINDS, (kind) => this.begin(kind));
    this.layer = menu("Layer of the unit", (layer) => this.begin("layer unit", layer));
    this.layer.fill(this.about.layers.map(({ name }) => [name, name]));
    this.axes = h("span", "aew-axes");
    return [h("b", {}, "Target"), this.kind.el, this.layer.el, this.axes];
  }

  labelOf(picture) {
    const { labels, names } = this.about;
    if (!labels) return "";
    return `, label ${names?.[labels[picture]] ?? labels[picture]}`;
  }

  /** The shape that a target's index is of. */
  shapeOf({ kind, layer }) {
    if (kind === "whole error") return [];
    if (kind === "error at a place") return this.about.shape.slice(0, 2);
    return (kind === "code unit" ? this.code : this.about.layers.find(({ name }) => name === layer)).shape;
  }

  /** A target of another kind: its middle. */
  begin(kind, layer = this.layer.el.value) {
    const target = { kind, layer: kind === "layer unit" ? layer : "", at: [] };
    target.at = this.shapeOf(target).map((side) => Math.floor(side / 2));
    this.ask({ target });
  }

  /** Show what is asked. */
  asked(picture, target) {
    this.picture = picture;
    if (this.offered) {
      this.chosen.set(String(picture));
      this.target.set(String(this.offered.targets.findIndex(({ kind, layer, at }) => kind === target.kind && layer === target.layer && at.join() === target.at.join())));
      return;
    }
    this.range.value = this.number.value = picture;
    this.range.setAttribute("aria-valuetext", `picture ${picture}${this.labelOf(picture)}`);
    this.label.textContent = `of ${this.about.count.toLocaleString("en")}${this.labelOf(picture)}`;
    this.kind.set(target.kind);
    this.layer.el.style.display = target.kind === "layer unit" ? "" : "none";
    if (target.layer) this.layer.set(target.layer);
    this.fill(target);
  }

  /** A number for each axis of the target. */
  fill(target) {
    const shape = this.shapeOf(target);
    const key = JSON.stringify([target.kind, target.layer]);
    if (key !== this.key) {
      this.key = key;
      this.inputs = axes(shape).slice(0, shape.length).map((name, i) => h("input", {
        type: "number", min: 0, max: shape[i] - 1, step: 1, class: "aew-number", ...quiet, "aria-label": name.replace(/^./, (c) => c.toUpperCase()),
        onkeydown: (event) => event.stopPropagation(), onchange: () => this.typed(shape),
      }));
      if (target.kind === "error at a place") ["Row", "Column"].forEach((name, i) => this.inputs[i].setAttribute("aria-label", name));
      this.axes.replaceChildren(...this.inputs.flatMap((input, i) => [h("span", "aew-soft", `${input.getAttribute("aria-label").toLowerCase()} (0 to ${shape[i] - 1})`), input]),
        target.kind === "error at a place" ? h("span", "aew-soft", "or click in a picture") : "");
    }
    unravel(target.at, shape).forEach((index, i) => (this.inputs[i].value = index));
    this.now = target;
  }

  typed(shape) {
    const at = this.inputs.map((input, i) => Math.min(shape[i] - 1, Math.max(0, Math.round(Number(input.value) || 0))));
    this.ask({ target: { ...this.now, at } });
  }

  /** Show the answer. */
  answered({ words, value, picture }, stale) {
    this.value.replaceChildren(words ? `${words[0].toUpperCase()}${words.slice(1)} is ` : "", h("b", {}, short(value)), words ? ` for picture ${picture}.` : "");
    this.value.classList.toggle("aew-stale", stale);
  }
}
