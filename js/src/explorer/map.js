// The stage: layers of canvases, the camera over them, and which points are where. Pointers and keys are its hands'.

import { h, quiet } from "../core/dom.js";
import { Camera, inside } from "./camera.js";
import { Hands } from "./hands.js";
import { paintMarks } from "./marks.js";
import { pointsOf } from "./points.js";
import { Thumbnails } from "./thumbnails.js";
import { Tiles } from "./tiles.js";

const NEAR = 14; // pixels within which the pointer finds a point

const HELP =
  "Arrow keys move the cross, with Shift the view; plus, minus and 0 zoom; Enter takes the nearest point; Escape clears the selection.";

export class MapStage {
  /**
   * @param app {store, pictures, plane}
   * @param hooks place(place, done), hover(point|null), pin(point), lasso(points), clear()
   */
  constructor(app, hooks) {
    Object.assign(this, { app, hooks });
    this.camera = new Camera(app.store.about.bounds);
    const { points, why } = pointsOf(app.store.places, app.store.about.bounds);
    Object.assign(this, { points, why });
    this.below = h("canvas", { "aria-hidden": "true" });
    this.above = h("canvas", { "aria-hidden": "true" });
    this.el = h("div", { class: "aew-stage aew-map", tabindex: "0", role: "application", "aria-roledescription": "map of codes",
      "aria-label": `Map of codes. ${HELP}`, ...quiet }, this.below, points.el, this.above);
    this.mode = this.el.dataset.mode = app.pictures.decodes ? "draw" : "move";
    this.thumbs = "auto";
    this.tiles = false;
    this.place = null;
    this.path = null;
    this.pinned = null;
    this.hovered = null;
    this.marks = [];
    this.labels = [];
    this.thumbnails = new Thumbnails(this);
    this.decoded = new Tiles(this);
    this.hands = new Hands(this);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.el);
  }

  close() {
    this.observer.disconnect();
    this.points.close();
    if (this.due) cancelAnimationFrame(this.due);
    this.thumbnails.close();
    this.decoded.close();
  }

  resize() {
    const size = { width: this.el.clientWidth, height: this.el.clientHeight };
    if (!size.width || !size.height) return;
    this.camera.size = size;
    this.ratio = devicePixelRatio || 1;
    for (const canvas of [this.below, this.above]) {
      Object.assign(canvas, { width: Math.round(size.width * this.ratio), height: Math.round(size.height * this.ratio) });
    }
    this.points.resize(size);
    this.moved();
  }

  zoom(factor, pixel) {
    this.camera.zoomBy(factor, pixel);
    this.moved();
  }

  fit() {
    this.camera.reset();
    this.moved();
  }

  // Points

  /** The point nearest to a pixel, null where there is none within a number of pixels. */
  near(pixel, within = NEAR) {
    return this.app.store.nearestTo(this.camera.toPlane(pixel), within, null, this.camera.scales);
  }

  /** The points inside a polygon of pixels. */
  within(polygon) {
    const { store } = this.app;
    const onPlane = polygon.map((pixel) => this.camera.toPlane(pixel));
    const found = [];
    for (let i = 0; i < store.count; i++) if (inside(store.placeOf(i), onPlane)) found.push(i);
    return found;
  }

  hover(point) {
    if (point === this.hovered) return;
    this.hovered = point;
    this.hooks.hover(point);
    this.redraw();
  }

  // Drawing

  colour(indexes, colours) {
    this.points.colour(indexes, colours);
  }

  moved() {
    this.points.view(this.camera);
    this.el.dataset.zoom = this.camera.zoom.toFixed(3);
    this.tilesDue = true;
    this.redraw();
  }

  redraw() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      this.paint();
    });
  }

  /** Clear a canvas, and return its context, which draws in pixels of the page. */
  brush(canvas) {
    const ctx = canvas.getContext("2d");
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.clearRect(0, 0, this.camera.size.width, this.camera.size.height);
    return ctx;
  }

  paint() {
    if (!this.ratio || !this.theme) return;
    if (this.tilesDue) {
      this.tilesDue = false;
      this.decoded.paint();
    }
    const ctx = this.brush(this.above);
    this.thumbed = this.thumbnails.paint(ctx);
    paintMarks(ctx, this);
    this.frames = (this.frames ?? 0) + 1;
  }
}
