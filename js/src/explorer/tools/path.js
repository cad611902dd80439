// The way between two codes, as a strip and as an animation; space.js has the arithmetic.

import { button, h, segments } from "../../core/dom.js";
import { path } from "../space.js";
import { gallery, slider } from "./controls.js";
import { Slots } from "./slots.js";

const STRIP = 9; // pictures of a path
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The way from one code to another, as a strip and as an animation. */
export class Path {
  constructor(app) {
    this.app = app;
    this.slots = new Slots(app, ["A", "B"], () => this.show());
    this.kind = segments("Kind of path", [["line", "Straight"], ["arc", "Spherical", "Along the arc about the origin: keeps the norm"]], () => this.show());
    this.kind.set("line");
    this.strip = h("div", {});
    this.slide = slider("Place on the path from A to B", 0, 1, 0.005, 0, (t) => this.go(t));
    this.play = button("Play", () => (this.timer ? this.stop() : this.start()));
    this.controls = h("div", "aew-line", this.play, this.slide);
    this.el = h("div", {}, this.slots.el, h("div", "aew-line", this.kind.el,
      button("Swap", () => this.swap(), { class: "aew-small" })), this.controls, this.strip);
    this.show();
  }

  swap() {
    const { A, B } = this.slots.codes;
    if (!A || !B) return;
    const words = ["A", "B"].map((name) => this.slots.parts[name].words.textContent);
    this.slots.put("A", B, words[1]);
    this.slots.put("B", A, words[0]);
  }

  get spherical() {
    return this.kind.el.querySelector("input:checked")?.value === "arc";
  }

  codes(count) {
    const { A, B } = this.slots.codes;
    return path(A, B, count, this.spherical);
  }

  show() {
    const { A, B } = this.slots.codes;
    const both = Boolean(A && B);
    this.controls.style.display = both ? "" : "none";
    if (!both) {
      this.strip.replaceChildren(h("p", "aew-soft", "Take two codes: click a point or a place on the map, then “Take this”."));
      return;
    }
    const codes = this.codes(STRIP);
    this.strip.replaceChildren(gallery(this.app, codes.map((code, k) => ({
      label: `Step ${k + 1} of ${STRIP} from A to B`,
      show: (canvas) => this.app.pictures.draw(code, canvas, this.app.plane.toPlace(code)),
      choose: () => this.go(k / (STRIP - 1)),
    })), STRIP));
    this.fine = this.codes(201);
    this.app.map.path = { places: this.fine.filter((_, k) => k % 4 === 0).map((code) => this.app.plane.toPlace(code)) };
    this.app.map.redraw();
  }

  go(t) {
    this.slide.value = t;
    const code = this.fine[Math.round(t * 200)];
    if (this.app.map.path) this.app.map.path.now = this.app.plane.toPlace(code);
    this.app.useCode(code);
  }

  start() {
    this.play.textContent = "Pause";
    let t = Number(this.slide.value) >= 1 ? 0 : Number(this.slide.value);
    // Who asked for less motion gets steps, as the strip has them.
    const [every, step] = still() ? [600, 1 / (STRIP - 1)] : [33, 0.011];
    this.timer = setInterval(() => {
      t = Math.min(1, t + step);
      this.go(t);
      if (t >= 1) this.stop();
    }, every);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "Play";
  }

  /** Another tool is shown. */
  leave() {
    this.stop();
    this.app.map.path = null;
    this.app.map.redraw();
  }

  close() {
    clearInterval(this.timer);
  }
}
