// A file for the reader, out of what the page holds.

import { h } from "./dom.js";

/** Let the browser save `bytes`: whatever a Blob is made of. */
export function download({ name, bytes, media }) {
  const href = URL.createObjectURL(new Blob([bytes], { type: media }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** Stem of the names of files that are made of the present picture. */
export const stemOf = (link) => (link.get("subject").name ?? "picture").replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-");
