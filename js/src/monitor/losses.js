// Both charts of a run, and the choices above them: which losses, on which axis. Knows no kernel.

import { h, segments } from "../core/dom.js";
import { Chart, COLOURS } from "./chart.js";
import { RATE } from "./story.js";
import { figure, heading, isOver } from "./words.js";

export class Losses {
  /** @param story the run; look called with traits that were chosen */
  constructor(story, look) {
    Object.assign(this, { story, look });
    const pick = (epoch) => look({ epoch_shown: story.nearest(epoch) ?? 0 });
    this.left = new Chart(pick);
    this.right = new Chart(pick);
    this.parts = h("span", "aew-parts");
    this.scale = segments("Axis of the losses", [["log", "Logarithmic"], ["linear", "Linear"]], (scale) => look({ scale }));
    this.choices = h("div", "aew-choices", this.parts, h("span", "aew-group", h("span", { class: "aew-soft", "aria-hidden": "true" }, "Axis"), this.scale.el));
    this.el = h("div", "aew-charts", this.left.el, this.right.el);
  }

  close() {
    this.left.close();
    this.right.close();
  }

  /** Names of what the left chart can show. */
  get shows() {
    const parts = this.story.plan.parts ?? [];
    return ["loss", ...(parts.length > 1 ? parts : []), RATE];
  }

  /** Choices of what the plan has. */
  offer() {
    const names = JSON.stringify(this.shows);
    if (this.parts.dataset.names === names) return;
    this.parts.dataset.names = names;
    this.part = segments("What the left chart shows", this.shows.map((part) => [part, heading(part)]), (part) => this.look({ part }));
    this.parts.replaceChildren(this.part.el);
  }

  /** Choices, and the right chart. @param asked {part, scale, theme, epoch that is marked} */
  show({ part, scale, theme, epoch }) {
    this.asked = { part: this.shows.includes(part) ? part : "loss", log: scale === "log", theme, epoch };
    this.scale.set(scale);
    this.part.set(this.asked.part);
    this.showErrors();
  }

  colour(name) {
    return COLOURS[name][this.asked.theme.dark ? 1 : 0];
  }

  /** Show the left chart, which moves also between two epochs. @param now the trait of this name */
  showRunning(now) {
    if (!this.asked) return;
    const { story, asked: { part, log, theme, epoch } } = this;
    const { epochs } = story;
    const curves = part === RATE
      ? [{ label: RATE, colour: this.colour("plain"), values: story.column(RATE) }]
      : ["training", "validation"].map((kind) => ({ label: kind, colour: this.colour(kind), values: story.column(`${kind} ${part}`) }));
    // The epoch that goes on: its mean so far, at the place that it has reached.
    const running = now.losses?.[part] ?? null;
    if (part !== RATE && running !== null && !isOver(now.phase) && !story.rows.has(now.epoch) && now.step < story.plan.steps) {
      epochs.push(now.epoch - 1 + now.step / story.plan.steps);
      curves[0].values.push(running);
      curves[1].values.push(null);
    }
    const last = curves.map(({ label, values }) => `${label} ${figure(values.filter((v) => v !== null).at(-1) ?? null)}`);
    const title = part === "loss" ? `Loss (${story.plan.loss ?? ""}${this.shows.length > 3 ? " and penalties" : ""})` : heading(part);
    const words = `${title} over ${story.epochs.length} epochs: ${last.join(", ")}`;
    this.left.show({ title, words, epochs, curves, lines: [], log, theme, epoch, best: part === RATE ? 0 : story.best });
  }

  /** The right chart: errors, and the lines to beat. */
  showErrors() {
    const { story, asked: { log, theme, epoch } } = this;
    const references = story.plan.references ?? [];
    const values = story.column("validation error");
    const lines = references.map(([name, value]) => `${name} ${figure(value)}`).join(", ");
    const words = `Validation error over ${story.epochs.length} epochs: now ${figure(values.at(-1) ?? null)}, best ${figure(story.value(story.best, "validation error"))} at epoch ${story.best}${lines && `; lines to beat: ${lines}`}`;
    this.right.show({
      title: "Validation error (MSE)", words, epochs: story.epochs,
      curves: [{ label: "validation", colour: this.colour("validation"), values }],
      lines: references, log, theme, epoch, best: story.best,
    });
  }
}
