// Drawings of both sides: pictures, error maps, and the loupe. No events.

import { checkersOf } from "./checkers.js";
import { errorMap } from "./maps.js";
import { SIDES } from "./sides.js";

const LOUPE = 132; // of a tile, in CSS pixels
const ENLARGED = 8;

export class Drawing {
  constructor() {
    this.size = { width: 1, height: 1 };
    this.crop = null;
    this.clear = false; // whether the picture is transparent anywhere
    this.pictures = { original: null, left: null, right: null };
    this.colours = { left: "#888", right: "#888" };
    this.state = { view: "swipe", shows: "picture", position: 0.5 };
    this.full = 32; // levels of error that are brightest
    this.pointer = null;
    this.cache = new Map();
  }

  /** Take a picture for "original", "left" or "right". */
  show(name, bitmap) {
    this.pictures[name]?.close?.();
    this.pictures[name] = bitmap;
    this.cache.clear();
    this.draw();
  }

  /** The picture of "original", "left" or "right". */
  picture(name) {
    return this.pictures[name];
  }

  /** Draw what a side shows, moved by `shift`, between two columns of the canvas; in the pane that begins at row `down`. */
  pictureIn(context, side, { scale, left, top }, shift, from, to, down = 0) {
    const drawn = this.drawable(side);
    if (!drawn || to <= from) return;
    context.save();
    context.beginPath();
    context.rect(from, down, to - from, this.pane().height);
    context.clip();
    // Between whole multiples squares would come out unequal, which looks like an artefact of a side.
    context.imageSmoothingEnabled = scale < 1 || (scale < 4 && Math.abs(scale - Math.round(scale)) > 0.01);
    context.imageSmoothingQuality = "high";
    const { width, height } = this.size;
    const target = [left + shift, top + down, width * scale, height * scale];
    if (this.clear) {
      context.fillStyle = checkersOf(context);
      context.fillRect(...target);
    }
    this.paintOn(context, side, drawn, target, scale);
    context.restore();
  }

  /** Put what is drawn of a side onto a rectangle of the canvas. */
  paintOn(context, side, drawn, target) {
    context.drawImage(drawn, ...this.source(drawn), ...target);
  }

  /** The part of a bitmap that is looked at. */
  source(bitmap) {
    const { width, height } = this.size;
    if (!this.crop || bitmap.width === width) return [0, 0, width, height];
    return [this.crop[0], this.crop[1], width, height];
  }

  drawable(side) {
    if (this.state.shows !== "error" || side === "original") return this.picture(side);
    return this.errors(side) ?? this.picture(side);
  }

  kept(key, make) {
    if (!this.cache.has(key)) this.cache.set(key, make());
    return this.cache.get(key);
  }

  /** RGBA of what is looked at of a picture. */
  samples(name) {
    const bitmap = this.picture(name);
    if (!bitmap) return null;
    return this.kept(`samples ${name}`, () => {
      const { width, height } = this.size;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context.drawImage(bitmap, ...this.source(bitmap), 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    });
  }

  errors(side) {
    const [a, b] = [this.samples("original"), this.samples(side)];
    if (!a || !b) return null;
    return this.kept(`error ${side} ${this.full}`, () => canvasOf(errorMap(a, b, this.full), this.size.width, this.size.height));
  }

  /** Both sides at one place, eight times enlarged. */
  paintLoupe(context, { scale, left, top }) {
    const pane = this.pane();
    const at = this.pointer ?? { x: pane.width / 2, y: pane.height / 2, whole: pane.width / 2, high: pane.height / 2 };
    const tile = Math.round(LOUPE * this.ratio);
    const pixels = Math.round(LOUPE / ENLARGED);
    const x = Math.floor((at.x - left) / scale - pixels / 2);
    const y = Math.floor((at.y - top) / scale - pixels / 2);
    const corner = Math.min(Math.max(8, at.whole - tile), this.canvas.width - 2 * tile - 10);
    const high = at.high > tile + 40 * this.ratio ? at.high - tile - 24 * this.ratio : at.high + 24 * this.ratio;
    context.imageSmoothingEnabled = false;
    for (const [index, side] of SIDES.entries()) {
      const drawn = this.drawable(side);
      if (!drawn) continue;
      const to = corner + index * (tile + 2);
      const [sx, sy] = this.source(drawn);
      context.fillStyle = "#000";
      context.fillRect(to - 2, high - 2, tile + 4, tile + 4);
      if (this.clear) {
        context.fillStyle = checkersOf(context);
        context.fillRect(to, high, tile, tile);
      }
      context.drawImage(drawn, sx + x, sy + y, pixels, pixels, to, high, tile, tile);
      context.strokeStyle = this.colours[side];
      context.lineWidth = 3 * this.ratio;
      context.strokeRect(to, high, tile, tile);
    }
    context.lineWidth = this.ratio;
    context.strokeStyle = "#fff";
    const size = pixels * scale;
    context.strokeRect(at.whole - size / 2, at.high - size / 2, size, size);
  }
}

/** RGBA bytes as what can be drawn. */
export function canvasOf(rgba, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
