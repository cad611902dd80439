// The stage of ImageCompare: any two of several pictures, or all of them in panes that move together.

import { canvasOf } from "../comparison/drawing.js";
import { errorMap } from "../comparison/maps.js";
import { Stage } from "../comparison/stage.js";
import { h } from "../core/dom.js";
import { panesFor } from "./figures.js";

export class CompareStage extends Stage {
  numbers = { left: 0, right: 1, original: 0 };
  names = [];

  constructor(hooks) {
    super(hooks, "Pictures beside each other");
    this.pictures = {};
    this.labels = h("div", { class: "aew-labels", "aria-hidden": "true" });
    this.el.append(this.labels);
    this.el.setAttribute("aria-label", this.el.getAttribute("aria-label").replace("the original", "the reference"));
  }

  /** @param numbers of the pictures on the left, on the right and of the reference ("original"), and all names */
  choose({ names, ...numbers }) {
    const key = JSON.stringify([names, numbers]);
    if (key === this.key) return;
    Object.assign(this, { key, names, numbers });
    this.cache.clear();
    this.labels.replaceChildren(...names.map((name, i) => h("span", "aew-tag", i === numbers.original ? `${name} · reference` : name)));
    this.placed?.();
    this.resize();
  }

  picture(name) {
    return this.pictures[this.numbers[name] ?? name] ?? null;
  }

  /** The difference to the reference; on the reference's own side, to the other side, as of two pictures it is one. */
  errors(side) {
    const number = this.numbers[side] ?? Number(side);
    const { left, right, original } = this.numbers;
    const other = number !== original ? original : side === "left" ? right : side === "right" ? left : number;
    if (other === number) return null;
    const [a, b] = [this.samples(String(other)), this.samples(String(number))];
    if (!a || !b) return null;
    return this.kept(`error ${number} ${other} ${this.full}`, () => canvasOf(errorMap(a, b, this.full), this.size.width, this.size.height));
  }

  get panes() {
    if (this.state.view !== "all") return super.panes;
    // For a window as wide as high again by half: what the stage has depends on what it asks for.
    return panesFor(Math.max(1, this.names.length), this.size, { width: 3, height: 2 });
  }

  paint() {
    const all = this.state.view === "all" && !this.only;
    this.labels.style.display = all ? "" : "none";
    super.paint();
    if (!all) return;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const tag of Object.values(this.tags)) tag.style.display = "none";
    const [columns] = this.panes;
    const { width, height } = this.pane();
    const place = this.camera.place({ width, height }, this.size);
    const ratio = this.ratio || 1;
    for (const [index, label] of [...this.labels.children].entries()) {
      const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
      Object.assign(label.style, { left: `${left / ratio + 6}px`, top: `${top / ratio + 6}px`, maxWidth: `${width / ratio - 12}px` });
      this.pictureIn(context, String(index), place, left, left + 1, left + width - 1, top);
    }
    if (this.loupe) this.paintLoupe(context, place);
  }
}
