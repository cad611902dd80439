// The chosen figure against each parameter, as small plots beside each other.
const MANY = 1000; // dots with a title each; more dots are drawn as two shapes, which is faster
const WIDE = 360, TALL = 220, LEFT = 52, RIGHT = 12, HEAD = 10, FOOT = 34;

function trend(axis, figure) {
  const shown = points.map((_, index) => index).filter((index) => figure.places[index] !== undefined && axis.places[index] !== undefined);
  const inset = axis.numeric ? 0.02 : 0.06;
  const x = (place) => LEFT + (inset + place * (1 - 2 * inset)) * (WIDE - LEFT - RIGHT);
  const y = (place) => HEAD + (0.96 - place * 0.92) * (TALL - HEAD - FOOT);
  const sums = new Map();
  for (const index of shown) {
    if (!kept[index]) continue;
    const [count, sum] = sums.get(axis.places[index]) || [0, 0];
    sums.set(axis.places[index], [count + 1, sum + figure.places[index]]);
  }
  const means = [...sums].sort((a, b) => a[0] - b[0]).map(([place, [count, sum]]) => `${x(place)},${y(sum / count)}`);
  const marks = ticks(axis, 40);
  const room = Math.floor((WIDE - LEFT - RIGHT) / Math.max(1, marks.length) / 6.5);
  const dot = (index) =>
    svg("circle", { class: kept[index] ? "dot" : "dot out", cx: x(axis.places[index]), cy: y(figure.places[index]), r: shown.length > 300 ? 2 : 4 }, svg("title", {}, said(points[index])));
  const shape = (those, name) =>
    svg("path", { class: name, d: those.map((index) => `M${x(axis.places[index]).toFixed(1)} ${y(figure.places[index]).toFixed(1)}h2v2h-2z`).join("") });
  const dots =
    shown.length <= MANY
      ? shown.map(dot)
      : [shape(shown.filter((index) => !kept[index]), "dots out"), shape(shown.filter((index) => kept[index]), "dots")];
  return el(
    "figure",
    {},
    el("figcaption", {}, `${figure.name} against ${axis.name}`),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": `${figure.name} against ${axis.name}, ${shown.length} points` },
      ...[0, 0.5, 1].flatMap((place) => [
        svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(place), y2: y(place) }),
        svg("text", { class: "soft", x: LEFT - 6, y: y(place) + 4, "text-anchor": "end" }, number(Number(figure.at(place).toPrecision(4)))),
      ]),
      ...marks.map(([place, text]) => svg("text", { class: "soft", x: x(place), y: TALL - 16, "text-anchor": "middle" }, short(text, Math.max(3, room)))),
      svg("text", { class: "soft", x: (LEFT + WIDE - RIGHT) / 2, y: TALL - 2, "text-anchor": "middle" }, axis.spread ? `${short(axis.name, 40)} (log)` : short(axis.name, 40)),
      means.length > 1 && means.length <= 100 && axis.numeric ? svg("polyline", { class: "mean", points: means.join(" ") }) : null,
      ...dots,
    ),
  );
}

if (parameters.length && figures.length) {
  byId("trends").hidden = false;
  drawn.push(() => byId("trend-plots").replaceChildren(...parameters.map((axis) => trend(axis, chosen()))));
}
