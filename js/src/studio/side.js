// A side's card: its codec and quality, what its file weighs and how close it comes, and the file itself.

import { fixed, freshId, h, quiet, whole } from "../core/dom.js";
import { Card, FLIP } from "../comparison/card.js";
import { placeAt, valueAt } from "../comparison/slider.js";
import { lookOf } from "./colours.js";

/** Quality at a place of the slider, 0 to 1; a ratio runs on a logarithmic scale. */
export function qualityAt({ worst, best, ratio, step }, place) {
  const value = valueAt(worst, best, ratio, place);
  if (step) return +(Math.round(value / step) * step).toPrecision(9);
  return ratio ? +value.toPrecision(3) : Math.round(value * 2) / 2;
}
/** Place of a quality on the slider; 0 where there is none. */
export const placeOf = ({ worst, best, ratio }, quality) => placeAt(worst, best, ratio, quality ?? worst);

/** True if a point is of another codec or quality than is asked for. */
export function stale(point, codec, quality) {
  if (!point.codec) return false;
  const set = quality != null && point.quality != null;
  return point.codec !== codec || (set && Math.abs(point.quality - quality) > 1e-6);
}

/** A codec's lowest and highest quality. */
const ends = ({ worst, best }) => [worst, best].sort((a, b) => a - b);
/** What the field calls learned codecs. */
const TERMS = {
  learned: "A network trained on photographs: mean-scale hyperprior (Minnen et al. 2018)",
  "learned-factorised": "A simpler network: factorised prior (Ballé et al. 2017)",
};
const measured = (key) => (p) => (p.preview ? null : fixed(p[key], 4));
const FIGURES = [
  ["psnr", "PSNR", (p) => (p.exact ? "lossless" : `${fixed(p.psnr, 2)} dB`), "How close to the original, in decibels: peak signal-to-noise ratio; 6 more is half the error"],
  ["ssim", "SSIM", measured("ssim"), "How alike the structure is, at most 1: structural similarity to the original"],
  ["ms_ssim", "MS-SSIM", measured("ms_ssim"), "As SSIM, over five sizes of detail"],
  FLIP,
];

export class Side extends Card {
  /** @param name "left" or "right"; @param hooks choose(codec), quality(value, draft), save() */
  constructor(name, hooks) {
    super(name, "Codec", "Download", FIGURES, hooks);
    this.hooks = hooks;
    const id = freshId("quality");
    this.range = h("input", {
      type: "range", id, min: 0, max: 1000, step: 1, ...quiet,
      oninput: () => this.moved(this.range.value / 1000, true),
      onchange: () => this.moved(this.range.value / 1000, false),
    });
    // A key moves the slider by a step that can be seen, a pointer by as little as a screen shows.
    this.range.addEventListener("keydown", (event) => this.key(event));
    this.number = h("input", {
      type: "number", class: "aew-number", "aria-label": `Quality, ${name} side`, ...quiet,
      onchange: () => this.typed(),
      onkeydown: (event) => event.stopPropagation(),
    });
    this.caption = h("label", { for: id });
    this.row = h("div", { class: "aew-quality", "data-asks": true }, this.caption, this.range, this.number);
    this.big = h("output", "aew-bytes");
    this.rate = h("span", "aew-rate");
    this.bits = h("div", "aew-bits");
    this.el.append(this.row, h("div", "aew-size", this.big, this.rate), this.list, this.bits);
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    event.stopPropagation();
    if (!by || !this.choice?.unit) return;
    event.preventDefault();
    const { choice } = this;
    const place = placeOf(choice, this.quality) + by / 100;
    const step = choice.best > choice.worst ? choice.step : -choice.step;
    this.put(step ? this.quality + by * step : qualityAt(choice, Math.min(1, Math.max(0, place))));
    this.hooks.quality(this.quality, false);
  }

