// A file for the reader, out of what the page holds.

import { h } from "./dom.js";

/** Let the browser save `bytes`: whatever a Blob is made of. */
export function download({ name, bytes, media }) {
  const href = URL.createObjectURL(new Blob([bytes], { type: media }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** What files made of the picture that is looked at are called, without what it ended in. */
export const stemOf = (link) => (link.get("subject").name ?? "picture").replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-");
