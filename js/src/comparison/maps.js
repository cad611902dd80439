// Pictures made of pictures: where two differ, and where bits go. Pixels in, pixels out; no page.

/** Codecs keep their colours, in menus, cards and curves: Okabe and Ito's, lighter on dark pages. */
export const COLOURS = {
  learned: ["#0072b2", "#56b4e9"],
  jpeg: ["#b84f00", "#ff9248"],
  webp: ["#007a5a", "#2fcf9f"],
  avif: ["#a8467d", "#e792c2"],
  jpeg2000: ["#8a6100", "#e6b434"],
  "learned-factorised": ["#3d6fd1", "#9cb8ff"],
  png: ["#5f5f5f", "#b8b8b8"],
  original: ["#5f5f5f", "#b8b8b8"],
};
export const colourOf = (codec, dark) => (COLOURS[codec] ?? COLOURS.learned)[dark ? 1 : 0];

// Black over violet and orange to white (an excerpt of matplotlib's inferno, CC0): brighter is more.
const STOPS = [[0, 0, 4], [51, 10, 95], [120, 28, 109], [188, 55, 84], [237, 105, 37], [251, 180, 26], [252, 255, 164]];
export const RAMP = Array.from({ length: 256 }, (_, i) => {
  const at = (i / 255) * (STOPS.length - 1);
  const k = Math.min(Math.floor(at), STOPS.length - 2);
  return STOPS[k].map((low, c) => Math.round(low + (at - k) * (STOPS[k + 1][c] - low)));
});
export const RAMP_CSS = `linear-gradient(90deg,${STOPS.map((c) => `rgb(${c})`).join(",")})`;

/**
 * The largest difference of the three colours at each pixel, as a heat map.
 * @param a, b RGBA bytes of one size
 * @param full the difference, in levels of 255, that is shown brightest
 * @returns RGBA bytes
 */
export function errorMap(a, b, full) {
  const out = new Uint8ClampedArray(a.length);
  const top = 255 / full;
  for (let i = 0; i < a.length; i += 4) {
    const d = Math.max(Math.abs(a[i] - b[i]), Math.abs(a[i + 1] - b[i + 1]), Math.abs(a[i + 2] - b[i + 2]));
    const [red, green, blue] = RAMP[Math.min(255, Math.round(d * top))];
    out[i] = red;
    out[i + 1] = green;
    out[i + 2] = blue;
    out[i + 3] = 255;
  }
  return out;
}

/**
 * Bits at each position, of one group or of all (-1).
 * @returns Float32Array (rows * columns)
 */
export function bitsAt({ rows, columns, groups, positions }, group) {
  const view = positions instanceof DataView ? positions : new DataView(positions.buffer, positions.byteOffset);
  const count = groups.length;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < out.length; i++) {
    for (let g = 0; g < count; g++) {
      if (group < 0 || g === group) out[i] += view.getFloat32(4 * (i * count + g), true);
    }
  }
  return out;
}

/** Values as a heat map of one pixel each, clear where there is nothing. */
export function heat(values, top) {
  const out = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, values[i] / (top || 1));
    const [red, green, blue] = RAMP[Math.round(255 * share)];
    out.set([red, green, blue, Math.round(255 * 0.7 * Math.sqrt(share))], 4 * i);
  }
  return out;
}

/** The value below which a share of all lie. */
export function quantile(values, share) {
  const sorted = Float32Array.from(values).sort();
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
}
