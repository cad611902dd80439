// A side's card: its codec and quality, what its file weighs and how close it comes, and the file itself.

import { button, fixed, freshId, h, menu, quiet, whole } from "../core/dom.js";
import { colourOf } from "./maps.js";

/** Quality at a place of the slider, 0 to 1, and back; a ratio runs on a logarithmic scale. */
export function qualityAt(choice, place) {
  const { worst, best, ratio, step } = choice;
  const value = ratio ? worst * (best / worst) ** place : worst + (best - worst) * place;
  if (step) return Math.round(value / step) * step;
  return ratio ? Number(value.toPrecision(3)) : Math.round(value * 2) / 2;
}
export function placeOf(choice, quality) {
  const { worst, best, ratio } = choice;
  if (quality === null || quality === undefined || worst === best) return 0;
  const place = ratio ? Math.log(quality / worst) / Math.log(best / worst) : (quality - worst) / (best - worst);
  return Math.min(1, Math.max(0, place));
}

const FIGURES = [
  ["psnr", "PSNR", (p) => (p.exact ? "lossless" : `${fixed(p.psnr, 2)} dB`), "higher is closer to the original"],
  ["ssim", "SSIM", (p) => fixed(p.ssim, 4), "1 is equal to the original"],
  ["ms_ssim", "MS-SSIM", (p) => fixed(p.ms_ssim, 4), "1 is equal to the original, over five scales"],
];

export class Side {
  /** @param name "left" or "right"; @param hooks choose(codec), quality(value, draft), download() */
  constructor(name, hooks) {
    this.name = name;
    this.hooks = hooks;
    this.menu = menu(`Codec, ${name} side`, (codec) => hooks.choose(codec));
    const id = freshId("quality");
    this.range = h("input", {
      type: "range", id, min: 0, max: 1000, step: 1, ...quiet,
      oninput: () => this.moved(this.range.value / 1000, true),
      onchange: () => this.moved(this.range.value / 1000, false),
    });
    // A key moves the slider by a step that one sees; a pointer by as little as a screen shows.
    this.range.addEventListener("keydown", (event) => this.key(event));
    this.number = h("input", {
      type: "number", class: "aew-number", "aria-label": `Quality, ${name} side`, ...quiet,
      onchange: () => this.typed(),
      onkeydown: (event) => event.stopPropagation(),
    });
    this.caption = h("label", { for: id });
    this.row = h("div", { class: "aew-quality" }, this.caption, this.range, this.number);
    this.big = h("output", { class: "aew-bytes" });
    this.rate = h("span", { class: "aew-rate" });
    this.values = new Map(FIGURES.map(([key, , , title]) => [key, h("dd", { title })]));
    this.bits = h("div", { class: "aew-bits" });
    this.save = button("Download", () => hooks.download(), { class: "aew-small" });
    this.el = h(
      "div", { class: `aew-card aew-${name}`, role: "group", "aria-label": `${name} side` },
      h("div", { class: "aew-head" }, h("b", { class: "aew-letter", "aria-hidden": "true" }, name[0].toUpperCase()), this.menu.el, this.save),
      this.row,
      h("div", { class: "aew-size" }, this.big, this.rate),
      h("dl", {}, ...FIGURES.map(([key, label]) => h("div", {}, h("dt", {}, label), this.values.get(key)))),
      this.bits,
    );
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    event.stopPropagation();
    if (!by || !this.choice?.unit) return;
    event.preventDefault();
    const place = placeOf(this.choice, this.quality) + by / 100;
    const value = this.choice.step ? this.quality + by * this.choice.step : qualityAt(this.choice, Math.min(1, Math.max(0, place)));
    this.put(value);
    this.hooks.quality(this.quality, false);
  }

  moved(place, draft) {
    this.put(qualityAt(this.choice, place), true);
    this.held = draft;
    this.hooks.quality(this.quality, draft);
  }

  typed() {
    const value = Number(this.number.value);
    if (!Number.isFinite(value) || this.number.value === "") return this.put(this.quality);
    this.put(value);
    this.hooks.quality(this.quality, false);
  }

  /** Show a quality, inside the codec's range. */
  put(value, keepThumb = false) {
    const { worst, best, unit } = this.choice;
    const [low, high] = [Math.min(worst, best), Math.max(worst, best)];
    this.quality = Math.min(high, Math.max(low, value));
    if (!keepThumb) this.range.value = Math.round(1000 * placeOf(this.choice, this.quality));
    this.range.setAttribute("aria-valuetext", `${unit} ${fixed(this.quality, 1)}`);
    this.number.value = Number(this.quality.toFixed(this.choice.ratio ? 2 : 1));
  }

  /** What is asked. */
  asked(choices, codec, quality) {
    this.menu.fill(choices.map(({ name, label }) => [name, label]));
    this.menu.set(codec);
    this.choice = choices.find(({ name }) => name === codec);
    const has = Boolean(this.choice?.unit);
    this.row.classList.toggle("aew-none", !has);
    for (const input of [this.range, this.number]) input.disabled = !has;
    this.caption.textContent = has ? (this.choice.ratio ? "Ratio" : "Quality") : "No quality to choose";
    if (!has || this.held || quality === null || quality === undefined) return;
    const [low, high] = [this.choice.worst, this.choice.best].sort((a, b) => a - b);
    Object.assign(this.number, { min: low, max: high, step: this.choice.step || "any" });
    this.put(quality);
  }

  /** What was answered. */
  answered(point, other, bits, file, dark) {
    this.el.style.setProperty("--side", colourOf(point.codec ?? "original", dark));
    if (!point.codec) return;
    this.big.textContent = `${whole(point.bytes)} bytes`;
    this.rate.textContent = `${fixed(point.percent, point.percent < 10 ? 2 : 1)} % of the original · ${fixed(point.bpp, 3)} bpp`;
    for (const [key, , text] of FIGURES) {
      const cell = this.values.get(key);
      const stale = point.preview && key !== "psnr";
      if (!stale) cell.textContent = text(point);
      cell.classList.toggle("aew-stale", stale);
      cell.classList.toggle("aew-better", !stale && better(point, other, key));
    }
    this.save.disabled = point.preview || !file;
    this.save.title = `Download ${file?.name ?? "the file"}`;
    this.showBits(bits);
  }

  showBits(bits) {
    if (!bits?.rows) {
      this.bits.replaceChildren();
      return;
    }
    const payload = bits.groups.reduce((a, b) => a + b, 0);
    const total = payload + bits.header;
    const parts = [...bits.groups.map((n, i) => [n, `group ${i + 1} of ${bits.groups.length}, from low frequencies to high`]), [bits.header, "header"]];
    const bar = h("div", { class: "aew-bar", role: "img", "aria-label": parts.map(([n, what]) => `${what}: ${whole(n)} bytes`).join("; ") });
    for (const [index, [n, what]] of parts.entries()) {
      bar.append(h("i", { title: `${what}: ${whole(n)} bytes`, style: `flex-grow:${n};opacity:${index === parts.length - 1 ? 0.18 : 1 - index / (parts.length + 1)}` }));
    }
    const words = `header ${whole(bits.header)} + payload ${whole(payload)} = ${whole(total)} bytes; groups ${bits.groups.map((n) => whole(n)).join(" · ")}`;
    this.bits.replaceChildren(bar, h("div", { class: "aew-soft" }, words));
  }
}

function better(point, other, key) {
  if (!other?.codec || other.preview) return false;
  const value = (p) => (p.exact ? Infinity : p[key]);
  return value(point) !== null && value(other) !== null && value(point) > value(other);
}
