// Points that are worth a look: neighbours of a code, and outliers by their errors.

import { button, h } from "../../core/dom.js";
import { gallery } from "./controls.js";

/** Points in a gallery: the neighbours of what is decoded now, or the worst reconstructions. */
export class Found {
  constructor(app, kind) {
    Object.assign(this, { app, kind });
    this.text = h("p", "aew-soft");
    this.holder = h("div", {});
    const again = kind === "neighbours" ? [button(this.app.pictures.decodes ? "Similar to what is decoded now" : "Similar to the cross", () => this.find())] : [];
    this.all = button("Select these", () => app.select(this.points ?? []), { class: "aew-small" });
    this.el = h("div", {}, this.text, h("div", "aew-line", ...again, this.all), this.holder);
  }

  enter() {
    if (!this.points || this.kind === "outliers") this.find();
  }

  async find() {
    const { store } = this.app;
    await store.taken; // without a decoder this is the first tool, open before the pictures that came along are decoded
    let found;
    if (this.kind === "neighbours") {
      found = await store.neighbours(this.app.code, 12);
      const from = store.frozen && store.about.projection.name !== "direct" ? `the ${store.codes.size.toLocaleString("en")} codes that came along` : "all codes";
      this.text.textContent = `The most similar by their codes, among ${from}.`;
    } else {
      const errors = store.quantity("errors");
      this.text.textContent = errors ? "The images that the model draws worst: original above, reconstruction below." : "Being measured …";
      if (!errors) return;
      const worst = Array.from(errors.values.keys()).sort((a, b) => errors.values[b] - errors.values[a]).slice(0, 12);
      found = worst.map((point) => [point, errors.values[point]]);
    }
    this.points = found.map(([point]) => point);
    await store.need(this.points);
    this.show(found);
  }

  show(found) {
    const unit = this.kind === "neighbours" ? "distance" : "mean squared error";
    const items = found.map(([point, figure]) => ({
      label: `${this.app.nameOf(point)}, ${unit} ${figure.toPrecision(3)}`,
      caption: figure.toPrecision(2),
      show: (canvas) => {
        if (this.kind === "outliers") this.pair(point, canvas);
        else if (!this.app.pictures.original(point, canvas)) this.drawn(point, canvas);
      },
      choose: () => this.app.pin(point),
    }));
    this.holder.replaceChildren(gallery(this.app, items, 6));
  }

  drawn(point, canvas) {
    const code = this.app.store.codeOf(point);
    if (code) this.app.pictures.draw(code, canvas, this.app.store.placeOf(point));
  }

  /** Original above, reconstruction below, in one canvas. */
  pair(point, canvas) {
    const made = this.app.pictures.canvas(64);
    const original = this.app.pictures.canvas(64);
    const has = this.app.pictures.original(point, original);
    const code = this.app.store.codeOf(point);
    const height = canvas.height;
    canvas.height *= 2;
    const ctx = canvas.getContext("2d");
    if (has) ctx.drawImage(original, 0, 0);
    if (code) this.app.pictures.draw(code, made, this.app.store.placeOf(point)).then(() => ctx.drawImage(made, 0, height));
  }
}
