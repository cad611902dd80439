// Makes a page fit the paper: what is wider is made smaller as a whole, addresses of links are written out.
(() => {
  const PAPER = 680; // pixels between the margins of A4; Letter has thirty more
  const COLOURS = ["ink", "soft", "paper", "panel", "line", "control", "accent", "on-accent", "alarm"].map((name) => `--aew-${name}`);
  const LEAST = 0.1; // what would have to be smaller than this is cut at the edge
  const LIVE = ".aewidgets-offline"; // our widgets
  const scaled = new Map(); // element -> its style before

  function scale(element, width, least) {
    if (width <= PAPER + 1) return;
    scaled.set(element, element.getAttribute("style"));
    element.style.zoom = Math.max(least, PAPER / width);
  }

  // The width that an element has in the paper's letters: of a table the least one, its cells break lines; of a text all.
  function widthOf(element, size, width) {
    const before = element.getAttribute("style");
    Object.assign(element.style, { fontSize: size, width, maxWidth: "none" });
    const found = element.offsetWidth;
    put(element, before);
    return found;
  }

  function put(element, style) {
    if (style === null) element.removeAttribute("style");
    else element.setAttribute("style", style);
  }

  function fit() {
    if (scaled.size) return;
    for (const table of document.querySelectorAll("table")) if (!table.closest(LIVE) && !table.parentElement.closest("table")) scale(table, widthOf(table, "9pt", "min-content"), LEAST);
    for (const text of document.querySelectorAll("pre")) {
      if (text.closest(`details:not([open]), table, ${LIVE}`)) continue;
      scale(text, widthOf(text, "9pt", "max-content"), 0.7); // what is wider still breaks its lines
    }
    // What draws itself cannot be laid out again at once: it keeps its width and its colours, and is made smaller.
    for (const live of document.querySelectorAll(".output_html")) {
      const drawn = [...live.querySelectorAll(`canvas, iframe, ${LIVE}`)].filter((one) => !one.closest(".figure"));
      if (!drawn.length) {
        scale(live, widthOf(live, "", "min-content"), LEAST); // whatever else has a width of its own
        continue;
      }
      for (const widget of live.querySelectorAll(".aew")) {
        scaled.set(widget, widget.getAttribute("style"));
        const style = getComputedStyle(widget);
        for (const name of COLOURS) widget.style.setProperty(name, style.getPropertyValue(name));
      }
      const width = Math.max(live.clientWidth, live.scrollWidth);
      if (width <= PAPER) continue;
      scaled.set(live, live.getAttribute("style"));
      live.style.width = `${width}px`;
      live.style.zoom = PAPER / width;
    }
  }

  function restore() {
    for (const [element, style] of scaled) put(element, style);
    scaled.clear();
  }

  for (const link of document.querySelectorAll('.text_cell_render a[href^="http"]')) {
    const address = link.getAttribute("href");
    if (address.length <= 120 && link.textContent.trim() !== address) link.dataset.address = address;
  }
  window.addEventListener("beforeprint", fit);
  window.addEventListener("afterprint", restore);
})();
