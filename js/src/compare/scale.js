// The scale below a map of differences.

import { levelsOf } from "../comparison/levels.js";
import { RAMP_CSS } from "../comparison/maps.js";
import { h } from "../core/dom.js";

export class Scale {
  /** @param stage that draws the maps */
  constructor(stage) {
    this.stage = stage;
    this.full = levelsOf(stage, () => this.show(stage.state.shows, this.reference));
    this.most = h("span", {});
    this.words = h("span", "aew-soft");
    this.el = h("div", "aew-legend-row", h("span", "aew-scale", h("span", {}, "0"), h("i", { style: `background:${RAMP_CSS}` }), this.most), this.full.el, this.words);
  }

  show(shows, reference) {
    this.reference = reference;
    this.el.style.display = shows === "error" ? "" : "none";
    this.most.textContent = `${this.stage.full} of 255`;
    this.words.textContent = `largest difference of the three colours to ${reference}`;
  }
}
