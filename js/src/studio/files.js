// The file of a side: under which name, and out of which bytes, it is downloaded.

import { stemOf } from "../core/download.js";

/** {name, bytes} of a side's file, or null before there is one. */
export function fileOf(link, side) {
  const point = link.get(`${side}_point`);
  const own = link.get(`${side}_file`);
  const bytes = own?.byteLength ? own : link.get(`${side}_picture`);
  if (!point?.codec || !bytes?.byteLength) return null;
  const quality = point.quality == null ? "" : `-${+point.quality.toPrecision(4)}`;
  const suffix = !own?.byteLength && point.media === "image/webp" ? ".webp" : point.suffix;
  return { name: `${stemOf(link)}-${point.codec}${quality}${suffix}`, bytes };
}
