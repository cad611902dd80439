// The figures of the last epoch, and what they mean.

import { h } from "../core/dom.js";
import { RATE } from "./metrics.js";
import { against, duration, figure, heading, percent } from "./words.js";

const CELLS = {
  main: ["Validation error", ""],
  loss: ["Training loss", "Mean over the batches of the last epoch; below it, the loss on validation data"],
  gap: ["Gap to validation", "Validation loss less training loss (the generalisation gap): what was learnt by heart"],
  best: ["Best epoch", "The epoch with the lowest loss on validation data"],
  pace: ["Time of an epoch", "Without pauses and without watching"],
};
const ERROR = "Mean squared error of values in [0, 1], on the validation pictures";

export class Figures {
  constructor() {
    this.cells = {};
    this.el = h("dl", "aew-figures");
    for (const [name, [label, title]] of Object.entries(CELLS)) {
      const [head, value, more] = [h("dt", {}, label), h("dd", {}), h("dd", "aew-soft aew-more")];
      this.cells[name] = { head, value, more, box: h("div", { title }, head, value, more) };
      this.el.append(this.cells[name].box);
    }
  }

  put(name, value, more = "") {
    this.cells[name].value.textContent = value;
    this.cells[name].more.textContent = more;
  }

  /** @param story the run */
  show(story) {
    const { last, best } = story;
    this.main(story, last);
    const lost = story.rows.size > 0 && story.plan.columns.includes("training loss") && story.value(last, "training loss") === null;
    const [training, validation] = ["training loss", "validation loss"].map((name) => story.value(last, name));
    this.put("loss", lost ? "not finite" : figure(training), validation === null ? "" : `validation ${figure(validation)}`);
    const gap = story.gapAt(last);
    const share = gap?.share ?? null;
    const without = story.rows.size && !story.plan.columns.includes("validation loss") ? "no validation data" : "";
    this.put("gap", gap ? `${gap.absolute > 0 ? "+" : ""}${figure(gap.absolute, 3)}` : "–", share === null ? without : `${percent(share)} of the training loss`);
    const kind = ["validation error", "validation loss", "training loss"].find((name) => story.value(best, name) !== null);
    this.put("best", best ? String(best) : "–", kind ? `${kind.replace("validation error", "error")} ${figure(story.value(best, kind))}` : "");
    const cost = story.watching;
    this.put("pace", story.pace === null ? "–" : duration(story.pace), cost ? `watching adds ${percent(cost)}` : story.rows.size && story.pace === null ? "not recorded" : "");
  }

  /** The error where there is one, else the first metric beside the loss, else the loss. */
  main(story, last) {
    const { metrics } = story.known;
    const cell = this.cells.main;
    const put = (label, title, value, more) => {
      [cell.head.textContent, cell.box.title] = [label, title];
      this.put("main", value, more);
    };
    const error = story.value(last, "validation error");
    if (error !== null || !metrics.length) return put("Validation error", ERROR, figure(error), against(error, story.plan.references));
    const { name } = metrics.find((one) => one.name !== "loss" && one.name !== RATE) ?? metrics[0];
    const [training, validation] = ["training", "validation"].map((kind) => story.value(last, `${kind} ${name}`));
    if (validation === null) return put(heading(name), "On the training data", figure(training), "on training data");
    put(`Validation ${heading(name).toLowerCase()}`, "On the validation data, after the last epoch", figure(validation), training === null ? "" : `training ${figure(training)}`);
  }
}
