// A side's card: its method, how close the result comes, how long it took, and the result itself.

import { button, fixed, h, menu } from "../core/dom.js";
import { colourOf } from "./words.js";

const FIGURES = [
  ["psnr", "PSNR", (p) => (p.exact ? "∞" : p.psnr === null ? "–" : `${fixed(p.psnr, 2)} dB`), "Peak signal-to-noise ratio to the original"],
  ["ssim", "SSIM", (p) => fixed(p.ssim, 4), "Structural similarity to the original"],
  ["seconds", "Time", (p) => (p.seconds === null ? "–" : `${fixed(p.seconds, p.seconds < 10 ? 2 : 0)} s`), "Of the method alone"],
];

export class Side {
  /** @param name "left" or "right"; @param hooks choose(method), save() */
  constructor(name, hooks) {
    this.menu = menu(`Method, ${name} side`, hooks.choose);
    this.save = button("Save PNG", hooks.save, { class: "aew-small" });
    this.values = new Map(FIGURES.map(([key, , , title]) => [key, h("dd", { title })]));
    this.note = h("div", { class: "aew-soft aew-note" });
    this.el = h("div", { class: `aew-card aew-${name}`, role: "group", "aria-label": `${name} side` },
      h("div", { class: "aew-head" }, h("b", { class: "aew-letter", "aria-hidden": "true" }, name[0].toUpperCase()), this.menu.el, this.save),
      h("dl", {}, ...FIGURES.map(([key, label]) => h("div", {}, h("dt", {}, label), this.values.get(key)))), this.note);
  }

  /** What is asked. */
  asked(choices, method) {
    this.menu.fill(choices.map(({ name, label, slow }) => [name, slow ? `${label} (minutes)` : label]));
    this.menu.set(method);
  }

  /** What was answered; @param input figures of what methods were given; @param stale whether it is of another strength */
  answered(point, other, input, stale, dark) {
    this.el.style.setProperty("--side", colourOf(point.method ?? "noisy", dark));
    if (!point.method) return;
    for (const [key, , text] of FIGURES) {
      const cell = this.values.get(key);
      cell.textContent = text(point);
      cell.classList.toggle("aew-stale", stale);
      cell.classList.toggle("aew-better", !stale && key !== "seconds" && better(point, other, key));
    }
    const gain = input && !stale && point.psnr !== null && input.psnr !== null && point.method !== "noisy" ? point.psnr - input.psnr : null;
    this.note.textContent = point.failed ? "cannot do this" : gain === null ? "" : `${gain < 0 ? "−" : "+"}${fixed(Math.abs(gain), 2)} dB over the input`;
    this.save.disabled = stale || point.failed;
    this.save.textContent = `Save ${point.media === "image/webp" ? "WebP" : "PNG"}`;
  }
}

function better(point, other, key) {
  const value = (p) => (p.exact ? Infinity : p[key]);
  const [a, b] = [value(point), value(other ?? {})];
  return a !== null && b !== null && b !== undefined && a > b;
}
