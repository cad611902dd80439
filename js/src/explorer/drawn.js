// A canvas that may be slow to draw: while the view moves it is moved as a picture. Knows no points.

import { h } from "../core/dom.js";

const SLOW = 40; // ms of a drawing, above which what is drawn is moved with the view, and drawn anew once that rests
const REST = 90; // ms without a move

/** A canvas of points, drawn for one view and shown in another; those who inherit have `draw(camera)`. */
export class Drawn {
  constructor() {
    this.el = h("canvas", { "aria-hidden": "true" });
    this.el.style.transformOrigin = "0 0";
    this.cost = 0;
  }

  view(camera) {
    this.camera = camera;
    clearTimeout(this.resting);
    if (!this.corners || this.cost < SLOW) return this.ask();
    this.shift();
    this.resting = setTimeout(() => this.ask(), REST);
  }

  ask() {
    const { width, height } = this.camera.size;
    this.asked ??= performance.now();
    this.wanted = [[0, 0], [width, height]].map((pixel) => this.camera.toPlane(pixel));
    this.draw(this.camera);
  }

  /** The points are on the canvas as they were asked for last. */
  drawn() {
    if (this.asked && this.corners) this.cost = performance.now() - this.asked;
    this.asked = null;
    this.corners = this.wanted;
    if (this.corners) this.shift();
  }

  /** Put the canvas where its corners are in the view of now. */
  shift() {
    const { width, height } = this.camera.size;
    const [[left, top], [right, bottom]] = this.corners.map((place) => this.camera.toScreen(place));
    const moved = [(right - left) / width, 0, 0, (bottom - top) / height, left, top];
    this.el.style.transform = moved.every((v, i) => Math.abs(v - [1, 0, 0, 1, 0, 0][i]) < 1e-3) ? "" : `matrix(${moved})`;
  }
}
