// Linked explorers on one page. Each is a module of its own, so that they hear of each other by events of the document.

const EVENT = "aewidgets-linked";

export class Links {
  /** @param app the explorer; those of the same name in the trait `linked` are linked with it */
  constructor(app) {
    this.app = app;
    document.addEventListener(EVENT, this.hear);
  }

  /** Tell the others which point is under the pointer, or which are selected, by their numbers among all. */
  tell(words) {
    const name = this.app.get("linked");
    if (name && !this.hearing) document.dispatchEvent(new CustomEvent(EVENT, { detail: { ...words, name, from: this } }));
  }

  hear = ({ detail: { name, from, hovered, selected } }) => {
    const { app, app: { store } } = this;
    if (from === this || !name || name !== app.get("linked")) return;
    this.hearing = true;
    if (hovered !== undefined) app.map.hover(hovered === null ? null : store.pointOf(hovered) ?? null);
    // With a kernel Python tells the others what is selected.
    if (selected && store.frozen) app.select(selected.map(store.pointOf).filter((point) => point !== undefined));
    this.hearing = false;
  };

  close() {
    document.removeEventListener(EVENT, this.hear);
  }
}
