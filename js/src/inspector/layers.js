// The architecture, layer by layer: a diagram of what leads where, shapes, parameters, multiplications, activations.

import { button, h, whole } from "../core/dom.js";
import { svg } from "./svg.js";
import { montage, paintUnits } from "./units.js";
import { sides } from "./words.js";

const WIDTH = 92; // of the diagram, in pixels
const MIDDLE = 58; // where its blocks stand
const SMALL = 2048; // values of a layer's activations in its row

/** Width and height of the block that stands for an output: sides grow with the logarithm of rows and of channels. */
export function block(shape) {
  const [rows, channels] = shape.length === 3 ? [shape[0], shape[2]] : [1, shape.reduce((a, b) => a * b, 1)];
  const grown = (count, most) => Math.min(most, 5 + 5 * Math.log2(Math.max(1, count)));
  return { width: grown(channels, 60), height: grown(rows, 34) };
}

/** Edges between rows, [from, to], from their inputs; a row's name is that of its layer, and "image" is row 0. */
export function edges(layers) {
  const at = new Map([["image", 0], ...layers.map(({ name }, i) => [name, i + 1])]);
  return layers.flatMap(({ inputs }, i) => inputs.map((name) => [at.get(name), i + 1]));
}

export class Layers {
  /** @param about the model; @param choose called with the layer whose units are shown */
  constructor(about, choose) {
    this.about = about;
    const { layers } = about;
    this.buttons = new Map();
    this.canvases = new Map();
    const sum = (name) => layers.reduce((all, one) => all + (one[name] ?? 0), 0);
    const most = (name) => Math.max(1, ...layers.map((one) => one[name] ?? 0));
    const [parameters, multiplications] = [most("parameters"), most("multiplications")];
    const unknown = layers.some((one) => one.multiplications === null);
    this.rows = [this.row(h("span", "aew-name", "image"), "", about.shape, null, null, 1, 1, null)];
    for (const one of layers) {
      const [network, ...rest] = one.name.split("/");
      const pick = button(rest.join("/"), () => choose(one.name), { class: "aew-link", "aria-pressed": "false", "aria-label": one.name, title: "Show its units above" });
      this.buttons.set(one.name, pick);
      this.rows.push(this.row(pick, `${one.kind}, ${one.code ? "the code" : network}`, one.shape, one.parameters, one.multiplications, parameters, multiplications, one));
    }
    const heads = ["Layer", "Output", "Parameters", "Multiplications", "This picture"].map((text) => h("th", { scope: "col" }, text));
    this.drawing = svg("svg", { class: "aew-flow", "aria-hidden": "true", width: WIDTH });
    this.table = h("table", {}, h("caption", "aew-hidden", "Layers, encoder first"),
      h("thead", {}, h("tr", {}, h("td", {}), ...heads)), h("tbody", {}, ...this.rows),
      h("tfoot", {}, h("tr", {}, h("td", {}), h("th", { scope: "row" }, "All layers"), h("td", {}), h("td", {}, whole(sum("parameters"))), h("td", {}, unknown ? (sum("multiplications") ? `> ${whole(sum("multiplications"))}` : "–") : whole(sum("multiplications"))), h("td", {}))));
    this.el = h("div", { class: "aew-card aew-layers", role: "group", "aria-label": "Architecture" },
      h("div", "aew-card-title", "Architecture"),
      h("p", "aew-soft", "From the image down. A block is as high as its output has rows, and as wide as it has channels, by powers of two."),
      h("div", "aew-table", this.drawing, this.table));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.table);
  }

  close() {
    this.observer.disconnect();
  }

  row(name, kind, shape, parameters, multiplications, mostParameters, mostMultiplications, layer) {
    const figure = (value, most) => h("td", {}, value === null ? "–" : h("span", { class: "aew-bar", style: `--share:${Math.round((100 * value) / most)}%` }, whole(value)));
    const canvas = layer && h("canvas", { role: "img", "aria-label": `Activations of ${layer.name}` });
    if (layer) this.canvases.set(layer.name, canvas);
    return h("tr", { class: layer?.code ? "aew-code" : "" }, h("td", {}), h("th", { scope: "row" }, name, h("span", "aew-soft", kind)), h("td", {}, sides(shape)),
      figure(parameters, mostParameters), figure(multiplications, mostMultiplications), h("td", {}, canvas));
  }

  /** Draw blocks and the ways between them where the rows stand now. */
  draw() {
    const { layers, shape } = this.about;
    const height = this.table.offsetHeight;
    if (!height || height === this.drawn) return;
    this.drawn = height;
    const middles = this.rows.map((row) => row.offsetTop + row.offsetHeight / 2);
    this.drawing.setAttribute("height", height);
    const shapes = [shape, ...layers.map((one) => one.shape)];
    const ways = edges(layers).map(([from, to]) => {
      const [y1, y2] = [middles[from], middles[to]];
      const out = 10 + 6 * Math.min(6, to - from);
      const d = to === from + 1 ? `M${MIDDLE} ${y1}V${y2}` : `M${MIDDLE} ${y1}C${MIDDLE - out - 18} ${y1 + 14} ${MIDDLE - out - 18} ${y2 - 14} ${MIDDLE} ${y2}`;
      return svg("path", { d, class: "aew-way" });
    });
    const blocks = shapes.map((one, i) => {
      const { width, height: tall } = block(one);
      const kind = i === 0 ? "aew-image" : layers[i - 1].code ? "aew-block aew-is-code" : "aew-block";
      return svg("rect", { x: MIDDLE - width / 2, y: middles[i] - tall / 2, width, height: tall, rx: 3, class: kind });
    });
    this.drawing.replaceChildren(...ways, ...blocks);
  }

  /** @param activations of all layers; @param chosen layer; @param dark whether the page is */
  show(activations, chosen, dark) {
    for (const [name, pick] of this.buttons) pick.setAttribute("aria-pressed", String(name === chosen));
    for (const [name, canvas] of this.canvases) {
      const made = activations[name];
      if (!made) continue;
      const laid = montage(made, 8, SMALL);
      canvas.classList.toggle("aew-vector", laid.vector);
      paintUnits(canvas, made, laid, dark);
    }
  }
}
