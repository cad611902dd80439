// A side's card: what is chosen for it, figures with the better of both marked, and a button for its file. Asks nothing.

import { button, fixed, h, menu } from "../core/dom.js";

/** The figure that eyes come nearest to, for those who have its package; the row is left out where there is none. */
export const FLIP = ["flip", "FLIP", (p) => (p.preview ? null : fixed(p.flip, 3)), "The difference that eyes see, 0 to 1, at 67 pixels a degree: FLIP (Andersson et al. 2020)", true];

export class Card {
  /**
   * @param name "left" or "right"; @param chosen what its menu offers; @param words on its button; @param hooks choose(name), save()
   * @param figures [key, label, how a point says it (null: as before), title, whether more is no better] of each
   */
  constructor(name, chosen, words, figures, hooks) {
    this.figures = figures;
    this.menu = menu(`${chosen}, ${name} side`, hooks.choose);
    this.menu.el.dataset.asks = "";
    this.save = button(words, hooks.save, { class: "aew-small" });
    this.values = new Map(figures.map(([key, , , title]) => [key, h("dd", { title })]));
    this.list = h("dl", {}, ...figures.map(([key, label]) => h("div", { hidden: key === "flip" }, h("dt", {}, label), this.values.get(key))));
    this.el = h("div", { class: `aew-card aew-${name}`, role: "group", "aria-label": `${name} side` },
      h("div", "aew-head", h("b", { class: "aew-letter", "aria-hidden": "true" }, name[0].toUpperCase()), this.menu.el, this.save));
  }

  /** @param other the other side's point; @param old says of a key whether its figure answers an older question */
  show(point, other, old) {
    for (const [key, , say, , plain] of this.figures) {
      const cell = this.values.get(key);
      if (key === "flip" && !point.preview) cell.parentElement.hidden = (point.flip ?? null) === null;
      cell.textContent = say(point) ?? cell.textContent;
      cell.classList.toggle("aew-stale", old(key));
      cell.classList.toggle("aew-better", !plain && !old(key) && better(point, other, key));
    }
  }
}

function better(point, other, key) {
  const value = (p) => (p.exact ? Infinity : (p[key] ?? null));
  const [a, b] = [value(point), value(other)];
  return !other.preview && a !== null && b !== null && a > b;
}
