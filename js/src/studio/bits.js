// The stage of CompressionStudio: over gray pictures, where a learned codec's bits go.

import { canvasOf } from "../comparison/drawing.js";
import { Stage } from "../comparison/stage.js";
import { bitsAt, heat, quantile } from "./maps.js";

export class BitsStage extends Stage {
  bits = { left: null, right: null };
  group = -1; // of channels; all of them

  constructor(hooks) {
    super(hooks, "Two codecs on one picture");
  }

  paintOn(context, side, drawn, target, scale) {
    const bits = this.state.shows === "bits" && side !== "original";
    if (bits) context.filter = "grayscale(1) brightness(0.75)";
    super.paintOn(context, side, drawn, target);
    context.filter = "none";
    const over = bits && this.bitMap(side);
    if (!over) return;
    context.imageSmoothingEnabled = false;
    const [x, y] = this.crop ?? [0, 0];
    const { columns, rows, stride } = this.bits[side];
    context.beginPath();
    context.rect(...target);
    context.clip();
    context.drawImage(over, target[0] - x * scale, target[1] - y * scale, columns * stride * scale, rows * stride * scale);
  }

  /** The number of bits that maps show brightest: nearly the most that either side spends on one position. */
  get topBits() {
    return this.kept(`top ${this.group}`, () => {
      const all = ["left", "right"].filter((side) => this.bits[side]?.rows);
      return Math.max(1, ...all.map((side) => quantile(bitsAt(this.bits[side], this.group), 0.99)));
    });
  }

  bitMap(side) {
    const bits = this.bits[side];
    if (!bits?.rows) return null;
    return this.kept(`bits ${side} ${this.group}`, () =>
      canvasOf(heat(bitsAt(bits, Math.min(this.group, bits.groups.length - 1)), this.topBits), bits.columns, bits.rows));
  }
}
