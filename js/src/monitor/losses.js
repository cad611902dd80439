// A chart for each metric of a run, with other runs drawn over it, and the choices above them. Knows no kernel.

import { freshId, h, quiet, segments } from "../core/dom.js";
import { Chart, COLOURS, colourOf, fitsLog } from "./chart.js";
import { RATE, Run, smoothed } from "./metrics.js";
import { figure, isOver } from "./words.js";

const AXES = { epoch: "epoch", step: "step", time: "seconds" };

export class Losses {
  /** @param story the run; look called with traits that were chosen */
  constructor(story, look) {
    Object.assign(this, { story, look, charts: new Map(), others: [] });
    this.scale = segments("Scale of the charts", [["log", "Logarithmic", "Where all values are above nought"], ["linear", "Linear"]], (scale) => look({ scale }));
    this.axis = segments("Charts over", [["epoch", "Epochs"], ["step", "Steps", "Batches that were trained on"], ["time", "Time", "Seconds of training"]], (axis) => look({ axis }));
    const id = freshId("smoothing");
    this.range = h("input", { type: "range", id, min: 0, max: 0.95, step: 0.05, value: 0, ...quiet, oninput: () => look({ smoothing: Number(this.range.value) }) });
    this.readout = h("output", "aew-soft");
    const said = (words) => h("span", { class: "aew-soft", "aria-hidden": "true" }, words);
    this.choices = h("div", "aew-choices",
      h("span", "aew-group", said("Over"), this.axis.el), h("span", "aew-group", said("Scale"), this.scale.el),
      h("span", "aew-group", h("label", { for: id, class: "aew-soft", title: "Running mean over the epochs before; the values themselves stay, pale" }, "Smoothing"), this.range, this.readout));
    this.el = h("div", "aew-charts");
  }

  close() {
    for (const chart of this.charts.values()) chart.close();
  }

  /** The charts that are there, in their order: that of the first metric first. */
  get all() {
    return this.story.known.metrics.map(({ name }) => this.charts.get(name)).filter(Boolean);
  }

  /** Runs to draw over this one. @param others as Python sends them */
  beside(others) {
    this.others = others.map((other) => new Run(other));
  }

  /** @param asked {axis, scale, smoothing, hidden, theme, epoch that is marked}; @param place puts a new chart onto the page */
  show(asked, now) {
    const { run, metrics } = this.story.known;
    const axis = run.places(asked.axis) ? asked.axis : "epoch";
    this.asked = { ...asked, log: asked.scale === "log", axis };
    this.scale.set(asked.scale);
    this.axis.set(axis);
    for (const one of ["step", "time"]) this.axis.enable(one, run.places(one) !== null);
    this.range.value = asked.smoothing;
    this.readout.textContent = asked.smoothing ? asked.smoothing.toFixed(2) : "none";
    const names = metrics.map(({ name }) => name);
    for (const [name, chart] of this.charts) {
      if (names.includes(name)) continue;
      chart.close();
      chart.el.remove();
      this.charts.delete(name);
    }
    if (!names.length) names.push("");
    for (const name of names) {
      if (!this.charts.has(name)) this.charts.set(name, new Chart((x) => this.pick(x)));
      this.el.append(this.charts.get(name).el); // in their order
    }
    if (names.length > 1) this.charts.get("")?.el.remove();
    this.showRunning(now);
  }

  /** An epoch was clicked at a place on the axis. */
  pick(x) {
    const { run } = this.story.known;
    const places = run.places(this.asked.axis);
    let at = 0;
    places.forEach((place, i) => (at = Math.abs(place - x) < Math.abs(places[at] - x) ? i : at));
    this.look({ epoch_shown: this.story.nearest(run.numbers[at]) ?? 0 });
  }

  colour(name) {
    return COLOURS[name][this.asked.theme.dark ? 1 : 0];
  }

