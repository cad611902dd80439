// Pictures of codes: by the decoder that came along, else by Python, else from the tiles of an atlas.

import { decoderOf, paint } from "../core/decoder.js";
import { h } from "../core/dom.js";
import { bitmapOf } from "../core/link.js";
import { typed } from "./store.js";

export class Pictures {
  /** @param store of the points; @param link to Python */
  constructor(store, link) {
    this.store = store;
    [this.height, this.width, this.channels] = store.about.image;
    const sent = link.get("decoder") ?? {};
    this.why = sent.why ?? "";
    this.decodes = store.about.decodes;
    if (sent.steps?.length) this.decoder = decoderOf(sent.steps, typed(Uint8Array, sent.weights));
    this.image = new ImageData(this.width || 1, this.height || 1); // of codes alone there is no picture
    this.refining = new WeakMap();
    this.atlas = null;
    this.ready = this.open(link.get("atlas") ?? {});
  }

  async open(atlas) {
    if (atlas.sheet) this.atlas = { ...atlas, bitmap: await bitmapOf(atlas.sheet, atlas.media) };
  }

  /** True if any code becomes a picture at once, in the page. */
  get live() {
    return Boolean(this.decoder);
  }

  /** True if codes that are not places of the plane can become pictures at all. */
  get able() {
    return this.live || (this.decodes && !this.store.frozen);
  }

  /** A canvas for a picture; `side` is the longer one, in pixels of the page. */
  canvas(side, label = "") {
    const scale = side / Math.max(this.width, this.height, 1);
    const style = `width:${Math.round(this.width * scale)}px;height:${Math.round(this.height * scale)}px`;
    return h("canvas", { class: "aew-picture", width: this.width, height: this.height, style, role: "img", "aria-label": label });
  }

  /** Decode into a canvas; `place` on the plane finds a tile of the atlas meanwhile. Resolves when it is shown. */
  async draw(code, canvas, place = null) {
    if (!this.decodes) return;
    if (this.live) {
      canvas.getContext("2d").putImageData(paint(this.decoder.decode(code), this.channels, this.image), 0, 0);
      return;
    }
    if (place && this.atlas) this.tile(place, canvas);
    await this.refine(code, canvas);
  }

  /** A canvas's picture from Python: one question at a time, of those that wait the last, so that drags never queue. */
  async refine(code, canvas) {
    const state = this.refining.get(canvas) ?? {};
    this.refining.set(canvas, state);
    state.next = code;
    if (state.busy) return;
    state.busy = true;
    while (state.next) {
      const now = state.next;
      state.next = null;
      const made = await this.fromPython([now]);
      if (made && !state.next) canvas.getContext("2d").putImageData(made[0], 0, 0);
    }
    state.busy = false;
  }

  /** Pictures that Python decodes, as ImageData; null where nobody answers. */
  async fromPython(codes) {
    const size = codes[0].length;
    const all = new Float32Array(codes.length * size);
    codes.forEach((code, k) => all.set(code, k * size));
    const answer = await this.store.ask({ kind: "decode" }, [all.buffer]);
    if (!answer) return null;
    const bytes = typed(Uint8Array, answer.buffers[0]);
    const one = this.width * this.height * this.channels;
    return codes.map((_, k) => {
      const numbers = Float32Array.from(bytes.subarray(k * one, (k + 1) * one), (v) => v / 255);
      return paint(numbers, this.channels, new ImageData(this.width, this.height));
    });
  }

  /** The tile nearest to a place. */
  tile([x, y], canvas) {
    const { rows, columns, bounds, bitmap, height, width } = this.atlas;
    const [left, bottom, right, top] = bounds;
    const column = Math.min(columns - 1, Math.max(0, Math.round(((x - left) / (right - left || 1)) * (columns - 1))));
    const row = Math.min(rows - 1, Math.max(0, Math.round(((top - y) / (top - bottom || 1)) * (rows - 1))));
    const ctx = canvas.getContext("2d");
    ctx.drawImage(bitmap, column * width, row * height, width, height, 0, 0, canvas.width, canvas.height);
  }

  /** A point's own picture, where it is known. */
  original(point, canvas) {
    const kept = this.store.kept.get(point);
    const ctx = canvas.getContext("2d");
    if (!kept) ctx.clearRect(0, 0, canvas.width, canvas.height);
    else ctx.drawImage(kept.bitmap, kept.x, kept.y, kept.width, kept.height, 0, 0, canvas.width, canvas.height);
    return Boolean(kept);
  }
}
