// Keys, pointers and the wheel over the map: what each of them does to it. Draws nothing.

const STEP = 10; // pixels that an arrow key moves the place by

export class Hands {
  constructor(map) {
    this.map = map;
    this.pointers = new Map();
    this.lasso = null; // pixels of the one that is being drawn
    const on = (name, call, options) => map.el.addEventListener(name, call, options);
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => this.up(event));
    on("pointerleave", () => !this.pointers.size && map.hover(null));
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("keydown", (event) => this.key(event));
  }

  /** True if a drag decodes now. */
  get decoding() {
    return this.pointers.size > 0 && this.doing === "draw";
  }

  at(event) {
    const box = this.map.el.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    const { map } = this;
    if (event.button) return;
    const at = this.at(event);
    if (event.isTrusted) map.el.setPointerCapture(event.pointerId); // others have no pointer to be caught
    this.pointers.set(event.pointerId, at);
    this.start = { at, moved: false };
    if (this.pointers.size > 1) {
      this.lasso = null;
      return;
    }
    this.doing = event.shiftKey ? "lasso" : map.mode;
    if (this.doing === "lasso") this.lasso = [at];
    if (this.doing === "draw") map.hooks.place(map.camera.toPlane(at), false);
    map.redraw();
  }

  move(event) {
    const { map } = this;
    const at = this.at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) return map.hover(map.near(at));
    this.pointers.set(event.pointerId, at);
    if (Math.hypot(at[0] - this.start.at[0], at[1] - this.start.at[1]) > 4) this.start.moved = true;
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, at);
    else if (this.doing === "draw") map.hooks.place(map.camera.toPlane(at), false);
    else if (this.doing === "lasso") this.lasso.push(at);
    else {
      map.camera.pan(at[0] - before[0], at[1] - before[1]);
      map.moved();
    }
    map.redraw();
  }

  up(event) {
    const { map } = this;
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    const at = this.at(event);
    const lasso = this.lasso;
    this.lasso = null;
    if (!this.start.moved) {
      const point = map.near(at);
      if (point !== null) map.hooks.pin(point);
      else if (this.doing === "draw") map.hooks.place(map.camera.toPlane(at), true);
    } else if (this.doing === "draw") map.hooks.place(map.camera.toPlane(at), true);
    else if (lasso) map.hooks.lasso(map.within(lasso));
    map.redraw();
  }

  pinch(moving, before, at) {
    const { map } = this;
    const [other] = [...this.pointers].filter(([id]) => id !== moving).map(([, place]) => place);
    const away = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
    map.camera.zoomBy(away(at) / away(before), [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2]);
    map.moved();
  }

  wheel(event) {
    const { map } = this;
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== map.el) return;
    event.preventDefault();
    map.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 120), this.at(event));
  }

  key(event) {
    const { map } = this;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[event.key];
    if (arrow && event.shiftKey) {
      map.camera.pan(-6 * STEP * arrow[0], -6 * STEP * arrow[1]);
      map.moved();
    } else if (arrow) {
      const [x, y] = map.camera.toScreen(map.place ?? map.camera.at);
      const next = map.camera.toPlane([x + STEP * arrow[0], y + STEP * arrow[1]]);
      map.camera.reveal(next);
      map.hooks.place(next, true);
      map.moved();
    } else if (event.key === "+" || event.key === "=") map.zoom(1.4);
    else if (event.key === "-") map.zoom(1 / 1.4);
    else if (event.key === "0") map.fit();
    else if (event.key === "Enter") {
      const point = map.near(map.camera.toScreen(map.place ?? map.camera.at), Infinity);
      if (point !== null) map.hooks.pin(point);
    } else if (event.key === "Escape") map.hooks.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
