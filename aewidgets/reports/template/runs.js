// What every part of the page of runs uses: the data, elements, numbers, and the filters. Text is only ever text.
const data = JSON.parse(document.getElementById("runs-data").textContent);
const runs = data.runs; // newest first
// Names are other people's: none may find what every object has, such as "constructor".
for (const named of [data.differ, ...runs.flatMap((run) => [run.parameters, run.figures, run.metrics])]) Object.setPrototypeOf(named, null);
const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

const whole = new Intl.NumberFormat("en");
const fourDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

// Four digits, as people read them; the files have all.
function number(value) {
  if (typeof value !== "number") return String(value);
  if (value < 0) return `−${number(-value)}`;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return whole.format(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2);
  return fourDigits.format(value);
}
const plain = (value) =>
  typeof value === "string" ? value : typeof value === "number" ? number(value) : JSON.stringify(value);
const named = (values) => Object.entries(values).map(([name, value]) => `${name} = ${plain(value)}`).join(", ");
const when = (run) => (run.started ? run.started.slice(0, 16).replace("T", " ") : "time unknown");
const took = (seconds) =>
  seconds === null ? "–" : seconds < 100 ? number(seconds) : `${number(Math.round(seconds))}`;

function statusOf(run) {
  const kind = run.status === "completed" ? "good" : run.status === "threshold missed" ? "warn" : "bad";
  const mark = { good: "●", warn: "▲", bad: "✕" }[kind];
  return { kind, node: el("span", { class: `status ${kind}` }, el("span", { "aria-hidden": "true" }, `${mark} `), run.status) };
}

// A run's name, which opens its page if there is one.
const opened = (run, words = run.id) => (run.links.page ? el("a", { href: run.links.page }, words) : el("span", {}, words));

// A list that begins with `first` items; buttons below it show the next ones, or all.
function inPieces(items, first, add, where, what) {
  let shown = 0;
  function more(count) {
    const next = items.slice(shown, shown + count);
    next.forEach(add);
    shown += next.length;
    const left = items.length - shown;
    where.replaceChildren();
    if (left > first) where.append(el("button", { type: "button", click: () => more(first) }, `Show ${first} more`));
    if (left > 0) where.append(el("button", { type: "button", click: () => more(left) }, `Show all ${number(items.length)} ${what}`));
  }
  more(first);
}

const filters = { text: byId("filter-text"), notebook: byId("filter-notebook"), status: byId("filter-status") };
const words = []; // what the text is looked for in, made when it is first asked for
function wordsOf(index) {
  const run = runs[index];
  const texts = [run.id, run.notebook, run.status, run.why, named(run.parameters), named(run.metrics), run.sha256];
  return (words[index] ??= [...texts, ...Object.keys(run.figures)].join("\n").toLowerCase());
}

function matches(index, withStatus) {
  const run = runs[index];
  const wanted = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (filters.notebook.value && run.notebook !== filters.notebook.value) return false;
  if (withStatus && filters.status.value === "*" && run.status === "completed") return false;
  if (withStatus && !["", "*"].includes(filters.status.value) && run.status !== filters.status.value) return false;
  return wanted.every((word) => wordsOf(index).includes(word));
}

function choices(select, values, all) {
  select.append(el("option", { value: "" }, all));
  for (const [value, text] of values) select.append(el("option", { value }, text));
}

function counted(key) {
  const counts = new Map();
  for (const run of runs) counts.set(run[key], (counts.get(run[key]) ?? 0) + 1);
  return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([value, count]) => [value, `${value} (${number(count)})`]);
}
