// A studio's tools: what there is to choose, zoom, loupe and flicker.

import { button, h, segments } from "../core/dom.js";

/** The layouts of a stage, to choose from; `more` are a widget's own. */
export const layouts = (choose, more = []) => segments("Layout", [["swipe", "Swipe"], ["side", "Side by side"], ...more], choose);

export class Tools {
  /** @param stage that zooms and flickers; @param choices by name, each one of several, as `segments` makes them */
  constructor(stage, choices) {
    Object.assign(this, { stage, ...choices });
    this.zoom = h("output", { class: "aew-zoom", "aria-label": "Zoom" });
    this.loupe = button("Loupe", () => stage.magnify(!stage.loupe), { "aria-pressed": "false", title: "Both sides eight times enlarged (L)" });
    const zoomTo = (how) => () => stage.zoomAt(how);
    this.el = h("div", "aew-tools", ...Object.values(choices).map(({ el }) => el),
      h("span", "aew-zooms",
        button("−", zoomTo("out"), { "aria-label": "Zoom out" }), this.zoom, button("+", zoomTo("in"), { "aria-label": "Zoom in" }),
        button("Fit", zoomTo(null), { title: "All of the picture, at most as large as it is" }), button("1:1", zoomTo("one"), { title: "One pixel of the picture to one of the screen" })),
      h("span", "aew-zooms", this.loupe, this.flicker()));
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
