// The object of attention: the place or the code that is decoded, the point that is pinned or under the pointer. No elements.

import { fixed } from "../core/dom.js";
import { Shell } from "../core/shell.js";
import { Pictures } from "./pictures.js";
import { Store } from "./store.js";

/** An explorer's looks; it has the `map`, `cards`, `toolbox`, `alerts` and `root` that they are shown in. */
export class Looking extends Shell {
  constructor(model) {
    super(model);
    this.store = new Store(this.link, Boolean(this.frozen));
    this.pictures = new Pictures(this.store, this.link);
    this.plane = this.store.plane();
    this.pinned = this.hovered = null;
    this.place = Array.from(this.get("position") ?? []);
    if (this.place.length !== 2) this.place = this.plane.toPlace(Float32Array.from(this.store.about.means));
    this.code = this.plane.toCode(this.place);
  }

  /** Decode at a place; `done` once a drag is over, which Python hears. */
  setPlace(place, done) {
    this.alerts.say("");
    this.look(place, this.plane.toCode(place), false);
    if (done) this.link.tell({ position: [...place] });
  }

  /** Decode a code, which need not lie on the plane. */
  useCode(code) {
    this.look(this.plane.toPlace(code), code, true);
  }

  look(place, code, free) {
    Object.assign(this, { place, code, free, from: "" });
    this.pinned = this.map.pinned = null;
    this.showCode();
    this.showNearest();
  }

  /** Look at a point: its picture and its code's. */
  async pin(point) {
    this.pinned = this.map.pinned = point;
    this.free = false;
    this.place = this.store.placeOf(point);
    this.code = this.store.codeOf(point) ?? this.plane.toCode(this.place);
    this.from = this.nameOf(point);
    this.showCode();
    this.cards.showPoint();
    this.toolbox.tools.notes.show();
    this.link.tell({ position: [...this.place] });
    await this.store.need([point]);
    if (this.pinned !== point) return;
    this.code = this.store.codeOf(point) ?? this.code;
    this.showCode();
    this.cards.showPoint();
    this.alerts.speak(this.cards.facts.textContent);
  }

  async hover(point) {
    this.hovered = point;
    this.links?.tell({ hovered: point === null ? null : this.store.indexOf(point) });
    this.cards.showPoint();
    if (point === null) return;
    await this.store.need([point]);
    if (this.hovered === point) this.cards.showPoint();
  }

  nameOf(point) {
    const { about, classes } = this.store;
    const name = about.classes.length ? `${about.classes[classes[point]].name} ` : "";
    return `${name}#${this.store.indexOf(point)}`;
  }

  /** A description of what is decoded: a point by its name, a code off the map, a place. */
  words() {
    return this.from || (this.free ? "a code" : `(${this.place.map((v) => fixed(v, 2)).join(", ")})`);
  }

  caption() {
    return `decoded ${this.from || this.free ? "from" : "at"} ${this.words()}`;
  }

  /** The point nearest to the place that is decoded; without a kernel, of those whose pictures came along. */
  nearestPoint() {
    return this.store.nearestTo(this.place, Infinity, this.store.frozen && this.store.about.has_images ? this.store.kept.keys() : null);
  }

  showCode() {
    if (!this.code) return;
    this.map.place = this.place;
    this.map.redraw();
    this.cards.showCode().then(() => this.map.redraw());
    this.toolbox.refresh("traverse");
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn ?? 0) + 1);
  }

  /** The picture that is nearest to what is decoded: at once if it is here, else at rest, when Python hears of a code's place. */
  showNearest() {
    this.cards.showPoint();
    clearTimeout(this.resting);
    if (this.store.frozen) return;
    this.resting = setTimeout(() => {
      if (this.free) this.link.tell({ position: [...this.place] });
      const point = this.nearestPoint();
      if (point !== null) this.store.need([point]).then((came) => came && this.cards.showPoint());
    }, 60);
  }
}
