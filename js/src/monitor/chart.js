// Curves over epochs, drawn by uPlot: lines to beat, the best epoch, the epoch that is looked at.

import uPlot from "uplot";
import { h } from "../core/dom.js";
import { axisOf, dotted, FONT, joined, legendOf, Panel } from "../core/panel.js";
import { logTicks, tickLabels } from "../core/ticks.js";
import { duration, figure } from "./words.js";

export const COLOURS = { training: ["#0072b2", "#56b4e9"], validation: ["#b84f00", "#ff9248"], line: ["#00694d", "#2fcf9f"], plain: ["#5c4b9b", "#b9a8f5"] };
const OTHERS = [
  ["#00694d", "#2fcf9f"], ["#a8467d", "#e792c2"], ["#7a6200", "#e6d34a"], ["#5c4b9b", "#b9a8f5"], ["#007a8a", "#4fd3e0"], ["#9a3b26", "#ff8a73"],
  ["#4d7c0f", "#a3d65c"], ["#6b5b4b", "#c9b49c"], ["#c2185b", "#ff7aa8"], ["#37474f", "#b0bec5"], ["#1a237e", "#9fa8ff"],
];
const HEIGHT = 216;

/** The colour of a run that is drawn over another, by its number. */
export const colourOf = (run, theme) => OTHERS[run % OTHERS.length][theme.dark ? 1 : 0];

/** Bounds of an axis with a little room. */
export function around(low, high, log) {
  if (log) {
    const room = Math.max(1.06, (high / low) ** 0.07);
    return [low / room, high * room];
  }
  const room = 0.07 * (high - low) || 0.05 * Math.abs(high) || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/** Whether a logarithmic axis shows these values: one at nought or below, as of a Gaussian likelihood's loss, would be missing. */
export const fitsLog = (values) => values.length > 0 && values.every((v) => v > 0);

export class Chart extends Panel {
  /** @param pick called with the place on the axis that was clicked */
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
   * @param what {title, words, curves: [{label, colour, points: [[x, y]], own: whether it is in the legend, values, pale, dash}],
   *   lines: [[name, value]], log, theme, axis: its label, note, epoch: place of the one that is marked, best: {epoch, place}}
   */
  show(what) {
    const values = [...what.curves.flatMap((c) => c.points.map((p) => p[1])), ...what.lines.map(([, v]) => v)];
    const log = what.log && fitsLog(values);
    this.what = { ...what, log };
    this.title.textContent = what.title;
    this.holder.setAttribute("aria-label", what.words);
    const shape = JSON.stringify([what.curves.map((c) => [c.label, c.colour, c.dash]), log, what.theme, what.axis]);
    if (!what.curves.length) return this.empty();
    this.bounds = around(values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b)), log);
    const data = joined(what.curves.map((c) => c.points));
    if (shape !== this.shape) this.make(shape, data);
    else this.plot.setData(data);
    this.read(null);
  }

  empty() {
    this.shape = null;
    this.legend.replaceChildren();
    this.clear(h("p", "aew-soft aew-none-yet", this.what.none ?? "Appears after the first epoch."));
  }

  make(shape, data) {
    const { theme, curves } = this.what;
    this.shape = shape;
    this.readouts = curves.map(() => h("b", {}));
    this.ring = h("span", "aew-ring");
    const entries = curves.map((c, i) => (c.own ? legendOf(c.colour, c.label === this.what.title.toLowerCase() ? "" : `${c.label} `, this.readouts[i]) : null));
    this.legend.replaceChildren(...entries.filter(Boolean), this.ring);
    this.draw({
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, range: (_, low, high) => [low, high > low ? (this.what.axis === "epoch" ? Math.max(high, low + 4) : high) : low + 1] },
        y: { distr: this.what.log ? 3 : 1, range: () => this.bounds },
      },
      axes: [
        axisOf(theme, { size: 22, gap: 2, label: this.what.axis === "seconds" ? "time of training" : this.what.axis, labelSize: 14, labelGap: 0, labelFont: FONT,
          ...(this.what.axis === "seconds"
            ? { values: (_, splits) => splits.map((s) => (s ? duration(s) : "0")), space: 80 }
            : { incrs: [1, 2, 5].flatMap((n) => [1, 2, 3, 4, 5, 6, 7].map((e) => n * 10 ** (e - 1))).sort((a, b) => a - b) }) }),
        axisOf(theme, {
          size: 54, gap: 3,
          ...(this.what.log && { splits: (_, __, low, high) => logTicks(low, high), filter: (_, splits) => splits }),
          values: (_, splits) => tickLabels(splits),
        }),
      ],
      series: [{}, ...curves.map((c) => {
        const own = dotted(c.label, c.colour);
        return { ...own, width: c.own ? 2 : 1.5, dash: c.dash ? [5, 4] : undefined, points: { ...own.points, show: (u) => !!c.own && u.data[0].length < 40 } };
      })],
      hooks: { draw: [(u) => this.mark(u)], setCursor: [(u) => this.read(u.cursor.idx)] },
    }, data);
    this.plot.over.addEventListener("click", () => {
      const at = this.plot.cursor.idx;
      if (at !== null && at !== undefined) this.pick(this.plot.data[0][at]);
    });
  }

  /** Figures in the legend: of the epoch under the pointer, else the last. */
  read(index) {
    const { best, note } = this.what;
    this.ring.textContent = note || (best ? `○ best: epoch ${best.epoch}` : "");
    const x = index === null || index === undefined ? null : this.plot.data[0][index];
    this.what.curves.forEach((curve, i) => {
      if (!curve.own) return;
      const at = x === null ? -1 : curve.points.findIndex((p) => p[0] === x);
      const value = x === null ? curve.values.filter((v) => v !== null).at(-1) : at < 0 ? null : curve.points[at][1];
      this.readouts[i].textContent = figure(value ?? null);
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
    if (epoch !== null && epoch !== undefined) {
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
    const curve = curves.findLast((c) => c.own);
    const value = curve?.points.find((p) => p[0] === best?.place)?.[1];
    if (best && value !== undefined) {
      ctx.strokeStyle = curve.colour;
      ctx.lineWidth = 2 * ratio;
      ctx.beginPath();
      ctx.arc(u.valToPos(best.place, "x", true), u.valToPos(value, "y", true), 6 * ratio, 0, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.restore();
  }
}
