// Words on points: taken, listed, removed. The map shows them, Python keeps them.

import { button, freshId, h, quiet } from "../../core/dom.js";

/** Words on points. */
export class Notes {
  constructor(app) {
    this.app = app;
    const id = freshId("note");
    this.input = h("input", { type: "text", id, ...quiet, onkeydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") this.add();
    } });
    this.label = h("label", { for: id });
    this.list = h("ul", "aew-notes");
    this.el = h("div", {}, h("div", "aew-line", this.label, this.input, button("Note it", () => this.add(), { class: "aew-small" })), this.list);
  }

  add() {
    const { app } = this;
    if (app.pinned === null) return app.say("Click a point of the map first; the note is about it.");
    const words = this.input.value.trim();
    if (!words) return;
    this.input.value = "";
    app.note(app.store.indexOf(app.pinned), words);
  }

  show() {
    const { app } = this;
    this.label.textContent = app.pinned === null ? "Note on a point" : `Note on ${app.nameOf(app.pinned)}`;
    const entries = Object.entries(app.notes());
    this.list.replaceChildren(...entries.map(([index, words]) => {
      const point = app.store.pointOf(Number(index));
      const go = point === undefined ? `#${index}` : button(`#${index}`, () => app.pin(point), { class: "aew-small" });
      return h("li", {}, go, ` ${words} `, button("×", () => app.note(index, ""), { class: "aew-small", "aria-label": `Remove the note on ${index}` }));
    }));
    if (!entries.length) this.list.replaceChildren(h("li", "aew-soft", "No notes yet."));
  }
}
