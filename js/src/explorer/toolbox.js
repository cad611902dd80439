// The tools for codes, of which one is open. What each does is its own.

import { h, segments } from "../core/dom.js";
import { Arithmetic } from "./tools/arithmetic.js";
import { Found } from "./tools/found.js";
import { Notes } from "./tools/notes.js";
import { Path } from "./tools/path.js";
import { Samples } from "./tools/samples.js";
import { Traverse } from "./tools/traverse.js";

export class Toolbox {
  /** @param app the explorer; without a decoder only what needs none is there */
  constructor(app) {
    const { able } = app.pictures;
    const compares = app.pictures.decodes && app.store.about.has_images;
    const made = Object.entries({
      traverse: able && ["Sliders", new Traverse(app), "Latent traversal: change one latent dimension at a time"],
      path: able && ["Path", new Path(app), "Interpolation: the way from one code to another"],
      arithmetic: able && ["Add a trait", new Arithmetic(app), "Attribute vector: C + (A − B), arithmetic with codes"],
      neighbours: ["Similar", new Found(app, "neighbours"), "Nearest neighbours, by Euclidean distance between codes"],
      outliers: compares && ["Worst drawn", new Found(app, "outliers"), "Outliers: the largest reconstruction errors"],
      samples: able && ["New images", new Samples(app), "Samples: codes drawn at random, and decoded"],
      notes: ["Notes", new Notes(app)],
    }).filter(([, tool]) => tool);
    this.tools = Object.fromEntries(made.map(([name, [, tool]]) => [name, tool]));
    const tabs = segments("What to do with codes", made.map(([name, [label, , title]]) => [name, label, title]), (name) => this.open(name));
    this.holder = h("div", "aew-tool");
    this.el = h("div", "aew-card aew-tabs", tabs.el, this.holder);
    const first = made[0][0];
    queueMicrotask(() => {
      tabs.set(first);
      this.open(first);
    });
  }

  open(name) {
    this.tools[this.opened]?.leave?.();
    this.opened = name;
    this.holder.replaceChildren(this.tools[name].el);
    this.refresh(name);
  }

  /** Let a tool show what is now, if it is the one that is open. */
  refresh(name) {
    if (this.opened !== name) return;
    const tool = this.tools[name];
    (tool.enter ?? tool.show).call(tool);
  }

  close() {
    for (const tool of Object.values(this.tools)) tool.close?.();
  }
}
