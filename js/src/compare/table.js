// A table of all pictures against the reference.

import { button, fixed, h } from "../core/dom.js";

export class Table {
  /** @param choose called with the name of a picture, for the right side */
  constructor(choose) {
    this.choose = choose;
    this.body = h("tbody", {});
    const heads = ["Picture", "PSNR (dB)", "SSIM", "MS-SSIM"].map((text) => h("th", { scope: "col" }, text));
    this.el = h("div", "aew-card aew-figures", h("table", {}, h("caption", "aew-hidden", "All pictures against the reference"), h("thead", {}, h("tr", {}, ...heads)), this.body));
  }

  /** @param points of all pictures, as `figuresOf` gives them; @param right name of the picture on the right side */
  show(points, right) {
    this.el.style.display = points.length > 2 ? "" : "none"; // of two the cards say all
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    this.body.replaceChildren(...points.map((point) => {
      const { name, same, exact, psnr, ssim, ms_ssim } = point;
      const link = button(name, () => this.choose(name), { class: "aew-link", "data-name": name, "aria-pressed": String(name === right), title: "Show on the right side" });
      const cells = same ? ["reference", "", ""] : exact ? ["equal", "1", "1"] : [fixed(psnr, 2), fixed(ssim, 4), fixed(ms_ssim, 4)];
      return h("tr", {}, h("th", { scope: "row" }, link), ...cells.map((text) => h("td", {}, text)));
    }));
    if (focused) this.body.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}
