// Above the map: what it is of, how it is saved, and how it is looked at.

import { button, h, menu, quiet, segments, whole } from "../core/dom.js";
import { download } from "../core/download.js";
import { flatten, svgOf } from "./snapshot.js";

/** How many points there are, in words. */
export const counted = (about) => `${whole(about.count)} ${about.has_images ? "images" : "points"}`;

/** The model's name, how many points there are, and a menu of files. */
export function headerOf(app) {
  const { about } = app.store;
  const more = about.shown < about.count ? ` (${whole(about.shown)} of them on the map)` : "";
  return h("div", "aew-header", h("span", "aew-title", h("b", {}, about.model), ` · ${counted(about)}${more}`),
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
  constructor(app) {
    const { map, pictures, link, store: { about } } = app;
    this.map = map;
    const modes = [["draw", "Decode", "Drag over the map: the decoder draws what lies there"], ["move", "Move", "Drag the view"],
      ["lasso", "Lasso", "Draw around points to select them; also with Shift held"]];
    const mode = segments("What dragging does", pictures.decodes ? modes : modes.slice(1), (chosen) => {
      map.mode = map.el.dataset.mode = chosen;
    });
    mode.set(map.mode);
    this.colour = menu("Colour of the points", (colour) => link.tell({ colour }));
    const thumbs = menu("Pictures in place of points", (chosen) => {
      map.thumbs = chosen;
      map.redraw();
    });
    thumbs.fill([["auto", "Pictures when close"], ["on", "Pictures always"], ["off", "Points only"]]);
    this.tiles = button("Decoded plane", () => this.showTiles(!map.tiles), { title: "Draw below the points what the decoder makes of every place" });
    const find = h("input", { type: "search", class: "aew-find", placeholder: "Find", "aria-label": "Find points by label or text", title: "Select the points whose label, or whose row's texts, hold what you write; Enter", ...quiet,
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Enter") app.find(find.value);
      } });
    const zoom = h("span", "aew-group", button("−", () => map.zoom(1 / 1.6), { "aria-label": "Zoom out" }),
      button("+", () => map.zoom(1.6), { "aria-label": "Zoom in" }), button("Fit", () => map.fit(), { "aria-label": "Fit the map" }));
    this.el = h("div", "aew-tools", mode.el, this.colour.el, about.has_images ? thumbs.el : null, pictures.decodes ? this.tiles : null, find, zoom);
    const can = pictures.live || Boolean(link.get("atlas")?.sheet);
    this.tiles.disabled = !can;
    this.showTiles(can);
  }

  showTiles(on) {
    const { map } = this;
    map.tiles = on;
    this.tiles.setAttribute("aria-pressed", String(on));
    if (map.ratio) map.moved();
  }
}
