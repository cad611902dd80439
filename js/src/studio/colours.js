// The colours of codecs.

const GRAY = ["#5f5f5f", "#b8b8b8"];
/** Codecs keep their colours, in menus, cards and curves: Okabe and Ito's, lighter on dark pages. */
export const COLOURS = {
  learned: ["#0072b2", "#56b4e9"],
  jpeg: ["#b84f00", "#ff9248"],
  webp: ["#007a5a", "#2fcf9f"],
  avif: ["#a8467d", "#e792c2"],
  jpeg2000: ["#8a6100", "#e6b434"],
  "learned-factorised": ["#3d6fd1", "#9cb8ff"],
  jxl: ["#6b4fa0", "#b9a2ec"],
  png: GRAY,
  original: GRAY,
};
/** Those of other codecs, in the order in which a page meets them. */
const OTHERS = [["#a11d33", "#ff8fa3"], ["#00707f", "#4fd8e8"]];
const met = [];

export function colourOf(codec, dark) {
  if (!COLOURS[codec] && !met.includes(codec)) met.push(codec);
  return (COLOURS[codec] ?? OTHERS[met.indexOf(codec) % 2])[+dark];
}
