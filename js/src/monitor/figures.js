// The figures of the last epoch, and what they mean.

import { h } from "../core/dom.js";
import { against, duration, figure, percent } from "./words.js";

const CELLS = {
  error: ["Validation error", "Mean squared error of values in [0, 1], on the validation pictures"],
  loss: ["Training loss", "Mean over the batches of the last epoch; below it, the loss on validation pictures"],
  gap: ["Generalisation gap", "Validation loss less training loss: what was learnt by heart"],
  best: ["Best epoch", "Its weights are kept"],
  pace: ["Seconds an epoch", "Without pauses and without watching"],
};

export class Figures {
  constructor() {
    this.cells = {};
    this.el = h("dl", "aew-figures");
    for (const [name, [label, title]] of Object.entries(CELLS)) {
      const [value, more] = [h("dd", {}), h("dd", "aew-soft aew-more")];
      this.cells[name] = { value, more };
      this.el.append(h("div", { title }, h("dt", {}, label), value, more));
    }
  }

  put(name, value, more = "") {
    this.cells[name].value.textContent = value;
    this.cells[name].more.textContent = more;
  }

  /** @param story the run */
  show(story) {
    const { last, best } = story;
    const error = story.value(last, "validation error");
    this.put("error", figure(error), against(error, story.plan.references));
    const [training, validation] = ["training loss", "validation loss"].map((name) => story.value(last, name));
    this.put("loss", figure(training), validation === null ? "" : `validation ${figure(validation)}`);
    const gap = story.gapAt(last);
    const share = gap?.share ?? null;
    this.put("gap", gap ? `${gap.absolute > 0 ? "+" : ""}${figure(gap.absolute, 3)}` : "–", share === null ? "" : `${percent(share)} of the training loss`);
    this.put("best", best ? String(best) : "–", best ? `error ${figure(story.value(best, "validation error"))}` : "");
    const cost = story.watching;
    this.put("pace", story.pace === null ? "–" : duration(story.pace), cost === null ? "" : `watching adds ${percent(cost)}`);
  }
}
