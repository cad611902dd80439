// Activity of a code's units: a bar each, drawn by uPlot; those that carry nothing are marked.

import uPlot from "uplot";
import { h, segments } from "../core/dom.js";
import { axisOf, FONT, legendOf, Panel } from "../core/panel.js";
import { MARKS } from "./story.js";
import { figure, unitsInWords } from "./words.js";

const TITLES = { kl: "KL of each unit, nats a picture", activity: "Share of pictures in which a unit is active" };
const COLOURS = { "": ["#5c4b9b", "#b9a8f5"], collapsed: ["#9a5b00", "#e6b434"], dead: ["#9a5b00", "#e6b434"], "always on": ["#a8467d", "#e792c2"] };
const HEIGHT = 170;

/** The order in which units are drawn: "index", or "size" for largest first. */
export function order(values, how) {
  const indexes = Array.from(values, (_, i) => i);
  return how === "size" ? indexes.sort((a, b) => values[b] - values[a] || a - b) : indexes;
}

export class Units extends Panel {
  /** @param choose called with "index" or "size" */
  constructor(choose) {
    super("Nothing is known of the code's units yet");
    this.order = segments("Order of the units", [["index", "By index"], ["size", "By size"]], choose);
    this.title = h("div", "aew-card-title");
    this.said = h("span", "aew-soft");
    this.legend = h("div", "aew-legend");
    this.el = h("div", "aew-card aew-units", h("div", "aew-card-head", this.title, this.order.el), this.holder, h("div", "aew-card-head", this.legend, this.said));
  }

  height() {
    return HEIGHT;
  }

  /** @param picture an epoch of the story; @param how "index" or "size"; @param top of the axis, over all epochs */
  show(picture, how, top, theme) {
    this.order.set(how);
    const count = picture?.values.length ?? 0;
    this.el.hidden = !count;
    if (!count) return;
    this.title.textContent = TITLES[picture.measure] ?? TITLES.activity;
    const places = order(picture.values, how);
    const data = [places.map((_, i) => i + 1), ...MARKS.map((_, mark) => places.map((i) => (picture.marks[i] === mark ? picture.values[i] : null)))];
    // A unit at nought would have no bar: a stub in the colour of its mark says that it is there.
    this.stub = top / 60;
    for (let mark = 1; mark < MARKS.length; mark++) data[mark + 1] = data[mark + 1].map((v) => (v === null ? null : Math.max(v, this.stub)));
    this.top = top;
    const words = unitsInWords(picture.marks, MARKS);
    this.said.textContent = words;
    this.holder.setAttribute("aria-label", `${this.title.textContent}, after epoch ${picture.epoch}. ${words}; largest ${figure(Math.max(...picture.values))}`);
    const present = MARKS.filter((_, mark) => picture.marks.includes(mark));
    this.legend.replaceChildren(...present.filter(Boolean).map((name) => legendOf(COLOURS[name][theme.dark ? 1 : 0], name)));
    const shape = JSON.stringify([count, picture.measure, how, theme]);
    if (shape === this.shape) return this.plot.setData(data);
    this.shape = shape;
    const bars = uPlot.paths.bars({ size: [0.8, 60] });
    this.draw({
      padding: [8, 8, 0, 0],
      cursor: { show: false },
      scales: { x: { time: false, range: () => [0.4, count + 0.6] }, y: { range: () => [0, this.top * 1.05] } },
      axes: [
        axisOf(theme, { size: 22, gap: 2, label: how === "size" ? "unit, largest first" : "unit", labelSize: 14, labelGap: 0, labelFont: FONT, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], grid: { show: false } }),
        axisOf(theme, { size: 44, gap: 3 }),
      ],
      series: [{}, ...MARKS.map((name) => {
        const colour = COLOURS[name][theme.dark ? 1 : 0];
        return { paths: bars, fill: colour, stroke: colour, width: 0, points: { show: false } };
      })],
    }, data);
  }
}
