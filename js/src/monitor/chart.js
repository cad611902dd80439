// Curves over epochs, drawn by uPlot: lines to beat, the best epoch, the epoch that is looked at.

import uPlot from "uplot";
import { h } from "../core/dom.js";
import { axisOf, dotted, FONT, legendOf, Panel } from "../core/panel.js";
import { logTicks, tickLabels } from "../core/ticks.js";
import { figure } from "./words.js";

export const COLOURS = { training: ["#0072b2", "#56b4e9"], validation: ["#b84f00", "#ff9248"], line: ["#00694d", "#2fcf9f"], plain: ["#5c4b9b", "#b9a8f5"] };
const HEIGHT = 216;

/** Bounds of an axis with a little room. */
export function around(low, high, log) {
  if (log) {
    const room = Math.max(1.06, (high / low) ** 0.07);
    return [low / room, high * room];
  }
  const room = 0.07 * (high - low) || 0.05 * Math.abs(high) || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** Whether a logarithmic axis shows these values: one below zero, as of a Gaussian likelihood's loss, would be missing. */
export const fitsLog = (values) => values.some((v) => v > 0) && values.every((v) => v >= 0);

export class Chart extends Panel {
  /** @param pick called with an epoch that was clicked */
  constructor(pick) {
    super("No epoch is over yet");
    this.pick = pick;
    this.bounds = [0, 1];
    this.title = h("div", "aew-card-title");
    this.legend = h("div", "aew-legend");
    this.el = h("div", "aew-card", h("div", "aew-card-head", this.title, this.legend), this.holder);
  }

  height() {
    return HEIGHT;
  }

  /**
   * @param what {title, words, epochs, curves: [{label, colour, values}], lines: [[name, value]], log, theme, epoch, best}
   */
  show(what) {
    const values = [...what.curves.flatMap((c) => c.values), ...what.lines.map(([, v]) => v)].filter((v) => v !== null);
    const log = what.log && fitsLog(values);
    this.what = { ...what, log };
    this.title.textContent = what.title;
    this.holder.setAttribute("aria-label", what.words);
    const bounds = values.filter((v) => !log || v > 0);
    const shape = JSON.stringify([what.curves.map((c) => [c.label, c.colour]), log, what.theme]);
    if (!what.epochs.length) return this.empty();
    // Kept where nothing is known: a plot that was taken away may still draw once, on the axis that it had.
    if (bounds.length) this.bounds = around(Math.min(...bounds), Math.max(...bounds), log);
    const data = [what.epochs, ...what.curves.map((c) => c.values.map((v) => (log && v !== null && v <= 0 ? null : v)))];
    if (shape !== this.shape) this.make(shape, data);
    else this.plot.setData(data);
    this.read(null);
  }

  empty() {
    this.shape = null;
    this.legend.replaceChildren();
    this.clear(h("p", "aew-soft aew-none-yet", "Appears after the first epoch."));
  }

  make(shape, data) {
    const { theme, curves } = this.what;
    this.shape = shape;
    this.readouts = curves.map(() => h("b", {}));
    this.ring = h("span", "aew-ring");
    this.legend.replaceChildren(...curves.map((c, i) => legendOf(c.colour, `${c.label} `, this.readouts[i])), this.ring);
    this.draw({
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 4)] },
        y: { distr: this.what.log ? 3 : 1, range: () => this.bounds },
      },
      axes: [
        axisOf(theme, { size: 22, gap: 2, label: "epoch", labelSize: 14, labelGap: 0, labelFont: FONT, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }),
        axisOf(theme, {
          size: 54, gap: 3,
          ...(this.what.log && { splits: (_, __, low, high) => logTicks(low, high), filter: (_, splits) => splits }),
          values: (_, splits) => tickLabels(splits),
        }),
      ],
      series: [{}, ...curves.map((c) => {
        const own = dotted(c.label, c.colour);
        return { ...own, points: { ...own.points, show: (u) => u.data[0].length < 40 } };
      })],
      hooks: { draw: [(u) => this.mark(u)], setCursor: [(u) => this.read(u.cursor.idx)] },
    }, data);
    this.plot.over.addEventListener("click", () => {
      const at = this.plot.cursor.idx;
      if (at !== null && at !== undefined) this.pick(Math.round(this.plot.data[0][at]));
    });
  }

  /** Figures in the legend: of the epoch under the pointer, else the last. */
  read(index) {
    this.ring.textContent = this.what.best && this.what.curves.length === 1 ? `○ best: epoch ${this.what.best}` : "";
    this.what.curves.forEach((curve, i) => {
      const values = index === null || index === undefined ? curve.values.filter((v) => v !== null) : [curve.values[index]];
      this.readouts[i].textContent = figure(values.at(-1) ?? null);
    });
  }

  /** The epoch that is looked at, the best one, and the lines to beat. */
  mark(u) {
    const { ctx } = u;
    const ratio = uPlot.pxRatio;
    const { left, top, width, height } = u.bbox;
    const { theme, lines, epoch, best, curves } = this.what;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left - 8 * ratio, top - 8 * ratio, width + 16 * ratio, height + 16 * ratio);
    ctx.clip();
    if (epoch) {
      const x = Math.round(u.valToPos(epoch, "x", true));
      ctx.strokeStyle = theme.ink;
      ctx.globalAlpha = 0.45;
      ctx.lineWidth = ratio;
      ctx.strokeRect(x, top, 0, height);
      ctx.globalAlpha = 1;
    }
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    ctx.fillStyle = ctx.strokeStyle = COLOURS.line[theme.dark ? 1 : 0];
    ctx.lineWidth = 1.5 * ratio;
    let free = -Infinity; // where the next label may stand, from the bottom up
    for (const [name, value] of [...lines].sort((a, b) => a[1] - b[1])) {
      const y = u.valToPos(value, "y", true);
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      const label = Math.min(y - 7 * ratio, free === -Infinity ? Infinity : free);
      ctx.fillText(`${name.length > 40 ? `${name.slice(0, 39)}…` : name}: ${figure(value)}`, left + width - 4 * ratio, label);
      free = label - 14 * ratio;
    }
    ctx.setLineDash([]);
    const curve = curves.at(-1);
    const value = curve?.values[this.what.epochs.indexOf(best)];
    if (best && value !== null && value !== undefined) {
      ctx.strokeStyle = curve.colour;
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.arc(u.valToPos(best, "x", true), u.valToPos(value, "y", true), 6 * ratio, 0, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.restore();
  }
}
