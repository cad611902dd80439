// ImageCompare in the browser: shows given pictures and the figures of their pairs. Computes no figures.

import { Pair } from "./comparison/pair.js";
import { SIDES } from "./comparison/sides.js";
import { layouts, Tools } from "./comparison/tools.js";
import { h, menu, segments, whole } from "./core/dom.js";
import { download } from "./core/download.js";
import { entry } from "./core/shell.js";
import compareCss from "./compare/compare.css";
import { figuresOf, inWords } from "./compare/figures.js";
import { Scale } from "./compare/scale.js";
import { Side } from "./compare/side.js";
import { CompareStage } from "./compare/stage.js";
import { Table } from "./compare/table.js";

class Compare extends Pair {
  constructor(model, el) {
    super(model, "Comparison of pictures", CompareStage);
    const { stage } = this;
    this.bytes = [];
    this.tools = new Tools(stage, {
      view: layouts((view) => this.look({ view }), [["all", "All", "Every picture at once"]]),
      shows: segments("What is shown", [["picture", "Picture"], ["error", "Difference", "Difference to the reference"]], (shows) => this.look({ shows })),
    });
    this.scale = new Scale(stage);
    this.cards(Side, (name) => ({ choose: (picture) => this.look({ [name]: picture }), save: () => this.save(name) }));
    this.reference = menu("Compared with", (reference) => this.look({ reference }));
    this.table = new Table((picture) => this.look({ right: picture }));
    this.notes = h("ul", { class: "aew-notes", "aria-label": "What was done to the pictures" });
    const beside = h("div", "aew-reference", h("span", { class: "aew-soft", "aria-hidden": "true" }, "Compared with"), this.reference.el);
    this.arrange(el, "aew-compare", compareCss, [this.scale.el, this.alerts.el], [beside], [this.table.el, this.notes]);
  }

  listen() {
    this.follow(["subject", "crop", "names", "notes"], () => this.showSubject(this.get("crop")));
    super.listen();
    this.follow(["pictures", "names"], this.showPictures);
    this.follow(["left", "right", "reference", "names", "figures"], this.showFigures);
    this.follow(["bundled"], () => this.header.names(this.get("bundled") ?? []));
  }

  /** The number of the picture of "left", "right" or "reference". */
  number(name) {
    return (this.get("names") ?? []).indexOf(this.get(name));
  }

  point(side) {
    return figuresOf(this.get("figures") ?? [], this.number("reference"), this.number(side), this.get(side));
  }

  showSubject(crop) {
    super.showSubject(crop);
    const names = this.get("names") ?? [];
    const { width = 1, height = 1 } = this.get("subject") ?? {};
    this.header.title.replaceChildren(h("b", {}, names.join(", ")), ` ${width} × ${height}`);
    const notes = (this.get("notes") ?? []).map((note, i) => note && `${names[i]}: ${note}`).filter(Boolean);
    this.notes.replaceChildren(...notes.map((note) => h("li", {}, note)));
    this.notes.style.display = notes.length ? "" : "none";
  }

  showLook() {
    super.showLook();
    this.showFigures();
  }

  /** Decode those that came anew. */
  showPictures() {
    const pictures = this.get("pictures") ?? [];
    for (const index of (this.get("names") ?? []).keys()) {
      if (this.bytes[index] === pictures[index]) continue;
      this.bytes[index] = pictures[index];
      this.decode(String(index), pictures[index], this.media);
    }
  }

  get media() {
    return this.get("media") ?? "image/png";
  }

  decoded() {
    this.root.dataset.drawn = Object.values(this.stage.pictures).filter(Boolean).length;
  }

  showFigures() {
    const { stage, scale } = this;
    const names = this.get("names") ?? [];
    const options = names.map((name) => [name, name]);
    this.reference.fill(options);
    this.reference.set(this.get("reference"));
    for (const side of SIDES) {
      this.sides[side].asked(options, this.get(side), this.get("notes")?.[this.number(side)]);
      this.sides[side].answered(this.point(side), this.point(side === "left" ? "right" : "left"), this.theme.dark);
    }
    stage.choose({ names, left: this.number("left"), right: this.number("right"), original: this.number("reference") });
    for (const side of SIDES) this.tag(side, inWords(this.point(side)));
    const reference = this.number("reference");
    this.table.show(names.map((name, i) => figuresOf(this.get("figures") ?? [], reference, i, name)), this.get("right"));
    scale.show(this.get("shows"), this.get("reference"));
    this.tools.camera();
    if (SIDES.every((side) => this.point(side).known)) {
      this.root.dataset.figures = whole((this.get("figures") ?? []).length);
      this.speak(SIDES.map((side) => `${side} ${inWords(this.point(side))}`).join("; "));
    }
  }

  themed() {
    this.showFigures();
  }

  /** Let the reader keep the picture of a side, as it is compared. */
  save(side) {
    const bytes = this.get("pictures")?.[this.number(side)];
    if (bytes?.byteLength) download({ name: `${this.get(side).replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-")}.${this.media.split("/")[1]}`, bytes, media: this.media });
  }
}

// A page without a kernel needs no more than the traits.
export default entry(Compare, "aewStudio", () => {});
