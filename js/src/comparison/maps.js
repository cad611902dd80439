// A picture made of two pictures: where they differ. Pixels in, pixels out; no page.

// Black over violet and orange to white (an excerpt of matplotlib's inferno, CC0): brighter is more.
const STOPS = [[0, 0, 4], [51, 10, 95], [120, 28, 109], [188, 55, 84], [237, 105, 37], [251, 180, 26], [252, 255, 164]];
export const RAMP = Array.from({ length: 256 }, (_, i) => {
  const at = (i / 255) * (STOPS.length - 1);
  const k = Math.min(Math.floor(at), STOPS.length - 2);
  return STOPS[k].map((low, c) => Math.round(low + (at - k) * (STOPS[k + 1][c] - low)));
});
export const RAMP_CSS = `linear-gradient(90deg,${STOPS.map((c) => `rgb(${c})`).join(",")})`;

/**
 * The largest difference of the three colours at each pixel, as far as it can be seen, as a heat map.
 * @param a, b RGBA bytes of one size
 * @param full the difference, in levels of 255, that is shown brightest
 * @returns RGBA bytes
 */
export function errorMap(a, b, full) {
  const out = new Uint8ClampedArray(a.length);
  const top = 255 / full;
  for (let i = 0; i < a.length; i += 4) {
    const d = (a[i + 3] / 255) * Math.max(Math.abs(a[i] - b[i]), Math.abs(a[i + 1] - b[i + 1]), Math.abs(a[i + 2] - b[i + 2]));
    const [red, green, blue] = RAMP[Math.min(255, Math.round(d * top))];
    out[i] = red;
    out[i + 1] = green;
    out[i + 2] = blue;
    out[i + 3] = 255;
  }
  return out;
}
