// What the maps are worth: a table of all methods, and of the chosen one the reasons and two curves. Drawn by uPlot.

import uPlot from "uplot";
import { button, h } from "../core/dom.js";
import { axisOf, dotted, legendOf, Panel } from "../core/panel.js";
import { family, verdict } from "./words.js";

const LEAST = 0.5; // agreement below which a map has changed
const COLOURS = { map: ["#0072b2", "#56b4e9"], brightness: ["#8a6c00", "#fdfd61"], chance: ["#5f5f5f", "#b8b8b8"] };
const NAMES = { map: "in the map's order", brightness: "the brightest first", chance: "in random order" };
const DASHES = { brightness: [6, 3], chance: [2, 3] };

/** One chart with its title and legend. */
class Chart extends Panel {
  constructor(title) {
    super(title);
    this.legend = h("div", "aew-legend");
    this.el = h("div", "aew-chart", h("div", "aew-plot-title", title), this.holder, this.legend);
  }

  height() {
    return 180;
  }

  /** @param lines [key, name, colour, dash, values]; @param x values; @param theme; @param at a level to mark; @param words for those who listen */
  show(lines, x, theme, at, words) {
    const key = JSON.stringify([lines, x, theme]);
    if (key === this.key) return;
    this.key = key;
    this.holder.setAttribute("aria-label", words);
    this.legend.replaceChildren(...lines.map(([, name, colour, dash = [1, 0]]) => legendOf(`repeating-linear-gradient(90deg,${colour} 0 ${dash[0]}px,#0000 0 ${dash[0] + dash[1]}px)`, name)));
    if (!lines.length) return this.clear(h("p", "aew-soft aew-none", "Not measured yet, or not for this method."));
    this.draw({
      padding: [10, 12, 0, 0],
      cursor: { show: false },
      scales: { x: { time: false }, y: {} },
      axes: [axisOf(theme, { size: 26, gap: 2 }), axisOf(theme, { size: 38, gap: 2 })],
      series: [{}, ...lines.map(([, name, colour, dash]) => dotted(name, colour, { dash }))],
      hooks: { draw: [(u) => at !== null && level(u, at, theme)] },
    }, [x, ...lines.map(([, , , , values]) => values)]);
  }
}

/** A dashed line at a level. */
function level(u, at, { ink }) {
  const { ctx, bbox } = u;
  const y = u.valToPos(at, "y", true);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

export class Checks {
  /** @param checked number of pictures that checks are made on; @param choose called with a method */
  constructor(checked, choose) {
    this.choose = choose;
    this.body = h("tbody", {});
    this.reasons = h("ul", "aew-reasons");
    this.deletion = new Chart("Target left over the share of pixels taken away; the lower, the better the order");
    this.randomisation = new Chart("Agreement with the first map over layers made random; it must fall below the line");
    const heads = ["Method", "Sum", "Deletion", "Randomisation"].map((text) => h("th", { scope: "col" }, text));
    this.title = h("b", {}, "Checks");
    this.el = h("div", { class: "aew-card aew-checks", role: "group", "aria-label": "Checks of the maps" },
      h("div", "aew-card-title", "What the maps are worth"),
      h("p", "aew-soft", `Measured on ${checked === 1 ? "one picture" : `${checked} pictures`} for this target. A method that fails here does not explain it.`),
      h("table", {}, h("caption", "aew-hidden", "Checks of all methods for this target"), h("thead", {}, h("tr", {}, ...heads)), this.body),
      h("div", "aew-card-title", this.title), this.reasons, h("div", "aew-charts", this.deletion.el, this.randomisation.el));
  }

  close() {
    this.deletion.close();
    this.randomisation.close();
  }

  /** @param methods of the answer; @param checks by method; @param method that is chosen */
  show(methods, checks, method, theme) {
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.method : null;
    this.body.replaceChildren(...methods.map(({ name, label, why }) => {
      const key = family(name);
      const pick = button(label, () => this.choose(key), { class: "aew-link", "data-method": key, "aria-pressed": String(key === method) });
      const cells = ["sum", "deletion", "randomisation"].map((check) => {
        const found = why ? { passes: null, reason: why } : checks[name]?.[check];
        const word = verdict(found);
        return h("td", { class: `aew-${word === "fails" ? "fails" : word === "passes" ? "passes" : "open"}`, title: found?.reason ?? "measured when there is time" }, word === "fails" ? "⚠ fails" : word === "passes" ? "✓ passes" : word);
      });
      return h("tr", {}, h("th", { scope: "row" }, pick), ...cells);
    }));
    if (focused) this.body.querySelector(`[data-method="${focused}"]`)?.focus({ preventScroll: true });
    const one = methods.find(({ name }) => family(name) === method);
    const made = (one && checks[one.name]) ?? {};
    this.title.textContent = one ? `${one.label}: ${one.words}` : "";
    this.reasons.replaceChildren(...Object.entries(made).map(([name, { passes, reason }]) =>
      h("li", { class: passes === false ? "aew-fails" : "" }, h("b", {}, `${name[0].toUpperCase()}${name.slice(1)} ${passes === null ? "does not apply" : passes ? "passes" : "fails"}: `), `${reason}.`)));
    this.curves(made, theme);
  }

  curves({ deletion, randomisation }, theme) {
    const k = theme.dark ? 1 : 0;
    const ends = (values) => `from ${values[0].toFixed(2)} to ${values.at(-1).toFixed(2)}, on average ${(values.reduce((a, b) => a + b, 0) / values.length).toFixed(2)}`;
    const lines = deletion?.shares ? ["map", "brightness", "chance"].map((name) => [name, NAMES[name], COLOURS[name][k], DASHES[name], deletion[name]]) : [];
    this.deletion.show(lines, deletion?.shares ?? [], theme, null, lines.length ? `Deletion. ${lines.map(([, name, , , values]) => `${name}: ${ends(values)}`).join("; ")}` : "Deletion, not measured");
    const agreement = randomisation?.agreement ? [1, ...randomisation.agreement] : [];
    const line = agreement.length ? [["map", "rank correlation", COLOURS.map[k], undefined, agreement]] : [];
    const said = agreement.length ? `Randomisation. ${randomisation.layers.map((name, i) => `${randomisation.agreement[i].toFixed(2)} after ${name}`).join(", ")}` : "Randomisation, not measured";
    this.randomisation.show(line, agreement.map((_, i) => i), theme, LEAST, said);
  }
}
