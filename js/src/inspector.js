// ModelInspector in the browser: asks what its controls say, shows what is answered. Computes no map and no check.

import coreCss from "./core/core.css";
import { h } from "./core/dom.js";
import { bitmapOf } from "./core/link.js";
import { entry, Shell } from "./core/shell.js";
import uplotCss from "./core/uplot.css";
import { Checks } from "./inspector/checks.js";
import inspectorCss from "./inspector/inspector.css";
import { Layers } from "./inspector/layers.js";
import { offline } from "./inspector/offline.js";
import { Panels } from "./inspector/panels.js";
import { Picker } from "./inspector/picker.js";
import { Surrogate } from "./inspector/surrogate.js";
import { Units } from "./inspector/units.js";
import { short, sides, warning } from "./inspector/words.js";

class Inspector extends Shell {
  constructor(model, el) {
    super(model);
    const about = (this.about = model.get("about"));
    const frozen = Boolean(this.frozen);
    this.speaking();
    this.picker = new Picker(about, frozen ? model.get("offered") : null, (changes, draft) => this.ask(changes, draft));
    this.panels = new Panels(about.rules, frozen, {
      choose: (method) => this.look({ method }),
      over: (over) => this.look({ over }),
      rule: (rule) => this.ask({ rule }),
      place: (row, column) => this.ask({ target: { kind: "error at a place", layer: "", at: [row, column] } }),
    });
    this.checks = new Checks(about.checked, (method) => this.look({ method }));
    this.layers = new Layers(about, (layer) => this.look({ layer }));
    this.units = new Units(frozen ? null : (at) => this.ask({ target: this.targetOf(at) }));
    this.surrogate = new Surrogate(about, frozen, (changes) => this.ask(changes));
    this.parts.push(this.checks, this.layers);
    const of = `${about.count.toLocaleString("en")} pictures of ${sides(about.shape)}`;
    this.mount(el, "aew-inspector", { role: "region", "aria-label": `Model inspector: ${about.model}` }, { shared: [uplotCss, coreCss], own: [inspectorCss] },
      h("div", "aew-header", h("span", "aew-title", h("b", {}, about.model)), h("span", "aew-soft", of)),
      this.picker.el, this.alerts.el, this.panels.el,
      h("div", "aew-below", h("div", "aew-column", this.checks.el, this.surrogate.el), h("div", "aew-column", this.units.el, this.layers.el)));
  }

  listen() {
    this.follow(["picture", "target"], this.showAsked);
    this.follow(["status", "answered"], this.showStatus);
    this.follow(["original", "reconstruction"], this.showPictures);
    this.follow(["maps", "checks", "method", "over", "rule", "picture", "target"], this.showMaps);
    this.follow(["activations", "layer", "target"], this.showLayers);
    this.follow(["surrogate", "surrogate_of", "surrogate_kind", "surrogate_size", "target"], this.showSurrogate);
  }

  ask(changes, draft = false) {
    this.link.ask(changes, draft);
    this.showStatus();
  }

  look(changes) {
    this.link.tell(changes);
    this.showMaps();
    this.showLayers();
  }

  themed() {
    this.showMaps();
    this.showLayers();
  }

  /** The layer whose units are shown: the one that was chosen, or the code. */
  get layer() {
    const { layers } = this.about;
    return layers.find(({ name }) => name === this.get("layer")) ?? layers.find(({ code }) => code);
  }

  /** The target that is a unit of the layer shown. */
  targetOf(at) {
    const { layer } = this;
    return layer.code ? { kind: "code unit", layer: "", at } : { kind: "layer unit", layer: layer.name, at };
  }

  /** Whether the maps answer what is asked now. */
  get stale() {
    const maps = this.get("maps") ?? {};
    const same = (a, b) => a && b && a.kind === b.kind && a.layer === b.layer && a.at.join() === b.at.join();
    return maps.picture !== this.get("picture") || !same(maps.target, this.get("target")) || maps.rule !== this.get("rule");
  }

  showAsked() {
    const target = this.get("target");
    this.picker.asked(this.get("picture"), target);
    this.panels.allow(this.about.shape, !this.frozen && target.kind === "error at a place");
  }

  async showPictures() {
    const bytes = [this.get("original"), this.get("reconstruction")];
    if (bytes[0] === this.bytes?.[0] && bytes[1] === this.bytes?.[1]) return;
    this.bytes = bytes;
    const [picture, reconstruction] = await Promise.all(bytes.map((one) => bitmapOf(one, "image/png")));
    if (bytes !== this.bytes || !picture || !reconstruction) return;
    this.panels.pictures({ picture, reconstruction }, this.get("shown"));
    this.root.dataset.pictures = String(this.get("shown"));
  }

  showMaps() {
    const maps = this.get("maps") ?? {};
    const checks = this.get("checks") ?? {};
    const methods = maps.methods ?? [];
    const words = methods.length ? warning(methods, checks) : "";
    const [method, over, rule] = ["method", "over", "rule"].map((name) => this.get(name));
    this.panels.show(maps, checks, { method, over, rule }, words, this.stale);
    this.checks.show(methods, checks, method, this.theme);
    this.picker.answered(maps, this.stale);
    if (!maps.words || this.stale) return;
    this.alerts.speak(`Picture ${maps.picture}: ${maps.words} is ${short(maps.value)}. ${words}`);
  }

  showLayers() {
    const activations = this.get("activations") ?? {};
    const { dark } = this.theme;
    this.layers.show(activations, this.layer.name, dark);
    this.units.show(this.layer, activations[this.layer.name], this.get("target"), dark);
  }

  showSurrogate() {
    const found = this.get("surrogate") ?? {};
    const names = { of: "surrogate_of", kind: "surrogate_kind", size: "surrogate_size" };
    this.surrogate.asked(...Object.values(names).map((name) => this.get(name)));
    const target = this.get("target");
    const other = found.of === "target" && found.target && (found.target.kind !== target.kind || found.target.at.join() !== target.at.join());
    this.surrogate.show(found, Boolean(other) || Object.entries(names).some(([own, name]) => found.of && found[own] !== this.get(name)));
  }
}

export default entry(Inspector, "aewInspector", offline);
