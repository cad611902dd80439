// PSNR of both methods over strengths, the present one marked. Drawn by uPlot.

import uPlot from "uplot";
import { lineOf } from "../comparison/looks.js";
import { h } from "../core/dom.js";
import { axisOf, dotted, joined, legendOf, Panel } from "../core/panel.js";
import { lookOf } from "./words.js";

export class Curve extends Panel {
  /** @param pick called with the strength that was clicked */
  constructor(pick) {
    super("PSNR over strength");
    this.pick = pick;
    this.title = h("div", "aew-plot-title");
    this.legend = h("div", "aew-legend");
    this.el = h("div", "aew-card aew-plot", this.title, this.holder, this.legend);
  }

  height(width) {
    return Math.round(Math.min(240, Math.max(190, width * 0.5)));
  }

  /** @param curve lines as Python sends them; @param kind the corruption; @param theme {dark, ink, line, paper}; @param choices of a side */
  show(curve, kind, strength, theme, choices) {
    this.strength = strength;
    const lines = curve.filter(({ points }) => points.length);
    const key = JSON.stringify([lines, kind?.name, theme]);
    if (key === this.key) return this.plot?.redraw(false);
    this.key = key;
    const { parameter = "", unit = "" } = kind ?? {};
    this.el.style.display = parameter ? "" : "none"; // nobody has the original of a picture as it is
    this.title.textContent = `Closeness to the original (PSNR in dB) by ${parameter}${unit ? ` (${unit})` : ""}, in the middle of this picture. Click to go there.`;
    const looks = lines.map(({ method }) => lookOf(method, theme.dark, choices));
    this.legend.replaceChildren(...lines.map(({ label }, i) => legendOf(lineOf(looks[i]), label)));
    this.describe(lines, parameter);
    if (!lines.length) return this.clear(h("p", "aew-soft", "Measured when there is time."));
    const levels = [...new Set(lines.flatMap(({ points }) => points.map((p) => p[0])).concat(kind.levels ?? []))].sort((a, b) => a - b);
    const [low, high] = [levels[0], levels.at(-1)];
    const range = kind.log ? [low / 1.15, high * 1.15] : [low - 0.04 * (high - low || 1), high + 0.04 * (high - low || 1)];
    const ticks = kind.log ? { splits: () => levels, values: (_, splits) => splits.map(String), filter: (_, splits) => splits } : {};
    this.draw({
      padding: [10, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, distr: kind.log ? 3 : 1, range }, y: {} },
      axes: [axisOf(theme, { size: 26, gap: 2, ...ticks }), axisOf(theme, { size: 34, gap: 2 })],
      series: [{}, ...lines.map(({ label }, i) => dotted(label, looks[i].colour, { dash: looks[i].dash }))],
      hooks: { draw: [(u) => this.mark(u, theme)] },
    }, joined(lines.map(({ points }) => points)));
    this.plot.over.addEventListener("click", (event) => this.pick(this.plot.posToVal(event.offsetX, "x")));
  }

  describe(lines, parameter) {
    const said = lines.map(({ label, points }) => `${label}: ${points.map(([at, psnr]) => `${psnr.toFixed(1)} at ${at}`).join(", ")}`);
    this.holder.setAttribute("aria-label", said.length ? `PSNR in dB over ${parameter}. ${said.join("; ")}` : "PSNR over strength, not measured yet");
  }

  /** A line at the present strength. */
  mark(u, { ink }) {
    if (this.strength === null || this.strength === undefined) return;
    const { ctx, bbox } = u;
    const x = u.valToPos(this.strength, "x", true);
    if (!(x >= bbox.left - 1 && x <= bbox.left + bbox.width + 1)) return;
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
