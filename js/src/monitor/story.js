// A run as this page knows it: numbers by epoch, pictures of some epochs. Knows no page.

import { metricsOf, RATE, Run } from "./metrics.js";

export const MARKS = ["", "collapsed", "dead", "always on"];

/** Little-endian float32, wherever in its buffer the view begins. */
function floats(bytes) {
  const view = bytes instanceof DataView ? bytes : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
const octets = (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class Story {
  constructor() {
    this.begin({ run: 0 });
  }

  /** Another run: what was known is forgotten. */
  begin(plan) {
    this.plan = plan;
    this.rows = new Map();
    this.version = 0;
    this.pictures = new Map();
    this.kept = [];
  }

  /**
   * Take in what Python sends, in whatever order it arrives.
   * @returns whether it belongs to this run
   */
  take({ run, rows = [], pictures = [], kept = [], dropped = [] }, buffers = []) {
    if (run !== this.plan.run) return false;
    for (const row of rows) this.rows.set(row[0], row);
    pictures.forEach(({ epoch, measure }, i) => {
      const [strip, values, marks] = buffers.slice(3 * i, 3 * i + 3);
      this.pictures.set(epoch, { epoch, strip, measure, values: floats(values), marks: octets(marks) });
    });
    this.kept = kept;
    for (const epoch of dropped) this.pictures.delete(epoch);
    this.rows = new Map([...this.rows].sort((a, b) => a[0] - b[0]));
    this.version += 1;
    return true;
  }

  /** More columns of the same run. */
  widen(plan) {
    this.plan = plan;
    this.version += 1;
  }

  /** The run, and what there is a chart of; made once for what is known now. */
  get known() {
    if (this.made?.version !== this.version || this.made.plan !== this.plan) {
      const run = new Run({ ...this.plan, rows: [...this.rows.values()] });
      this.made = { version: this.version, plan: this.plan, run, metrics: metricsOf(run) };
    }
    return this.made;
  }

  get epochs() {
    return [...this.rows.keys()];
  }

  get last() {
    return this.epochs.at(-1) ?? this.plan.done ?? 0;
  }

  /** True if epochs before the last are missing. */
  get gap() {
    return this.rows.size < this.last - (this.plan.done ?? 0);
  }

  /** A number of an epoch by its name; null where there is none. */
  value(epoch, name) {
    const at = (this.plan.columns ?? []).indexOf(name);
    return this.rows.get(epoch)?.[at] ?? null;
  }

  /** The learning rate of the last epoch; null before there is one. */
  get rate() {
    return this.value(this.last, RATE);
  }

  /** A number of all epochs. */
  column(name) {
    return this.epochs.map((epoch) => this.value(epoch, name));
  }

  /** The best epoch so far; 0 before there is any. */
  get best() {
    return this.epochs.findLast((epoch) => this.value(epoch, "best")) ?? 0;
  }

  /** Epochs whose pictures are here, in order. */
  get pictured() {
    return [...this.pictures.keys()].sort((a, b) => a - b);
  }

  /** Epochs whose pictures could be had, nearest to one of them first. */
  lacking(near, count) {
    const lacking = this.kept.filter((epoch) => !this.pictures.has(epoch));
    return lacking.sort((a, b) => Math.abs(a - near) - Math.abs(b - near)).slice(0, count);
  }

  /** The pictured epoch nearest to one; null before there is any. */
  nearest(epoch) {
    let best = null;
    for (const one of this.pictures.keys()) if (best === null || Math.abs(one - epoch) < Math.abs(best - epoch)) best = one;
    return best;
  }

  /** Seconds an epoch, over the last three; null before one is over. */
  get pace() {
    const seconds = this.column("seconds").filter((s) => s !== null).slice(-3);
    return seconds.length ? seconds.reduce((a, b) => a + b) / seconds.length : null;
  }

  /** Seconds that the rest will take at this pace; null where nothing can be said yet. */
  left({ epoch = 1, step = 0, elapsed = 0 } = {}) {
    const { epochs } = this.plan;
    const steps = this.known.run.batches || 1;
    const over = this.rows.has(epoch);
    const pace = this.pace ?? (step > 1 ? (elapsed / step) * steps : null);
    if (pace === null || !epochs) return null;
    return Math.max(0, epochs - epoch + (over ? 0 : 1 - step / steps)) * pace;
  }

  /** Cost of watching as a share of the training; null before there was any. */
  get watching() {
    const sum = (name) => this.column(name).reduce((a, b) => a + (b ?? 0), 0);
    const seconds = sum("seconds");
    return seconds ? sum("watching") / seconds : null;
  }

  /** Validation loss above training loss at an epoch, absolute and as a share; null where either is unknown. */
  gapAt(epoch) {
    const [training, validation] = [this.value(epoch, "training loss"), this.value(epoch, "validation loss")];
    if (training === null || validation === null) return null;
    return { absolute: validation - training, share: training > 0 ? (validation - training) / training : null };
  }
}
