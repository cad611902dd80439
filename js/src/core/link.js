// Questions to Python and its answers. Questions carry numbers; of two answers the older one is dropped.

/** The widget's side of a model. */
export class Link {
  constructor(model) {
    this.model = model;
    this.asked = model.get("answered") ?? 0;
    this.shown = 0;
    this.undo = [];
  }

  /** Set asked traits and ask: `draft` while a drag goes on, when a quick answer is worth more than a whole one. */
  ask(changes, draft = false) {
    if (this.gone) return;
    this.asked += 1;
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.model.set("_ask", { number: this.asked, draft });
    this.model.save_changes();
  }

  /** Set traits that ask nothing. */
  tell(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.model.save_changes();
  }

  get(name) {
    return this.model.get(name);
  }

  send(content, buffers) {
    if (this.gone) return;
    this.model.send(content, undefined, buffers);
  }

  /** Call with every custom message. */
  hear(call) {
    this.model.on("msg:custom", call);
    this.undo.push(() => this.model.off("msg:custom", call));
  }

  /** True while a question is open. */
  get waiting() {
    return this.asked > (this.model.get("answered") ?? 0);
  }

  /** Call once for all traits of `names` that change together, unless the answer is older than one shown before. */
  on(names, call) {
    let due = false;
    const soon = () => {
      if (due) return;
      due = true;
      queueMicrotask(() => {
        due = false;
        const number = this.model.get("answered") ?? 0;
        if (number < this.shown) return;
        this.shown = number;
        call();
      });
    };
    for (const name of names) {
      this.model.on(`change:${name}`, soon);
      this.undo.push(() => this.model.off(`change:${name}`, soon));
    }
  }

  /** Call a method of `self` now, and as `on` says. */
  follow(self, names, call) {
    this.on(names, () => call.call(self));
    call.call(self);
  }

  /** Nobody answers any more: what is asked from now on changes nothing. */
  lose() {
    this.gone = true;
    this.giveUp();
  }

  /** Stop waiting for what was asked. */
  giveUp() {
    this.asked = this.model.get("answered") ?? 0;
  }

  close() {
    for (const undo of this.undo) undo();
  }
}

/** Bytes as Jupyter delivers them (DataView, or Uint8Array) to a picture; null for none. */
export async function bitmapOf(bytes, media) {
  if (!bytes || !bytes.byteLength) return null;
  return createImageBitmap(new Blob([bytes], { type: media }), { colorSpaceConversion: "none" });
}
