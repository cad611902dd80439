// PSNR of both methods over strengths, the present one marked. Drawn by uPlot.

import uPlot from "uplot";
import { h } from "../core/dom.js";
import { Panel } from "../core/panel.js";
import { colourOf } from "./words.js";

export class Curve extends Panel {
  /** @param pick called with the strength that was clicked */
  constructor(pick) {
    super("PSNR over strength");
    this.pick = pick;
    this.title = h("div", { class: "aew-plot-title" });
    this.legend = h("div", { class: "aew-legend" });
    this.el = h("div", { class: "aew-card aew-plot" }, this.title, this.holder, this.legend);
  }

  height(width) {
    return Math.round(Math.min(240, Math.max(190, width * 0.5)));
  }

  /** @param curve lines as Python sends them; @param kind the corruption; @param theme {dark, ink, line, paper} */
  show(curve, kind, strength, theme) {
    this.strength = strength;
    const lines = curve.filter(({ points }) => points.length);
    const key = JSON.stringify([lines, kind?.name, theme]);
    if (key === this.key) return this.plot?.redraw(false);
    this.key = key;
    this.plot?.destroy();
    this.plot = null;
    const { parameter = "", unit = "" } = kind ?? {};
    this.el.style.display = parameter ? "" : "none"; // nobody has the original of a picture as it is
    this.title.textContent = `The middle of this picture: PSNR in dB over ${parameter}${unit ? ` (${unit})` : ""}. Click to go there.`;
    this.legend.replaceChildren(...lines.map(({ method, label }) => h("span", {}, h("i", { style: `background:${colourOf(method, theme.dark)}` }), label)));
    this.describe(lines, parameter);
    if (!lines.length) {
      this.holder.replaceChildren(h("p", { class: "aew-soft" }, "Measured when there is time."));
      return;
    }
    this.holder.replaceChildren();
    const data = uPlot.join(lines.map(({ points }) => {
      const sorted = [...points].sort((a, b) => a[0] - b[0]);
      return [sorted.map((p) => p[0]), sorted.map((p) => p[1])];
    }));
    const levels = lines.flatMap(({ points }) => points.map((p) => p[0])).concat(kind.levels ?? []);
    const [low, high] = [Math.min(...levels), Math.max(...levels)];
    const range = kind.log ? [low / 1.15, high * 1.15] : [low - 0.04 * (high - low || 1), high + 0.04 * (high - low || 1)];
    const axis = { stroke: theme.ink, font: "11px system-ui, sans-serif", ticks: { stroke: theme.line, size: 4 }, grid: { stroke: theme.line, width: 1 } };
    const width = this.holder.clientWidth || 360;
    this.plot = new uPlot({
      width,
      height: this.height(width),
      padding: [10, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, distr: kind.log ? 3 : 1, range }, y: {} },
      axes: [{ ...axis, size: 26, gap: 2, ...(kind.log ? { splits: () => [...new Set(levels)].sort((a, b) => a - b), values: (_, splits) => splits.map(String), filter: (_, splits) => splits } : {}) }, { ...axis, size: 34, gap: 2 }],
      series: [{}, ...lines.map(({ method, label }) => {
        const stroke = colourOf(method, theme.dark);
        return { label, stroke, width: 2, spanGaps: true, dash: method === "noisy" ? [5, 4] : undefined, points: { show: true, size: 5, fill: stroke, stroke } };
      })],
      hooks: { draw: [(u) => this.mark(u, theme)] },
    }, data, this.holder);
    this.plot.over.addEventListener("click", (event) => this.pick(this.plot.posToVal(event.offsetX, "x")));
  }

  describe(lines, parameter) {
    const told = lines.map(({ label, points }) => `${label}: ${points.map(([at, psnr]) => `${psnr.toFixed(1)} at ${at}`).join(", ")}`);
    this.holder.setAttribute("aria-label", told.length ? `PSNR in dB over ${parameter}. ${told.join("; ")}` : "PSNR over strength, not measured yet");
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
