// Points on a canvas: by regl-scatterplot where there is WebGL, by a plain canvas where not. One face for both.

import createScatterplot, { createRenderer } from "regl-scatterplot";
import { Drawn } from "./drawn.js";

/** Pixels of a point's diameter for a number of points. */
export const sizeFor = (count) => Math.min(7, Math.max(2.2, 26 / count ** 0.21 - 0.3));
const OPACITY = (count) => (count > 30000 ? 0.55 : count > 5000 ? 0.7 : 0.85);

/** WebGL: regl-scatterplot draws; its own pointers and keys are not used, the stage above has them. */
class GlPoints extends Drawn {
  constructor(places, bounds) {
    super();
    this.kind = "webgl";
    // Its points lie in [-1, 1]; the longer side of the bounds fills that.
    const [left, bottom, right, top] = bounds;
    this.middle = [(left + right) / 2, (bottom + top) / 2];
    this.unit = Math.max(right - left, top - bottom, 1e-6) / 2;
    this.count = places.length / 2;
    this.x = Float32Array.from({ length: this.count }, (_, i) => (places[2 * i] - this.middle[0]) / this.unit);
    this.y = Float32Array.from({ length: this.count }, (_, i) => (places[2 * i + 1] - this.middle[1]) / this.unit);
    this.renderer = createRenderer({ canvas: document.createElement("canvas") });
    if (!this.renderer.isSupported) throw new Error("this WebGL has no floating-point textures");
    this.plot = createScatterplot({
      canvas: this.el, renderer: this.renderer, width: 300, height: 300, colorBy: "valueA", pointScaleMode: "asinh",
      cameraIsFixed: true, deselectOnEscape: false, deselectOnDblClick: false, spatialIndexUseWorker: false,
      pointSize: sizeFor(this.count), opacity: OPACITY(this.count), actionKeyMap: {},
    });
    this.plot.subscribe("drawing", () => this.drawn());
  }

  resize({ width, height }) {
    this.corners = null;
    this.renderer.resize(width, height);
    this.plot.set({ width, height });
  }

  /** Colour each point by an index into colours. One drawing at a time; of those that wait the last counts. */
  async colour(indexes, colours) {
    this.next = { indexes, colours };
    if (this.busy) return;
    this.busy = true;
    while (this.next && !this.closed) {
      const { indexes: z, colours: pointColor } = this.next;
      this.next = null;
      this.plot.set({ pointColor, pointColorActive: pointColor, pointColorHover: pointColor });
      await this.plot.draw({ x: this.x, y: this.y, z }, { zDataType: "categorical", spatialIndex: this.index });
      this.index ??= this.plot.get("spatialIndex");
    }
    this.busy = false;
  }

  draw(camera) {
    const [sx, sy] = camera.scales.map((scale) => (2 * scale * this.unit) / camera.size.height);
    const [x, y] = [(camera.at[0] - this.middle[0]) / this.unit, (camera.at[1] - this.middle[1]) / this.unit];
    this.plot.view(new Float32Array([sx, 0, 0, 0, 0, sy, 0, 0, 0, 0, 1, 0, -sx * x, -sy * y, 0, 1]), { preventEvent: true });
  }

  close() {
    this.closed = true;
    clearTimeout(this.resting);
    this.plot.destroy();
    this.renderer.destroy();
  }
}

/** Without WebGL: squares on a canvas, fewer while the view moves would not look better. */
class FlatPoints extends Drawn {
  constructor(places) {
    super();
    this.kind = "canvas";
    this.places = places;
    this.count = places.length / 2;
  }

  resize({ width, height }) {
    this.corners = null;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.el, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.redraw();
  }

  async colour(indexes, colours) {
    this.colours = colours;
    const count = this.count;
    // Points of one colour after another: few changes of the brush.
    const sums = new Uint32Array(colours.length + 1);
    for (let i = 0; i < count; i++) sums[indexes[i] + 1] += 1;
    for (let c = 0; c < colours.length; c++) sums[c + 1] += sums[c];
    this.starts = sums.slice();
    this.order = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.order[sums[indexes[i]]++] = i;
    this.redraw();
  }

  draw() {
    this.redraw();
  }

  redraw() {
    if (this.due || !this.camera || !this.order) return;
    this.due = requestAnimationFrame(() => {
      this.due = null;
      this.paint();
    });
  }

  paint() {
    const ratio = this.el.width / this.camera.size.width;
    const ctx = this.el.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { width, height } = this.camera.size;
    ctx.clearRect(0, 0, width, height);
    ctx.globalAlpha = OPACITY(this.count);
    const side = sizeFor(this.count) * (1 + 0.5 * Math.log2(Math.max(1, this.camera.zoom)));
    for (let c = 0; c < this.colours.length; c++) {
      ctx.fillStyle = this.colours[c];
      for (let k = this.starts[c]; k < this.starts[c + 1]; k++) {
        const i = this.order[k];
        const [x, y] = this.camera.toScreen([this.places[2 * i], this.places[2 * i + 1]]);
        if (x > -9 && y > -9 && x < width + 9 && y < height + 9) ctx.fillRect(x - side / 2, y - side / 2, side, side);
      }
    }
    this.drawn();
  }

  close() {
    if (this.due) cancelAnimationFrame(this.due);
    clearTimeout(this.resting);
    this.closed = true;
  }
}

const hasWebGl = () => Boolean(document.createElement("canvas").getContext("webgl"));

/** Points by the best means that there are; `why` says, in words, why it is not WebGL. */
export function pointsOf(places, bounds) {
  if (!hasWebGl()) return { points: new FlatPoints(places), why: "No WebGL here: points are drawn more slowly." };
  try {
    return { points: new GlPoints(places, bounds), why: "" };
  } catch (error) {
    return { points: new FlatPoints(places), why: `WebGL cannot be used here (${error.message}): points are drawn more slowly.` };
  }
}
