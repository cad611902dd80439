// Rate and distortion of this very picture, both sides marked. Drawn by uPlot.

import uPlot from "uplot";
import { lineOf } from "../comparison/looks.js";
import { h } from "../core/dom.js";
import { axisOf, dotted, joined, legendOf, Panel } from "../core/panel.js";
import { logTicks, tickLabels } from "../core/ticks.js";
import { lookOf } from "./colours.js";

const NEAR = 40; // CSS pixels within which a click finds a point

/** The point of the curves nearest to a place in pixels, or null: {codec, quality}. */
export function nearest(curves, toX, toY, x, y, within = NEAR) {
  let best = null;
  let least = within;
  for (const { codec, points } of curves) {
    for (const [quality, bpp, psnr] of points) {
      const away = Math.hypot(toX(bpp) - x, toY(psnr) - y);
      if (away < least) [least, best] = [away, { codec, quality }];
    }
  }
  return best;
}

export class Plot extends Panel {
  /** @param pick called with {codec, quality} of a point that was clicked */
  constructor(pick) {
    super("Rate-distortion curves");
    this.pick = pick;
    this.legend = h("div", "aew-legend");
    this.el = h(
      "div", "aew-card aew-plot",
      h("div", "aew-plot-title", "This picture: closeness to the original (PSNR in dB) by size (bits per pixel). Click a point to go there."),
      this.holder, this.legend,
    );
  }

  height(width) {
    return Math.round(Math.min(260, Math.max(190, width * 0.5)));
  }

  /** @param curves as Python sends them; @param sides {left, right} figures; @param theme {dark, ink, line, paper}; @param choices of a side */
  show(curves, sides, theme, choices) {
    this.sides = sides;
    this.look = (codec) => lookOf(codec, theme.dark, choices);
    const key = JSON.stringify([curves, theme]);
    if (key === this.key) return this.plot?.redraw(false);
    Object.assign(this, { key, curves, theme });
    this.legend.replaceChildren(...curves.map(({ codec, label }) => legendOf(lineOf(this.look(codec)), label)));
    if (!curves.length) return this.clear(h("p", "aew-soft", "Measured when there is time."));
    this.draw({
      padding: [10, 12, 0, 0],
      cursor: { y: true, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, distr: 3 }, y: {} },
      axes: [
        axisOf(theme, {
          size: 26, gap: 2,
          splits: (_, __, low, high) => logTicks(low, high),
          values: (_, splits) => tickLabels(splits),
          filter: (_, splits) => splits,
        }),
        axisOf(theme, { size: 34, gap: 2 }),
      ],
      series: [{}, ...curves.map(({ codec, label }) => dotted(label, this.look(codec).colour, { dash: this.look(codec).dash }))],
      hooks: { draw: [(u) => this.mark(u)] },
    }, joined(curves.map(({ points }) => points.map(([, bpp, psnr]) => [bpp, psnr]))));
    this.plot.over.addEventListener("click", (event) => {
      const u = this.plot;
      const found = nearest(this.curves, (v) => u.valToPos(v, "x"), (v) => u.valToPos(v, "y"), event.offsetX, event.offsetY);
      if (found) this.pick(found);
    });
  }

  /** Rings with the letters of both sides. */
  mark(u) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    const said = [];
    // A dot where the point is; the letters stand aside, so that two sides of one size do not hide each other.
    for (const [side, letter, aside] of [["left", "L", -1], ["right", "R", 1]]) {
      const point = this.sides[side];
      if (!point?.bytes || point.psnr == null) continue;
      said.push(`${side} ${point.label}: ${point.bpp.toFixed(3)} bits per pixel, ${point.psnr.toFixed(2)} dB`);
      const x = u.valToPos(point.bpp, "x", true);
      const y = u.valToPos(point.psnr, "y", true);
      const { left, top, width, height } = u.bbox;
      if (x < left - 1 || x > left + width + 1 || y < top - 1 || y > top + height + 1) continue;
      ctx.save();
      const [lx, ly] = [x + aside * 11 * ratio, y + aside * 15 * ratio];
      const disc = (cx, cy, radius) => {
        ctx.beginPath();
        ctx.arc(cx, cy, radius * ratio, 0, 2 * Math.PI);
        ctx.fill();
        ctx.stroke();
      };
      ctx.fillStyle = ctx.strokeStyle = this.look(point.codec).colour;
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(lx, ly);
      ctx.stroke();
      ctx.strokeStyle = this.theme.paper;
      disc(x, y, 6);
      disc(lx, ly, 9);
      ctx.fillStyle = this.theme.dark ? "#000" : "#fff";
      ctx.font = `bold ${11 * ratio}px system-ui, sans-serif`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(letter, lx, ly + 0.5 * ratio);
      ctx.restore();
    }
    this.holder.setAttribute("aria-label", `Rate-distortion curves of this picture. ${said.join("; ")}`);
  }
}
