// Pause, stop and the learning rate, and how far the run is.

import { button, freshId, h, quiet } from "../core/dom.js";
import { rate } from "./words.js";

const PATIENCE = 4000; // ms before anything says that the kernel has not answered
const NO_ANSWER = "No answer yet. Some notebook servers deliver messages only between cells: there, train with train_in_background. If the kernel was restarted, run the cell again.";

export class Controls {
  /** @param ask called with what is asked, "pause", "resume", "stop" or "rate", and its {value}; null in a record */
  constructor(ask) {
    this.ask = ask;
    this.bar = h("progress", { "aria-label": "Progress of the training", max: 1, value: 0 });
    this.far = h("span", "aew-far");
    this.hint = h("div", "aew-hint aew-soft");
    const far = h("div", "aew-progress", this.bar, this.far);
    this.el = h("div", { "data-asks": true }, h("div", "aew-controls", ...(ask ? this.buttons() : []), far), this.hint);
  }

  buttons() {
    this.pause = button("Pause", () => this.ask(this.phase === "paused" ? "resume" : "pause"));
    this.stop = button("Stop", () => this.ask("stop"), { title: "End the training after this batch" });
    const id = freshId("rate");
    this.field = h("input", { type: "number", id, class: "aew-rate", min: 0, step: "any", ...quiet,
      onchange: () => this.setRate(Number(this.field.value)),
      onkeydown: (event) => event.stopPropagation() });
    this.halve = button("÷ 2", () => this.setRate(this.rate / 2), { "aria-label": "Halve the learning rate" });
    this.double = button("× 2", () => this.setRate(this.rate * 2), { "aria-label": "Double the learning rate" });
    return [h("span", "aew-group", this.pause, this.stop),
      h("span", "aew-group", h("label", { for: id }, "Learning rate"), this.field, this.halve, this.double)];
  }

  setRate(value) {
    if (Number.isFinite(value) && value > 0) this.ask("rate", { value: Number(value.toPrecision(6)) });
    else this.field.value = rate(this.rate);
  }

  /** Something was asked: say so, if what `asked` tells of the run stays as it is. */
  wait(asked) {
    clearTimeout(this.patience);
    const before = asked();
    this.patience = setTimeout(() => {
      if (asked() === before) this.hint.textContent = NO_ANSWER;
    }, PATIENCE);
    this.answered = () => asked() !== before;
  }

  /** Say something below the controls. */
  say(words) {
    this.hint.textContent = words;
  }

  /** @param what {phase, over, rate, share: of the run, far: in words} */
  show({ phase, over, rate: now, share, far }) {
    if (share === null) this.bar.removeAttribute("value"); // nobody knows how long it is
    else this.bar.value = Math.min(1, Math.max(0, share));
    this.far.textContent = far;
    [this.phase, this.rate] = [phase, now];
    if (!this.ask) return;
    if (over || this.answered?.()) this.hint.textContent = "";
    const going = phase !== "" && !over;
    this.pause.textContent = phase === "paused" ? "Resume" : "Pause";
    this.pause.disabled = this.stop.disabled = !going || phase === "stopping";
    this.field.disabled = !going;
    this.halve.disabled = this.double.disabled = !going || !now;
    if (this.field.getRootNode().activeElement !== this.field) this.field.value = rate(now);
  }

  close() {
    clearTimeout(this.patience);
  }
}
