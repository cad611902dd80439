// The studio's tools: layout, what is drawn, what the other side follows, zoom, loupe and flicker.

import { button, h, segments } from "../core/dom.js";

export class Tools {
  /** @param stage that zooms and flickers; @param hooks look(changes), match(value) */
  constructor(stage, { look, match }) {
    this.stage = stage;
    this.view = segments("Layout", [["swipe", "Swipe"], ["side", "Side by side"]], (view) => look({ view }));
    this.shows = segments("What is shown", [["picture", "Picture"], ["error", "Error", "Difference to the original"], ["bits", "Bits", "Where a learned codec spends its bits; choose one on either side"]], (shows) => look({ shows }));
    this.match = segments("What the other side follows", [["off", "Free"], ["size", "Same size", "The other side takes the quality that costs as many bytes"], ["quality", "Same PSNR", "The other side takes the quality of the same PSNR"]], match);
    this.zoom = h("output", { class: "aew-zoom", "aria-label": "Zoom" });
    this.loupe = button("Loupe", () => stage.magnify(!stage.loupe), { "aria-pressed": "false", title: "Both sides eight times enlarged (L)" });
    const zoomTo = (how) => () => stage.zoomAt(how);
    this.el = h("div", { class: "aew-tools" }, this.view.el, this.shows.el, this.match.el,
      h("span", { class: "aew-zooms" },
        button("−", zoomTo("out"), { "aria-label": "Zoom out" }), this.zoom, button("+", zoomTo("in"), { "aria-label": "Zoom in" }),
        button("Fit", zoomTo(null)), button("1:1", zoomTo("one"), { title: "One pixel of the picture to one of the screen" })),
      h("span", { class: "aew-zooms" }, this.loupe, this.flicker()));
  }

  /** A button that works while it is held, by a pointer or by a key. */
  flicker() {
    const held = (on) => (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      this.stage.flicker(on);
    };
    const flick = button("Flicker", () => {}, { title: "Hold to alternate between both sides (F)", onkeydown: held(true), onkeyup: held(false) });
    flick.addEventListener("pointerdown", () => this.stage.flicker(true));
    for (const name of ["pointerup", "pointerleave", "blur"]) flick.addEventListener(name, () => this.stage.flicker(false));
    return flick;
  }

  /** Show where the camera is, in words here and as data on the stage. */
  camera() {
    const { camera, el, loupe, only, zoom } = this.stage;
    this.zoom.textContent = `${Math.round(zoom * 100)} %`;
    this.loupe.setAttribute("aria-pressed", String(loupe));
    Object.assign(el.dataset, { zoom: zoom.toFixed(3), x: camera.x.toFixed(3), y: camera.y.toFixed(3), only: only ?? "", loupe: String(loupe) });
  }
}
