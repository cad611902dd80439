// The metrics of a run, and where its epochs lie on an axis. No page.

import { heading, RISES } from "./words.js";

export const RATE = "learning rate"; // name of a column
const OWN = ["epoch", "best", RATE, "seconds", "watching", "steps"];

/** A run of the story or one beside it: {columns, rows: Map of epoch to row, done, steps, epochs}. */
export class Run {
  constructor({ run = 0, name = "", columns = [], rows = [], done = 0, steps = 0, epochs = 0, loss = "", count, reason = "" }) {
    Object.assign(this, { run, name, columns, done, steps, epochs, loss, reason });
    this.rows = new Map(rows.map((row) => [row[0], row]));
    this.count = count ?? this.rows.size;
  }

  get numbers() {
    return [...this.rows.keys()];
  }

  /** A number of all epochs by its name; null where there is none. */
  column(name) {
    const at = this.columns.indexOf(name);
    return [...this.rows.values()].map((row) => row[at] ?? null);
  }

  value(epoch, name) {
    return this.rows.get(epoch)?.[this.columns.indexOf(name)] ?? null;
  }

  /** The best epoch; 0 before there is any. */
  get best() {
    return this.numbers.findLast((epoch) => this.value(epoch, "best")) ?? 0;
  }

  get last() {
    return this.numbers.at(-1) ?? this.done;
  }

  /** Seconds of all epochs that are known; null where none are. */
  get seconds() {
    const known = this.column("seconds").filter((s) => s !== null);
    return known.length ? known.reduce((a, b) => a + b) : null;
  }

  /** Batches in an epoch; 0 where nobody knows. */
  get batches() {
    return this.steps || Math.max(0, ...this.column("steps").filter((s) => s !== null));
  }

  /** Where its epochs lie on an axis, "epoch", "step" or "time"; null where that is not known. */
  places(axis) {
    if (axis === "epoch") return this.numbers;
    if (axis === "step") return this.batches ? this.numbers.map((epoch) => epoch * this.batches) : null;
    if (this.seconds === null) return null;
    let sum = 0;
    return this.column("seconds").map((s, i) => (sum += (s ?? 0) + (this.column("watching")[i] ?? 0)));
  }
}

const same = (a, b) => a.every((v, i) => v === null || b[i] === null || Math.abs(v - b[i]) <= 1e-5 * Math.abs(v));
const known = (values) => values.some((v) => v !== null);

/**
 * What there is a chart of: {name, title, also: names of metrics with the same values, rises}. Two metrics that are one
 * curve get one chart: with the loss "mse", the loss on validation data is the error. A learning rate that stays gets none.
 */
export function metricsOf(run) {
  const names = [...new Set(run.columns.filter((c) => !OWN.includes(c)).map((c) => c.replace(/^(training|validation) /, "")))];
  const order = (name) => ["loss", "error"].indexOf(name) + 1 || 9;
  names.sort((a, b) => order(a) - order(b)); // stable: the others stand as they came
  const found = [];
  for (const name of names) {
    const [training, validation] = ["training", "validation"].map((kind) => run.column(`${kind} ${name}`));
    if (!known(training) && !known(validation)) continue;
    const twin = found.find((one) => {
      const shared = [[one.training, training], [one.validation, validation]].filter(([a, b]) => known(a) && known(b));
      const more = known(training) && !known(one.training) || known(validation) && !known(one.validation);
      return !more && shared.length > 0 && shared.every(([a, b]) => same(a, b));
    });
    if (twin) twin.also.push(name);
    else found.push({ name, training, validation, also: [], rises: RISES.test(name) });
  }
  const rates = run.column(RATE).filter((v) => v !== null);
  if (rates.some((v) => v !== rates[0])) found.push({ name: RATE, training: run.column(RATE), validation: [], also: [], rises: false });
  return found.map((one) => ({ ...one, title: [...new Set([one.name, ...one.also].map(heading))].map((t, i) => (i ? t[0].toLowerCase() + t.slice(1) : t)).join(" = ") }));
}

/** A running mean: each value weighs `weight` times what the next one does; the first ones are not pulled to nought. */
export function smoothed(values, weight) {
  let [sum, total] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    [sum, total] = [sum * weight + value * (1 - weight), total * weight + (1 - weight)];
    return sum / total;
  });
}
