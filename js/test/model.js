// A model as anywidget gives it, which keeps what was sent.
export function fakeModel(traits) {
  const listeners = new Map();
  return {
    traits,
    saved: [],
    sent: [],
    changed: {},
    get: (name) => traits[name],
    set(name, value) {
      if (Object.is(traits[name], value)) return;
      traits[name] = value;
      this.changed[name] = value;
      for (const call of listeners.get(`change:${name}`) ?? []) call();
    },
    save_changes() {
      this.saved.push(this.changed);
      this.changed = {};
    },
    send(content) {
      this.sent.push(content);
    },
    on: (event, call) => listeners.set(event, (listeners.get(event) ?? new Set()).add(call)),
    off: (event, call) => listeners.get(event)?.delete(call),
    tell: (content) => listeners.get("msg:custom")?.forEach((call) => call(content)),
    listening: () => [...listeners.values()].reduce((sum, calls) => sum + calls.size, 0),
  };
}