  moved(place, draft) {
    this.put(qualityAt(this.choice, place), true);
    this.held = draft;
    this.hooks.quality(this.quality, draft);
  }

  typed() {
    const value = this.number.valueAsNumber; // NaN where it is empty, or no number
    if (isNaN(value)) return this.put(this.quality);
    this.put(value);
    this.hooks.quality(this.quality, false);
  }

  /** Show a quality, inside the codec's range. */
  put(value, keepThumb = false) {
    const { choice } = this;
    const [low, high] = ends(choice);
    this.quality = Math.min(high, Math.max(low, value));
    if (!keepThumb) this.range.value = Math.round(1000 * placeOf(choice, this.quality));
    this.number.value = +this.quality.toFixed(choice.step % 1 ? 5 : choice.ratio ? 2 : 1);
    this.range.setAttribute("aria-valuetext", `${choice.unit} ${this.number.value}`);
  }

  /** Show the codec and the quality that are asked for. */
  asked(choices, codec, quality) {
    this.menu.fill(choices.map(({ name, label }) => [name, label]));
    this.menu.set(codec);
    this.menu.el.title = TERMS[codec] ?? "";
    this.choices = choices;
    this.choice = choices.find(({ name }) => name === codec);
    const has = !!this.choice?.unit;
    this.row.classList.toggle("aew-none", !has);
    for (const input of [this.range, this.number]) input.disabled = !has;
    this.caption.textContent = has ? (this.choice.ratio ? "Ratio, 1 to" : "Quality") : "No quality to choose";
    if (!has || this.held || quality == null) return;
    const [low, high] = ends(this.choice);
    Object.assign(this.number, { min: low, max: high, step: this.choice.step || "any" });
    this.put(quality);
  }

  /** Show the answer. @param file {name, bytes} to download, or null; @param old whether it is that of another setting;
   *  @param clear whether the picture is transparent, which the file is not */
  answered(point, other, bits, file, old, clear, dark) {
    this.el.style.setProperty("--side", lookOf(point.codec ?? "original", dark, this.choices).colour);
    this.el.classList.toggle("aew-old", old);
    if (!point.codec) return;
    this.big.textContent = `${whole(point.bytes)} bytes`;
    this.rate.textContent = `${fixed(point.percent, point.percent < 10 ? 2 : 1)} % of the original · ${fixed(point.bpp, 3)} bits a pixel`;
    this.rate.title = "Bits per pixel (bpp): all bits of the file over the pixels of the picture";
    this.show(point, other, (key) => Boolean(point.preview) && key !== "psnr");
    this.save.disabled = point.preview || !file;
    this.save.title = `Download ${file?.name ?? "the file"}${clear ? ": its colours, without transparency" : ""}`;
    this.showBits(bits);
  }

  showBits(bits) {
    if (!bits?.rows) return this.bits.replaceChildren();
    const payload = bits.groups.reduce((a, b) => a + b, 0);
    const total = payload + bits.header;
    const parts = [...bits.groups.map((n, i) => [n, `part ${i + 1} of ${bits.groups.length}, from coarse shapes to fine detail`]), [bits.header, "start of the file"]];
    const bar = h("div", { class: "aew-bar", role: "img", "aria-label": parts.map(([n, what]) => `${what}: ${whole(n)} bytes`).join("; ") });
    for (const [index, [n, what]] of parts.entries()) {
      bar.append(h("i", { title: `${what}: ${whole(n)} bytes`, style: `flex-grow:${n};opacity:${what === "header" ? 0.18 : 1 - index / (parts.length + 1)}` }));
    }
    const words = `Bytes from coarse shapes to fine detail: ${bits.groups.map((n) => whole(n)).join(" · ")}`;
    const title = `Groups of latent channels in the order of the file: payload ${whole(payload)} + header ${whole(bits.header)} = ${whole(total)} bytes`;
    this.bits.replaceChildren(bar, h("div", { class: "aew-soft", title }, words));
  }
}
