// A side's card: its method, how close the result comes, how long it took, and the result itself.

import { fixed, h } from "../core/dom.js";
import { Card, FLIP } from "../comparison/card.js";
import { colourOf } from "./words.js";

const FIGURES = [
  ["psnr", "PSNR", (p) => (p.exact ? "∞" : p.psnr === null ? "–" : `${fixed(p.psnr, 2)} dB`), "How close to the original, in decibels: peak signal-to-noise ratio; 6 more is half the error"],
  ["ssim", "SSIM", (p) => fixed(p.ssim, 4), "How alike the structure is, at most 1: structural similarity to the original"],
  FLIP,
  ["seconds", "Time", (p) => (p.seconds === null ? "–" : `${fixed(p.seconds, p.seconds < 10 ? 2 : 0)} s`), "Of the method alone", true],
];

export class Side extends Card {
  /** @param name "left" or "right"; @param hooks choose(method), save() */
  constructor(name, hooks) {
    super(name, "Method", "Save PNG", FIGURES, hooks);
    this.note = h("div", "aew-soft aew-note");
    this.el.append(this.list, this.note);
  }

  /** Show the method that is asked for. */
  asked(choices, method) {
    this.menu.fill(choices.map(({ name, label, slow }) => [name, slow ? `${label} (minutes)` : label]));
    this.menu.set(method);
    this.menu.el.title = choices.find(({ name }) => name === method)?.about ?? "";
    this.choices = choices;
  }

  /** Show the answer. @param input figures of what methods were given; @param stale whether it is of another strength */
  answered(point, other, input, stale, dark) {
    this.el.style.setProperty("--side", colourOf(point.method ?? "noisy", dark, this.choices));
    if (!point.method) return;
    this.show(point, other, () => stale);
    const gain = input && !stale && point.psnr !== null && input.psnr !== null && point.method !== "noisy" ? point.psnr - input.psnr : null;
    this.note.textContent = point.failed ? "cannot do this" : gain === null ? "" : `${gain < 0 ? "−" : "+"}${fixed(Math.abs(gain), 2)} dB over the input`;
    this.save.disabled = stale || point.failed;
    this.save.textContent = `Save ${point.media === "image/webp" ? "WebP" : "PNG"}`;
  }
}
