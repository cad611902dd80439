// A place for a chart of uPlot, as wide as there is room for, and what our charts have in common. Knows no data.

import uPlot from "uplot";
import { h } from "./dom.js";

export const FONT = "11px system-ui, sans-serif";

/** An axis in the colours of a page, with what is its own. */
export const axisOf = (theme, own) => ({ stroke: theme.ink, font: FONT, ticks: { stroke: theme.line, size: 4 }, grid: { stroke: theme.line, width: 1 }, ...own });

/** A curve with a dot at each point. */
export const dotted = (label, stroke, own) => ({ label, stroke, width: 2, spanGaps: true, points: { show: true, size: 5, fill: stroke, stroke }, ...own });

/** An entry of a legend: a colour and what it stands for. */
export const legendOf = (background, ...words) => h("span", {}, h("i", { style: `background:${background}` }), ...words);

/** Curves as uPlot takes them, each of (x, y) in any order. */
export const joined = (curves) => uPlot.join(curves.map((points) => {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  return [sorted.map((p) => p[0]), sorted.map((p) => p[1])];
}));

export class Panel {
  /** @param words for those who do not see it, until there is something to say */
  constructor(words) {
    this.holder = h("div", { class: "aew-plot-area", role: "img", "aria-label": words });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.holder);
  }

  close() {
    this.observer.disconnect();
    this.plot?.destroy();
  }

  resize() {
    const width = this.holder.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: this.height(width) });
  }

  /** Take the chart away, for words in its place. */
  clear(...words) {
    this.plot?.destroy();
    this.plot = null;
    this.holder.replaceChildren(...words);
  }

  /** Draw another chart. @param options of uPlot, but for its size */
  draw(options, data) {
    this.clear();
    const width = this.holder.clientWidth || 360;
    this.plot = new uPlot({ width, height: this.height(width), legend: { show: false }, ...options }, data, this.holder);
  }
}
