// A side's card: which picture it shows, and how close that is to the reference.

import { Card } from "../comparison/card.js";
import { fixed, h } from "../core/dom.js";

const COLOURS = { left: ["#0072b2", "#56b4e9"], right: ["#b84f00", "#ff9248"] }; // on light pages, on dark ones
const plain = (key) => (p) => (p.same || p.exact ? "1" : fixed(p[key], 4));
const FIGURES = [
  ["psnr", "PSNR", (p) => (p.same ? "reference" : p.exact ? "equal" : p.psnr === null ? "–" : `${fixed(p.psnr, 2)} dB`), "Peak signal-to-noise ratio to the reference: higher is closer"],
  ["ssim", "SSIM", plain("ssim"), "Structural similarity to the reference: 1 is equal"],
  ["ms_ssim", "MS-SSIM", plain("ms_ssim"), "Structural similarity over five scales: 1 is equal; from 176 pixels a side on"],
];

export class Side extends Card {
  /** @param name "left" or "right"; @param hooks choose(name), save() */
  constructor(name, hooks) {
    super(name, "Picture", "Save", FIGURES, hooks);
    this.name = name;
    this.note = h("div", "aew-soft aew-note");
    this.el.append(this.list, this.note);
    this.save.title = "Save the picture as it is compared";
  }

  /** Show which picture is chosen, and what was done to it. */
  asked(options, picture, note) {
    this.menu.fill(options);
    this.menu.set(picture);
    this.note.textContent = note ?? "";
  }

  answered(point, other, dark) {
    this.el.style.setProperty("--side", COLOURS[this.name][dark ? 1 : 0]);
    this.show(point, other.same || point.same ? { preview: true } : other, () => !point.known);
  }
}
