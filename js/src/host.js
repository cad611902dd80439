// Takes the kernel's place in a page without one: mounts the module of the studio beside it over the data beside it.

/** Base64 in {"$bytes": ...} to a DataView, as Jupyter delivers bytes. */
function revive(_, value) {
  if (value === null || typeof value !== "object" || !("$bytes" in value)) return value;
  const text = atob(value.$bytes);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new DataView(bytes.buffer);
}

/** The part of anywidget's model that our modules use. */
function modelOf(traits) {
  const listeners = new Map();
  return {
    get: (name) => traits[name],
    set(name, value) {
      if (Object.is(traits[name], value)) return;
      traits[name] = value;
      for (const call of listeners.get(`change:${name}`) ?? []) call();
    },
    save_changes() {},
    send() {},
    on: (event, call) => listeners.set(event, (listeners.get(event) ?? new Set()).add(call)),
    off: (event, call) => listeners.get(event)?.delete(call),
  };
}

const box = document.currentScript.parentElement;
const [data, source] = box.querySelectorAll('script[type="application/json"],script[type="text/plain"]');
const state = JSON.parse(data.textContent, revive);
const url = URL.createObjectURL(new Blob([JSON.parse(source.textContent)], { type: "text/javascript" }));
import(url)
  .then(async ({ default: widget }) => {
    const model = modelOf({ ...state.traits });
    const el = document.createElement("div");
    widget.offline(model, state);
    await widget.render({ model, el });
    box.replaceChildren(el);
  })
  .catch((error) => box.append(`This page stays a picture here: ${error.message}`))
  .finally(() => URL.revokeObjectURL(url));
