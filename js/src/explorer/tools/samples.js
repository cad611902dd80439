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
    }), h("span", { class: "aew-soft", "aria-hidden": "true", title: "Temperature: factor of all standard deviations" }, "Variety"), slider("Variety (temperature): factor of all standard deviations", 0, 2, 0.1, 1, (value) => {
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
      ? "The model was trained to fill a bell curve around zero with codes. Where they leave holes in it, draws from where the codes lie make better images."
      : "This model has no prior: its codes lie anywhere, and draws from a bell curve around zero are poor images. Draws from where the codes lie are better.";
    const row = (title, source, seed, term) => {
      const uniform = random(seed);
      const items = Array.from({ length: 8 }, (_, k) => {
        const code = draw(uniform, store.about.code, this.temperature, source);
        return {
          label: `${title}, sample ${k + 1}`,
          show: (canvas) => this.app.pictures.draw(code, canvas, this.app.plane.toPlace(code)),
          choose: () => this.app.useCode(code),
        };
      });
      return h("div", {}, h("div", { class: "aew-caption", title: term }, title), gallery(this.app, items, 8));
    };
    this.rows.replaceChildren(row("From a bell curve around zero", null, this.seed, "The prior N(0, I)"),
      mixture ? row("From where the codes lie", mixture, this.seed, `A mixture of ${mixture.weights.length} Gaussians, fitted to the codes`) : h("p", "aew-soft", "Being measured where the codes lie …"));
  }
}
