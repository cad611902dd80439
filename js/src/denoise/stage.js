// The studio's picture: as CompressionStudio's, and with what methods took out of the picture (method noise).

import { canvasOf } from "../comparison/drawing.js";
import { Stage } from "../comparison/stage.js";
import { residualMap } from "./maps.js";

export class DenoiseStage extends Stage {
  constructor(hooks) {
    super(hooks, "Two methods on one picture");
    this.pictures.given = null;
    this.full = 64; // levels of difference that are brightest
  }

  drawable(side) {
    // Without an original, what methods were given.
    if (side === "original") return this.pictures.original ?? this.pictures.given;
    if (this.state.shows === "residual") return this.residual(side) ?? this.pictures[side];
    return super.drawable(side);
  }

  /** The input minus what a side shows, gray where nothing was taken out. */
  residual(side) {
    const [given, made] = [this.samples("given"), this.samples(side)];
    if (!given || !made) return null;
    const { width, height } = this.size;
    return this.kept(`residual ${side} ${this.full}`, () => canvasOf(residualMap(given, made, this.full), width, height));
  }

  /** Bring a square of the picture to both sides: [column, row, size]. */
  lookAt([column, row, size]) {
    const pane = this.pane();
    const { width, height } = this.size;
    this.camera.zoomTo((0.9 * Math.min(pane.width, pane.height)) / size, null, pane, this.size);
    Object.assign(this.camera, { x: (column + size / 2) / width, y: (row + size / 2) / height });
    this.camera.hold(pane, this.size);
    this.changed();
  }
}
