// The figures of a pair, and words for them. Plain arithmetic; no page.

/**
 * Figures of a picture against another one.
 * @param figures of pairs as Python sends them; @param one, other numbers of the pictures, in any order; @param name of the other
 * @returns {name, same, known, psnr, exact, ssim, ms_ssim}
 */
export function figuresOf(figures, one, other, name) {
  const same = one === other;
  const found = figures.find(({ pair }) => pair.includes(one) && pair.includes(other) && !same);
  return { psnr: null, exact: false, ssim: null, ms_ssim: null, ...found, name, same, known: same || Boolean(found) };
}

/** A side in a few words. */
export function inWords({ name, same, known, exact, psnr }) {
  const words = same ? "reference" : !known ? "" : exact ? "equal" : `${psnr.toFixed(2)} dB`;
  return [name, words].filter(Boolean).join(" · ");
}

/** Columns and rows of panes for all of several pictures, so that each is as large as can be. */
export function panesFor(count, size, { width, height }) {
  let best = [1, count];
  let largest = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const scale = Math.min(width / columns / size.width, height / rows / size.height);
    if (scale > largest + 1e-9) [largest, best] = [scale, [columns, rows]];
  }
  return best;
}
