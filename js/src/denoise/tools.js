// The studio's tools, and the scale under a difference or a residual.

import { h, segments } from "../core/dom.js";
import { levelsOf } from "../comparison/levels.js";
import { RAMP_CSS } from "../comparison/maps.js";
import { layouts, Tools } from "../comparison/tools.js";

/** @param look called with changes of what is drawn */
export const denoiseTools = (stage, look) => new Tools(stage, {
  view: layouts((view) => look({ view })),
  shows: segments("What is shown", [
    ["picture", "Picture"],
    ["error", "Difference", "Difference to the original"],
    ["residual", "Removed", "Residual, or method noise: the input minus the result"],
  ], (shows) => look({ shows })),
});

export class Scale {
  /** @param stage that draws the maps */
  constructor(stage) {
    this.stage = stage;
    this.full = levelsOf(stage, () => this.show(stage.state.shows, this.reference));
    this.low = h("span", {});
    this.ramp = h("i", {});
    this.most = h("span", {});
    this.words = h("span", "aew-soft");
    this.el = h("div", "aew-legend-row", h("span", "aew-scale", this.low, this.ramp, this.most), this.full.el, this.words);
  }

  /** @param shows "picture", "error" or "residual"; @param reference whether the original is known */
  show(shows, reference) {
    this.reference = reference;
    const { full } = this.stage;
    this.el.style.display = shows === "picture" ? "none" : "";
    const signed = shows === "residual";
    this.low.textContent = signed ? `−${full}` : "0";
    this.most.textContent = `${signed ? "+" : ""}${full} of 255`;
    this.ramp.style.background = signed ? "linear-gradient(90deg,#000,#808080,#fff)" : RAMP_CSS;
    this.words.textContent = signed ? "what the method took out: structure in it is structure lost"
      : reference ? "difference to the original, of the colour that differs most" : "no original is known: pictures are shown";
  }
}
