// A place for a chart of uPlot, as wide as there is room for. Draws nothing itself.

import { h } from "./dom.js";

export class Panel {
  /** @param words for those who do not see it, until there is something to say */
  constructor(words) {
    this.holder = h("div", { class: "aew-plot-area", role: "img", "aria-label": words });
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.holder);
  }

  close() {
    this.observer.disconnect();
    this.plot?.destroy();
  }

  resize() {
    const width = this.holder.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: this.height(width) });
  }
}
