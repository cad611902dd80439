// The studio's pictures: where each comes from, and into a file of the reader's.

import { download, stemOf } from "../core/download.js";

/** {bytes, media} of "original", "given", "left" or "right". */
export function sourceOf(link, name) {
  const get = (trait) => link.get(trait) ?? {};
  const [noise, point] = [get("noise"), get(`${name}_point`)];
  const what = point.method ?? name;
  if (what === "original") return { bytes: noise.reference === false ? null : get("original"), media: get("frozen").length ? "image/webp" : "image/png" };
  if (what === "given" || what === "noisy") return { bytes: get("given"), media: noise.media };
  return { bytes: get(`${name}_picture`), media: point.media };
}

/** Let the reader keep the picture of a side. */
export function save(link, side) {
  const { bytes, media } = sourceOf(link, side);
  download({ name: `${stemOf(link)}-${link.get(side)}.${media.split("/")[1]}`, bytes, media });
}
