// A few pictures, and what the model makes of them after each epoch: two rows and a scrubber.

import { button, freshId, h, quiet, whole } from "../core/dom.js";
import { bitmapOf } from "../core/link.js";
import { figure } from "./words.js";

const GAP = 4; // CSS pixels between pictures
const LARGEST = 112; // of a picture on screen, in CSS pixels, unless it has more pixels itself
const FRAME = 140; // ms of an epoch while it plays

/** Width and height of one picture on screen, in device pixels: a whole multiple of its own where there is room. */
export function tile({ width, height, count }, available, ratio) {
  const room = Math.min((available * ratio - (count - 1) * GAP * ratio) / count, Math.max(LARGEST * ratio, width));
  const scale = room / width >= 1 ? Math.floor(room / width) : room / width;
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

export class Pictures {
  /** @param choose called with the epoch to look at; 0 for the latest, whichever that is */
  constructor(choose) {
    this.choose = choose;
    this.title = h("div", "aew-card-title", "Reconstructions");
    this.canvas = h("canvas", { role: "img", "aria-label": "No epoch is over yet" });
    this.holder = h("div", "aew-strip", this.canvas);
    this.note = h("p", "aew-soft aew-note");
    const id = freshId("epoch");
    this.range = h("input", { type: "range", id, min: 0, max: 0, step: 1, ...quiet, oninput: () => this.moved() });
    this.caption = h("label", { for: id }, "Epoch");
    this.readout = h("output", "aew-epoch");
    this.follow = button("Latest", () => this.choose(0), { "aria-pressed": "true", title: "Always show the latest epoch" });
    this.playing = button("Play", () => (this.timer ? this.stop() : this.play()), { title: "Run through all epochs" });
    this.el = h("div", "aew-card aew-pictures",
      h("div", "aew-card-head", this.title), this.holder, this.note,
      (this.scrub = h("div", "aew-scrub", this.caption, this.range, this.readout, this.playing, this.follow)));
    this.bitmaps = { originals: null, strip: null };
    this.tokens = { originals: 0, strip: 0 };
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.holder);
  }

  close() {
    this.observer.disconnect();
    clearInterval(this.timer);
  }

  moved() {
    this.stop();
    this.choose(this.epochs[Number(this.range.value)]);
  }

  play() {
    let at = Number(this.range.value) >= this.epochs.length - 1 ? -1 : Number(this.range.value);
    this.playing.textContent = "Pause playing";
    this.timer = setInterval(() => {
      at += 1;
      if (at < this.epochs.length) return this.choose(this.epochs[at]);
      this.stop();
      this.choose(0);
    }, FRAME);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.playing.textContent = "Play";
  }

  /** Take the originals: bytes of a PNG; `size` {count, width, height}. */
  originals(bytes, size) {
    this.size = size;
    this.el.hidden = !size.count;
    this.take("originals", bytes);
  }

  /**
   * @param story the run; @param picture the epoch to look at, or null; @param following whether that is "latest"
   * @param note why there are no reconstructions
   */
  show(story, picture, following, note) {
    this.note.textContent = note ? `${note[0].toUpperCase()}${note.slice(1)}.` : "";
    this.scrub.hidden = !!note;
    this.epochs = story.pictured;
    const at = picture ? this.epochs.indexOf(picture.epoch) : 0;
    Object.assign(this.range, { max: Math.max(0, this.epochs.length - 1), value: at });
    this.range.disabled = this.playing.disabled = this.epochs.length < 2;
    this.follow.disabled = !picture;
    this.follow.setAttribute("aria-pressed", String(following));
    if (!picture) {
      this.readout.textContent = "–";
      this.bitmaps.strip = null;
      return this.draw();
    }
    const error = story.value(picture.epoch, "validation error");
    const mse = error === null ? "" : `; mean squared error on all validation pictures ${figure(error)}`;
    const of = story.plan.epochs ? ` of ${whole(story.plan.epochs)}` : "";
    this.readout.textContent = `${whole(picture.epoch)}${of}`;
    this.range.setAttribute("aria-valuetext", `epoch ${picture.epoch}${of}${mse}`);
    this.title.textContent = note ? "Originals" : `Reconstructions after epoch ${picture.epoch}, below the originals`;
    this.canvas.setAttribute("aria-label", `${this.size.count} validation pictures above, their reconstructions after epoch ${picture.epoch} below${mse}`);
    this.take("strip", picture.strip);
  }

  /** Decode and show; of two that are under way only the later counts. */
  async take(name, bytes) {
    const token = (this.tokens[name] += 1);
    const bitmap = await bitmapOf(bytes, "image/png");
    if (token !== this.tokens[name]) return bitmap?.close();
    this.bitmaps[name]?.close();
    this.bitmaps[name] = bitmap;
    this.draw();
    this.el.dataset[name] = String(token);
  }

  draw() {
    const { originals, strip } = this.bitmaps;
    if (!this.size || !originals || !this.holder.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    const { count, width, height } = this.size;
    const [w, hh] = tile(this.size, this.holder.clientWidth, ratio);
    const gap = Math.round(GAP * ratio);
    const rows = strip ? 2 : 1;
    const [all, both] = [count * (w + gap) - gap, rows * (hh + gap) - gap];
    Object.assign(this.canvas, { width: all, height: both });
    Object.assign(this.canvas.style, { width: `${all / ratio}px`, height: `${both / ratio}px` });
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = w < width;
    context.imageSmoothingQuality = "high";
    for (const [row, bitmap] of [originals, strip].entries()) {
      if (!bitmap) continue;
      for (let i = 0; i < count; i++) context.drawImage(bitmap, i * width, 0, width, height, i * (w + gap), row * (hh + gap), w, hh);
    }
  }
}
