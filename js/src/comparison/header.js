// The studio's first line: which picture it is, and every way to open another.

import { freshId, h, menu, quiet, whole } from "../core/dom.js";
import { Upload } from "../core/upload.js";

const TYPES = "image/*,.aew,.jp2,.tif,.tiff,.bmp,.ppm,.pgm";

export class Header {
  /** @param hooks sending(file) with {name, done, total} or null while a file is sent, say(words) */
  constructor(link, frozen, hooks) {
    this.link = link;
    this.hooks = hooks;
    this.title = h("span", "aew-title");
    this.el = h("div", "aew-header", this.title);
    if (frozen) return;
    this.sending = new Upload(link, hooks.sending);
    const id = freshId("open");
    const file = h("input", { type: "file", id, accept: TYPES, class: "aew-hidden", ...quiet, onchange: () => this.upload(file.files[0]) });
    this.bundled = menu("Bundled pictures", (name) => name && link.send({ kind: "bundled", name }));
    const path = h("input", { type: "text", placeholder: "path below the working folder", "aria-label": "Path of a picture or an .aew file", ...quiet,
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Enter") link.send({ kind: "path", path: path.value });
      } });
    this.el.append(h("span", { class: "aew-open", "data-asks": true }, h("label", { for: id, class: "aew-button" }, file, "Open a picture…"), this.bundled.el, path));
  }

  /** Take files that are dropped on an element. */
  receive(root) {
    if (!this.sending) return;
    const over = (event) => {
      event.preventDefault();
      event.stopPropagation();
      root.classList.toggle("aew-dropping", event.type === "dragover" || event.type === "dragenter");
      if (event.type === "drop") this.upload(event.dataTransfer.files[0]);
    };
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) root.addEventListener(name, over);
  }

  upload(file) {
    if (file) this.hooks.say(this.sending.start(file));
  }

  /** Stop sending; whether anything was being sent. */
  stop() {
    return this.sending.stop();
  }

  subject({ name = "", width = 1, height = 1, bytes = 0, source = "" }) {
    this.title.replaceChildren(h("b", {}, name), ` ${width} × ${height}, ${whole(bytes)} bytes (${source})`);
  }

  names(bundled) {
    this.bundled?.fill([["", "Bundled…"], ...bundled.map((name) => [name, name])]);
    this.bundled?.set("");
  }
}
