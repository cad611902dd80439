// The frame around every widget's parts: the link, a line that says what goes on, a root, an entry point. Knows no parts.

import { Alerts } from "./alerts.js";
import { h } from "./dom.js";
import { GONE, Kernel, SILENT } from "./kernel.js";
import { scoped } from "./scope.js";
import { Link } from "./link.js";
import { onTheme, themeOf } from "./theme.js";

const PATIENCE = { asked: 8000, busy: 30000 }; // ms without a word from Python, after a question and in the midst of work

export class Shell {
  /** Parts that are closed with the widget. */
  parts = [];

  constructor(model) {
    this.link = new Link(model);
    this.frozen = model.get("frozen") ?? "";
  }

  /** Make the line that says what goes on. @param stop for its button; null where nothing is shown that could be stopped */
  speaking(stop = () => this.stop()) {
    this.alerts = new Alerts({ stop, dismissed: () => this.link.send({ kind: "dismiss" }) });
  }

  /**
   * Put the widget onto the page, and let it follow its model.
   * @param kind class of the root, which its own sheets are for; @param props of the root
   * @param styles sheets as text, {shared, own}; @param children as `h` takes them
   */
  mount(el, kind, props, { shared, own }, ...children) {
    const sheets = [...shared, ...own.map((sheet) => scoped(sheet, kind))];
    this.root = h("div", { class: `aew ${kind}`, ...props }, h("style", {}, ...sheets), ...children, this.frozen ? h("p", "aew-frozen aew-soft", this.frozen) : null);
    el.classList.add("aew-place");
    el.replaceChildren(this.root);
    this.follow(["error"], () => this.say(this.get("error") ?? ""));
    this.offTheme = onTheme(this.root, () => this.themed());
    this.listen();
    if (this.frozen) return;
    this.parts.push(new Kernel(this.link.model, el, () => this.lost()));
    if (!this.link.gone) this.begin();
  }

  /** A trait as Python or a control left it. */
  get(name) {
    return this.link.get(name);
  }

  /** The colours of the page: {dark, ink, line, paper}. */
  get theme() {
    return themeOf(this.root);
  }

  /** Call a method now, and whenever one of these traits changes. */
  follow(names, call) {
    this.link.follow(this, names, call);
  }

  /** Tell Python that a page shows it. */
  begin() {
    this.link.send({ kind: "shown" });
  }

  close() {
    this.offTheme();
    clearTimeout(this.silence);
    for (const part of [this.link, this.alerts, ...this.parts]) part.close();
  }

  /** The kernel is gone: say so, end what nobody will answer, and let nothing be asked. */
  lost() {
    this.link.lose();
    this.root.dataset.kernel = "gone";
    this.alerts.insist(GONE);
    this.showStatus();
    for (const part of this.root.querySelectorAll("[data-asks]")) part.inert = true;
  }

  say(words) {
    this.alerts.say(words);
  }

  /** Stop what Python does. */
  stop() {
    this.link.giveUp();
    this.link.send({ kind: "cancel" });
  }

  /** Say that something is being done: `sent`, a file that is on its way, else what Python says. */
  showStatus() {
    const status = this.link.gone ? {} : (this.get("status") ?? {});
    const busy = status.busy || (!this.frozen && this.link.waiting);
    this.alerts.show(this.sent ?? (busy ? status : null));
    // Called with every word of Python's: what follows is said where none comes any more.
    clearTimeout(this.silence);
    if (!busy || this.frozen) return;
    const text = status.busy && status.text ? `${status.text}: ${SILENT}` : SILENT;
    this.silence = setTimeout(() => this.alerts.show({ ...status, text }), this.link.waiting ? PATIENCE.asked : PATIENCE.busy);
  }
}

/** The default export of a module, for anywidget and for pages without a kernel; the element has the widget under `name`. */
export const entry = (Widget, name, offline) => ({
  render({ model, el }) {
    const widget = (el[name] = new Widget(model, el));
    return () => widget.close();
  },
  offline,
});
