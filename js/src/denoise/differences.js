// Squares where both sides differ most, as small pictures that lead there.

import { SIDES } from "../comparison/sides.js";
import { button, h } from "../core/dom.js";

const SIDE = 64; // of a small picture, in CSS pixels

export class Differences {
  /** @param stage that goes there, and has the pictures */
  constructor(stage) {
    this.stage = stage;
    this.squares = [];
    this.list = h("span", "aew-squares");
    this.el = h("div", { class: "aew-differ", role: "group", "aria-label": "Where they differ most" }, h("span", "aew-soft", "Where they differ"), this.list);
    this.el.style.display = "none";
  }

  /** @param squares [column, row, size], the most different first */
  show(squares) {
    this.squares = squares;
    this.el.style.display = squares.length ? "" : "none";
    this.list.replaceChildren(...squares.map((square, index) =>
      button(h("canvas", { width: 2 * SIDE * 2 + 4, height: SIDE * 2, "aria-hidden": "true" }), () => this.stage.lookAt(square), {
        "aria-label": `Difference ${index + 1}: ${square[2]} pixels a side at column ${square[0]}, row ${square[1]}`, title: "Left and right; click to zoom there",
      })));
    this.draw();
  }

  /** Left and right side by side. */
  draw() {
    for (const [index, canvas] of [...this.list.querySelectorAll("canvas")].entries()) {
      const [column, row, size] = this.squares[index];
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, canvas.width, canvas.height);
      for (const [place, side] of SIDES.entries()) {
        const bitmap = this.stage.pictures[side];
        if (bitmap) context.drawImage(bitmap, column, row, size, size, place * (2 * SIDE + 4), 0, 2 * SIDE, 2 * SIDE);
      }
    }
  }
}
