// The colours of codecs.

/** Codecs keep their colours, in menus, cards and curves: Okabe and Ito's, lighter on dark pages. */
export const COLOURS = {
  learned: ["#0072b2", "#56b4e9"],
  jpeg: ["#b84f00", "#ff9248"],
  webp: ["#007a5a", "#2fcf9f"],
  avif: ["#a8467d", "#e792c2"],
  jpeg2000: ["#8a6100", "#e6b434"],
  "learned-factorised": ["#3d6fd1", "#9cb8ff"],
  jxl: ["#6b4fa0", "#b9a2ec"],
  png: ["#5f5f5f", "#b8b8b8"],
  original: ["#5f5f5f", "#b8b8b8"],
};
export const colourOf = (codec, dark) => (COLOURS[codec] ?? COLOURS.learned)[dark ? 1 : 0];
