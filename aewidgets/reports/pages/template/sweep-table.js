// All points within the ranges, sorted by any column; the first ones at once, the rest on request.
const FIRST = 200;
const columns = [
  ["point", (index) => points[index].number, true],
  ["status", (index) => points[index].status, false],
  ...parameters.map((one) => [one.name, (index) => one.values[index], one.numeric]),
  ...figures.map((one) => [one.name, (index) => one.values[index], true]),
  ["seconds", (index) => points[index].seconds, true],
];
let sorted = [0, 1]; // index of the column, and 1 for ascending or -1 for descending
let shownRows = FIRST;

function compared(a, b) {
  const value = columns[sorted[0]][1];
  const one = value(a), other = value(b);
  if (one === null || one === undefined) return other === null || other === undefined ? a - b : 1;
  if (other === null || other === undefined) return -1;
  if (typeof one === "number" && typeof other === "number") return sorted[1] * (one - other) || a - b;
  return sorted[1] * String(one).localeCompare(String(other)) || a - b;
}

function row(index) {
  const point = points[index];
  const cell = ([, value, numeric], i) => {
    const found = value(index);
    const absent = found === null || found === undefined;
    const parameter = i >= 2 && i < 2 + parameters.length;
    return el("td", { class: numeric ? "number" : null }, absent && !parameter ? "–" : plain(found));
  };
  return el(
    "tr",
    {},
    el("th", { scope: "row", class: "number" }, point.link ? el("a", { href: point.link }, String(point.number)) : String(point.number)),
    el("td", {}, statusOf(point), point.why ? el("span", { class: "why" }, point.why) : null),
    ...columns.slice(2).map((one, i) => cell(one, i + 2)),
  );
}

function table() {
  const rows = points.map((_, index) => index).filter((index) => kept[index]).sort(compared);
  const head = columns.map(([name, , numeric], i) => {
    const direction = i === sorted[0] ? (sorted[1] > 0 ? "ascending" : "descending") : null;
    const mark = direction ? (sorted[1] > 0 ? " ▲" : " ▼") : "";
    const sort = () => {
      sorted = i === sorted[0] ? [i, -sorted[1]] : [i, 1];
      table();
      byId("table").querySelectorAll("thead button")[i].focus();
    };
    return el("th", { scope: "col", class: numeric ? "number" : null, "aria-sort": direction }, el("button", { type: "button", click: sort }, name + mark));
  });
  byId("table").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows.slice(0, shownRows).map(row))));
  const more = () => {
    shownRows = points.length;
    table();
  };
  byId("more").replaceChildren(...(rows.length > shownRows ? [el("span", { class: "on-paper" }, `${number(shownRows)} of ${number(rows.length)} points are shown.`), el("button", { type: "button", click: more }, `Show all ${number(rows.length)} points`)] : []));
}

byId("points").hidden = false;
drawn.push(table);
redraw();
