// Parallel coordinates: lines on a canvas, because there may be ten thousand; axes and ranges in SVG above it.
const TOP = 44, BOTTOM = 26, SIDE = 46, HEIGHT = 380, LEAST = 84, MOST = 2000;
const dark = matchMedia("(prefers-color-scheme: dark)");
// Viridis, without the end that has no contrast with the background.
const COLOURS = {
  light: [[68, 1, 84], [59, 82, 139], [33, 145, 140], [74, 172, 82], [160, 180, 20]],
  dark: [[124, 92, 190], [72, 140, 200], [43, 176, 160], [122, 209, 81], [253, 231, 37]],
};
function colour(place) {
  const stops = COLOURS[dark.matches && !paper ? "dark" : "light"];
  const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1), first = Math.min(Math.floor(at), stops.length - 2);
  const mixed = stops[first].map((value, i) => Math.round(value + (stops[first + 1][i] - value) * (at - first)));
  return `rgb(${mixed.join(" ")})`;
}
const axes = [...parameters.slice(0, 10), ...figures.slice(0, Math.max(2, 14 - Math.min(parameters.length, 10)))];
const plot = byId("plot"), canvas = byId("strokes"), overlay = svg("svg", { role: "group", "aria-label": "Axes" });
let near = -1; // the point under the pointer
const PAPER = 700; // pixels between the margins of A4
let paper = false; // whether the page is being printed

const width = () => Math.max(plot.clientWidth, axes.length > 1 ? 2 * SIDE + (axes.length - 1) * LEAST : 0);
const across = (i) => (axes.length > 1 ? SIDE + (i * (width() - 2 * SIDE)) / (axes.length - 1) : width() / 2);
const down = (place) => TOP + (1 - place) * (HEIGHT - TOP - BOTTOM);

