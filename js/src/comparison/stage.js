// The picture: handle, panes, zoom and pan, flicker, loupe. What is drawn is drawing.js; hands and keys are hands.js.

import { h, quiet } from "../core/dom.js";
import { Camera } from "./camera.js";
import { Drawing } from "./drawing.js";
import { Hands } from "./hands.js";
import { SIDES } from "./sides.js";

const FLICKER = 400; // ms a side: below three flashes a second
const SMALL = 480; // CSS pixels that a small picture is enlarged to, by a whole factor

export class Stage extends Drawing {
  /** @param hooks moved(position, done), changed() after zoom, loupe or flicker; @param label of the canvas */
  constructor(hooks, label) {
    super();
    this.hooks = hooks;
    this.camera = new Camera();
    this.only = null;
    this.loupe = false;
    this.build(label);
    this.hands = new Hands(this);
  }

  build(label) {
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    this.range = h("input", {
      type: "range", min: 0, max: 100, step: 0.5, value: 50, class: "aew-divider", ...quiet,
      "aria-label": "Divider between left and right",
      oninput: () => this.move(this.range.value / 100, false),
      onchange: () => this.move(this.range.value / 100, true),
    });
    this.handle = h("div", { class: "aew-handle", "aria-hidden": "true" }, h("span", {}, "◂▸"));
    this.tags = { left: h("span", "aew-tag"), right: h("span", "aew-tag aew-right") };
    this.el = h(
      "div",
      { class: "aew-stage", tabIndex: 0, role: "group", ...quiet, "aria-label": "Picture. Arrow keys pan, plus and minus zoom, 0 fits, 9 is one to one, 1 2 3 show left, both, right, hold F to flicker, hold O for the original, L is the loupe." },
      this.canvas, this.range, this.handle, this.tags.left, this.tags.right,
    );
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.el);
  }

  close() {
    this.observer.disconnect();
    clearInterval(this.timer);
  }

  // Pictures

  /** @param size of the whole picture; @param crop [x, y, width, height] that is there of it, or null */
  measure(size, crop) {
    const { width, height } = this.size;
    this.crop = crop;
    this.size = crop ? { width: crop[2], height: crop[3] } : size;
    if (width !== this.size.width || height !== this.size.height) this.camera.reset();
    this.placed?.();
    this.resize();
  }

  /** Columns and rows of panes in the present layout. */
  get panes() {
    return this.state.view === "side" ? [2, 1] : [1, 1];
  }

  /** CSS pixels that a pixel of the picture takes at most where all of it shows: no photograph is blown up. */
  get largest() {
    return Math.max(1, Math.floor(SMALL / Math.max(this.size.width, this.size.height)));
  }

  /** Width and height in CSS pixels of all panes where all of the picture shows as large as it does at most. */
  get wanted() {
    const [columns, rows] = this.panes;
    return { width: columns * this.size.width * this.largest, height: rows * this.size.height * this.largest };
  }

  set(state) {
    Object.assign(this.state, state);
    this.range.value = this.state.position * 100;
    this.range.setAttribute("aria-valuetext", `${Math.round(this.state.position * 100)} percent from the left`);
    this.draw();
  }

  resize() {
    const width = this.el.clientWidth;
    if (!width) return;
    const { wanted } = this;
    const height = Math.round(Math.max(220, Math.min(wanted.height, (width * wanted.height) / wanted.width, this.highest ?? 640)));
    if (this.el.style.height !== `${height}px`) this.el.style.height = `${height}px`;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(width * ratio);
    const hh = Math.round(height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== hh) Object.assign(this.canvas, { width: w, height: hh });
    this.ratio = ratio;
    this.camera.most = this.largest * ratio;
    this.camera.hold(this.pane(), this.size);
    this.changed();
  }

  /** The size of a pane, in screen pixels. */
  pane() {
    const [columns, rows] = this.only ? [1, 1] : this.panes;
    return { width: this.canvas.width / columns, height: this.canvas.height / rows };
  }

  get zoom() {
    return this.camera.scale(this.pane(), this.size);
  }

  /** Zoom in ("in"), out ("out"), one to one ("one") or to the whole picture (null), about a point or the middle. */
  zoomAt(how, at = null) {
    if (how === null) this.camera.reset();
    else if (how === "one") this.camera.zoomTo(1, at, this.pane(), this.size);
    else return this.zoomBy(how === "in" ? 1.5 : 1 / 1.5, at);
    this.changed();
  }

  zoomBy(factor, at) {
    this.camera.zoomBy(factor, at, this.pane(), this.size);
    this.changed();
  }

  pan(dx, dy) {
    this.camera.pan(dx, dy, this.pane(), this.size);
    this.changed();
  }

  /** Show one side alone, "original", or both (null). */
  hold(only) {
    clearInterval(this.timer);
    this.timer = null;
    if (this.only === only) return;
    this.only = only;
    this.changed();
  }

  flicker(on) {
    if (!on) return this.timer && this.hold(null);
    if (this.timer) return;
    this.hold("left");
    this.timer = setInterval(() => {
      this.only = this.only === "left" ? "right" : "left";
      this.changed();
    }, FLICKER);
  }

  magnify(on) {
    this.loupe = on;
    this.changed();
  }

  changed() {
    this.draw();
    this.hooks.changed();
  }

  /** Put the handle somewhere, 0 to 1 from the left; `done` when it is let go. */
  move(position, done) {
    this.state.position = Math.min(1, Math.max(0, position));
    this.set({});
    this.hooks.moved(this.state.position, done);
  }

  // Drawing

  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.paint();
    });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    const { view, position } = this.state;
    const edge = Math.round(position * width);
    const swipe = view === "swipe" && !this.only;
    this.handle.style.display = this.range.style.display = swipe ? "" : "none";
    this.handle.style.left = `${position * 100}%`;
    this.el.classList.toggle("aew-panned", Boolean(this.camera.zoom));
    for (const side of SIDES) {
      this.tags[side].style.display = this.only && this.only !== side ? "none" : "";
    }
    const place = this.camera.place(this.pane(), this.size);
    if (this.only) this.pictureIn(context, this.only, place, 0, 0, width);
    else if (swipe) {
      this.pictureIn(context, "left", place, 0, 0, edge);
      this.pictureIn(context, "right", place, 0, edge, width);
    } else {
      const half = Math.round(width / 2);
      this.pictureIn(context, "left", place, 0, 0, half - 1);
      this.pictureIn(context, "right", place, half, half + 1, width);
    }
    if (this.loupe) this.paintLoupe(context, place);
  }
}
