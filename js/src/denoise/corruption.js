// The corruption of the picture, its strength, and the noise level given and found.

import { placeAt, valueAt } from "../comparison/slider.js";
import { button, fixed, freshId, h, menu, quiet } from "../core/dom.js";

/** The strength at a place of the slider, 0 to 1. */
export const strengthAt = (kind, place) => rounded(kind, valueAt(kind.least, kind.most, kind.log, place));
/** The place of a strength on the slider. */
export const placeOf = ({ least, most, log }, strength) => placeAt(least, most, log, strength);
/** A strength as fine as anybody can see, inside the range. */
export function rounded({ least, most, log, whole }, strength) {
  const inside = Math.min(most, Math.max(least, strength));
  if (whole || most - least > 100) return log && !whole && inside < 100 ? Number(inside.toPrecision(2)) : Math.round(inside);
  const step = most - least > 5 ? 0.1 : 0.01;
  return Math.min(most, Math.max(least, Number((Math.round(inside / step) * step).toFixed(2))));
}

export class Corruption {
  /** @param frozen whether nothing but the strength may change; @param ask called with (changes, draft) */
  constructor(frozen, ask) {
    this.ask = ask;
    this.menu = menu("What is done to the picture", (corruption) => ask({ corruption }, false));
    this.menu.el.disabled = frozen;
    const id = freshId("strength");
    this.caption = h("label", { for: id });
    this.range = h("input", {
      type: "range", id, min: 0, max: 1000, step: 1, ...quiet,
      oninput: () => this.moved(true), onchange: () => this.moved(false), onkeydown: (event) => this.key(event),
    });
    this.number = h("input", {
      type: "number", step: "any", class: "aew-number", "aria-label": "Strength", ...quiet,
      onchange: () => this.typed(), onkeydown: (event) => event.stopPropagation(),
    });
    this.unit = h("span", "aew-soft");
    this.row = h("span", "aew-strength", this.caption, this.range, this.number, this.unit);
    this.draw = frozen ? null : button("Draw anew", () => ask({ seed: (this.seed + 1) % 2 ** 32 }, false), { class: "aew-small", title: "The same strength, other noise (the next seed)" });
    this.level = h("output", { class: "aew-level aew-soft", title: "Noise level: standard deviation where white is 255; methods are given the one that was added, else the one that is measured in the picture" });
    this.el = h("div", { class: "aew-corruption", role: "group", "aria-label": "What is done to the picture", "data-asks": true }, this.menu.el, this.row, this.draw, this.level);
  }

  rounded(strength) {
    return rounded(this.kind, strength);
  }

  moved(draft) {
    this.held = draft;
    this.put(strengthAt(this.kind, this.range.value / 1000), true);
    this.ask({ strength: this.strength }, draft);
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];
    event.stopPropagation();
    if (!by || !this.kind?.parameter) return;
    event.preventDefault();
    const stops = this.kind.stops;
    if (stops) {
      const at = stops.indexOf(this.strength) + Math.sign(by);
      this.put(stops[Math.min(stops.length - 1, Math.max(0, at))]);
    } else {
      // At the low end of a logarithmic slider a hundredth may round to nothing.
      const place = placeOf(this.kind, this.strength);
      let next = this.strength;
      for (let n = 1; n <= 20 && next === this.strength; n++) next = strengthAt(this.kind, Math.min(1, Math.max(0, place + (by * n) / 100)));
      this.put(next);
    }
    this.ask({ strength: this.strength }, false);
  }

  typed() {
    const value = Number(this.number.value);
    if (!Number.isFinite(value) || this.number.value === "") return this.put(this.strength);
    this.put(Math.min(this.kind.most, Math.max(this.kind.least, value)));
    this.ask({ strength: this.strength }, false);
  }

  put(strength, keepThumb = false) {
    this.strength = strength;
    if (!keepThumb) this.range.value = Math.round(1000 * placeOf(this.kind, strength));
    this.range.setAttribute("aria-valuetext", `${this.kind.parameter} ${strength} ${this.kind.unit}`.trim());
    this.number.value = Number(strength.toPrecision(6));
  }

  /** Show the corruption and the strength that are asked for. */
  asked(kinds, corruption, strength, seed) {
    this.seed = seed ?? 0;
    this.menu.fill(kinds.map(({ name, label }) => [name, label]));
    this.menu.set(corruption);
    this.kind = kinds.find(({ name }) => name === corruption);
    const has = Boolean(this.kind?.parameter);
    this.row.style.display = has ? "" : "none";
    if (this.draw) this.draw.style.display = this.kind?.random ? "" : "none";
    if (!has) return;
    this.caption.textContent = this.kind.parameter;
    this.unit.textContent = this.kind.unit;
    Object.assign(this.number, { min: this.kind.least, max: this.kind.most });
    if (!this.held && strength !== null && strength !== undefined) this.put(strength);
  }

  /** Show the answer: the noise level that methods are given, and the one found in the picture. */
  answered({ given, estimated, found, description }) {
    const parts = [];
    if (given !== null && given !== undefined) parts.push(`${fixed(given, 1)} added`);
    if (estimated !== null && estimated !== undefined) parts.push(`${fixed(estimated, 1)} measured`);
    if (found) parts.push(found);
    this.level.textContent = parts.length ? `Noise: ${parts.join(", ")}` : (description ?? "");
  }
}
