// The runs that are drawn together: which are shown, and how they compare.

import { h, quiet, whole } from "../core/dom.js";
import { COLOURS, colourOf } from "./chart.js";
import { duration, figure } from "./words.js";

const HEADS = ["Run", "Epochs", "Best loss", "At epoch", "Last loss", "Time"];

export class Runs {
  /** @param look called with the trait `hidden` that was chosen */
  constructor(look) {
    this.look = look;
    this.body = h("tbody", {});
    this.heads = HEADS.map((words, i) => h("th", { scope: "col", class: i ? "aew-number" : "" }, words));
    this.el = h("div", { class: "aew-card aew-runs", hidden: true }, h("div", "aew-card-head", h("div", "aew-card-title", "Runs"), h("span", "aew-soft", "of another run: training dashed, validation whole")), h("table", {}, h("thead", {}, h("tr", {}, ...this.heads)), this.body));
  }

  /** @param runs the one that is watched, then the others; @param hidden their numbers */
  show(runs, hidden, theme) {
    this.el.hidden = runs.length < 2;
    if (this.el.hidden) return;
    const kind = runs.every((run) => run.columns.includes("validation loss")) ? "validation" : "training";
    const last = runs.map((run) => run.column(`${kind} loss`).filter((v) => v !== null));
    const lowest = Math.min(...last.flat());
    const rows = runs.map((run, i) => {
      const values = run.column(`${kind} loss`);
      const best = last[i].length ? last[i].reduce((a, b) => Math.min(a, b)) : null;
      const at = best === null ? null : run.numbers[values.indexOf(best)];
      return [run, best, at, last[i].at(-1) ?? null];
    });
    const key = JSON.stringify([rows.map(([run, ...more]) => [run.run, run.name, run.count, ...more]), hidden, theme, kind]);
    if (key === this.key) return;
    this.key = key;
    this.heads.forEach((th, i) => (th.textContent = HEADS[i].replace("loss", `${kind} loss`)));
    const focused = this.body.querySelector(":focus")?.value;
    this.body.replaceChildren(...rows.map(([run, best, at, end], i) => {
      const colour = i ? colourOf(run.run, theme) : COLOURS.validation[theme.dark ? 1 : 0];
      const box = h("input", { type: "checkbox", value: run.run, checked: !hidden.includes(run.run), ...quiet,
        onchange: () => this.look({ hidden: box.checked ? hidden.filter((one) => one !== run.run) : [...hidden, run.run] }) });
      const cell = (words, more = "") => h("td", `aew-number ${more}`, words);
      return h("tr", {}, h("th", { scope: "row" }, h("label", {}, box, h("i", { style: `background:${colour}` }), run.name)),
        cell(whole(run.done + run.count)), cell(figure(best), best === lowest ? "aew-best" : ""), cell(at === null ? "–" : whole(at)), cell(figure(end)), cell(run.seconds === null ? "–" : duration(run.seconds)));
    }));
    if (focused) this.body.querySelector(`[value="${focused}"]`)?.focus();
  }
}
