// The code number by number: a slider for each. Decodes nothing itself.

import { button, fixed, h } from "../../core/dom.js";
import { slider } from "./controls.js";

const FIRST = 16; // numbers of a code that are shown at once

/** Each number of the code has a slider; those that tell most come first. */
export class Traverse {
  constructor(app) {
    this.app = app;
    this.rows = h("div", "aew-rows");
    this.shown = FIRST;
    this.more = button("More", () => {
      this.shown += FIRST;
      this.build();
    }, { class: "aew-small" });
    const { about } = app.store;
    this.el = h("div", {}, h("p", "aew-soft", "Move a slider, and the decoded picture follows. What changes it most comes first."),
      this.rows, h("div", "aew-line", button("To the average", () => app.useCode(Float32Array.from(about.means)), { title: "The mean of all codes" }), this.more));
    this.build();
  }

  build() {
    const { about } = this.app.store;
    this.inputs = new Map();
    const most = Math.max(...about.telling, 1e-12);
    this.rows.replaceChildren(...about.order.slice(0, this.shown).map((i) => {
      const [low, high] = about.ranges[i];
      const out = h("output", {});
      const input = slider(`Latent dimension ${i + 1}`, low, high, (high - low) / 200, 0, (value) => {
        const code = Float32Array.from(this.app.code);
        code[i] = value;
        this.app.useCode(code);
      });
      this.inputs.set(i, [input, out]);
      const share = `width:${(100 * about.telling[i]) / most}%`;
      return h("div", { class: "aew-row", title: `Latent dimension ${i + 1}: ${about.prior ? "divergence from the prior in nats" : "variance"} ${about.telling[i].toPrecision(3)}` }, h("span", {}, `z${i + 1}`),
        h("span", { class: "aew-telling", "aria-hidden": "true" }, h("i", { style: share })), input, out);
    }));
    this.more.style.display = this.shown >= about.code ? "none" : "";
    this.show();
  }

  show() {
    for (const [i, [input, out]] of this.inputs) {
      input.value = this.app.code[i];
      out.textContent = fixed(this.app.code[i], 2);
    }
  }
}
