// The nearest of a few items to a number. No page.

/** The item whose measure is nearest to a number; the first one where no number is wanted, null where there is no item. */
export function nearestTo(items, wanted, measure) {
  if (wanted === null || wanted === undefined || !items.length) return items[0] ?? null;
  const away = (item) => Math.abs(measure(item) - wanted);
  return items.reduce((best, item) => (away(item) < away(best) ? item : best));
}