  /** The charts, which move also between two epochs. @param now the trait of this name */
  showRunning(now) {
    if (!this.asked) return;
    const { story, asked: { axis, log, theme, epoch, smoothing, hidden } } = this;
    const { run, metrics } = story.known;
    const places = run.places(axis);
    const place = (number) => places[run.numbers.indexOf(number)] ?? 0;
    if (!metrics.length) return this.charts.get("")?.show({ title: "Loss", words: "No epoch is over yet", curves: [], lines: [], log, theme, axis: AXES[axis] });
    const away = hidden.includes(run.run);
    for (const metric of metrics) {
      const { name, title, also, rises } = metric;
      const curves = [];
      const draw = (label, colour, values, more = {}) => {
        const points = values.map((value, i) => [places[i], value]).filter(([, value]) => value !== null);
        if (points.length && !away) curves.push({ label, colour, points, ...more });
      };
      const kinds = name === RATE ? [["learning rate", "plain", metric.training]] : [["training", "training", metric.training], ["validation", "validation", metric.validation]];
      for (const [label, colour, values] of kinds) {
        if (smoothing && name !== RATE) draw(label, `${this.colour(colour)}55`, values, { pale: true });
        draw(label, this.colour(colour), smoothing && name !== RATE ? smoothed(values, smoothing) : values, { own: true, values });
      }
      this.running(now, name, curves, axis, run);
      for (const other of this.others) this.over(curves, other, metric, axis);
      const references = name === "error" || also.includes("error") ? (story.plan.references ?? []) : [];
      const values = curves.flatMap((c) => c.points.map(([, v]) => v));
      const refused = log && !rises && !fitsLog(values);
      const heading = name === "loss" ? `${title.replace("Loss", story.plan.loss && !also.length ? `Loss (${story.plan.loss.replaceAll("_", " ")}${(story.plan.parts ?? []).length > 1 ? " and penalties" : ""})` : "Loss")}` : title;
      const last = curves.filter((c) => c.own).map(({ label, values: own }) => `${label} ${figure(own.filter((v) => v !== null).at(-1) ?? null)}`);
      const lines = references.map(([line, value]) => `${line} ${figure(value)}`).join(", ");
      const words = `${heading} over ${run.numbers.length} epochs: ${last.join(", ")}${lines && `; lines to beat: ${lines}`}${story.best ? `; best epoch ${story.best}` : ""}`;
      this.charts.get(name)?.show({
        title: heading, words, curves, lines: references, log: log && !rises && !refused, theme, axis: AXES[axis],
        none: "All runs are hidden.", note: refused && values.length ? "linear: not all values are above nought" : "",
        epoch: epoch ? place(epoch) : null, best: name === RATE || !story.best || away ? null : { epoch: story.best, place: place(story.best) },
      });
    }
  }

  /** The epoch that goes on: its mean so far, at the place that it has reached. */
  running(now, name, curves, axis, run) {
    const value = now.losses?.[name] ?? null;
    const first = curves.find((c) => c.own);
    if (value === null || isOver(now.phase) || run.rows.has(now.epoch) || !first || first.label !== "training") return;
    const share = run.batches ? now.step / run.batches : 0;
    const at = { epoch: now.epoch - 1 + share, step: (now.epoch - 1) * run.batches + now.step, time: (run.seconds ?? 0) + (now.elapsed ?? 0) }[axis];
    if (share < 1 && at > (first.points.at(-1)?.[0] ?? 0)) Object.assign(first, { points: [...first.points, [at, value]], values: [...first.values, value] });
  }

  /** Add the curves of another run: of validation whole, of training dashed. */
  over(curves, other, { name, also }, axis) {
    const places = other.places(axis);
    if (!places || this.asked.hidden.includes(other.run)) return;
    const { theme, smoothing } = this.asked;
    for (const kind of name === RATE ? [""] : ["training", "validation"]) {
      const column = [name, ...also].map((one) => (kind ? `${kind} ${one}` : one)).find((one) => other.columns.includes(one));
      if (!column) continue;
      const values = other.column(column);
      const drawn = smoothing && kind ? smoothed(values, smoothing) : values;
      const points = drawn.map((value, i) => [places[i], value]).filter(([, value]) => value !== null);
      if (points.length) curves.push({ label: other.name, colour: colourOf(other.run, theme), points, dash: kind === "training" });
    }
  }
}
