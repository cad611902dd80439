// Words about a method, and the colour that it keeps in menus, cards, tables and curves.

// On light pages, on dark ones, and the dashes of a curve: found by a search for the least difference over all pairs, as people
// with and without each kind of colour blindness see them. tests/widgets/test_method_looks.py holds what it came to.
const LOOKS = {
  learned: ["#0072b2", "#56b4e9"],
  blind: ["#114490", "#7af4ff", [10, 4]],
  "learned-8": ["#2e03ee", "#3299ad", [2, 4]],
  nlm: ["#802e04", "#ae8248"],
  tv: ["#264435", "#d9fedd"],
  wavelet: ["#631e4c", "#e05d81", [10, 4]],
  bilateral: ["#8a6c00", "#fdfd61", [2, 4]],
  ksvd: ["#7b6782", "#7480e5", [10, 4]],
  median: ["#c20057", "#ffaa91", [2, 4]],
  noisy: ["#5f5f5f", "#b8b8b8", [5, 4]],
  original: ["#3f3f3f", "#dcdcdc"],
};
// Methods of other tasks look as one of noise does, which nobody sees beside them.
const LIKE = {
  wiener: "nlm", "richardson-lucy": "bilateral", "unsupervised-wiener": "wavelet", biharmonic: "nlm", harmonic: "bilateral",
  clahe: "nlm", gamma: "bilateral", equalise: "wavelet",
};

/** {colour, dash} of a method on a light or a dark page; no dash is a whole line. */
export function lookOf(method, dark) {
  const [light, onDark, dash] = LOOKS[LIKE[method] ?? method] ?? LOOKS.median;
  return { colour: dark ? onDark : light, dash };
}
export const colourOf = (method, dark) => lookOf(method, dark).colour;

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
