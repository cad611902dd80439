// All that is known of the points: places, classes, quantities, and pictures and codes that were sent or asked for.

import { bitmapOf } from "../core/link.js";
import { arrayOf } from "../core/weights.js";
import { mean, nearest, Plane } from "./space.js";

const MOST_KEPT = 6000; // pictures in memory
const AT_ONCE = 200; // pictures in one message

/** Bytes, however Jupyter delivers them, as a typed array of their own. */
export function typed(Kind, bytes) {
  if (!bytes?.byteLength) return new Kind(0);
  const { buffer, byteOffset = 0, byteLength } = bytes instanceof ArrayBuffer ? { buffer: bytes, byteLength: bytes.byteLength } : bytes;
  return new Kind(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Whole numbers of 16 bits back to the numbers that they stand for, evenly between low and high; those above `most` stand for none. */
export const spread = (whole, low, high, most = 65535) => Float64Array.from(whole, (v) => (v > most ? NaN : low + (v / most) * (high - low)));

/** Which class each point is of: a byte each, or two. */
const indexesOf = (bytes, count) => typed(bytes?.byteLength > count ? Uint16Array : Uint8Array, bytes);

/** Pictures and codes side by side in a row of bytes, taken apart: code k of count. */
export function codesOf(bytes, type, count) {
  const own = typed(Uint8Array, bytes);
  const width = { float32: 4, float16: 2 }[type];
  const size = count ? own.byteLength / width / count : 0;
  const all = arrayOf(own.buffer, { at: 0, shape: [count * size], type });
  return Array.from({ length: count }, (_, k) => all.slice(k * size, (k + 1) * size));
}

/** The value of a point in a column, in words; empty where there is none. */
export function valueOf({ classes, indexes, values, kind, days }, point) {
  if (classes) return classes[indexes[point]].name;
  const value = values[point];
  if (!Number.isFinite(value)) return "";
  if (kind === "date") return new Date(days ? Math.round(value / 864e5) * 864e5 : value).toISOString().slice(0, 10);
  return value.toPrecision(4);
}

export class Store {
  /** @param link to Python; frozen where there is none */
  constructor(link, frozen) {
    this.link = link;
    this.frozen = frozen;
    this.kept = new Map(); // point -> {bitmap, x, y, width, height}
    this.codes = new Map(); // point -> code
    this.texts = new Map(); // point -> texts of its row
    this.asked = new Set();
    this.waiting = new Map(); // number of a question -> what its answer is given to
    // Other views of the same widget hear the same answers, so that numbers are this one's own.
    this.number = Math.floor(Math.random() * 2 ** 40) * 2 ** 12;
    this.take();
    if (!frozen) link.hear((content, buffers) => this.hear(content, buffers));
  }

  /** Take what the traits hold. */
  take() {
    const about = this.link.get("about");
    this.about = about;
    this.count = about.shown;
    const [left, bottom, right, top] = about.bounds;
    const whole = typed(Uint16Array, this.link.get("plane"));
    this.places = Float32Array.from(whole, (v, i) => (i % 2 ? bottom + (v / 65535) * (top - bottom) : left + (v / 65535) * (right - left)));
    this.classes = indexesOf(this.link.get("classes"), this.count);
    this.columns = (this.link.get("columns") ?? []).map((sent) => (sent.classes
      ? { ...sent, indexes: indexesOf(sent.bytes, this.count) }
      : { ...sent, values: spread(typed(Uint16Array, sent.bytes), sent.low, sent.high, sent.most) }));
    (this.link.get("texts") ?? []).forEach((texts, point) => this.texts.set(point, texts));
    // Indexes of the points among all pictures: all of them, unless fewer are embedded.
    this.indices = about.shown < about.count ? typed(Uint32Array, this.link.get("indices")) : null;
    this.of = this.indices && new Map(Array.from(this.indices, (index, point) => [index, point]));
  }

  /** The number of a point's picture, and the point of a picture's number (undefined where it is not embedded). */
  indexOf = (point) => (this.indices ? this.indices[point] : point);
  pointOf = (index) => (this.of ? this.of.get(index) : index < this.count ? index : undefined);

  placeOf = (point) => [this.places[2 * point], this.places[2 * point + 1]];

  /** The point nearest to a place, null where none is nearer than `within`; of `points`, all if null; distances across and
   *  upwards are multiplied by `scales`. */
  nearestTo([x, y], within = Infinity, points = null, [across, up] = [1, 1]) {
    const { places } = this;
    let least = within ** 2;
    let best = null;
    const look = (i) => {
      const square = (across * (places[2 * i] - x)) ** 2 + (up * (places[2 * i + 1] - y)) ** 2;
      if (square < least) [least, best] = [square, i];
    };
    if (points) for (const i of points) look(i);
    else for (let i = 0; i < this.count; i++) look(i);
    return best;
  }

  /** A number of points around a place, nearest first. */
  around([x, y], count) {
    const away = Float32Array.from({ length: this.count }, (_, i) => Math.hypot(this.places[2 * i] - x, this.places[2 * i + 1] - y));
    return Array.from(away.keys()).sort((a, b) => away[a] - away[b]).slice(0, count);
  }

  /** The plane among the codes, as Python says. */
  plane() {
    const sent = this.link.get("space");
    const { code: size } = this.about;
    if (!sent.directions?.byteLength) return new Plane({ size, anchors: [], placeOf: this.placeOf });
    return new Plane({ size, centre: typed(Float32Array, sent.centre), directions: typed(Float32Array, sent.directions) });
  }

  /** Gaussians fitted to the codes; null where there are none yet. */
  get mixture() {
    const sent = this.link.get("mixture") ?? {};
    if (!sent.weights?.byteLength) return null;
    const [weights, means, roots] = ["weights", "means", "roots"].map((name) => typed(Float32Array, sent[name]));
    return { weights, means, roots, full: sent.full };
  }

  /** A quantity of all points, {label, low, high, values}; null where it is not known yet. */
  quantity(name) {
    const sent = this.link.get(name);
    if (!sent?.bytes) return null;
    if (sent !== this[`sent_${name}`]) {
      this[`sent_${name}`] = sent;
      this[`made_${name}`] = { ...sent, values: spread(typed(Uint16Array, sent.bytes), sent.low, sent.high, sent.most) };
    }
    return this[`made_${name}`];
  }

  /** Take pictures and codes that were sent with the map, or asked for. */
  async keep({ points, columns, height, width, media, type, texts = [] }, sheet, codes) {
    texts.forEach((own, k) => this.texts.set(points[k], own));
    codesOf(codes, type, points.length).forEach((code, k) => code.length && this.codes.set(points[k], code));
    const bitmap = await bitmapOf(sheet, media);
    if (!bitmap) return;
    for (const [k, point] of points.entries()) {
      this.kept.set(point, { bitmap, x: (k % columns) * width, y: Math.floor(k / columns) * height, width, height });
    }
    for (const point of this.kept.keys()) {
      if (this.kept.size <= MOST_KEPT) break;
      if (!this.always?.has(point)) this.kept.delete(point);
    }
  }

  /** Take the pictures that were sent with the map. */
  async takeAnchors() {
    const sent = this.link.get("anchors") ?? {};
    if (!sent.points) return;
    const points = Array.from(typed(Uint32Array, sent.points));
    this.always = new Set(points);
    await this.keep({ ...sent, points }, sent.sheet, sent.codes);
  }

  /** The code of a point, if it is known. */
  codeOf(point) {
    return this.about.code <= 2 && this.about.projection.name === "direct" && !this.codes.has(point)
      ? Float32Array.from(this.placeOf(point).slice(0, this.about.code))
      : this.codes.get(point);
  }

  /** Ask Python something; resolves with {content, buffers}, or with null where nobody is there to answer. */
  ask(content, buffers = []) {
    if (this.frozen) return Promise.resolve(null);
    const number = (this.number += 1);
    this.link.send({ ...content, number }, buffers);
    return new Promise((resolve) => this.waiting.set(number, resolve));
  }

  /** The kernel is gone: what was asked has no answer, nor has what follows. */
  lose() {
    this.frozen = true;
    for (const answer of this.waiting.values()) answer(null);
    this.waiting.clear();
  }

  hear(content, buffers) {
    const answer = this.waiting.get(content.number);
    this.waiting.delete(content.number);
    answer?.(content.kind === "failed" ? null : { content, buffers });
  }

  /** Pictures and codes of some points: those not known are asked for. Resolves when all that can be known is. */
  async need(points) {
    const { has_images: images, texts } = this.about;
    const lacks = (point) => !(images ? this.kept : this.codes).has(point) || (texts.length && !this.texts.has(point));
    const missing = points.filter((point) => lacks(point) && !this.asked.has(point));
    if (this.frozen || !missing.length) return false;
    for (const point of missing) this.asked.add(point);
    for (let at = 0; at < missing.length; at += AT_ONCE) {
      const some = missing.slice(at, at + AT_ONCE);
      const answer = await this.ask({ kind: "details", points: some });
      for (const point of some) this.asked.delete(point);
      if (answer) await this.keep({ ...answer.content, points: some }, ...answer.buffers);
    }
    return true;
  }

  /** The nearest points to a code, [[point, distance], ...]: among all where Python answers, else among what is here. */
  async neighbours(code, count) {
    const answer = await this.ask({ kind: "neighbours", count }, [Float32Array.from(code).buffer]);
    if (!answer) return nearest(this.allCodes(), code, count);
    const { points, distances } = answer.content;
    return points.map((point, k) => [point, distances[k]]);
  }

  /** Points whose label, or whose row's texts, hold a text: all where Python answers, else those that are here. */
  async find(text) {
    const answer = await this.ask({ kind: "search", text });
    if (answer) return Array.from(typed(Uint32Array, answer.buffers[0]), this.pointOf);
    const wanted = text.trim().toLowerCase();
    const has = (words) => words.toLowerCase().includes(wanted);
    const tables = [{ classes: this.about.classes, indexes: this.classes }, ...this.columns]
      .filter(({ classes }) => classes?.length).map(({ classes, indexes }) => [classes.map(({ name }) => has(name)), indexes]);
    const dates = this.columns.filter(({ kind }) => kind === "date");
    return Array.from({ length: wanted ? this.count : 0 }, (_, point) => point).filter((point) =>
      tables.some(([hit, indexes]) => hit[indexes[point]]) || this.texts.get(point)?.some(has) || dates.some((column) => has(valueOf(column, point))));
  }

  /** All codes that are here, [[point, code], ...]. */
  allCodes() {
    if (this.about.projection.name !== "direct") return [...this.codes];
    return Array.from({ length: this.count }, (_, point) => [point, this.codeOf(point)]);
  }

  /** The mean code of some points. */
  async meanCode(points) {
    const answer = await this.ask({ kind: "mean" }, [Uint32Array.from(points).buffer]);
    if (answer) return typed(Float32Array, answer.buffers[0]);
    return mean(points.map((point) => this.codeOf(point)).filter(Boolean));
  }
}
