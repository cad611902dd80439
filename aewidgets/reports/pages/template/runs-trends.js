// Small multiples: each figure over time, one row of curves a notebook and parameter set. The last line starts the page.
const WIDTH = 300, HEIGHT = 92, LEFT = 6, RIGHT = 6, TOP = 16, BOTTOM = 18;

function scaled(values, low, high) {
  const least = Math.min(...values), most = Math.max(...values);
  return (value) => (most > least ? low + ((value - least) / (most - least)) * (high - low) : (low + high) / 2);
}

// Points of a curve: the runs of a group that have the figure, and failed runs, in the order of time.
function pointsOf(group, name) {
  const members = [...group.runs].reverse().map((index) => runs[index]);
  const kept = members.filter((run) => run.started && (run.figures[name] !== undefined || run.status !== "completed"));
  const times = kept.map((run) => Date.parse(run.started));
  const spread = Math.max(...times) > Math.min(...times);
  const x = scaled(spread ? times : kept.map((_, index) => index), LEFT + 4, WIDTH - RIGHT - 4);
  const values = kept.map((run) => run.figures[name]).filter((value) => value !== undefined);
  const y = scaled(values, HEIGHT - BOTTOM, TOP);
  return kept.map((run, index) => {
    const value = run.figures[name];
    return { run, value, good: !run.failed, missed: !run.failed && run.status !== "completed", x: x(spread ? times[index] : index), y: value === undefined ? HEIGHT - BOTTOM + 2 : y(value) };
  });
}

const triangle = (p) => svg("path", { class: "missed", d: `M${p.x} ${p.y - 4.5}l4.5 8h-9z` });
const cross = (p) => svg("path", { class: "fail", d: `M${p.x - 3.5} ${p.y - 3.5}l7 7m0 -7l-7 7` });

