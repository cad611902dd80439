// Words about a method, and the colour that it keeps in menus, cards, tables and curves.

import { looksOf } from "../comparison/looks.js";

const PLACES = {
  learned: 0, blind: 1, "learned-8": 2, nlm: 3, tv: 4, wavelet: 5, bilateral: 6, ksvd: 7, median: 8, noisy: 9, original: 10,
  // Methods of other tasks look as one of noise does, which nobody sees beside them.
  wiener: 3, "richardson-lucy": 6, "unsupervised-wiener": 5, biharmonic: 3, harmonic: 6, clahe: 3, gamma: 6, equalise: 5, gain: 8,
};

/** {colour, dash} of a method on a light or a dark page; those of one's own have three by turns, in the order of the choices. */
export const lookOf = looksOf(PLACES, [11, 12, 13]);
export const colourOf = (...of) => lookOf(...of).colour;

/** A point in a few words. */
export function inWords({ method, label, psnr, exact, failed }) {
  if (!method) return "";
  if (failed) return `${label}: cannot do this`;
  if (exact || psnr === null || psnr === undefined) return label;
  return `${label} · ${psnr.toFixed(2)} dB`;
}

/** True if a point answers another question than the present one. */
export function stale(point, link) {
  return Boolean(point.preview) || ["corruption", "strength", "seed"].some((name) => point[name] !== link.get(name));
}