function strokes() {
  const ratio = window.devicePixelRatio || 1, wide = width();
  canvas.width = wide * ratio;
  canvas.height = HEIGHT * ratio;
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${HEIGHT}px`;
  const ink = canvas.getContext("2d");
  ink.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const [faint, soft, alarm] = ["--line", "--soft", "--alarm"].map((name) => style.getPropertyValue(name));
  const figure = chosen();
  const all = points.map((_, index) => index);
  const some = (those, most) => those.filter((_, i) => i % Math.ceil(those.length / most) === 0);
  const over = some(all.filter((index) => kept[index]), MOST);
  const count = all.filter((index) => kept[index]).length;
  byId("drawn").textContent = over.length < count ? `${number(over.length)} of ${number(count)} lines are drawn, evenly chosen` : "";
  for (const index of [...some(all.filter((index) => !kept[index]), MOST / 4), ...over, ...(near >= 0 ? [near] : [])]) {
    const place = figure ? figure.places[index] : 0.5;
    const without = points[index].status === "waiting" ? soft : alarm;
    ink.strokeStyle = !kept[index] ? faint : place === undefined ? without : colour(place);
    ink.globalAlpha = index === near ? 1 : kept[index] ? Math.max(0.25, Math.min(0.85, 120 / over.length)) : 0.5;
    ink.lineWidth = index === near ? 3.5 : kept[index] ? 1.6 : 1;
    ink.beginPath();
    let pen = false;
    axes.forEach((axis, i) => {
      const at = axis.places[index];
      if (at === undefined) pen = false;
      else if (pen) ink.lineTo(across(i), down(at));
      else {
        ink.moveTo(across(i), down(at));
        pen = true;
      }
    });
    ink.stroke();
  }
}

function ticks(axis, longest = 14) {
  if (!axis.numeric) {
    const step = Math.ceil(axis.kinds.length / 12);
    const last = axis.kinds.length - 1;
    return axis.kinds.map((kind, i) => [last ? i / last : 0.5, short(kind, longest)]).filter((_, i) => i % step === 0);
  }
  const used = [...new Set(axis.values.filter((value) => typeof value === "number"))];
  if (used.length <= 6) {
    const found = used.map((value) => [axis.places[axis.values.indexOf(value)], number(value)]).sort((a, b) => a[0] - b[0]);
    return found.filter(([place], i) => i === 0 || place - found[i - 1][0] > 0.045);
  }
  return [0, 0.25, 0.5, 0.75, 1].map((place) => [place, number(Number(axis.at(place).toPrecision(4)))]);
}

function setRange(axis, range) {
  if (range && range[1] - range[0] < 1) ranges.set(axis, range);
  else ranges.delete(axis);
  redraw();
}

function byKey(event, axis) {
  const [from, to] = ranges.get(axis) || [0, 1];
  const step = axis.numeric ? 0.05 : 1 / Math.max(1, axis.kinds.length - 1);
  if (event.key === "ArrowUp") setRange(axis, [Math.min(from + step, to), to]);
  else if (event.key === "ArrowDown") setRange(axis, [from, Math.max(to - step, from)]);
  else if (event.key === "Escape") setRange(axis, null);
  else return;
  event.preventDefault();
}

function byPointer(event, axis) {
  const box = overlay.getBoundingClientRect();
  const placeAt = (one) => 1 - (Math.min(Math.max(one.clientY - box.top, TOP), HEIGHT - BOTTOM) - TOP) / (HEIGHT - TOP - BOTTOM);
  const first = placeAt(event), handle = event.currentTarget;
  let moved = false;
  const move = (one) => {
    const now = placeAt(one);
    moved = moved || Math.abs(now - first) > 0.015;
    if (moved) setRange(axis, [Math.min(first, now), Math.max(first, now)]);
  };
  const end = () => {
    handle.removeEventListener("pointermove", move);
    if (!moved) setRange(axis, null);
  };
  handle.setPointerCapture(event.pointerId);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", end, { once: true });
}

function dimension(axis, i) {
  const x = across(i), room = axes.length > 1 ? (width() - 2 * SIDE) / (axes.length - 1) : 200;
  const anchor = i === axes.length - 1 && axes.length > 1 ? "end" : "start";
  const name = svg("text", { class: "name", x, y: 16, "text-anchor": i === 0 ? "start" : anchor === "end" ? "end" : "middle" }, short(axis.name, Math.max(8, Math.floor(room / 8))));
  if (i === 0 && axes.length > 1) name.setAttribute("x", 4);
  if (anchor === "end") name.setAttribute("x", width() - 4);
  name.append(svg("title", {}, axis.name));
  const handle = svg("rect", { class: "handle", x: x - 14, y: TOP - 8, width: 28, height: HEIGHT - TOP - BOTTOM + 16 });
  const group = svg(
    "g",
    { class: "dimension", tabindex: 0, role: "slider", "aria-orientation": "vertical", keydown: (event) => byKey(event, axis) },
    svg("line", { class: "axis", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
    ...ticks(axis, Math.max(5, Math.floor((room - 14) / 6.5))).map(([place, text]) =>
      svg("text", { class: "soft halo", x: x + (anchor === "end" ? -7 : 7), y: down(place) + 4, "text-anchor": anchor }, text),
    ),
    name,
    axis.spread ? svg("text", { class: "soft", x: name.getAttribute("x"), y: 30, "text-anchor": name.getAttribute("text-anchor") }, "log") : null,
    handle,
  );
  handle.addEventListener("pointerdown", (event) => byPointer(event, axis));
  return group;
}

const groups = [];
function layOut() {
  overlay.setAttribute("width", width());
  overlay.setAttribute("height", HEIGHT);
  const focused = groups.indexOf(document.activeElement);
  groups.length = 0;
  axes.forEach((axis, i) => groups.push(dimension(axis, i)));
  overlay.replaceChildren(...groups);
  if (focused >= 0) groups[focused].focus();
  showRanges();
  strokes();
}

const ends = (axis, [from, to]) =>
  axis.numeric
    ? `${number(Number(axis.at(from).toPrecision(4)))} to ${number(Number(axis.at(to).toPrecision(4)))}`
    : axis.kinds.filter((_, i) => i / Math.max(1, axis.kinds.length - 1) >= from - 1e-9 && i / Math.max(1, axis.kinds.length - 1) <= to + 1e-9).join(", ") || "none";

function showRanges() {
  axes.forEach((axis, i) => {
    const group = groups[i], range = ranges.get(axis);
    group.querySelector(".range")?.remove();
    group.setAttribute("aria-label", `${axis.name}, ${range ? "range kept" : "whole axis"}`);
    group.setAttribute("aria-valuetext", ends(axis, range || [0, 1]));
    group.setAttribute("aria-valuenow", Math.round(100 * (range ? range[0] : 0)));
    if (range) group.append(svg("rect", { class: "range", x: across(i) - 7, width: 14, y: down(range[1]), height: Math.max(2, down(range[0]) - down(range[1])) }));
  });
}

function legend() {
  const figure = chosen(), ink = byId("legend").getContext("2d");
  for (let x = 0; x < 120; x++) {
    ink.fillStyle = colour(x / 119);
    ink.fillRect(x, 0, 1, 10);
  }
  byId("legend-low").textContent = `${figure.name} ${number(figure.at(0))}`;
  byId("legend-high").textContent = number(figure.at(1));
}

// The line that is nearest to the pointer between two axes.
function point(event) {
  const box = overlay.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  let best = 12, found = -1;
  for (let i = 0; i + 1 < axes.length; i++) {
    const left = across(i), right = across(i + 1);
    if (x < left || x > right) continue;
    points.forEach((_, index) => {
      const a = axes[i].places[index], b = axes[i + 1].places[index];
      if (!kept[index] || a === undefined || b === undefined) return;
      const distance = Math.abs(down(a) + ((down(b) - down(a)) * (x - left)) / (right - left) - y);
      if (distance < best) [best, found] = [distance, index];
    });
  }
  if (found === near) return;
  near = found;
  byId("pointed").textContent = near >= 0 ? said(points[near]) : "";
  strokes();
}

if (axes.length && figures.length) {
  byId("lines").hidden = false;
  plot.append(overlay);
  plot.addEventListener("pointermove", point);
  plot.addEventListener("pointerleave", () => {
    near = -1;
    byId("pointed").textContent = "";
    strokes();
  });
  const printing = (on) => {
    paper = on;
    document.documentElement.classList.toggle("paper", on);
    plot.style.width = on ? `${PAPER}px` : "";
    layOut();
    legend();
  };
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
  new ResizeObserver(layOut).observe(plot);
  dark.addEventListener("change", redraw);
  layOut();
  drawn.push(showRanges, strokes, legend);
}
