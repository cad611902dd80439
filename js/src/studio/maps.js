// A picture of where bits go. Numbers in, pixels out; no page.

import { RAMP } from "../comparison/maps.js";

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
