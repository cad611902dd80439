// Draws the page's figures in the theme that the reader's system asks for, and again when that changes.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const templates = JSON.parse(document.querySelector("script#figure-templates").textContent);
  // Coasts and countries of maps, which plotly would load: none. Shapes that a figure brings itself are drawn.
  const none = { type: "GeometryCollection", geometries: [] };
  const names = ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"];
  const empty = { type: "Topology", arcs: [], objects: Object.fromEntries(names.map((name) => [name, none])) };
  window.PlotlyGeoAssets = { topojson: new Proxy({}, { get: () => empty }) };
  const clear = "rgba(0,0,0,0)";

  // A figure's layout for the theme: on a dark page light text, and no white boxes behind legends.
  function themed(layout) {
    const copy = { ...layout };
    if (dark.matches) copy.template = templates.dark;
    copy.paper_bgcolor = copy.plot_bgcolor = clear;
    copy.font = { ...layout.font, color: dark.matches ? "#e6e6e6" : "#222222" };
    if (dark.matches && layout.legend) copy.legend = { ...layout.legend, bgcolor: clear };
    return copy;
  }

  function draw() {
    for (const source of document.querySelectorAll("script[data-figure]")) {
      const figure = JSON.parse(source.textContent);
      const config = { displaylogo: false, ...figure.config, responsive: true };
      config.modeBarButtonsToRemove = [...(config.modeBarButtonsToRemove ?? []), "sendChartToCloud"];
      const { data, frames } = figure;
      window.Plotly.react(source.previousElementSibling, { data, layout: themed(figure.layout ?? {}), config, frames });
    }
  }

  // On paper: light, and as wide as the paper; a reader's own view of a figure stays.
  const PAPER = 680;
  function paper(on) {
    for (const source of document.querySelectorAll("script[data-figure]")) {
      const { layout = {} } = JSON.parse(source.textContent);
      const { template, font, legend } = on ? layout : themed(layout);
      const width = on ? Math.min(PAPER, layout.width ?? PAPER) : (layout.width ?? null);
      const colours = { template: template ?? null, "font.color": on ? "#222222" : font.color, "legend.bgcolor": legend?.bgcolor ?? null };
      window.Plotly.relayout(source.dataset.figure, { ...colours, width, autosize: !on && layout.width === undefined });
    }
  }

  draw();
  window.addEventListener("beforeprint", () => paper(true));
  window.addEventListener("afterprint", () => paper(false));
  dark.addEventListener("change", draw);
})();
