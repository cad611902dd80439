// Draws from the prior and from a mixture; space.js has the arithmetic.

import { button, h } from "../../core/dom.js";
import { draw, random } from "../space.js";
import { gallery, slider } from "./controls.js";

/** Pictures that nobody took: of codes drawn from the prior, and from a mixture fitted to the codes. */
export class Samples {
  constructor(app) {
    this.app = app;
    this.seed = 1;
    this.temperature = 1;
    this.out = h("output", {}, "1.0");
    this.text = h("p", "aew-soft");
    this.rows = h("div", {});
    this.el = h("div", {}, h("div", "aew-line", button("Draw again", () => {
      this.seed += 1;
      this.show();
    }), h("span", { class: "aew-soft", "aria-hidden": "true" }, "Temperature"), slider("Temperature: factor of all standard deviations", 0, 2, 0.1, 1, (value) => {
      this.temperature = value;
      this.out.textContent = value.toFixed(1);
      this.show();
    }), this.out), this.text, this.rows);
  }

  enter() {
    this.show();
  }

  show() {
    const { store } = this.app;
    const { mixture } = store;
    this.text.textContent = store.about.prior
      ? "A variational model learns codes near the prior N(0, I). Where the codes leave holes in it, the mixture draws better pictures."
      : "This model has no prior: its codes lie anywhere, so that draws from N(0, I) are no pictures. Draws from a mixture of Gaussians fitted to the codes are.";
    const row = (title, source, seed) => {
      const uniform = random(seed);
      const items = Array.from({ length: 8 }, (_, k) => {
        const code = draw(uniform, store.about.code, this.temperature, source);
        return {
          label: `${title}, sample ${k + 1}`,
          show: (canvas) => this.app.pictures.draw(code, canvas, this.app.plane.toPlace(code)),
          choose: () => this.app.useCode(code),
        };
      });
      return h("div", {}, h("div", "aew-caption", title), gallery(this.app, items, 8));
    };
    this.rows.replaceChildren(row("From the prior N(0, I)", null, this.seed),
      mixture ? row(`From a mixture of ${mixture.weights.length} Gaussians`, mixture, this.seed) : h("p", "aew-soft", "The mixture is being fitted …"));
  }
}
