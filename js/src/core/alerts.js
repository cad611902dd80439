// Messages of a widget besides its figures: progress, errors, and words for those who listen.

import { button, h } from "./dom.js";

const PATIENCE = 500; // ms before anything says that it is working

export class Alerts {
  /** @param hooks dismissed() of an error; stop() of the button beside the progress, where there is any to show */
  constructor({ stop, dismissed }) {
    this.dismissed = dismissed;
    this.text = h("span", {});
    this.bar = h("progress", { "aria-label": "Progress" });
    this.working = stop && h("div", "aew-working", this.bar, this.text, button("Stop", stop, { class: "aew-small" }));
    this.wrong = h("div", { class: "aew-error", role: "alert" });
    this.spoken = h("div", { class: "aew-hidden", role: "status" });
    this.el = h("div", {}, this.working, this.wrong, this.spoken);
  }

  /** @param status {text, done, total} of what is being done; null for nothing. Short work is never announced. */
  show(status) {
    if (!this.working) return;
    if (!status) {
      clearTimeout(this.patience);
      this.patience = null;
      this.working.classList.remove("aew-on");
      return;
    }
    this.patience ??= setTimeout(() => this.working.classList.add("aew-on"), PATIENCE);
    if (status.total) Object.assign(this.bar, { max: status.total, value: status.done });
    else this.bar.removeAttribute("value");
    this.text.textContent = status.text || "working";
  }

  /** An error in words; none, if they are empty. */
  say(words) {
    this.wrong.replaceChildren();
    if (!words) return;
    this.wrong.append(words, button("Dismiss", () => {
      this.wrong.replaceChildren();
      this.dismissed();
    }, { class: "aew-small" }));
  }

  /** Words that stay. */
  insist(words) {
    this.el.prepend(h("div", { class: "aew-error", role: "alert" }, words));
  }

  /** Words for a screen reader. */
  speak(words) {
    if (this.spoken.textContent !== words) this.spoken.textContent = words;
  }

  close() {
    clearTimeout(this.patience);
  }
}
