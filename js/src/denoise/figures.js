// A table of all methods that were tried on this picture at this strength.

import { button, fixed, h } from "../core/dom.js";
import { colourOf } from "./words.js";

export class Figures {
  /** @param hooks tryAll() or null; choose(method) for the right side */
  constructor({ tryAll, choose }) {
    this.choose = choose;
    this.more = tryAll && button("Try all", tryAll, { class: "aew-small", title: "All methods, one after the other, but for those that take minutes" });
    this.body = h("tbody", {});
    this.slow = h("span", "aew-soft");
    const heads = ["Method", "PSNR (dB)", "SSIM", "Seconds"].map((text) => h("th", { scope: "col" }, text));
    this.el = h("div", { class: "aew-card aew-figures", "data-asks": true },
      h("div", "aew-head", h("b", {}, "Methods tried"), this.more, this.slow),
      h("table", {}, h("caption", "aew-hidden", "Methods tried on this picture at this strength"), h("thead", {}, h("tr", {}, ...heads)), this.body));
  }

  /** @param tried figures, the best first; @param right method of the right side; @param choices that a side may show */
  show(tried, right, choices, dark) {
    const usable = new Set(choices.map(({ name }) => name));
    const names = new Set(tried.map(({ method }) => method));
    const left = choices.filter(({ name, does, slow }) => does && !slow && !names.has(name)).length;
    if (this.more) this.more.disabled = !left;
    const minutes = choices.filter(({ slow }) => slow).map(({ label }) => label);
    this.slow.textContent = this.more && minutes.length ? `${minutes.join(", ")}: takes minutes, choose it on a side` : "";
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.method : null;
    this.body.replaceChildren(...tried.map((point) => {
      const swatch = h("i", { class: "aew-swatch", style: `background:${colourOf(point.method, dark, choices)}` });
      const name = usable.has(point.method)
        ? button(point.label, () => this.choose(point.method), { class: "aew-link", "data-method": point.method, "aria-pressed": String(point.method === right), title: "Show on the right side" })
        : point.label;
      const seconds = point.seconds === null ? "–" : fixed(point.seconds, 2);
      return h("tr", {}, h("th", { scope: "row" }, swatch, name), h("td", {}, point.exact ? "∞" : fixed(point.psnr, 2)), h("td", {}, fixed(point.ssim, 4)), h("td", {}, seconds));
    }));
    if (focused) this.body.querySelector(`[data-method="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}
