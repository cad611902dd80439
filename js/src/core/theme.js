// Which colours the page has, and when that is known or changes.

/** The colours of a widget's root element, as canvases need them. */
export function themeOf(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(name).trim();
  const probe = style.backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  const dark = (probe[0] * 299 + probe[1] * 587 + probe[2] * 114) / 1000 < 128;
  return { dark, ink: style.color, line: read("--aew-line"), paper: style.backgroundColor };
}

/** Call once a root element is in the page, where it first has colours and a size, and when the system's or JupyterLab's
 *  theme changes; returns what undoes it. */
export function onTheme(root, call) {
  const placed = new ResizeObserver(() => {
    placed.disconnect();
    call();
  });
  placed.observe(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const soon = () => requestAnimationFrame(call);
  dark.addEventListener("change", soon);
  const observer = new MutationObserver(soon);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"] });
  return () => {
    dark.removeEventListener("change", soon);
    observer.disconnect();
    placed.disconnect();
  };
}
