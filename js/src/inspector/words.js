// Words about targets, layers and checks. No page.

/** Method -> the name of the one that is chosen, for which all rules of LRP are one. */
export const family = (name) => (name.startsWith("lrp-") ? "lrp" : name);

/** A shape as people write it. */
export const sides = (shape) => shape.join(" × ");

/** Names of the axes of an output. */
export function axes(shape) {
  if (shape.length === 1) return ["unit"];
  return shape.length === 3 ? ["row", "column", "channel"] : shape.map((_, i) => `axis ${i + 1}`);
}

/** An index for each axis, of one that counts along all of them. */
export function unravel(at, shape) {
  if (at.length === shape.length) return [...at];
  let left = at[0] ?? 0;
  const out = [];
  for (const side of [...shape].reverse()) {
    out.unshift(left % side);
    left = Math.floor(left / side);
  }
  return out;
}

/** A number of a few digits, with a true minus. */
export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  return text.replace(/^-/, "−").replace("e+", "e").replace("e-", "e−");
}

/** What a failed check means for a reader of the map. */
export const WARNINGS = {
  sum: "Its parts do not add up to the target.",
  deletion: "Taking away what it marks does no more than taking away random pixels, or bright ones.",
  randomisation: "It hardly changes when the weights are random: it does not show what was learnt.",
};

/** Names of the checks that a method fails. */
export const failed = (checks = {}) => Object.keys(WARNINGS).filter((name) => checks[name]?.passes === false);

/** A check's result as a word. */
export function verdict(check) {
  if (!check) return "not yet";
  return check.passes === null ? "–" : check.passes ? "passes" : "fails";
}

/** The warning above all maps; "" where there is nothing to warn of. @param methods {name, label, why} @param checks by method */
export function warning(methods, checks) {
  const shown = methods.filter(({ why }) => !why);
  const bad = shown.filter(({ name }) => failed(checks[name]).length);
  const open = shown.some(({ name }) => Object.keys(WARNINGS).some((check) => !checks[name]?.[check]));
  if (bad.length) {
    const names = bad.map(({ label }) => label.replace(", ", " ")).join(", ");
    const one = bad.length === 1;
    return `${bad.length} of ${shown.length} methods ${one ? "fails" : "fail"} a check for this target: ${names}. Do not take ${one ? "its map" : "their maps"} for an explanation; why stands below.`;
  }
  return open ? "The maps have not passed their checks yet: until then, nobody knows what they are worth." : "";
}
