// Data and filters, used by every part of the page of runs.
const data = JSON.parse(document.getElementById("runs-data").textContent);
const runs = data.runs; // newest first
// Names are untrusted: without a prototype, none of them finds an inherited property such as "constructor".
for (const named of [data.differ, ...data.groups.map((group) => group.higher_is_better), ...runs.flatMap((run) => [run.parameters, run.relative, run.figures, run.metrics])]) Object.setPrototypeOf(named, null);

const plain = (value) =>
  typeof value === "string" ? value : typeof value === "number" ? number(value) : JSON.stringify(value);
const named = (values) => Object.entries(values).map(([name, value]) => `${name} = ${plain(value)}`).join(", ");
const when = (run) => (run.started ? run.started.slice(0, 16).replace("T", " ") : "time unknown");
const took = (seconds) =>
  seconds === null ? "–" : seconds < 100 ? number(seconds) : `${number(Math.round(seconds))}`;

function statusOf(run) {
  const kind = run.failed ? "bad" : { completed: "good", running: "now" }[run.status] ?? "warn";
  const mark = { good: "●", warn: "▲", bad: "✕", now: "○" }[kind];
  return { kind, node: el("span", { class: `status ${kind}` }, el("span", { "aria-hidden": "true" }, `${mark} `), run.status) };
}

// The name of a run, as a link to its page if there is one.
const opened = (run, words = run.id) => (run.links.page ? el("a", { href: run.links.page }, words) : el("span", {}, words));

// Show the first `first` items of a list; buttons below it show the next ones, or all.
function inPieces(items, first, add, where, what) {
  let shown = 0;
  function more(count) {
    const next = items.slice(shown, shown + count);
    next.forEach(add);
    shown += next.length;
    const left = items.length - shown;
    where.replaceChildren(...(left ? [el("span", { class: "on-paper" }, `${number(shown)} of ${number(items.length)} ${what} are shown.`)] : []));
    if (left > first) where.append(el("button", { type: "button", click: () => more(first) }, `Show ${first} more`));
    if (left > 0) where.append(el("button", { type: "button", click: () => more(left) }, `Show all ${number(items.length)} ${what}`));
  }
  more(first);
}

const filters = { text: byId("filter-text"), notebook: byId("filter-notebook"), status: byId("filter-status") };
const words = []; // searchable text of each run, made when it is first needed
function wordsOf(index) {
  const run = runs[index];
  const texts = [run.id, run.notebook, run.status, run.why, named(run.parameters), named(run.metrics), run.sha256];
  return (words[index] ??= [...texts, ...Object.keys(run.figures)].join("\n").toLowerCase());
}

function matches(index, withStatus) {
  const run = runs[index];
  const wanted = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (filters.notebook.value && run.notebook !== filters.notebook.value) return false;
  if (withStatus && filters.status.value === "*" && !run.failed) return false;
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
