// The table: one row a run, sorted by any column, with the chosen figures.
let figuresChosen = null; // the reader's choice; until then the figures that most rows have
const sorting = { column: "started", down: true };

// Names of figures: first those that most runs have, and among these those that vary.
function ranked(indexes) {
  const found = new Map();
  for (const index of indexes) {
    for (const [name, value] of Object.entries(runs[index].figures)) {
      const one = found.get(name) ?? found.set(name, { count: 0, first: value, varies: 0 }).get(name);
      one.count += 1;
      if (value !== one.first) one.varies = 1;
    }
  }
  return [...found].sort(([, a], [, b]) => b.count - a.count || b.varies - a.varies).map(([name]) => name);
}
const allFigures = ranked(runs.keys());

function paramsOf(run) {
  const names = data.differ[run.notebook] ?? [];
  return Object.fromEntries(names.filter((name) => name in run.parameters).map((name) => [name, run.parameters[name]]));
}

function columns(figures) {
  const fixed = [
    { key: "id", title: "run", value: (run) => run.id },
    { key: "notebook", title: "notebook", value: (run) => run.notebook },
    { key: "started", title: "started (UTC)", value: (run) => run.started },
    { key: "seconds", title: "seconds", value: (run) => run.seconds, number: true },
    { key: "status", title: "status", value: (run) => run.status },
    { key: "parameters", title: "parameters that differ", value: (run) => named(paramsOf(run)) },
  ];
  return [...fixed, ...figures.map((name) => ({ key: `figure ${name}`, title: name, value: (run) => run.figures[name], number: true }))];
}

const order = new Intl.Collator("en", { numeric: true }).compare;

function sorted(indexes, shown) {
  const column = shown.find((one) => one.key === sorting.column) ?? shown[2];
  const sign = sorting.down ? -1 : 1;
  const keyed = indexes.map((index) => [column.value(runs[index]) ?? null, index]);
  keyed.sort(([a, i], [b, j]) => {
    if (a === null || b === null) return (a === null) - (b === null) || i - j; // unknown values come last in both directions
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : order(String(a), String(b))) || i - j;
  });
  return keyed.map(([, index]) => index);
}

function heading(column) {
  const here = sorting.column === column.key;
  const click = () => {
    sorting.down = here ? !sorting.down : Boolean(column.number || column.key === "started");
    sorting.column = column.key;
    drawTable();
    byId("table").querySelector("[aria-sort] button")?.focus();
  };
  const mark = here ? (sorting.down ? " ▼" : " ▲") : "";
  const attributes = { scope: "col", class: column.number ? "number" : column.key };
  if (here) attributes["aria-sort"] = sorting.down ? "descending" : "ascending";
  return el("th", attributes, el("button", { type: "button", click }, column.title, el("span", { "aria-hidden": "true" }, mark)));
}

function facts(run) {
  const list = el("dl", { class: "facts" });
  const add = (name, value) => value && list.append(el("dt", {}, name), el("dd", {}, value));
  add("why", run.why);
  add("parameters", named(run.parameters));
  add("as written", named(run.relative));
  add("figures", named({ ...run.figures, ...run.metrics }));
  add("seeds", named(run.seeds));
  add("notebook SHA-256", run.sha256 && `${run.sha256}…`);
  add("exit code", run.code === null ? "" : String(run.code));
  add("versions", Object.entries(data.versions[run.versions]).map(([name, value]) => `${name} ${value}`).join(", "));
  return list;
}

function row(index, shown) {
  const run = runs[index];
  const files = [["pdf", "PDF"], ["notebook", "notebook"], ["metrics", "metrics"], ["record", "record"]].filter(([kind]) => run.links[kind]);
  const links = files.flatMap(([kind, text]) => [el("a", { href: run.links[kind], "aria-label": `${text} of ${run.id}` }, text), " · "]);
  const more = el("button", { type: "button", "aria-expanded": "false", "aria-label": `details of ${run.id}` }, "details");
  const line = el("tr", {});
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") === "true";
    more.setAttribute("aria-expanded", String(!open));
    if (open) line.nextSibling.remove();
    else line.after(el("tr", { class: "about" }, el("td", { colspan: shown.length + 1 }, facts(run))));
  });
  const picture = data.thumbnails[run.thumbnail];
  line.append(el("td", { class: "thumb" }, picture ? el("img", { src: picture, alt: "", loading: "lazy" }) : null));
  for (const column of shown) {
    if (column.key === "id") line.append(el("th", { scope: "row" }, opened(run), el("span", { class: "files" }, ...links, more)));
    else if (column.key === "status") {
      const { why } = run;
      const cut = why.length > 160 ? `${why.slice(0, 160)}…` : why;
      line.append(el("td", {}, statusOf(run).node, why ? el("span", { class: "why" }, cut) : null));
    } else if (column.key === "started") line.append(el("td", { class: "time" }, ...when(run).split(" ").flatMap((part) => [el("span", {}, part), " "])));
    else if (column.key === "seconds") line.append(el("td", { class: "number" }, took(run.seconds)));
    else if (column.number) line.append(el("td", { class: "number" }, column.value(run) === undefined ? "–" : number(column.value(run))));
    else line.append(el("td", { class: column.key }, column.value(run) || "–"));
  }
  return line;
}

function drawTable() {
  const kept = [...runs.keys()].filter((index) => matches(index, true));
  const figures = figuresChosen ? allFigures.filter((name) => figuresChosen.has(name)) : ranked(kept).slice(0, 3);
  const shown = columns(figures);
  const found = sorted(kept, shown);
  for (const box of byId("column-choices").querySelectorAll("input")) box.checked = figures.includes(box.value);
  const body = el("tbody");
  const head = el("thead", {}, el("tr", {}, el("td", {}, el("span", { class: "hidden" }, "picture")), ...shown.map(heading)));
  byId("table").replaceChildren(el("table", {}, head, body));
  inPieces(found, 50, (index) => body.append(row(index, shown)), byId("runs-more"), "runs");
  byId("count").textContent = found.length === runs.length ? "" : `${number(found.length)} of ${number(runs.length)} runs`;
}

function drawColumnChoices() {
  for (const name of allFigures.slice(0, 200)) {
    const box = el("input", { type: "checkbox", value: name });
    box.addEventListener("change", () => {
      figuresChosen = new Set([...byId("column-choices").querySelectorAll("input:checked")].map((one) => one.value));
      drawTable();
    });
    byId("column-choices").append(el("label", {}, box, ` ${name}`));
  }
  byId("columns").hidden = allFigures.length === 0;
}
