// Codes added and subtracted: what A has and B has not, put into C.

import { button, h } from "../../core/dom.js";
import { plus } from "../space.js";
import { slider } from "./controls.js";
import { Slots } from "./slots.js";

/** A − B + C. */
export class Arithmetic {
  constructor(app) {
    this.app = app;
    this.amount = 1;
    this.slots = new Slots(app, ["A", "B", "C"], () => this.show());
    this.result = app.pictures.canvas(110, "Sum: empty");
    this.words = h("output", {}, "× 1.0");
    this.use = button("Look at it on the map", () => this.code && app.useCode(this.code));
    const amount = slider("How much of A − B is added", 0, 2, 0.05, 1, (value) => {
      this.amount = value;
      this.words.textContent = `× ${value.toFixed(1)}`;
      this.show();
    });
    this.text = h("p", "aew-soft", "Make C more like A and less like B, for example with glasses (A) instead of without (B). Select points for A and for B by the legend or a lasso; take anything as C.");
    this.el = h("div", {}, this.slots.el, h("div", "aew-line", h("b", {}, "C + (A − B)"), amount, this.words),
      h("div", "aew-line aew-beside", this.result, h("div", {}, this.text, this.use)));
    this.show();
  }

  show() {
    const { A, B, C } = this.slots.codes;
    this.use.disabled = !(A && B && C);
    if (this.use.disabled) return;
    this.code = plus(C, plus(A, B, -1), this.amount);
    this.result.setAttribute("aria-label", "A − B + C, decoded");
    this.app.pictures.draw(this.code, this.result, this.app.plane.toPlace(this.code));
  }
}
