// Where an axis has its ticks, and what they are called. Plain arithmetic; no page.

/** Round numbers between two, evenly apart: two at least, about five. */
export function evenTicks(low, high) {
  if (!(high > low) || !Number.isFinite(high - low)) return [];
  const power = 10 ** Math.floor(Math.log10(high - low));
  for (const step of [power, power / 2, power / 5, power / 10]) {
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    if (count >= 3) return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  }
  return [];
}

/** Round numbers between two for a logarithmic axis: powers of ten, and as many of their multiples as there is room for; none from nought. */
export function logTicks(low, high) {
  if (!(low > 0) || !Number.isFinite(high)) return [];
  let inside = [];
  for (const multiples of [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 5], [1]]) {
    inside = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
      inside.push(...multiples.map((m) => Number(`${m}e${e}`)).filter((t) => t >= low && t <= high));
    }
    if (inside.length < 8) break;
  }
  return inside.length < 2 ? evenTicks(low, high) : inside; // on a plateau there may be no such number at all
}

/** Ticks as text: four digits, and more where two of them would read the same. */
export function tickLabels(ticks) {
  for (let digits = 4; digits < 12; digits++) {
    const labels = ticks.map((tick) => (tick === null ? "" : String(Number(tick.toPrecision(digits)))));
    const said = labels.filter((label) => label !== "");
    if (new Set(said).size === said.length) return labels;
  }
  return ticks.map(String);
}
