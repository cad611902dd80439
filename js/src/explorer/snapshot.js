// The stage as a file: PNG as it is seen, SVG with the points as circles.

import { sizeFor } from "./points.js";

const MOST_CIRCLES = 20000;
const escape = (text) => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The stage as one canvas. */
export function flatten(map) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: map.above.width, height: map.above.height });
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = map.theme.paper;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  for (const layer of [map.below, map.points.el, map.above]) {
    ctx.globalAlpha = Number(layer.style.opacity || 1);
    if (layer.width) ctx.drawImage(layer, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

/** The stage as SVG: points as circles, or, where they are more than 20,000, as one picture; names as text. */
export function svgOf(map) {
  const { store } = map.app;
  const radius = sizeFor(store.count) / 2;
  const { width, height } = map.camera.size;
  const parts = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${map.theme.paper}"/>`];
  const seen = [];
  for (let i = 0; i < store.count; i++) {
    const [x, y] = map.camera.toScreen(store.placeOf(i));
    if (x >= 0 && y >= 0 && x <= width && y <= height) seen.push([i, x, y]);
  }
  if (seen.length > MOST_CIRCLES) {
    parts.push(`<image width="${width}" height="${height}" href="${map.points.el.toDataURL()}"/>`);
  } else {
    for (const [i, x, y] of seen) parts.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${map.colourOf(i)}" fill-opacity=".7"/>`);
  }
  const style = `font-family="system-ui, sans-serif" font-size="13" font-weight="600" text-anchor="middle" fill="${map.theme.ink}"`;
  for (const { place, words } of map.labels) {
    const [x, y] = map.camera.toScreen(place);
    parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${style}>${escape(words)}</text>`);
  }
  for (const { point, words } of map.marks) {
    const [x, y] = map.camera.toScreen(store.placeOf(point));
    parts.push(`<text x="${x.toFixed(1)}" y="${(y - 12).toFixed(1)}" ${style}>${escape(words)}</text>`);
  }
  return [...parts, "</svg>"].join("\n");
}
