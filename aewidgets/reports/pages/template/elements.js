// Elements and numbers, shared by the pages of runs and of sweeps. Text from runs is only ever inserted as text.
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

// A value as text with four digits; the files have all of them.
function number(value) {
  if (typeof value !== "number") return String(value);
  if (value < 0) return `−${number(-value)}`;
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return whole.format(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace("-", "−"); // a hyphen would break the line
  return fourDigits.format(value);
}

// Paper has no more at the side: a table that is wider is made smaller as a whole, until the page is back on the screen.
const PAPER_WIDTH = 700; // pixels between the margins of A4
function fitTables(on) {
  for (const table of document.querySelectorAll(".wide table")) {
    const { style } = table;
    Object.assign(style, { zoom: "", width: on ? "min-content" : "" });
    const width = on ? table.offsetWidth : 0;
    style.width = "";
    if (width > PAPER_WIDTH) style.zoom = Math.max(0.1, PAPER_WIDTH / width);
  }
}
addEventListener("beforeprint", () => fitTables(true));
addEventListener("afterprint", () => fitTables(false));
