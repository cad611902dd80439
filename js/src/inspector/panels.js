// The picture, its reconstruction, and a map of each method over it, with a warning where the method fails a check.

import { canvasOf } from "../comparison/drawing.js";
import { button, h, menu, segments } from "../core/dom.js";
import { css, LOWERS, overlay, RAISES, signedBytes, SIZE } from "./colours.js";
import { failed, family, short, WARNINGS } from "./words.js";

export class Panels {
  /** @param rules of LRP; @param frozen whether they can be chosen; @param hooks choose(method), over(bool), rule(name), place(row, column) */
  constructor(rules, frozen, hooks) {
    this.hooks = hooks;
    this.over = segments("Maps", [["over", "Over the picture"], ["alone", "Alone"]], (value) => hooks.over(value === "over"));
    this.rule = frozen ? null : menu("Rule of LRP", hooks.rule);
    this.rule?.fill(Object.entries(rules).map(([name, label]) => [name, label]));
    if (this.rule) this.rule.el.dataset.asks = "";
    this.warning = h("p", { class: "aew-warning", role: "note" });
    this.panes = h("div", "aew-panes");
    this.made = new Map();
    const swatch = (colour, words) => h("span", {}, h("i", { style: `background:${css(colour)}` }), words);
    this.legend = h("div", "aew-legend aew-soft", swatch(RAISES, "raises the target"), swatch(LOWERS, "lowers it"), swatch(SIZE, "size alone"),
      h("span", {}, "the strongest half percent of pixels look alike"));
    this.el = h("div", "aew-maps", this.warning, h("div", "aew-row", this.over.el, this.legend), this.panes);
    for (const name of ["Picture", "Reconstruction"]) this.pane(name.toLowerCase(), name);
  }

  /** A pane, made when it is first needed. */
  pane(key, label) {
    if (this.made.has(key)) return this.made.get(key);
    const canvas = h("canvas", { role: "img", "aria-label": label, onclick: (event) => this.click(event, canvas) });
    const choose = key === "picture" || key === "reconstruction" ? h("span", "aew-pane-title", label)
      : button(label, () => this.hooks.choose(key), { class: "aew-pane-title", "aria-pressed": "false", title: "Show its checks below" });
    const head = h("div", "aew-pane-head", choose, key === "lrp" && this.rule ? this.rule.el : null);
    const pane = { canvas, choose, words: h("p", "aew-soft aew-pane-words"), warnings: h("ul", "aew-warnings") };
    pane.el = h("div", { class: "aew-pane", role: "group", "aria-label": label, "data-pane": key }, head, h("div", "aew-frame", canvas), pane.words, pane.warnings);
    this.made.set(key, pane);
    this.panes.append(pane.el);
    return pane;
  }

  click(event, canvas) {
    if (!this.shape || !this.picking) return;
    const box = canvas.getBoundingClientRect();
    const at = (place, size, many) => Math.min(many - 1, Math.max(0, Math.floor((place / size) * many)));
    this.hooks.place(at(event.clientY - box.top, box.height, this.shape[0]), at(event.clientX - box.left, box.width, this.shape[1]));
  }

  /** @param shape [height, width, channels] of pictures; @param picking whether a click chooses a place */
  allow(shape, picking) {
    Object.assign(this, { shape, picking });
    this.panes.classList.toggle("aew-picking", picking);
  }

  /** Show decoded pictures. @param bitmaps {picture, reconstruction}; @param number of the picture */
  pictures(bitmaps, number) {
    this.bitmaps = bitmaps;
    for (const [name, bitmap] of Object.entries(bitmaps)) {
      const { canvas } = this.made.get(name);
      Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      canvas.setAttribute("aria-label", `${name === "picture" ? "Picture" : "Reconstruction of picture"} ${number}`);
    }
    this.paint();
  }

  /** @param maps the answer; @param checks by method; @param state {method, over, rule}; @param words the warning above all; @param stale whether another picture is asked for */
  show(maps, checks, { method, over, rule }, words, stale) {
    Object.assign(this, { maps, onPicture: over });
    this.over.set(over ? "over" : "alone");
    this.rule?.set(rule);
    this.warning.textContent = words ? `⚠ ${words}` : "";
    this.panes.classList.toggle("aew-stale", stale);
    for (const one of maps.methods ?? []) {
      const key = family(one.name);
      const pane = this.pane(key, key === "lrp" ? "LRP" : one.label);
      pane.choose.setAttribute("aria-pressed", String(key === method));
      pane.choose.title = `${one.words}. Show its checks below.`;
      const bad = failed(checks[one.name]);
      pane.words.textContent = one.why ? `Not here: ${one.why}.` : this.sum(one);
      pane.warnings.replaceChildren(...bad.map((check) => h("li", {}, `⚠ ${WARNINGS[check]}`)));
      pane.el.classList.toggle("aew-failed", bad.length > 0);
      pane.canvas.style.display = one.why ? "none" : "";
      if (one.why) continue;
      const said = bad.length ? ` Warning: ${bad.map((check) => WARNINGS[check]).join(" ")}` : "";
      pane.canvas.setAttribute("aria-label", `${one.label}: strongest at row ${one.at[0]}, column ${one.at[1]}.${said}`);
    }
    this.paint();
  }

  /** What a map adds up to. */
  sum({ sum, explained, error }) {
    if (explained === null || explained === undefined) return "Promises no sum.";
    return `Sums up to ${short(sum)} of ${short(explained)}${error === null ? "" : `, ${error < 0.01 ? "less than 0.01" : short(error)} % off`}.`;
  }

  paint() {
    const { maps, bitmaps } = this;
    if (!maps?.methods || !bitmaps) return;
    const place = maps.target?.kind === "error at a place" ? maps.target.at : null;
    for (const one of maps.methods) {
      if (one.why) continue;
      const { canvas } = this.made.get(family(one.name));
      const { height, width } = one;
      Object.assign(canvas, { width, height });
      const below = this.onPicture ? this.samples(bitmaps.picture, width, height) : null;
      canvas.getContext("2d").drawImage(canvasOf(overlay(signedBytes(one.bytes), below, one.signed), width, height), 0, 0);
    }
    for (const { el } of this.made.values()) {
      el.style.setProperty("--row", place ? (place[0] + 0.5) / this.shape[0] : -1);
      el.style.setProperty("--column", place ? (place[1] + 0.5) / this.shape[1] : -1);
    }
  }

  /** RGBA of a picture at the size of a map. */
  samples(bitmap, width, height) {
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }
}
