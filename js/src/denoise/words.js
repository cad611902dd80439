// What the studio says of a method, and the colour that it keeps in menus, cards, tables and curves.

// Okabe and Ito's, lighter on dark pages.
const COLOURS = {
  learned: ["#0072b2", "#56b4e9"],
  blind: ["#3d6fd1", "#9cb8ff"],
  nlm: ["#b84f00", "#ff9248"],
  tv: ["#007a5a", "#2fcf9f"],
  wavelet: ["#a8467d", "#e792c2"],
  bilateral: ["#8a6100", "#e6b434"],
  ksvd: ["#6a3fb5", "#b79bf0"],
  median: ["#a33a3a", "#f08a8a"],
  noisy: ["#5f5f5f", "#b8b8b8"],
  original: ["#3f3f3f", "#dcdcdc"],
};
const OTHERS = ["nlm", "tv", "wavelet", "bilateral"];
const PLACES = { wiener: 0, "richardson-lucy": 1, "unsupervised-wiener": 2, biharmonic: 0, clahe: 0, gamma: 1, equalise: 2 };

/** The colour of a method on a light or a dark page. */
export const colourOf = (method, dark) => (COLOURS[method] ?? COLOURS[OTHERS[PLACES[method] ?? 3]])[dark ? 1 : 0];

/** A point in a few words. */
export function inWords({ method, label, psnr, exact, failed }) {
  if (!method) return "";
  if (failed) return `${label}: cannot do this`;
  if (exact || psnr === null || psnr === undefined) return label;
  return `${label} · ${psnr.toFixed(2)} dB`;
}

/** Whether a point answers another question than the one that is asked now. */
export function stale(point, link) {
  return Boolean(point.preview) || ["corruption", "strength", "seed"].some((name) => point[name] !== link.get(name));
}
