// LatentExplorer in the browser: a map of codes, the decoder under the pointer, and what can be done with codes.

import coreCss from "./core/core.css";
import { button, h, whole } from "./core/dom.js";
import { entry } from "./core/shell.js";
import { Cards } from "./explorer/cards.js";
import { Colouring } from "./explorer/colouring.js";
import explorerCss from "./explorer/explorer.css";
import { Links } from "./explorer/links.js";
import { Looking } from "./explorer/looking.js";
import { MapStage } from "./explorer/map.js";
import { typed } from "./explorer/store.js";
import { counted, headerOf, Toolbar } from "./explorer/toolbar.js";
import { Toolbox } from "./explorer/toolbox.js";

class Explorer extends Looking {
  constructor(model, el) {
    super(model);
    const { about } = this.store;
    this.selection = [];
    this.map = new MapStage(this, {
      place: (place, done) => this.setPlace(place, done),
      hover: (point) => this.hover(point),
      pin: (point) => this.pin(point),
      lasso: (points) => this.select(points),
      clear: () => this.select([]),
    });
    this.speaking();
    this.toolbar = new Toolbar(this);
    this.colouring = new Colouring(this);
    this.map.colourOf = this.colouring.colourOf;
    this.cards = new Cards(this);
    this.map.lens = this.cards.big;
    this.toolbox = new Toolbox(this);
    this.tools = this.toolbox.tools;
    this.links = new Links(this);
    this.parts.push(this.map, this.toolbox, this.links);
    this.mount(el, "aew-explorer", { role: "region", "aria-label": `Latent explorer: ${about.model}, ${counted(about)}` }, { shared: [coreCss], own: [explorerCss] },
      headerOf(this), this.alerts.el, h("div", "aew-body", this.toolbar.el,
        h("div", "aew-main", this.map.el, this.colouring.legend, this.foot()), h("div", "aew-side", this.cards.el, this.toolbox.el)));
  }

  /** Below the map: the selection, and how the map was made. */
  foot() {
    this.chosen = h("span", {});
    this.clear = button("Clear", () => this.select([]), { class: "aew-small", "aria-label": "Clear the selection" });
    this.around = button("Select 50 around", () => this.select(this.store.around(this.place, 50)), { class: "aew-small", title: "The fifty points nearest to the cross" });
    const { projection, left_out: left } = this.store.about;
    const without = left.length ? `No room for ${left.length > 1 ? "columns" : "the column"} ${left.join(", ")}.` : "";
    return h("div", {}, h("div", "aew-line", this.chosen, this.clear, this.around),
      h("div", "aew-foot", h("span", {}, projection.words), ...[this.pictures.why, without, this.map.why].filter(Boolean).map((words) => h("span", {}, words))));
  }

  listen() {
    this.follow(["anchors"], this.showAnchors);
    this.follow(["colour", "errors", "values"], this.showColours);
    this.follow(["selection"], this.showSelection);
    this.follow(["notes"], this.showNotes);
    this.follow(["mixture"], () => this.toolbox.refresh("samples"));
    this.follow(["status"], this.showStatus);
    this.link.model.on("change:position", (this.heard = () => {
      const place = this.get("position");
      if (place?.length === 2 && String(place) !== String(this.place)) this.setPlace(place, false);
    }));
    this.pictures.ready.then(() => {
      this.map.moved();
      this.showCode();
    });
  }

  close() {
    clearTimeout(this.resting);
    this.link.model.off("change:position", this.heard);
    super.close();
  }

  lost() {
    super.lost();
    this.store.lose();
  }

  // Asking

  tell(changes) {
    this.link.tell(changes);
  }

  /** Select points; Python hears their pictures' numbers. */
  select(points) {
    const numbers = Uint32Array.from(points, this.store.indexOf).sort();
    this.tell({ selection: new DataView(numbers.buffer) });
    this.links.tell({ selected: Array.from(numbers) });
  }

  /** Select the points that a text is found in. */
  async find(text) {
    if (!text.trim()) return this.select([]);
    const points = (await this.store.find(text)).filter((point) => point !== undefined);
    if (!points.length) return this.say(`No label and no text holds “${text.trim()}”.`);
    this.say("");
    this.select(points);
  }

  selectedPoints() {
    return this.selection.map(this.store.pointOf).filter((point) => point !== undefined);
  }

  notes() {
    return this.get("notes") ?? {};
  }

  note(index, words) {
    const notes = { ...this.notes(), [index]: words };
    if (!words) delete notes[index];
    this.tell({ notes });
  }

  // Showing

  themed() {
    const { theme } = this;
    this.map.theme = { ...theme, accent: getComputedStyle(this.root).getPropertyValue("--aew-accent").trim() };
    this.colouring.themed(theme);
    this.map.below.style.opacity = theme.dark ? 0.45 : 0.26; // points and names are read over the decoded plane
    this.showColours();
  }

  showAnchors() {
    this.store.taken = this.store.takeAnchors();
    this.store.taken.then(() => {
      if (!this.plane.linear) this.plane.anchors = [...this.store.codes];
      if (!this.plane.linear && !this.free && this.pinned === null) this.code = this.plane.toCode(this.place);
      this.map.redraw();
      this.showCode();
      this.showNearest();
      this.root.dataset.ready = "true";
    });
  }

  showColours() {
    if (!this.map.theme) return;
    this.colouring.show();
    this.toolbox.refresh("outliers");
    this.cards.showPoint();
  }

  showSelection() {
    this.selection = Array.from(typed(Uint32Array, this.get("selection")));
    const count = this.selection.length;
    this.chosen.textContent = count ? `${whole(count)} selected` : "Nothing selected";
    this.clear.disabled = !count;
    this.root.dataset.selected = String(count);
    this.colouring.showSelection();
    this.alerts.speak(this.chosen.textContent);
  }

  showNotes() {
    const known = Object.entries(this.notes()).map(([index, words]) => ({ point: this.store.pointOf(Number(index)), words }));
    this.map.marks = known.filter(({ point }) => point !== undefined);
    this.map.redraw();
    this.tools.notes.show();
    this.cards.showPoint();
  }
}

// A page without a kernel needs no more than the traits.
export default entry(Explorer, "aewExplorer", () => {});
