// A picture of what was taken out of another one. Pixels in, pixels out; no page.

/**
 * a - b, colour by colour: mid-gray is 0.
 * @param a, b RGBA bytes of one size
 * @param full the difference, in levels of 255, that is shown white; as much below 0 is black
 * @returns RGBA bytes
 */
export function residualMap(a, b, full) {
  const out = new Uint8ClampedArray(a.length);
  const gain = 127 / full;
  for (let i = 0; i < a.length; i += 4) {
    for (let c = i; c < i + 3; c++) out[c] = 128 + (a[c] - b[c]) * gain;
    out[i + 3] = 255;
  }
  return out;
}
