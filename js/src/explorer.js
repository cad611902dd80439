// LatentExplorer in the browser: a map of codes, the decoder under the pointer, and what can be done with codes.

import coreCss from "./core/core.css";
import { Alerts } from "./core/alerts.js";
import { button, h, whole } from "./core/dom.js";
import { onTheme, themeOf } from "./core/theme.js";
import { Cards } from "./explorer/cards.js";
import { Colouring } from "./explorer/colouring.js";
import explorerCss from "./explorer/explorer.css";
import { Looking } from "./explorer/looking.js";
import { MapStage } from "./explorer/map.js";
import { typed } from "./explorer/store.js";
import { headerOf, Toolbar } from "./explorer/toolbar.js";
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
    this.alerts = new Alerts({ stop: () => this.link.send({ kind: "cancel" }), dismissed: () => this.link.send({ kind: "dismiss" }) });
    this.toolbar = new Toolbar(this);
    this.colouring = new Colouring(this);
    this.map.colourOf = this.colouring.colourOf;
    this.cards = new Cards(this);
    this.map.lens = this.cards.big;
    this.toolbox = new Toolbox(this);
    this.tools = this.toolbox.tools;
    this.root = h("div", { class: "aew aew-explorer", role: "region", "aria-label": `Latent explorer: ${about.model}, ${whole(about.count)} pictures` }, h("style", {}, coreCss, explorerCss),
      headerOf(this), this.toolbar.el, this.alerts.el,
      h("div", { class: "aew-body" }, h("div", {}, this.map.el, this.colouring.legend, this.foot()), h("div", { class: "aew-side" }, this.cards.el, this.toolbox.el)));
    if (this.frozen) this.root.append(h("p", { class: "aew-frozen aew-soft" }, this.frozen));
    el.replaceChildren(this.root);
    this.listen();
    if (!this.frozen) this.link.send({ kind: "shown" });
  }

  /** Below the map: the selection, and how the map was made. */
  foot() {
    this.chosen = h("span", {});
    this.clear = button("Clear", () => this.select([]), { class: "aew-small", "aria-label": "Clear the selection" });
    this.around = button("Select 50 around", () => this.select(this.store.around(this.place, 50)), { class: "aew-small", title: "The fifty points nearest to the place that is decoded" });
    const { projection } = this.store.about;
    return h("div", {}, h("div", { class: "aew-line" }, this.chosen, this.clear, this.around),
      h("div", { class: "aew-foot" }, h("span", {}, projection.words), ...[this.pictures.why, this.map.why].filter(Boolean).map((words) => h("span", {}, words))));
  }

  listen() {
    const on = (names, call) => this.link.follow(this, names, call);
    this.offTheme = onTheme(this.root, () => this.themed());
    on(["anchors"], this.showAnchors);
    on(["colour", "errors", "values"], this.showColours);
    on(["selection"], this.showSelection);
    on(["notes"], this.showNotes);
    on(["mixture"], () => this.toolbox.refresh("samples"));
    on(["error"], () => this.alerts.say(this.link.get("error")));
    on(["status"], () => {
      const status = this.link.get("status");
      this.alerts.show(status?.busy ? status : null);
    });
    this.link.model.on("change:position", (this.heard = () => {
      const told = this.link.get("position");
      if (told?.length === 2 && String(told) !== String(this.place)) this.setPlace(told, false);
    }));
    this.pictures.ready.then(() => this.showCode());
  }

  close() {
    this.offTheme();
    clearTimeout(this.resting);
    this.link.model.off("change:position", this.heard);
    this.link.close();
    this.alerts.close();
    this.map.close();
    this.toolbox.close();
  }

  // Asking

  tell(changes) {
    this.link.tell(changes);
  }

  say(words) {
    this.alerts.say(words);
  }

  /** Select points; Python hears their pictures' numbers. */
  select(points) {
    const numbers = Uint32Array.from(points, this.store.indexOf).sort();
    this.tell({ selection: new DataView(numbers.buffer) });
  }

  selectedPoints() {
    return this.selection.map(this.store.pointOf).filter((point) => point !== undefined);
  }

  notes() {
    return this.link.get("notes") ?? {};
  }

  note(index, words) {
    const notes = { ...this.notes(), [index]: words };
    if (!words) delete notes[index];
    this.tell({ notes });
  }

  // Showing

  themed() {
    const theme = themeOf(this.root);
    this.map.theme = { ...theme, accent: getComputedStyle(this.root).getPropertyValue("--aew-accent").trim() };
    this.colouring.themed(theme);
    this.showColours();
  }

  showAnchors() {
    this.store.takeAnchors().then(() => {
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
    this.selection = Array.from(typed(Uint32Array, this.link.get("selection")));
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

/** anywidget's entry point. */
function render({ model, el }) {
  const explorer = new Explorer(model, el);
  el.aewExplorer = explorer;
  return () => explorer.close();
}

/** A page without a kernel needs no more than the traits. */
const offline = () => {};

export default { render, offline };
