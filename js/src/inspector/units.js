// Units of a layer for one picture: channels beside each other, or bars; a click chooses one to explain.

import { h } from "../core/dom.js";
import { canvasOf } from "../comparison/drawing.js";
import { LOWERS, RAISES, signedBytes } from "./colours.js";
import { short, sides, unravel } from "./words.js";

/** How channels are laid out: {columns, rows, count}, at most `most` of them; a vector is one row of cells. */
export function montage({ height, width, channels }, most = 64, values = Infinity) {
  if (height === 1 && width === 1) return { vector: true, count: Math.min(channels, values), columns: Math.min(channels, values), rows: 1 };
  const count = Math.max(1, Math.min(channels, most, Math.floor(values / (height * width)) || 1));
  const columns = most <= 8 ? count : Math.min(count, Math.ceil(Math.sqrt(2 * count)));
  return { vector: false, count, columns, rows: Math.ceil(count / columns) };
}

/** RGBA of units, light or dark where they are zero. @returns {pixels, width, height} */
export function colourUnits(made, layout, dark) {
  const { height, width, channels } = made;
  const values = signedBytes(made.bytes);
  const gap = layout.vector ? 0 : 1;
  const [across, down] = layout.vector ? [layout.count, 1] : [layout.columns * (width + gap) - gap, layout.rows * (height + gap) - gap];
  const pixels = new Uint8ClampedArray(4 * across * down);
  const zero = dark ? [29, 33, 38] : [240, 242, 245];
  for (let k = 0; k < layout.count; k++) {
    const [left, top] = layout.vector ? [k, 0] : [(k % layout.columns) * (width + gap), Math.floor(k / layout.columns) * (height + gap)];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const share = values[(y * width + x) * channels + k] / 127;
        const colour = share < 0 ? LOWERS : RAISES;
        const at = 4 * ((top + y) * across + left + x);
        for (let c = 0; c < 3; c++) pixels[at + c] = zero[c] + Math.abs(share) * (colour[c] - zero[c]);
        pixels[at + 3] = 255;
      }
    }
  }
  return { pixels, width: across, height: down };
}

/** Paint units onto a canvas. */
export function paintUnits(canvas, made, layout, dark) {
  const { pixels, width, height } = colourUnits(made, layout, dark);
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").drawImage(canvasOf(pixels, width, height), 0, 0);
}

/** The unit at a place of a montage, 0 to 1 in both directions: its index in the layer's output; null between channels. */
export function unitAt(x, y, made, layout, shape) {
  if (layout.vector) return [Math.min(layout.count - 1, Math.floor(x * layout.count))];
  const [cell, line] = [x * (layout.columns * (made.width + 1) - 1), y * (layout.rows * (made.height + 1) - 1)];
  const [column, row] = [Math.floor(cell / (made.width + 1)), Math.floor(line / (made.height + 1))];
  const channel = row * layout.columns + column;
  const [px, py] = [Math.floor(cell - column * (made.width + 1)), Math.floor(line - row * (made.height + 1))];
  if (channel >= layout.count || px >= made.width || py >= made.height) return null;
  const at = [Math.min(shape[0] - 1, py * made.step), Math.min(shape[1] - 1, px * made.step), channel];
  return at.slice(0, shape.length);
}

export class Units {
  /** @param choose called with an index of the layer's output; null where nothing can be chosen */
  constructor(choose) {
    this.title = h("div", "aew-card-title");
    this.canvas = h("canvas", { role: "img", "aria-label": "Units", onclick: (event) => this.click(event) });
    this.words = h("p", "aew-soft");
    this.choose = choose;
    this.el = h("div", { class: "aew-card aew-units", role: "group", "aria-label": "Units of a layer" }, this.title, this.words, h("div", "aew-strip", this.canvas));
  }

  click(event) {
    if (!this.choose || !this.made) return;
    const box = this.canvas.getBoundingClientRect();
    const inside = (place, size) => Math.min(0.999999, Math.max(0, place / size));
    const at = unitAt(inside(event.clientX - box.left, box.width), inside(event.clientY - box.top, box.height), this.made, this.layout, this.shape);
    if (at) this.choose(at);
  }

  /** @param layer {name, shape, code}; @param made its activations; @param target that is explained */
  show(layer, made, target, dark) {
    this.title.textContent = `Units of ${layer.name}: ${sides(layer.shape)}${layer.code ? ", the code" : ""}`;
    Object.assign(this, { made, shape: layer.shape });
    if (!made) return;
    this.layout = montage(made);
    paintUnits(this.canvas, made, this.layout, dark);
    this.canvas.classList.toggle("aew-vector", this.layout.vector);
    this.canvas.style.setProperty("--wide", this.canvas.width);
    const own = (target.kind === "code unit" && layer.code) || target.layer === layer.name;
    const values = signedBytes(made.bytes);
    let best = 0;
    for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
    const largest = unravel([best], made.height === 1 && made.width === 1 ? [made.channels] : [made.height, made.width, made.channels]);
    const where = this.layout.vector ? `unit ${largest[0]}` : `row ${largest[0] * made.step}, column ${largest[1] * made.step}, channel ${largest[2]}`;
    const all = layer.shape.at(-1);
    const part = this.layout.count < all && layer.shape.length !== 2 ? ` Here: the first ${this.layout.count} of ${all} ${this.layout.vector ? "units" : "channels"}.` : "";
    const thin = made.step > 1 ? ` One in ${made.step} rows and columns is here.` : "";
    const explained = own ? ` Explained now: ${unravel(target.at, layer.shape).join(", ")}.` : "";
    this.words.textContent = `Strongest: ${where}, ${short((values[best] / 127) * made.top)}.${part}${thin}${explained}${this.choose ? " Click one to explain it." : ""}`;
    this.canvas.setAttribute("aria-label", `Units of ${layer.name}. Strongest: ${where}, ${short((values[best] / 127) * made.top)}.`);
  }
}
