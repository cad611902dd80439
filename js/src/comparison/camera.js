// Which part of the picture a pane shows. Plain arithmetic; no page.

const MOST = 32; // screen pixels per picture pixel

/** Centre and zoom, for panes of one size over a picture. Zoom is screen pixels per picture pixel; null fits. */
export class Camera {
  constructor() {
    this.zoom = null;
    this.x = this.y = 0.5; // of the picture
    this.most = Infinity; // zoom at which the whole picture shows at most
  }

  /** The zoom at which the whole picture shows. */
  fit(pane, size) {
    return Math.min(pane.width / size.width, pane.height / size.height, this.most);
  }

  scale(pane, size) {
    return this.zoom ?? this.fit(pane, size);
  }

  /** Place of the picture's corner in a pane, in screen pixels, and its scale. */
  place(pane, size) {
    const scale = this.scale(pane, size);
    return { scale, left: pane.width / 2 - this.x * size.width * scale, top: pane.height / 2 - this.y * size.height * scale };
  }

  /** Zoom by a factor, about a point of the pane. */
  zoomBy(factor, at, pane, size) {
    this.zoomTo(this.scale(pane, size) * factor, at, pane, size);
  }

  zoomTo(zoom, at, pane, size) {
    const before = this.place(pane, size);
    const fit = this.fit(pane, size);
    const next = Math.min(MOST, Math.max(Math.min(fit, 1), zoom));
    const point = at ?? { x: pane.width / 2, y: pane.height / 2 };
    const u = (point.x - before.left) / before.scale;
    const v = (point.y - before.top) / before.scale;
    this.zoom = Math.abs(next / fit - 1) < 1e-3 ? null : next;
    this.x = (u + (pane.width / 2 - point.x) / next) / size.width;
    this.y = (v + (pane.height / 2 - point.y) / next) / size.height;
    this.hold(pane, size);
  }

  /** Move by screen pixels. */
  pan(dx, dy, pane, size) {
    const scale = this.scale(pane, size);
    this.x -= dx / (scale * size.width);
    this.y -= dy / (scale * size.height);
    this.hold(pane, size);
  }

  reset() {
    this.zoom = null;
    this.x = this.y = 0.5;
  }

  /** Keep the picture in sight: centred where it is smaller than the pane, else without a gap beside it. */
  hold(pane, size) {
    const scale = this.scale(pane, size);
    for (const [axis, side] of [["x", "width"], ["y", "height"]]) {
      const half = pane[side] / (2 * scale * size[side]);
      this[axis] = half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, this[axis]));
    }
  }
}
