// Keeps the style sheet of a widget to that widget: all widgets of a page share one document, and use the same names for other things.

/** The folder of a sheet -> the classes of the roots that it is for; sheets of other folders are for all. */
const SCOPES = {
  comparison: ":is(.aew-compression, .aew-denoise)",
  studio: ".aew-compression",
  denoise: ".aew-denoise",
  explorer: ".aew-explorer",
  monitor: ".aew-monitor",
};
const ROOT = /^\.aew(-compression|-denoise|-explorer|-monitor|-dropping)?(?=[ .:[]|$)/; // classes that a root itself has

/** Selectors apart, at commas that are in no brackets. */
function apart(selectors) {
  const found = [""];
  let depth = 0;
  for (const letter of selectors) {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (letter === "," && !depth) found.push("");
    else found[found.length - 1] += letter;
  }
  return found.map((selector) => selector.trim());
}

/** A sheet whose every rule is for one kind of root; nothing weighs more than before. */
export function scoped(css, folder) {
  const scope = SCOPES[folder];
  if (!scope) return css;
  const bare = css.replace(/\/\*[^]*?\*\//g, "");
  return bare.replace(/([^{}@;]+)(?=\{)(?<![@][^{};]*)/g, (selectors) =>
    apart(selectors).map((one) => (ROOT.test(one) ? one.replace(ROOT, `$&:where(${scope})`) : `:where(${scope}) ${one}`)).join(", "));
}
