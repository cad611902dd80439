// Keys, pointers and the wheel over the stage: what each of them does to it. Draws nothing.

const GRIP = 24; // screen pixels around the handle that take it
const STEP = 60; // screen pixels that an arrow key pans

export class Hands {
  constructor(stage) {
    this.stage = stage;
    this.pointers = new Map();
    const on = (name, call, options) => stage.el.addEventListener(name, call, options);
    on("pointerdown", (e) => this.down(e));
    on("pointermove", (e) => this.moveTo(e));
    for (const name of ["pointerup", "pointercancel"]) on(name, (e) => this.up(e));
    on("pointerleave", () => this.hover(null));
    on("wheel", (e) => this.wheel(e), { passive: false });
    on("dblclick", (e) => stage.zoomAt(stage.camera.zoom ? null : "one", this.at(e)));
    on("keydown", (e) => this.key(e, true));
    on("keyup", (e) => this.key(e, false));
    on("blur", () => this.keyed && stage.hold(null), true); // another element gets the keyup
  }

  key(event, down) {
    const { stage } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey || key === "Tab" || key === "Escape") return;
    event.stopPropagation();
    const onDivider = event.target === stage.range;
    const step = STEP * (stage.ratio || 1);
    const arrows = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (key === "f" || key === "o") this.keyed = down;
    if (key === "f") stage.flicker(down);
    else if (key === "o") stage.hold(down ? "original" : null);
    else if (!down) return;
    else if (arrows[key] && !onDivider) stage.pan(...arrows[key]);
    else if (key === "+" || key === "=") stage.zoomAt("in");
    else if (key === "-") stage.zoomAt("out");
    else if (key === "0") stage.zoomAt(null);
    else if (key === "9") stage.zoomAt("one");
    else if (key === "1" || key === "3") stage.hold(key === "1" ? "left" : "right");
    else if (key === "2") stage.hold(null);
    else if (key === "l") stage.magnify(!stage.loupe);
    else return;
    event.preventDefault();
  }

  /** Place of an event: in its pane, and from the canvas's left and upper edges. */
  at(event) {
    const { canvas, ratio } = this.stage;
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * ratio;
    const y = (event.clientY - box.top) * ratio;
    const { width, height } = this.stage.pane();
    return { x: x % width || x, y: y % height || y, whole: x, high: y };
  }

  down(event) {
    if (event.button !== 0) return;
    const { stage } = this;
    const at = this.at(event);
    this.pointers.set(event.pointerId, at);
    try {
      stage.el.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is already gone
    }
    const x = at.whole / stage.canvas.width;
    const near = Math.abs(x - stage.state.position) * stage.canvas.width < GRIP * stage.ratio;
    const swipe = stage.state.view === "swipe" && !stage.only;
    this.dragging = swipe && this.pointers.size === 1 && (near || !stage.camera.zoom) ? "handle" : "picture";
    (this.dragging === "handle" ? stage.range : stage.el).focus({ preventScroll: true });
    if (this.dragging === "handle") stage.move(x, false);
    event.preventDefault();
  }

  moveTo(event) {
    const { stage } = this;
    const now = this.at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.hover(now);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.dragging === "handle") stage.move(now.whole / stage.canvas.width, false);
    else stage.pan(now.whole - before.whole, now.y - before.y);
    this.pointers.set(event.pointerId, now);
    this.hover(now);
  }

  pinch(id, before, now) {
    const { stage } = this;
    const [other] = [...this.pointers].filter(([key]) => key !== id).map(([, point]) => point);
    const apart = (p) => Math.hypot(p.whole - other.whole, p.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    stage.zoomBy(apart(now) / (apart(before) || 1), middle);
    stage.pan((now.whole - before.whole) / 2, (now.y - before.y) / 2);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.dragging === "handle") this.stage.move(this.stage.state.position, true);
    this.dragging = null;
  }

  hover(at) {
    this.stage.pointer = at;
    if (this.stage.loupe) this.stage.draw();
  }

  wheel(event) {
    const focused = this.stage.el.contains(document.activeElement);
    if (!event.ctrlKey && !event.metaKey && !focused) return;
    event.preventDefault();
    this.stage.zoomBy(Math.exp(-event.deltaY / (event.deltaMode ? 12 : 400)), this.at(event));
  }
}
