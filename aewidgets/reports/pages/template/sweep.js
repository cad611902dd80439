// Data, columns and ranges, used by every part of the page of a sweep.
const data = JSON.parse(document.getElementById("sweep-data").textContent);
const points = data.points;

const plain = (value) => (typeof value === "number" ? number(value) : value === null ? "none" : String(value));
const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

// A column: a parameter or a figure of every point. Numbers keep their distances; other values keep their order.
function column(name, values, figure) {
  const there = values.filter((value) => value !== undefined && !(figure && value === null));
  const numeric = there.length > 0 && there.every((value) => typeof value === "number");
  const kinds = numeric ? [] : [...new Set(there.map(plain))];
  const low = numeric ? Math.min(...there) : 0;
  const high = numeric ? Math.max(...there) : kinds.length - 1;
  const spread = numeric && low > 0 && high / low > 30 && new Set(there).size > 2;
  const scale = spread ? Math.log : (value) => value;
  const from = scale(low), to = scale(high);
  // The position of a point between the ends of the axis, 0 to 1; undefined if it has no value.
  const places = values.map((value) => {
    if (value === undefined || (figure && value === null)) return undefined;
    if (to === from) return 0.5;
    return ((numeric ? scale(value) : kinds.indexOf(plain(value))) - from) / (to - from);
  });
  const at = (place) => (spread ? Math.exp(from + place * (to - from)) : from + place * (to - from));
  return { name, values, figure, numeric, kinds, places, at, spread };
}
const parameters = data.varied.map((name, i) => column(name, points.map((point) => point.values[i]), false));
const figures = data.figures.map((name, i) => column(name, points.map((point) => point.figures[i]), true));

const chosen = () => figures[Number(byId("figure").value)];
const ranges = new Map(); // column -> [from, to], positions on its axis
const inside = (index) =>
  [...ranges].every(([one, [from, to]]) => {
    const place = one.places[index];
    return place !== undefined && place >= from - 1e-9 && place <= to + 1e-9;
  });
let kept = points.map(() => true);
const drawn = []; // functions that redraw a part after the choice or the ranges have changed
function redraw() {
  kept = points.map((_, index) => inside(index));
  const count = kept.filter(Boolean).length;
  byId("count").textContent = ranges.size ? `${number(count)} of ${number(points.length)} points` : "";
  byId("clear").hidden = !ranges.size;
  for (const draw of drawn) draw();
}

const STATUS = { completed: ["good", "●"], "threshold missed": ["warn", "▲"], waiting: ["soft", "○"] };
function statusOf(point) {
  const [kind, mark] = Object.hasOwn(STATUS, point.status) ? STATUS[point.status] : ["bad", "✕"];
  return el("span", { class: `status ${kind}` }, el("span", { "aria-hidden": "true" }, `${mark} `), point.status);
}
const said = (point) =>
  [
    `point ${point.number}`,
    ...data.varied.map((name, i) => `${name} = ${plain(point.values[i])}`),
    ...data.figures.map((name, i) => (point.figures[i] === null ? null : `${name} = ${number(point.figures[i])}`)),
    point.status === "completed" ? null : point.status,
  ]
    .filter(Boolean)
    .join(", ");

function summary() {
  const counts = new Map();
  for (const point of points) counts.set(point.status, (counts.get(point.status) || 0) + 1);
  const parts = [...counts].sort(([a], [b]) => (b === "completed") - (a === "completed")).map(([status, count]) => `${number(count)} ${status}`);
  const kept = points.filter((point) => point.kept).length;
  const ended = { running: "Still running when this was written; reload for more.", interrupted: "It was interrupted: give the same command to go on." };
  byId("summary").textContent = [
    `${number(points.length)} points: ${parts.join(", ")}${kept ? ` (${number(kept)} by an earlier sweep)` : ""}.`,
    ended[data.status] || "",
    `Written ${data.written.slice(0, 16).replace("T", " ")} UTC.`,
  ].join(" ");
  const shared = Object.entries(data.shared).map(([name, value]) => `${name} = ${plain(value)}`);
  byId("about").append(
    el("p", {}, `Notebook ${data.notebook}, SHA-256 ${data.sha256}. Started ${data.started.slice(0, 16).replace("T", " ")} UTC.`),
    shared.length ? el("p", {}, `The same for all points: ${shared.join(", ")}.`) : "",
    data.dropped ? el("p", {}, `Points of the grid that repeat others and were left out: ${number(data.dropped)}.`) : "",
  );
  figures.forEach((one, index) => byId("figure").append(el("option", { value: index }, one.name)));
  byId("figure").addEventListener("change", redraw);
  byId("controls").addEventListener("reset", (event) => {
    event.preventDefault(); // the figure stays
    ranges.clear();
    redraw();
  });
  byId("controls").hidden = !figures.length;
}
summary();