function trend(group, name) {
  const points = pointsOf(group, name);
  const good = points.filter((p) => p.good && p.value !== undefined);
  const values = points.filter((p) => p.value !== undefined).map((p) => p.value);
  const guide = svg("line", { class: "guide", y1: TOP - 4, y2: HEIGHT - BOTTOM + 4, visibility: "hidden" });
  const here = svg("circle", { class: "here", r: 5, visibility: "hidden" });
  const line = good.map((p, index) => `${index ? "L" : "M"}${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("");
  const first = points[0].run.started.slice(0, 10), last = points.at(-1).run.started.slice(0, 10);
  const read = el("div", { class: "read" });
  const plot = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, tabindex: 0, role: "slider", "aria-label": `${name} over ${points.length} runs of ${group.notebook}`,
      "aria-valuemin": 1, "aria-valuemax": points.length },
    svg("path", { class: "line", d: line }),
    ...(good.length <= 150 ? good.map((p) => svg("circle", { class: "dot", cx: p.x, cy: p.y, r: 2.4 })) : []),
    ...points.filter((p) => p.missed).map(triangle),
    ...points.filter((p) => !p.good).map(cross),
    guide,
    here,
  );
  const rest = `${number(Math.min(...values))} to ${number(Math.max(...values))}\n${first === last ? first : `${first} to ${last}`}`;
  let at = points.length - 1;

  function show(index, loud = true) {
    at = Math.max(0, Math.min(points.length - 1, index));
    const p = points[at];
    const text = `${p.value === undefined ? "no value" : number(p.value)}, ${p.run.status === "completed" ? "" : `${p.run.status}, `}${p.run.id}`;
    plot.setAttribute("aria-valuenow", at + 1);
    plot.setAttribute("aria-valuetext", text);
    if (!loud) return;
    filled(guide, { x1: p.x, x2: p.x, visibility: "visible" }, []);
    filled(here, { cx: p.x, cy: p.y, visibility: "visible" }, []);
    read.textContent = text;
  }
  function rested() {
    guide.setAttribute("visibility", "hidden");
    here.setAttribute("visibility", "hidden");
    read.textContent = rest;
  }
  function open() {
    const { page } = points[at].run.links;
    if (page) window.location.href = page;
  }
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    let nearest = 0;
    points.forEach((p, index) => { if (Math.abs(p.x - x) < Math.abs(points[nearest].x - x)) nearest = index; });
    show(nearest);
  });
  plot.addEventListener("pointerleave", rested);
  plot.addEventListener("focus", () => show(at));
  plot.addEventListener("blur", rested);
  plot.addEventListener("click", open);
  plot.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: points.length - 1 };
    if (event.key in moves) show(moves[event.key]);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
  });
  show(at, false);
  rested();
  const newest = [...points].reverse().find((p) => p.value !== undefined);
  const title = el("div", { class: "name" }, el("span", {}, name), el("b", {}, newest ? number(newest.value) : ""));
  return el("div", { class: "trend" }, title, plot, read);
}

function figuresOf(group) {
  const names = new Set();
  for (const index of group.runs) if (runs[index].started) for (const name of Object.keys(runs[index].figures)) names.add(name);
  return [...names];
}

// A group is drawn when it comes near the window, because hundreds of curves take long to draw.
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      watcher.unobserve(target);
      target.draw();
    }
  }
}, { rootMargin: "600px" });

function trendGroup(group) {
  const steady = {};
  const names = figuresOf(group).filter((name) => {
    const values = new Set(group.runs.map((index) => runs[index].figures[name]).filter((value) => value !== undefined));
    if (values.size === 1) [steady[name]] = values;
    return values.size > 1;
  });
  const multiples = el("div", { class: "multiples" });
  const alike = Object.keys(steady).length ? el("p", { class: "small" }, `The same in every run: ${named(steady)}`) : null;
  const rest = el("p", { class: "more" });
  const count = el("span", { class: "set" }, [setOf(group), `${number(group.runs.length)} runs`].filter(Boolean).join("; "));
  const section = el("div", { class: "group" }, el("h3", {}, group.notebook, count), multiples, rest, alike);
  section.style.minHeight = "220px";
  section.draw = () => {
    section.drawn = true;
    section.style.minHeight = "";
    inPieces(names, 12, (name) => multiples.append(trend(group, name)), rest, "figures");
  };
  watcher.observe(section);
  return section;
}

function drawTrends() {
  const measured = data.groups.filter((g) => g.runs.filter((index) => runs[index].started).length > 1 && figuresOf(g).length);
  const found = measured.filter(followsFilters);
  const place = byId("trend-groups");
  place.replaceChildren();
  inPieces(found, 10, (group) => place.append(trendGroup(group)), byId("trends-more"), "parameter sets");
  if (!found.length) place.append(el("p", {}, "A trend needs two runs of one parameter set that recorded numbers."));
}

function drawAll() {
  drawTable();
  drawNow();
  drawTrends();
}

// How many runs there are of each kind. A missed threshold is no run that did not complete.
function summary() {
  if (!runs.length) return "No runs yet.";
  const count = (which) => runs.filter(which).length;
  const [failed, lost] = [count((run) => run.failed), count((run) => run.status === "unreadable")];
  const [missed, going] = [count((run) => run.status === "threshold missed"), count((run) => run.status === "running")];
  const parts = [
    failed && `${number(failed)} did not complete${lost ? ` (${number(lost)} cannot be read)` : ""}`,
    missed && `${number(missed)} missed a threshold`,
    going && `${number(going)} ${going === 1 ? "was" : "were"} running when this page was written`,
  ].filter(Boolean);
  return `${number(runs.length)} ${runs.length === 1 ? "run" : "runs"}, ${parts.join(", ") || "all completed"}; the newest began ${when(runs[0])} UTC.`;
}

// Paper shows no part of the page later: draw the trends that wait for the window, and load every picture.
function drawForPaper() {
  for (const section of document.querySelectorAll("#trend-groups .group")) {
    if (!section.drawn) section.draw();
    watcher.unobserve(section);
  }
  for (const picture of document.querySelectorAll("img[loading]")) picture.loading = "eager";
}

function start() {
  window.addEventListener("beforeprint", drawForPaper);
  byId("summary").textContent = summary();
  if (!runs.length) return;
  choices(filters.notebook, counted("notebook"), "all");
  choices(filters.status, [["*", "did not complete"], ...counted("status")], "all");
  let waiting = 0;
  filters.text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  for (const select of [filters.notebook, filters.status]) select.addEventListener("change", drawAll);
  byId("filters").addEventListener("reset", () => setTimeout(drawAll));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["filters", "now", "runs", "trends"]) byId(id).hidden = false;
  drawColumnChoices();
  drawAll();
}

start();
