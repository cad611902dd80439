// A small model of the codes that imitates labels or the target: drawn, with its fidelity beside a constant and its size.

import { freshId, h, quiet, segments } from "../core/dom.js";
import { css, LOWERS, RAISES } from "./colours.js";
import { svg } from "./svg.js";
import { inWords, label, layout } from "./tree.js";
import { short } from "./words.js";

const LINE = 28; // pixels between two leaves

export class Surrogate {
  /** @param about the model; @param frozen whether its size is fixed; @param ask(changes) */
  constructor(about, frozen, ask) {
    this.about = about;
    this.of = segments("What is imitated", [["labels", "Labels"], ["target", "The target"]], (value) => ask({ surrogate_of: value }));
    this.of.enable("labels", Boolean(about.labels));
    this.kind = segments("Form of the surrogate", [["tree", "Tree"], ["linear", "Linear"]], (value) => ask({ surrogate_kind: value }));
    const id = freshId("size");
    this.size = h("input", { type: "range", id, min: 2, max: about.most, step: 1, ...quiet, disabled: frozen,
      onkeydown: (event) => event.stopPropagation(), onchange: () => ask({ surrogate_size: Number(this.size.value) }) });
    this.caption = h("label", { for: id });
    this.figures = h("dl", {});
    this.words = h("p", {});
    this.drawing = h("div", { class: "aew-drawing", tabIndex: 0, role: "group", "aria-label": "The surrogate", ...quiet });
    this.el = h("div", { class: "aew-card aew-surrogate", role: "group", "aria-label": "Surrogate" },
      h("div", "aew-card-title", "Surrogate: a small model that imitates, on codes"),
      h("div", { class: "aew-row", "data-asks": true }, this.of.el, this.kind.el, h("span", "aew-size-of", this.caption, this.size)), this.figures, this.words, this.drawing);
  }

  asked(of, kind, size) {
    this.of.set(of);
    this.kind.set(kind);
    this.size.value = size;
    this.caption.textContent = `at most ${size} ${kind === "tree" ? "leaves" : "units"}`;
  }

  /** @param found the answer; @param stale whether it is of another question */
  show(found, stale) {
    this.el.classList.toggle("aew-stale", stale);
    if (!found.of) return void (this.words.textContent = "Fitted when there is time.");
    if (found.why) {
      this.figures.replaceChildren();
      this.drawing.replaceChildren();
      this.drawing.style.display = "none";
      return void (this.words.textContent = `None: ${found.why}.`);
    }
    this.drawing.style.display = "";
    const what = found.measure === "R2" ? "R²" : "Accuracy";
    const parts = found.kind === "tree" ? "leaves" : "weights";
    const rows = [[`${what}, held out`, found.fidelity.toFixed(2)], ["of a constant", found.constant.toFixed(2)], [`${what}, fitted`, found.fitted.toFixed(2)],
      ["Size", `${found.leaves} ${parts}`], ["Pictures", `${found.pictures[0]} + ${found.pictures[1]}`]];
    this.figures.replaceChildren(...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    const imitated = found.of === "labels" ? "the labels" : found.words;
    const fails = found.passes ? "" : "⚠ It is not clearly better than a constant, and explains nothing. ";
    this.words.textContent = `${fails}Of ${imitated}: ${found.reason}.`;
    this.words.classList.toggle("aew-fails", !found.passes);
    this.drawing.replaceChildren(found.kind === "tree" ? this.tree(found) : this.weights(found));
  }

  /** An answer as text. */
  say({ of }) {
    return of === "labels" ? (value) => this.about.names?.[value] ?? String(value) : (value) => short(value);
  }

  tree(found) {
    const { nodes, edges, depth, leaves } = layout(found.branches);
    const say = this.say(found);
    const texts = found.branches.map((branch) => label(branch, say, short));
    const box = Math.max(70, Math.ceil(6.4 * Math.max(...texts.map(({ length }) => length))) + 14);
    const step = box + 32;
    const width = (depth + 1) * step;
    const height = Math.max(1, leaves) * LINE + 8;
    const [x, y] = [(node) => node.x * step + 4, (node) => (node.y + 0.5) * LINE + 4];
    const lines = edges.flatMap(({ from, to, yes }) => [
      svg("path", { class: "aew-way", d: `M${x(from) + box} ${y(from)}C${x(from) + box + 20} ${y(from)} ${x(to) - 22} ${y(to)} ${x(to)} ${y(to)}` }),
      svg("text", { x: x(to) - 4, y: y(to) - 4, class: "aew-yes", "text-anchor": "end" }, yes ? "yes" : "no"),
    ]);
    const boxes = nodes.flatMap((node) => [
      svg("rect", { x: x(node), y: y(node) - 11, width: box, height: 22, rx: node.leaf ? 11 : 4, class: node.leaf ? "aew-leaf" : "aew-question" }),
      svg("text", { x: x(node) + box / 2, y: y(node) + 4, "text-anchor": "middle" }, texts[node.index]),
    ]);
    return svg("svg", { width, height, role: "img", "aria-label": `Tree: ${inWords(found.branches, say, short)}.` }, ...lines, ...boxes);
  }

  /** A row for each answer, a column for each unit. */
  weights({ weights, units, answers, of }) {
    const top = Math.max(...weights.flat().map(Math.abs), 1e-12);
    const names = of === "labels" ? (weights.length === 1 ? [answers.at(-1) ?? "label"] : answers) : ["target"];
    const cell = (value) => h("td", { style: `--share:${Math.round((70 * Math.abs(value)) / top)}%;--sign:${css(value < 0 ? LOWERS : RAISES)}` }, short(value));
    return h("table", "aew-weights", h("caption", "aew-hidden", "Weights of the linear model"),
      h("thead", {}, h("tr", {}, h("td", {}), ...units.map((unit) => h("th", { scope: "col" }, `unit ${unit}`)))),
      h("tbody", {}, ...weights.map((row, i) => h("tr", {}, h("th", { scope: "row" }, names[i]), ...row.map(cell)))));
  }
}
