// Draws a chart of Vega in the theme that the reader's system asks for, and again when that changes.
window.drawChart = (() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  async function draw(name) {
    const source = document.querySelector(`script[data-chart="${name}"]`);
    const place = source.previousElementSibling; // others may have given its id to an element of theirs
    const chart = JSON.parse(source.textContent);
    const theme = dark.matches ? { theme: "dark", config: { background: "transparent" } } : {};
    try {
      await window.vegaEmbed(place, chart, { actions: false, renderer: "svg", ...theme });
    } catch (error) {
      place.textContent = `This chart could not be drawn: ${error.message}`;
    }
  }

  return (name) => {
    draw(name);
    dark.addEventListener("change", () => draw(name));
  };
})();
