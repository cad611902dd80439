// The newest run of each notebook and parameter set, beside the last good one before it.
function change(before, after, higherIsBetter) {
  if (before === undefined || after === undefined) return { size: -1, text: "–", percent: "", kind: "" };
  const difference = after - before;
  if (difference === 0) return { size: 0, text: "same", percent: "", kind: "" };
  const kind = higherIsBetter === undefined ? "" : difference > 0 === higherIsBetter ? "better" : "worse";
  const share = before === 0 ? Infinity : difference / Math.abs(before);
  const sign = difference > 0 ? "+" : "−";
  const percent = Math.abs(share) < 100 ? `${sign}${number(Number((100 * Math.abs(share)).toPrecision(2)))} %` : "";
  return { size: Math.abs(share), text: `${sign}${number(Number(Math.abs(difference).toPrecision(3)))}`, percent, kind };
}

// A mark beside the colour, and a word for those who hear the page.
const MARKS = { better: "✓", worse: "✗" };
const mark = (kind) => (kind ? el("span", { class: "mark", title: kind }, el("span", { "aria-hidden": "true" }, MARKS[kind]), el("span", { class: "hidden" }, kind)) : null);

// A long name breaks after an underscore or a dot, not within a word.
const breakable = (name) => name.split(/(?<=[_.])/).flatMap((part) => [part, el("wbr")]);

function differences(good, now, ways) {
  if (!Object.keys(now.figures).length) return [el("p", {}, "This run recorded no number.")];
  const names = [...new Set([...Object.keys(now.figures), ...Object.keys(good.figures)])];
  const lines = names.map((name) => [name, good.figures[name], now.figures[name], change(good.figures[name], now.figures[name], ways[name])]);
  lines.sort((a, b) => b[3].size - a[3].size);
  const body = el("tbody");
  const rest = el("p", { class: "more" });
  const add = ([name, before, after, { text, percent, kind }]) => {
    const cells = [before, after].map((value) => el("td", {}, value === undefined ? "–" : number(value)));
    const changes = [el("td", { class: `sign ${kind}` }, mark(kind)), el("td", { class: kind }, text), el("td", { class: kind }, percent)];
    body.append(el("tr", {}, el("th", { scope: "row" }, ...breakable(name)), ...cells, ...changes));
  };
  inPieces(lines, 6, add, rest, "figures");
  const titles = ["figure", "last good", "now", "", "change", "in percent"].map((title) => (title ? el("th", { scope: "col" }, title) : el("td")));
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...titles)), body);
  return lines.length ? [el("div", { class: "wide", role: "group", "aria-label": "Figures", tabindex: 0 }, table), rest] : [];
}

function setOf(group) {
  return named(group.parameters) || (Object.keys(data.differ[group.notebook] ?? {}).length ? "no parameters" : "");
}

function card(group) {
  const now = runs[group.runs[0]];
  const good = group.good === null ? null : runs[group.good];
  const { kind, node } = statusOf(now);
  const { why } = now;
  const lines = [
    el("h3", {}, group.notebook, el("span", { class: "set" }, setOf(group))),
    el("p", {}, "Now: ", node, ", ", opened(now, when(now)), why ? el("span", { class: "why" }, why) : null),
    el("p", {}, "Last good: ", good ? opened(good, when(good)) : "none",
      good && good.sha256 !== now.sha256 ? "; the notebook has changed since" : ""),
  ];
  return el("article", { class: `card ${kind}` }, ...lines, ...(good ? differences(good, now, group.higher_is_better) : []));
}

const followsFilters = (group) => group.runs.some((index) => matches(index, false));

function drawNow() {
  const compared = data.groups.filter((g) => g.runs.length > 1 || runs[g.runs[0]].status !== "completed");
  const found = compared.filter(followsFilters);
  const cards = byId("now-cards");
  cards.replaceChildren();
  inPieces(found, 6, (group) => cards.append(card(group)), byId("now-more"), "comparisons");
  if (!found.length) cards.append(el("p", {}, "No parameter set has been run twice yet."));
}
