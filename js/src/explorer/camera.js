// Which part of the plane a stage shows. Plain arithmetic; no page. Pixels count from the top, the plane from below.

const MOST = 400; // times the whole
const STRETCH = 1.6; // times as long as in one direction may a unit of the plane be in the other, so that the stage is used

export class Camera {
  /** @param bounds [left, bottom, right, top] of the points */
  constructor(bounds) {
    const [left, bottom, right, top] = bounds;
    this.middle = [(left + right) / 2, (bottom + top) / 2];
    this.half = [Math.max((right - left) / 2, 1e-6) * 1.1, Math.max((top - bottom) / 2, 1e-6) * 1.1];
    this.size = { width: 1, height: 1 };
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.at = [...this.middle];
  }

  /** Pixels for one unit of the plane, across and upwards: as many as there is room for, within `STRETCH` of each other. */
  get scales() {
    const room = [this.size.width / (2 * this.half[0]), this.size.height / (2 * this.half[1])];
    const most = STRETCH * Math.min(...room);
    return room.map((scale) => Math.min(scale, most) * this.zoom);
  }

  toScreen([x, y]) {
    const { scales, at, size } = this;
    return [size.width / 2 + (x - at[0]) * scales[0], size.height / 2 - (y - at[1]) * scales[1]];
  }

  toPlane([px, py]) {
    const { scales, at, size } = this;
    return [at[0] + (px - size.width / 2) / scales[0], at[1] - (py - size.height / 2) / scales[1]];
  }

  /** Zoom by a factor about a pixel, the middle if none. */
  zoomBy(factor, pixel = [this.size.width / 2, this.size.height / 2]) {
    const before = this.toPlane(pixel);
    this.zoom = Math.min(MOST, Math.max(0.7, this.zoom * factor));
    const after = this.toPlane(pixel);
    this.at = [this.at[0] + before[0] - after[0], this.at[1] + before[1] - after[1]];
    this.hold();
  }

  /** Move the view by a number of pixels. */
  pan(dx, dy) {
    const { scales } = this;
    this.at = [this.at[0] - dx / scales[0], this.at[1] + dy / scales[1]];
    this.hold();
  }

  /** Bring a place into sight, without zooming. */
  reveal(place) {
    const [x, y] = this.toScreen(place);
    const { width, height } = this.size;
    if (x < 0 || y < 0 || x > width || y > height) this.at = [...place];
  }

  /** Some of the points stay in sight. */
  hold() {
    for (const i of [0, 1]) {
      const room = this.half[i] * 1.1;
      this.at[i] = Math.min(this.middle[i] + room, Math.max(this.middle[i] - room, this.at[i]));
    }
  }
}

/** True if a point is inside a polygon, by the crossings of a ray. */
export function inside([x, y], polygon) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
