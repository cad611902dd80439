// Above the map: what it is of, how it is saved, and how it is looked at.

import { button, h, menu, segments, whole } from "../core/dom.js";
import { download } from "../core/download.js";
import { flatten, svgOf } from "./snapshot.js";

/** The model's name, how many pictures there are, and a menu of files. */
export function headerOf(app) {
  const { about } = app.store;
  const more = about.shown < about.count ? ` (${whole(about.shown)} of them on the map)` : "";
  return h("div", "aew-header", h("span", "aew-title", h("b", {}, about.model), ` · ${whole(about.count)} pictures${more}`),
    h("span", "aew-group", savingOf(app)));
}

function savingOf({ map, store, frozen }) {
  const kinds = [["", "Save as…"], ["png", "PNG, as seen"], ["svg", "SVG, to be edited"], ...(frozen ? [] : [["html", "HTML, alive without a kernel"]])];
  const choose = menu("Save the map as a file", async (kind) => {
    choose.set("");
    if (kind === "png") flatten(map).toBlob((bytes) => download({ name: "latent-map.png", bytes, media: "image/png" }));
    if (kind === "svg") download({ name: "latent-map.svg", bytes: svgOf(map), media: "image/svg+xml" });
    if (kind === "html") {
      const answer = await store.ask({ kind: "html" });
      if (answer) download({ name: "latent-explorer.html", bytes: answer.buffers[0], media: "text/html" });
    }
  });
  choose.fill(kinds);
  return choose.el;
}

export class Toolbar {
  /** @param app the explorer, whose map the controls are of */
  constructor({ map, pictures, link }) {
    this.map = map;
    const mode = segments("What dragging does", [["draw", "Decode", "Drag over the map: the decoder draws"], ["move", "Move"], ["lasso", "Lasso", "Draw around points to select them; also with Shift held"]], (chosen) => {
      map.mode = map.el.dataset.mode = chosen;
    });
    mode.set("draw");
    this.colour = menu("Colour of the points", (colour) => link.tell({ colour }));
    const thumbs = menu("Pictures in place of points", (chosen) => {
      map.thumbs = chosen;
      map.redraw();
    });
    thumbs.fill([["auto", "Pictures when close"], ["on", "Pictures always"], ["off", "Points only"]]);
    this.tiles = button("Decoded plane", () => this.showTiles(!map.tiles), { "aria-pressed": "false", title: "Draw what the decoder makes of every place" });
    this.tiles.disabled = !pictures.live && !link.get("atlas")?.sheet;
    const zoom = h("span", "aew-group", button("−", () => map.zoom(1 / 1.6), { "aria-label": "Zoom out" }),
      button("+", () => map.zoom(1.6), { "aria-label": "Zoom in" }), button("Fit", () => map.fit(), { "aria-label": "Fit the map" }));
    this.el = h("div", "aew-tools", mode.el, this.colour.el, thumbs.el, this.tiles, zoom);
  }

  showTiles(on) {
    this.map.tiles = on;
    this.tiles.setAttribute("aria-pressed", String(on));
    this.map.moved();
  }
}
