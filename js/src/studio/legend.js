// The scale under an error map or a bit map, and what may be chosen of it.

import { levelsOf, numbers } from "../comparison/levels.js";
import { RAMP_CSS } from "../comparison/maps.js";
import { h } from "../core/dom.js";

export class Legend {
  /** @param stage that draws the maps */
  constructor(stage) {
    this.stage = stage;
    const show = () => this.show(stage.state.shows);
    this.full = levelsOf(stage, show);
    this.group = numbers(stage, "group", "Part of the file, from coarse to fine", show);
    this.most = h("span", {});
    const scale = h("span", "aew-scale", h("span", {}, "0"), h("i", { style: `background:${RAMP_CSS}` }), this.most);
    this.words = h("span", "aew-soft");
    this.el = h("div", "aew-legend-row", scale, this.full.el, this.group.el, this.words);
  }

  /** @param count groups of channels that a side's file has */
  groups(count) {
    this.group.fill([["-1", "all parts"], ...Array.from({ length: count }, (_, i) => [String(i), `part ${i + 1}${i ? (i === count - 1 ? ", finest" : "") : ", coarsest"}`])]);
  }

  /** @param shows "picture", "error" or "bits" */
  show(shows) {
    const display = (on) => (on ? "" : "none");
    this.el.style.display = display(shows !== "picture");
    this.full.el.style.display = display(shows === "error");
    this.group.el.style.display = display(shows === "bits");
    if (shows === "error") {
      this.most.textContent = `${this.stage.full} of 255`;
      this.words.textContent = "difference to the original, of the colour that differs most";
    } else if (shows === "bits") {
      this.most.textContent = `${this.stage.topBits.toFixed(0)} bits`;
      const learned = Object.values(this.stage.bits).some((bits) => bits?.rows);
      this.words.textContent = learned ? "for each 16 × 16 pixels; only learned codecs tell" : "neither side is a learned codec: choose one to see where its bits go";
    }
  }
}
