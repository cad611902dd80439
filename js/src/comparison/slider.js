// Values along a slider, linear or logarithmic. Plain arithmetic; no page.

/** The value at a place from 0 to 1. */
export const valueAt = (from, to, log, place) => (log ? from * (to / from) ** place : from + (to - from) * place);

/** The place of a value, from 0 to 1. */
export function placeAt(from, to, log, value) {
  const place = log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  return Math.min(1, Math.max(0, place || 0));
}
