// Beside the map: the picture that is decoded, and the point that is looked at, with what is known of it.

import { fixed, h } from "../core/dom.js";
import { valueOf } from "./store.js";

const COLUMNS = 8; // of a row, at most

export class Cards {
  /** @param app the explorer */
  constructor(app) {
    this.app = app;
    const { pictures } = app;
    const { has_images: images } = app.store.about;
    this.big = pictures.canvas(176, "Decoded");
    this.caption = h("div", "aew-caption");
    this.original = pictures.canvas(pictures.decodes ? 86 : 176, "Original");
    this.again = pictures.canvas(86, "Reconstruction");
    this.facts = h("div", "aew-facts");
    const named = (canvas, name) => h("div", {}, canvas, h("div", "aew-caption", name));
    const pair = images && h("div", "aew-pair", named(this.original, "original"), pictures.decodes ? named(this.again, "reconstruction") : null);
    this.el = h("div", "aew-card aew-pictures", pictures.decodes ? h("div", {}, this.big, this.caption) : null, h("div", {}, pair || null, this.facts));
  }

  /** Draw what the explorer's code decodes to. Resolves when it is drawn. */
  showCode() {
    const { app } = this;
    this.caption.textContent = app.caption();
    this.big.setAttribute("aria-label", `Decoded: ${app.words()}`);
    return app.pictures.draw(app.code, this.big, app.place);
  }

  /** The point under the pointer, else the one that was clicked, else the nearest to what is decoded. */
  showPoint() {
    const { app, app: { store, pictures } } = this;
    const point = app.hovered ?? app.pinned ?? app.nearestPoint();
    if (point === null) return;
    const known = pictures.original(point, this.original) || !store.about.has_images;
    const code = store.codeOf(point);
    if (code) pictures.draw(code, this.again, store.placeOf(point));
    else this.again.getContext("2d").clearRect(0, 0, this.again.width, this.again.height);
    const lines = this.known(point);
    if (!known && store.frozen) lines.push("its picture did not come along");
    const note = app.notes()[store.indexOf(point)];
    if (note) lines.push(`“${note}”`);
    const how = app.hovered === null && app.pinned === null ? "nearest: " : "";
    this.facts.replaceChildren(how, h("b", {}, app.nameOf(point)), ...lines.flatMap((line) => [h("br"), line]));
    this.original.setAttribute("aria-label", `Original of ${app.nameOf(point)}`);
    this.again.setAttribute("aria-label", `Reconstruction of ${app.nameOf(point)}`);
  }

  /** The quantities of a point, in words. */
  known(point) {
    const lines = [];
    const [errors, distances, values] = ["errors", "distances", "values"].map((name) => this.app.store.quantity(name));
    if (errors) lines.push(`reconstruction error ${errors.values[point].toPrecision(3)}`);
    if (distances) lines.push(`${fixed(distances.values[point], 2)} from the plane`);
    if (values) lines.push(`${values.label} ${values.values[point].toPrecision(4)}`);
    const { texts: names } = this.app.store.about;
    const row = [...this.app.store.columns.map((column) => [column.label, valueOf(column, point)]), ...(this.app.store.texts.get(point) ?? []).map((text, k) => [names[k], text])];
    lines.push(...row.filter(([, value]) => value).slice(0, COLUMNS).map(([name, value]) => `${name}: ${value}`));
    return lines;
  }
}
