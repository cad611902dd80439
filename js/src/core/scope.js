// Keeps style sheets to one kind of widget: all widgets of a page share one document, and use the same names for other things.

const ROOT = /^\.aew(-compare|-compression|-denoise|-explorer|-inspector|-monitor|-dropping)?(?=[ .:[]|$)/; // classes that a root itself has

/** A minified sheet, whose every rule is for roots of a class, and what is in them; nothing weighs more than before. */
export const scoped = (css, root) =>
  css.replace(/([^{}@;]+)(?=\{)(?<!@[^{};]*)/g, (selectors) =>
    selectors.split(/,(?![^(]*\))/).map((one) => (ROOT.test(one) ? one.replace(ROOT, `$&:where(.${root})`) : `:where(.${root}) ${one}`)).join(","));
