// The picture under hands and keys: handle, panes, zoom and pan, flicker, loupe. What is drawn is drawing.js.

import { h, quiet } from "../core/dom.js";
import { Camera } from "./camera.js";
import { Drawing } from "./drawing.js";

const GRIP = 24; // screen pixels around the handle that take it
const FLICKER = 400; // ms a side: below three flashes a second

export class Stage extends Drawing {
  /** @param hooks moved(position, done), changed() after zoom, loupe or flicker, dropped(file) */
  constructor(hooks) {
    super();
    this.hooks = hooks;
    this.camera = new Camera();
    this.only = null;
    this.loupe = false;
    this.pointers = new Map();
    this.build();
  }

  build() {
    this.canvas = h("canvas", { role: "img", "aria-label": "Two codecs on one picture" });
    this.range = h("input", {
      type: "range", min: 0, max: 100, step: 0.5, value: 50, class: "aew-divider", ...quiet,
      "aria-label": "Divider between left and right",
      oninput: () => this.move(this.range.value / 100, false),
      onchange: () => this.move(this.range.value / 100, true),
    });
    this.handle = h("div", { class: "aew-handle", "aria-hidden": "true" }, h("span", {}, "◂▸"));
    this.tags = { left: h("span", { class: "aew-tag" }), right: h("span", { class: "aew-tag aew-right" }) };
    this.el = h(
      "div",
      { class: "aew-stage", tabIndex: 0, role: "group", ...quiet, "aria-label": "Picture. Arrow keys pan, plus and minus zoom, 0 fits, 9 is one to one, 1 2 3 show left, both, right, hold F to flicker, hold O for the original, L is the loupe." },
      this.canvas, this.range, this.handle, this.tags.left, this.tags.right,
    );
    const on = (name, call, options) => this.el.addEventListener(name, call, options);
    on("pointerdown", (e) => this.down(e));
    on("pointermove", (e) => this.moveTo(e));
    for (const name of ["pointerup", "pointercancel"]) on(name, (e) => this.up(e));
    on("pointerleave", () => this.hover(null));
    on("wheel", (e) => this.wheel(e), { passive: false });
    on("dblclick", (e) => this.zoomAt(this.camera.zoom ? null : "one", e));
    on("keydown", (e) => this.key(e, true));
    on("keyup", (e) => this.key(e, false));
    on("blur", () => this.keyed && this.hold(null), true); // the key's end will be told to somebody else
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
    this.resize();
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
    const panes = this.state.view === "side" ? 2 : 1;
    const wanted = (width / panes) * (this.size.height / this.size.width);
    const height = Math.round(Math.min(Math.max(wanted, 220), 640, Math.max(260, 0.72 * window.innerHeight)));
    if (this.el.style.height !== `${height}px`) this.el.style.height = `${height}px`;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(width * ratio);
    const hh = Math.round(height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== hh) Object.assign(this.canvas, { width: w, height: hh });
    this.ratio = ratio;
    this.camera.hold(this.pane(), this.size);
    this.changed();
  }

  /** The size of a pane, in screen pixels. */
  pane() {
    const two = this.state.view === "side" && !this.only;
    return { width: this.canvas.width / (two ? 2 : 1), height: this.canvas.height };
  }

  get zoom() {
    return this.camera.scale(this.pane(), this.size);
  }

  /** Zoom in ("in"), out ("out"), one to one ("one") or to the whole picture (null), about an event or the middle. */
  zoomAt(how, event) {
    const pane = this.pane();
    const at = event ? this.at(event) : null;
    if (how === null) this.camera.reset();
    else if (how === "one") this.camera.zoomTo(1, at, pane, this.size);
    else this.camera.zoomBy(how === "in" ? 1.5 : 1 / 1.5, at, pane, this.size);
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

  // Keys and pointers

  key(event, down) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || key === "Tab" || key === "Escape") return;
    event.stopPropagation();
    const onDivider = event.target === this.range;
    const step = 60 * (this.ratio || 1);
    const arrows = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (key === "f" || key === "o") this.keyed = down;
    if (key === "f") this.flicker(down);
    else if (key === "o") this.hold(down ? "original" : null);
    else if (!down) return;
    else if (arrows[key] && !onDivider) this.pan(...arrows[key]);
    else if (key === "+" || key === "=") this.zoomAt("in");
    else if (key === "-") this.zoomAt("out");
    else if (key === "0") this.zoomAt(null);
    else if (key === "9") this.zoomAt("one");
    else if (key === "1" || key === "3") this.hold(key === "1" ? "left" : "right");
    else if (key === "2") this.hold(null);
    else if (key === "l") this.magnify(!this.loupe);
    else return;
    event.preventDefault();
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.ratio;
    const y = (event.clientY - box.top) * this.ratio;
    const { width } = this.pane();
    return { x: x % width || x, y, whole: x };
  }

  move(position, done) {
    this.state.position = Math.min(1, Math.max(0, position));
    this.set({});
    this.hooks.moved(this.state.position, done);
  }

  down(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, this.at(event));
    try {
      this.el.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is already gone
    }
    const x = this.at(event).whole / this.canvas.width;
    const near = Math.abs(x - this.state.position) * this.canvas.width < GRIP * this.ratio;
    const swipe = this.state.view === "swipe" && !this.only;
    this.dragging = swipe && this.pointers.size === 1 && (near || !this.camera.zoom) ? "handle" : "picture";
    (this.dragging === "handle" ? this.range : this.el).focus({ preventScroll: true });
    if (this.dragging === "handle") this.move(x, false);
    event.preventDefault();
  }

  moveTo(event) {
    const now = this.at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(event);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.dragging === "handle") this.move(now.whole / this.canvas.width, false);
    else this.pan(now.whole - before.whole, now.y - before.y);
    this.pointers.set(event.pointerId, now);
    this.hover(event);
  }

  pinch(id, before, now) {
    const [other] = [...this.pointers].filter(([key]) => key !== id).map(([, point]) => point);
    const apart = (p) => Math.hypot(p.whole - other.whole, p.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.camera.zoomBy(apart(now) / (apart(before) || 1), middle, this.pane(), this.size);
    this.pan((now.whole - before.whole) / 2, (now.y - before.y) / 2);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.dragging === "handle") this.hooks.moved(this.state.position, true);
    this.dragging = null;
  }

  hover(event) {
    this.pointer = event ? this.at(event) : null;
    if (this.loupe) this.draw();
  }

  wheel(event) {
    const focused = this.el.contains(document.activeElement);
    if (!event.ctrlKey && !event.metaKey && !focused) return;
    event.preventDefault();
    this.camera.zoomBy(Math.exp(-event.deltaY / (event.deltaMode ? 12 : 400)), this.at(event), this.pane(), this.size);
    this.changed();
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
    for (const side of ["left", "right"]) {
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
