// Elements, and controls that a keyboard and a screen reader can use inside JupyterLab.

/** An element: h("div", {class: "x", onclick: f, "aria-label": "y"}, child, ...), or h("div", "x", child, ...) for a class alone. */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(typeof props === "string" ? { class: props } : props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name in el && !name.includes("-") && name !== "list") el[name] = value;
    else if (name === "class") el.className = value;
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.filter((child) => child !== null && child !== undefined));
  return el;
}

// JupyterLab takes keys from widgets, unless the focused element itself says otherwise.
export const quiet = { "data-lm-suppress-shortcuts": "true" };

let ids = 0;
/** An id that no other element has: there may be many widgets, and many copies of this module, in a page. */
export const freshId = (name) => `aew-${name}-${(ids += 1)}-${Math.random().toString(36).slice(2, 8)}`;

/** A button. */
export const button = (label, onclick, props = {}) => h("button", { type: "button", ...quiet, onclick, ...props }, label);

/** One of several, as native radio buttons; `set` shows a choice without telling anybody. */
export function segments(legend, options, onchoose) {
  const name = freshId("radio");
  const inputs = new Map();
  const el = h("fieldset", "aew-segments", h("legend", "aew-hidden", legend));
  for (const [value, label, title] of options) {
    const input = h("input", { type: "radio", name, value, ...quiet, onchange: () => onchoose(value) });
    inputs.set(value, input);
    el.append(h("label", { title: title ?? label }, input, h("span", {}, label)));
  }
  const set = (value) => {
    for (const [own, input] of inputs) input.checked = own === value;
  };
  const enable = (value, on) => (inputs.get(value).disabled = !on);
  return { el, set, enable };
}

/** A menu; `fill` gives it options as [value, label], `set` shows a choice without telling anybody. */
export function menu(label, onchoose) {
  const select = h("select", { "aria-label": label, ...quiet, onchange: () => onchoose(select.value) });
  const fill = (options) => {
    const key = JSON.stringify(options);
    if (select.dataset.key === key) return;
    select.dataset.key = key;
    select.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
  };
  return { el: select, fill, set: (value) => (select.value = value) };
}

/** Numbers as people write them. */
export const fixed = (value, digits) => {
  if (value === null || value === undefined) return "–";
  const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /[1-9]/.test(text) ? text : text.replace("-", ""); // what is rounded to zero has no sign
};
export const whole = (value) => fixed(value, 0);
